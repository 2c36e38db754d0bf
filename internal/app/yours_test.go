package app

import (
	"fmt"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// A customer who gives somebody else's address as theirs does not get it, and is
// not told whose it is: a note in the case has a person look at it.
func TestAnAddressOfSomebodyElse(t *testing.T) {
	t.Parallel()
	h := configured(t, asItIs)
	h.apply([]byte(asks), "")
	ctx, root := t.Context(), cx.System()
	var messages [][]byte
	for _, name := range []string{"marta", "ana"} {
		messages = append(messages, fmt.Appendf(nil, `{"type":"identify","userId":%q,"messageId":%[1]q,"traits":{"name":%[1]q,"email":"%[1]s@example.com","language":"es"}}`, name))
	}
	got, err := h.Intake.Accept(ctx, intake.Batch{Source: "shop", Messages: messages})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.WaitApplied(ctx, got.Last, nil); err != nil {
		t.Fatal(err)
	}
	who, err := h.Memory.Lookup(ctx, root, "userId", "marta")
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Cases.Open(ctx, root, cases.New{Customer: who, Title: "Llega tarde", Area: "shops"})
	if err != nil {
		t.Fatal(err)
	}
	o := own{h.App}
	for _, said := range []yours.Correction{{Email: "ana@example.com"}, {Name: "Marta Llorente", Email: "marta@new.example", Language: "pt"}} {
		if err := o.Correct(ctx, who, c.ID, said); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Correct(ctx, who, c.ID, yours.Correction{Email: "Marta <marta@example.com>"}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("what is no address: %v", err)
	}
	now, err := o.Own(ctx, who, "es")
	if err != nil || now.Name != "Marta Llorente" || now.Email != "m•••@new.example" || now.Language != "pt" {
		t.Errorf("then they are %+v, %v", now, err)
	}
	full, err := h.Cases.Case(ctx, root, c.ID, "es")
	if err != nil {
		t.Fatal(err)
	}
	notes := 0
	for _, e := range full.Story {
		if e.What == cases.Noted && e.By == "customer" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes in %+v", notes, full.Story)
	}
	for address, knows := range map[string]bool{"marta@new.example": true, "MARTA@new.example": true, "ana@example.com": false, "": false} {
		if got, err := o.Knows(ctx, who, address); err != nil || got != knows {
			t.Errorf("%q: %v, %v", address, got, err)
		}
	}
}
