package today_test

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// leading is what the services tell those who lead.
type leading struct {
	asked       board.Query
	indicators  board.Indicators
	standings   []promise.Standing
	initiatives []cycle.Initiative
	next        []cycle.Opportunity
}

func (l *leading) Indicators(_ context.Context, _ cx.Principal, q board.Query) (board.Indicators, error) {
	l.asked = q
	return l.indicators, nil
}

func (l *leading) Promises(context.Context, cx.Principal, promise.Query) ([]promise.Standing, error) {
	return l.standings, nil
}

func (l *leading) List(context.Context, cx.Principal, cycle.Query) ([]cycle.Initiative, error) {
	return l.initiatives, nil
}

func (l *leading) Opportunities(context.Context, cx.Principal, cycle.OpportunityQuery) ([]cycle.Opportunity, error) {
	return l.next, nil
}

func estimate(value, half float64, n int) outcome.Estimate {
	return outcome.Estimate{Value: value, Low: value - half, High: value + half, N: n}
}

func said(es string) model.Text { return model.Text{ES: es, EN: es + " (en)", PT: es + " (pt)"} }

// led is a company that is told well: satisfaction rises, who waits leaves.
func led() *leading {
	const now = cxtestNow
	weeks := func(value, half float64) (out []outcome.Week) {
		for k := range 12 {
			to := now.Add(-time.Duration(11-k) * 7 * day)
			out = append(out, outcome.Week{From: to.Add(-7 * day), To: to, Estimate: estimate(value+float64(k)/100, half, 30)})
		}
		return out
	}
	figure := func(value, half float64, v outcome.Verdict, delta float64, n int) board.Figure {
		return board.Figure{Now: estimate(value, half, n), Before: estimate(value-delta, half, n), Change: outcome.Change{Delta: delta, P: .01, Verdict: v}, Weeks: weeks(value, half)}
	}
	i := board.Indicators{
		AsOf: now.Add(-40 * time.Second), Now: cx.Window{From: now.Add(-28 * day), To: now}, Before: cx.Window{From: now.Add(-56 * day), To: now.Add(-28 * day)},
		Satisfaction: board.Satisfaction{Figure: figure(.78, .03, outcome.Better, .06, 911), Metric: outcome.CSAT},
		Retention:    board.Retention{Figure: figure(.41, .02, outcome.NoClearChange, .004, 1285), Within: 90},
		Revenue:      board.Revenue{Figure: figure(13_820_400, 930_000, outcome.Worse, -1_200_000, 643), Currency: "EUR", Others: []cx.Money{{Minor: 99_00, Currency: "USD"}}},
		Recommendation: board.Recommendation{
			Said: figure(43, 4, outcome.NoComparison, 0, 243), Done: board.Figure{Now: estimate(.3, .05, 40)}, Came: 12, Known: true,
		},
		Why: &board.Why{
			Moved: []board.Move{
				{ID: "late@courier", Name: said("Llegó tarde"), Points: estimate(-3.1, 1.2, 400), Clear: true, Money: estimate(-220_000, 90_000, 400), Quote: "Llegó <b>tarde</b>"},
				{ID: "kind@till", Name: said("Amabilidad"), Points: estimate(1.2, 2, 80)},
			},
			Chain: chain.Chain{Metric: outcome.CSAT, Currency: "EUR", Span: 4, Lag: 2, Reach: 1679, Whole: chain.Link{Clear: true, Worth: estimate(429_700, 342_000, 2457)}, Links: []chain.Link{
				{From: chain.Satisfaction, To: chain.Retention, Clear: true, Slope: estimate(.001, .0004, 3126)},
			}},
			Risk: risk.AtRisk{Currency: "EUR", Margin: true, Horizon: 90 * day, Total: estimate(5_120_000, 410_000, 5728), Expected: estimate(19_000_000, 1_000_000, 5728), Groups: []risk.Group{
				{By: risk.Reason, Key: "late@courier", Name: said("Llegó tarde"), Customers: 812, Beyond: estimate(1_230_000, 400_000, 812), Leave: estimate(.38, .03, 812), Others: estimate(.29, .02, 1900), Clear: true},
				{By: risk.Touchpoint, Key: "till", Name: said("Caja"), Customers: 300, Beyond: estimate(300_000, 200_000, 300), Leave: estimate(.35, .05, 300), Others: estimate(.3, .02, 900), Clear: true},
				{By: risk.Area, Key: "web", Name: said("Web"), Customers: 50, Beyond: estimate(1000, 200_000, 50)},
			}},
		},
	}
	return &leading{
		indicators: i,
		standings: []promise.Standing{
			{Promise: model.Promise{Slug: "held", Name: said("Te guardamos el libro")}, Verdict: promise.Meets},
			{Promise: model.Promise{Slug: "till-under-5", Name: said("En caja, menos de cinco minutos"), Area: "tills"}, Share: promise.Share{Rate: .81, Low: .77, High: .85, N: 420}, Objective: .9, Verdict: promise.Misses},
			{Promise: model.Promise{Slug: "on-time", Name: said("A tiempo"), Area: "web"}, Share: promise.Share{Rate: .9, Low: .86, High: .93, N: 200}, Objective: .95, Verdict: promise.CannotTell, Burning: true},
		},
		initiatives: []cycle.Initiative{
			{Slug: "arrival-notice", Draft: cycle.Draft{Title: said("Avisar antes de llegar")}, Evaluation: &impact.Evaluation{Verdict: impact.Worked, Said: said("Funcionó: vuelve un 12 % más")}},
			{Slug: "music", Draft: cycle.Draft{Title: said("Música en tienda")}, Evaluation: &impact.Evaluation{Verdict: impact.DidNot, Said: said("No funcionó")}},
			{Slug: "plan", Draft: cycle.Draft{Title: said("Aún en plan")}},
		},
		next: []cycle.Opportunity{{ID: "o1", Proposal: cycle.Proposal{Title: said("Que no llegue tarde")}, Score: cycle.Score{Currency: "EUR", InMoney: true, Money: estimate(4_000_000, 900_000, 812), PerDay: estimate(200_000, 45_000, 812), Sure: true}}},
	}
}

const cxtestNow = cx.Time(1772442000000000)

func TestTheBoardReadsHowItGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	if cxtest.Epoch != cxtestNow {
		t.Fatalf("the clock stands at %d", cxtest.Epoch)
	}
	*w.led = *led()
	r := w.site.As(cx.Board).Get("/today")
	if got := r.Text("h1"); got != "Mejora: la satisfacción; empeora: la facturación; «Llegó tarde» va con 12.300 € en riesgo" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.Text(".today-age"); got != "Datos de hace 40 s" {
		t.Errorf("the age is %q", got)
	}
	if got := r.All(".stat h2"); !slices.Equal(got, []string{"Satisfacción", "Fidelidad", "Ingresos", "Recomendación (NPS)"}) {
		t.Errorf("cards: %q", got)
	}
	cards := r.All(".stat")
	for i, want := range [][]string{
		{"78 %", "±3", "6 puntos más que hace 4 sem.", "911 respuestas"},
		{"41 %", "±2", "sin cambio claro", "Volvieron a comprar en 90 días", "1.285 clientes"},
		{"138.204 €", "±9.300 €", "12.000 € menos que hace 4 sem.", "643 clientes", "otras monedas: 99,00"},
		{"43", "±4", "12 de 40 clientes nuevos", "30 %"},
	} {
		for _, text := range want {
			if !strings.Contains(cards[i], text) {
				t.Errorf("card %d says %q, without %q", i, cards[i], text)
			}
		}
	}
	if got := r.All(".stat .spark"); len(got) != 4 {
		t.Errorf("%d sparklines", len(got))
	}
	bars := r.All(".bars li")
	if len(bars) != 4 || !strings.Contains(bars[0], "«Llegó <b>tarde</b>»") || strings.Contains(r.Body, "<b>tarde</b>") || !strings.Contains(bars[0], "−2.200") ||
		!strings.Contains(bars[1], "aún no se sabe") || !strings.Contains(bars[2], "se iría el 38 %, frente al 29 %") || !strings.Contains(bars[3], "Mal vivido: Caja") {
		t.Errorf("bars: %q", bars)
	}
	if got := r.Attr(".bars a", "href"); got != "/reasons/of/late@courier" {
		t.Errorf("the first reason leads to %q", got)
	}
	for _, text := range []string{
		"Un punto más de clientes satisfechos va con 4.297 € más en los 4 meses siguientes", "n = 2.457",
		"A tiempo", "Cumplida el 81,0 % (de 77,0 % a 85,0 %), objetivo 90 %, n = 420", "Funcionó: vuelve un 12 % más",
		"Ganaría unos 40.000 € al año (de 31.000 € a 49.000 €) · 2.000 € por día de trabajo · n = 812",
	} {
		if !strings.Contains(r.Text("#board"), text) {
			t.Errorf("it does not say %q:\n%s", text, r.Text("#board"))
		}
	}
	if strings.Contains(r.Body, "Te guardamos el libro") || strings.Contains(r.Body, "Aún en plan") {
		t.Error("what is kept, and what is only planned, is told")
	}
	if got := r.Attr("#board", "hx-get") + " " + r.Attr("#board", "hx-trigger"); got != "/today/board every 30s" {
		t.Errorf("it is asked for again by %q", got)
	}
}

func TestTheBoardsPageAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	*w.led = *led()
	v := w.site.As(cx.Board)
	v.Get("/today?weeks=13&area=tills")
	if w.led.asked != (board.Query{Area: "tills", Days: 91}) {
		t.Errorf("asked %+v", w.led.asked)
	}
	if r := v.Get("/today?area=tills"); strings.Contains(r.Text("#board"), "A tiempo") || !strings.Contains(r.Text("#board"), "cinco minutos") {
		t.Error("promises of another area are told")
	}
	if r := v.Get("/today?for=day"); len(r.All("#board")) != 0 {
		t.Error("the day is laid out for the board")
	}
	if r := w.site.As(cx.Lead).Get("/today?for=board"); len(r.All("#board")) != 1 || !strings.Contains(r.Text(".stat"), "Mejora") || !strings.Contains(r.Text(".stat"), "seguro") {
		t.Errorf("a lead reads %q", r.Text(".stat"))
	}
	if r := w.site.As(cx.Analyst).Get("/today?for=nobody"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("for nobody: %d", r.Status)
	}
	if r := v.Get("/today/board?weeks=13"); r.Status != http.StatusOK || strings.Contains(r.Body, "<html") || len(r.All(".stat")) != 4 {
		t.Errorf("the part alone: %d %s", r.Status, r.Body)
	}
	sheet := v.Get("/today/board.csv")
	if lines := strings.Count(sheet.Body, "\n"); lines != 1+4*(2+12) || !strings.Contains(sheet.Body, "Ingresos") || !strings.Contains(sheet.Body, "138204") {
		t.Errorf("%d lines:\n%s", lines, sheet.Body)
	}
	for _, lang := range []string{"en", "pt"} {
		v.Header.Set("Accept-Language", lang)
		if r := v.Get("/today"); r.Status != http.StatusOK || strings.Contains(r.Body, "today.board") {
			t.Errorf("%s: %d", lang, r.Status)
		}
	}
}

func TestTheBoardWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	w.led.indicators.Pending = true
	r := w.site.As(cx.Board).Get("/today")
	if r.Text("h1") != "Se está calculando" || r.Attr("#board", "hx-trigger") != "every 2s" {
		t.Errorf("%q", r.Text("main"))
	}
	*w.led = *led()
	w.led.indicators.Why = nil
	w.led.indicators.Satisfaction.Figure = board.Figure{Now: outcome.Estimate{}, Change: outcome.Change{P: 1, Verdict: outcome.NoComparison}}
	if got := w.site.As(cx.Board).Get("/today").Text("#board"); !strings.Contains(got, "Se está calculando qué lo mueve") || !strings.Contains(got, "Nadie en este período") {
		t.Errorf("%q", got)
	}
	w.led.indicators.Why = &board.Why{Risk: risk.AtRisk{Pending: true}, Chain: chain.Chain{Whole: chain.Link{P: math.NaN()}}}
	w.led.standings, w.led.initiatives, w.led.next = nil, nil, nil
	got := w.site.As(cx.Board).Get("/today").Text("#board")
	for _, text := range []string{"Aún no se sabe cuánto traerá", "Ninguna razón la movió", "aún no se sabe si la satisfacción va con el dinero", "Ninguna arde", "Aún no hay ninguna iniciativa", "Aún no hay oportunidades"} {
		if !strings.Contains(got, text) {
			t.Errorf("without anything known it does not say %q: %s", text, got)
		}
	}
}
