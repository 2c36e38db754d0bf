package customer_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

// One line tells all of it: a promise at risk, a message with a choice, what the
// customer chose, the case that carried it out, and the promise that failed.
func TestOneLineTellsHowItWasMadeRight(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	id := w.Named("u1", "Marta Gil", "marta@example.com")
	due := cxtest.Epoch.Add(2 * time.Hour).Std()
	said := func(after time.Duration, name string, properties any) {
		raw, err := json.Marshal(properties)
		if err != nil {
			t.Fatal(err)
		}
		w.Live(cx.NewDecision(name, name+after.String(), cxtest.Epoch.Add(after), raw))
	}
	said(1*time.Minute, promise.ChangedEvent, promise.Changed{Promise: "on-date", Customer: id, State: promise.AtRisk, Due: due})
	said(2*time.Minute, rule.DecidedEvent, rule.Decision{Rule: "late", Run: "r", Step: "0", Customer: id, Acted: true, Effect: "message"})
	w.Live(cxtest.Track("u1", dialogue.SentEvent, 3*time.Minute, cxtest.Object{"text": "Tu libro llega tarde"}))
	w.Live(cxtest.Track("u1", dialogue.MadeEvent, 4*time.Minute, cxtest.Object{"choice": "late-options", "option": "shop"}))
	said(5*time.Minute, cases.ChangedEvent, cases.Changed{Case: "k1", Customer: id, What: cases.Opened, Kind: "made-right", Rule: "late"})
	said(6*time.Minute, promise.ChangedEvent, promise.Changed{Promise: "on-date", Customer: id, State: promise.Broken, Due: due})
	said(7*time.Minute, cases.ChangedEvent, cases.Changed{Case: "k1", Customer: id, What: cases.Closed, Kind: "made-right"})
	said(8*time.Minute, rule.DecidedEvent, rule.Decision{Rule: "late", Run: "s", Customer: id, Reason: rule.Holdout})
	said(9*time.Minute, rule.DecidedEvent, rule.Decision{Rule: "late", Run: "s", Customer: "c_0000000000000", Reason: rule.Holdout})
	said(10*time.Minute, referral.DecidedEvent, referral.Decision{What: "ask", Customer: id, Reason: referral.OpenCase})
	said(11*time.Minute, referral.DecidedEvent, referral.Decision{What: "claim", Customer: id, Reason: referral.Existing})

	r := site.As(cx.Member).Get(customer.Path(id))
	got := r.All(".fact-text")
	slices.Reverse(got)
	want := []string{
		"En riesgo: «on-date», para 2 mar, 12:00",
		"La regla «late» le escribió",
		"Le escribimos Tu libro llega tarde",
		"Eligió shop",
		"La regla «late» abrió un caso: algo que arreglar",
		"No cumplimos: «on-date», que era para 2 mar, 12:00",
		"Cerramos su caso: algo que arreglar",
		"La regla «late» no hizo nada: es de quienes se dejan aparte para comparar",
		"No le pedimos que nos recomiende: algo se está arreglando",
		"El código que dio no cuenta: ya era cliente",
	}
	if len(got) > len(want) {
		got = got[len(got)-len(want):]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
