package cases_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

func TestADriverTellsOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx := t.Context()
		w.Customer("ana", "Ana")
		w.Lived("ana", "Order Completed", cxtest.Object{"order_id": "A-7"})
		l := must[dialogue.Link](t)(w.Dialogue.MakeLink(ctx, w.Leo, dialogue.LinkRequest{Kind: dialogue.RoundLink, Name: "Ruta norte"}))
		if r := must[cases.Round](t)(w.Cases.Round(ctx, l.Token, "pt")); r.Object != "order_id" || len(r.Reasons) != 5 || r.Reasons[0].Text != "Não havia ninguém" {
			t.Errorf("%+v", r)
		}
		report := cases.Report{ID: uuid, Order: " A-7 ", Outcome: cases.NotDelivered, Reason: "nobody-home", At: w.Clock.Now()}
		w.Clock.Advance(3 * time.Hour) // the phone was offline
		for range 2 {
			if err := w.Cases.Report(ctx, l.Token, report); err != nil {
				t.Fatal(err)
			}
		}
		got := w.Events("Delivery Failed")
		if len(got) != 1 || got[0].UserID != "ana" || got[0].At != cxtest.Epoch || !strings.Contains(string(got[0].Properties), `"order_id":"A-7"`) {
			t.Errorf("%+v", got)
		}
		said := cases.Report{ID: "1" + uuid[1:], Order: "A-7", Outcome: cases.CustomerSaid, Text: "El portal no abre", At: cxtest.Epoch.Add(-90 * 24 * time.Hour)}
		if err := w.Cases.Report(ctx, l.Token, said); err != nil {
			t.Fatal(err)
		}
		if got := w.Events("Delivery Commented"); len(got) != 1 || got[0].At != w.Clock.Now().Add(-14*24*time.Hour) {
			t.Errorf("%+v", got)
		}
		for name, c := range map[string]struct {
			r    cases.Report
			kind cx.ErrorKind
		}{
			"of nobody":      {cases.Report{ID: uuid, Order: "B-1", Outcome: cases.Delivered}, cx.NotFound},
			"without number": {cases.Report{ID: uuid, Outcome: cases.Delivered}, cx.Invalid},
			"without why":    {cases.Report{ID: uuid, Order: "A-7", Outcome: cases.NotDelivered}, cx.Invalid},
			"without words":  {cases.Report{ID: uuid, Order: "A-7", Outcome: cases.CustomerSaid}, cx.Invalid},
			"of no phone":    {cases.Report{ID: "1", Order: "A-7", Outcome: cases.Delivered}, cx.Invalid},
		} {
			if err := w.Cases.Report(ctx, l.Token, c.r); cx.KindOf(err) != c.kind {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.Dialogue.Revoke(ctx, w.Leo, l.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Cases.Report(ctx, l.Token, report); cx.KindOf(err) != cx.Gone {
			t.Errorf("by a revoked link: %v", err)
		}
	})
}

func TestAnybodyOpensACaseAtAPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *casestest.World) {
		ctx, ok := t.Context(), must[cases.Case](t)
		ana := w.Customer("ana", "Ana Ruiz")
		w.Lived("ana", "Order Completed", cxtest.Object{"order_id": "A-7"})
		l := must[dialogue.Link](t)(w.Dialogue.MakeLink(ctx, w.Leo, dialogue.LinkRequest{Kind: dialogue.HelpLink, Name: "Caja 2", Touchpoint: "shop"}))
		if h := must[cases.Help](t)(w.Cases.Help(ctx, l.Token, "")); len(h.Kinds) != 1 || h.Kinds[0].Text != "Llega tarde" || h.Touchpoint != "Tienda" {
			t.Errorf("%+v", h)
		}
		r := cases.Request{ID: uuid, Kind: "late", Words: "No ha llegado", Who: "A-7", Customer: true}
		c := ok(w.Cases.OpenAt(ctx, l.Token, cx.Principal{}, r))
		if again := ok(w.Cases.OpenAt(ctx, l.Token, cx.Principal{}, r)); again.ID != c.ID || c.Customer != ana || c.By != "customer" || c.Area != "sales" {
			t.Errorf("%+v", c)
		}
		solved := ok(w.Cases.OpenAt(ctx, l.Token, w.Sol, cases.Request{ID: "1" + uuid[1:], Words: "Se rompió", Solved: true, Done: "Le di otro", Amount: 900}))
		if solved.State != cases.StateClosed || solved.Given != 900 || solved.Done != "Le di otro" || solved.Title != "Se rompió" {
			t.Errorf("%+v", solved)
		}
		if lost := ok(w.Cases.OpenAt(ctx, l.Token, cx.Principal{}, cases.Request{ID: "2" + uuid[1:], Words: "Hola", Who: "nadie"})); lost.Customer != "" || !strings.Contains(lost.Words, "nadie") {
			t.Errorf("%+v", lost)
		}
		for name, r := range map[string]cases.Request{
			"given by nobody": {ID: uuid, Words: "x", Solved: true, Done: "x", Amount: 1}, "of no kind of theirs": {ID: uuid, Kind: "broken"}, "nothing": {ID: "3" + uuid[1:]},
		} {
			if err := second(w.Cases.OpenAt(ctx, l.Token, cx.Principal{}, r)); cx.KindOf(err) != cx.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		found := must[cases.Case](t)(w.Cases.Belongs(ctx, w.Ada, ok(w.Cases.Open(ctx, w.Ada, cases.New{Words: "x"})).ID, ana))
		if found.CustomerName != "Ana Ruiz" {
			t.Errorf("%+v", found)
		}
		for text, want := range map[string]cx.CustomerID{"ana": ana, "ana@example.com": ana, "A-7": ana, "ruiz": ana, "": "", "nadie": ""} {
			got := must[[]cx.CustomerID](t)(w.Cases.Find(ctx, w.Ada, text))
			if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0] != want) {
				t.Errorf("%q finds %v", text, got)
			}
		}
		w.Settle()
	})
}
