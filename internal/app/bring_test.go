package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// TestWhatIsBroughtIsRemembered brings a wave of 10,000 answers into real
// stores: it is in memory and history once it is done, within the minute that
// is promised; brought again it adds nothing; what cannot be read waits in
// quarantine.
func TestWhatIsBroughtIsRemembered(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	var b strings.Builder
	b.WriteString("ID respuesta;Cliente;Correo;Fecha;Satisfacción;Comentario;Entrega\n")
	const rows = 10_000
	for i := range rows {
		felt, came := []string{"Muy satisfecho", "Satisfecho"}[i%2], "a tiempo"
		if i%5 == 0 {
			felt, came = "Insatisfecho", "tarde"
		}
		fmt.Fprintf(&b, "R%d;c%d;c%d@example.com;%02d/%02d/2025;%s;Llegó %s y así lo cuento;%s\n", i, i%4000, i%4000, 1+i%28, 1+i%12, felt, came, came)
	}
	b.WriteString("R-bad;c1;c1@example.com;algún día;Satisfecho;;a tiempo\n")
	analyst := cx.Principal{ID: "person:7", Role: cx.Analyst}
	bringIt := func() bring.File {
		t.Helper()
		f, err := h.Brought.Take(t.Context(), analyst, "ola 2025.csv", strings.NewReader(b.String()))
		if err == nil {
			err = h.Brought.Start(t.Context(), analyst, f.ID)
		}
		for err == nil && !f.Over() {
			time.Sleep(5 * time.Millisecond)
			f, err = h.Brought.File(t.Context(), analyst, f.ID)
		}
		if err != nil || f.State != bring.Done {
			t.Fatalf("%s: %v, %v", f.State, err, f.Err)
		}
		return f
	}
	f := bringIt()
	if f.Report.Accepted != rows || f.Report.Quarantined != 1 || f.Took > time.Minute {
		t.Errorf("%+v in %v", f.Report, f.Took)
	}
	if g := f.Finding; g == nil || g.Column != "Entrega" || g.Value != "tarde" || g.ValueN != rows/5 || g.Quote != "Llegó tarde y así lo cuento" {
		t.Errorf("finding %+v", f.Finding)
	}
	// The reasons of what came in take the finding's place on the page.
	why, err := h.Reasons.Reasons(t.Context(), analyst, reason.Query{Where: []outcome.Condition{{By: history.Source, In: []string{f.Proposal.Source}}}})
	if err != nil || len(why.Reasons) == 0 || why.Reasons[0].Driver != "property.entrega" || !slices.Contains(why.Reasons[0].Values, "tarde") {
		t.Errorf("reasons %+v, %v", why.Reasons, err)
	}
	found, err := h.Memory.Search(t.Context(), cx.System(), "c17@example.com", "", 10)
	if err != nil || len(found.Customers) != 1 || found.Customers[0].Answers != 3 {
		t.Errorf("customer 17: %+v, %v", found.Customers, err)
	}
	waiting, err := h.Quarantine.List(t.Context(), cx.System(), 0, 10)
	if err != nil || len(waiting) != 1 || waiting[0].Line != rows+2 || waiting[0].File != "ola 2025.csv" {
		t.Errorf("in quarantine: %+v, %v", waiting, err)
	}
	if again := bringIt(); again.Report.Accepted != 0 || again.Report.Duplicates != rows || again.Report.Quarantined != 1 {
		t.Errorf("again: %+v", again.Report)
	}
	t.Logf("%d rows in %v", rows, f.Took)
}
