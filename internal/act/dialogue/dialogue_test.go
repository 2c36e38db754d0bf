package dialogue_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue/dialoguetest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

const plan = `
segments: []
choices:
  - slug: ways
    question: {es: "¿Qué prefieres, {customer.first_name ?? tú}, con el {properties.order_id ?? pedido}?", en: What do you prefer?}
    options: [{id: shop, text: {es: Recogerlo, en: Collect it}}, {id: wait, text: {es: Esperar, en: Wait}}]
    expires: 2d
`

var lead = cx.Principal{ID: "person:1", Name: "Leo Díaz", Role: cx.Lead}

func each(t *testing.T, fn func(t *testing.T, w *dialoguetest.World)) {
	t.Helper()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := dialoguetest.New(t, open(t), historytest.NewOracle(), plan)
		w.Start()
		fn(t, w)
	})
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func second[T any](_ T, err error) error { return err }

func said(text string) model.Text { return model.Text{ES: text, EN: text, PT: text} }

// properties of each event of a name.
func properties(t *testing.T, w *dialoguetest.World, name string) (all []map[string]any) {
	t.Helper()
	for _, e := range w.Events(name) {
		var p map[string]any
		if err := json.Unmarshal(e.Properties, &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func TestACustomerChoosesOnceAndMayChangeTheirMind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana Ruiz")
		n := dialogue.NewOffer{Key: "rule:1:3", Choice: "ways", Customer: ana, Promise: "on-date", Instance: "i1", About: map[string]string{"order_id": "7", "offer": "forged"}}
		o := must[dialogue.Offer](t)(w.Dialogue.Offer(ctx, cx.System(), n))
		if again := must[dialogue.Offer](t)(w.Dialogue.Offer(ctx, cx.System(), n)); again.ID != o.ID || again.Token != o.Token {
			t.Errorf("offered twice: %+v", again)
		}
		note := dialogue.Note{Key: "rule:1:2", Customer: ana, Text: said("Tu pedido {properties.order_id ?? } llega tarde"), Offer: o.ID, About: n.About}
		must[dialogue.Message](t)(w.Dialogue.Send(ctx, cx.System(), note))
		must[dialogue.Message](t)(w.Dialogue.Send(ctx, cx.System(), note))
		page := must[dialogue.OfferPage](t)(w.Dialogue.Offered(ctx, o.Token, ""))
		if page.Question != "¿Qué prefieres, Ana, con el 7?" || page.Message != "Tu pedido 7 llega tarde" || page.State != dialogue.Offering || len(page.Options) != 2 || page.Changeable {
			t.Errorf("%+v", page)
		}
		if en := must[dialogue.OfferPage](t)(w.Dialogue.Offered(ctx, o.Token, "en")); en.Options[0].Text != "Collect it" {
			t.Errorf("%+v", en)
		}
		choose := func(option string) dialogue.OfferPage {
			t.Helper()
			return must[dialogue.OfferPage](t)(w.Dialogue.Choose(ctx, o.Token, option, ""))
		}
		if p := choose("wait"); p.Option != "wait" || !p.Changeable {
			t.Errorf("%+v", p)
		}
		choose("wait")
		w.Settle()
		choose("shop")
		if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error { return w.Dialogue.Settle(ctx, tx, o.ID) }); err != nil {
			t.Fatal(err)
		}
		if p := choose("wait"); p.Option != "shop" || p.State != dialogue.Settled || p.Changeable {
			t.Errorf("what is being done was changed: %+v", p)
		}
		if err := second(w.Dialogue.Choose(ctx, o.Token, "money", "")); cx.KindOf(err) != cx.Invalid {
			t.Errorf("a way that was not offered: %v", err)
		}
		w.Settle()
		made := properties(t, w, dialogue.MadeEvent)
		if len(made) != 2 || made[0]["option"] != "wait" || made[1]["option"] != "shop" || made[1]["was"] != "wait" || made[1]["offer"] != o.ID || made[1]["order_id"] != "7" || made[1]["promise"] != "on-date" {
			t.Errorf("%+v", made)
		}
		if offered := properties(t, w, dialogue.OfferedEvent); len(offered) != 1 || len(offered[0]["options"].([]any)) != 2 {
			t.Errorf("%+v", offered)
		}
		sent := properties(t, w, dialogue.SentEvent)
		if len(sent) != 1 || sent[0]["said"] != "Tu pedido 7 llega tarde" || sent[0]["text"] != nil || sent[0]["channel"] != "mail" {
			t.Errorf("%+v", sent)
		}
		if w.Events(dialogue.MadeEvent)[0].UserID != "ana" {
			t.Error("the choice is not theirs")
		}
	})
}

// Who does not choose in time, or whose offer was taken back, chooses no more; the
// page still tells.
func TestAnOfferEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		offer := func() dialogue.Offer {
			return must[dialogue.Offer](t)(w.Dialogue.Offer(ctx, lead, dialogue.NewOffer{Choice: "ways", Customer: ana}))
		}
		taken, late, chosen := offer(), offer(), offer()
		if err := w.Dialogue.TakeBack(ctx, lead, taken.ID); err != nil {
			t.Fatal(err)
		}
		must[dialogue.OfferPage](t)(w.Dialogue.Choose(ctx, chosen.Token, "shop", ""))
		w.Clock.Advance(48 * time.Hour)
		for token, want := range map[string]dialogue.OfferState{taken.Token: dialogue.Revoked, late.Token: dialogue.Expired, chosen.Token: dialogue.Settled} {
			if p := must[dialogue.OfferPage](t)(w.Dialogue.Choose(ctx, token, "wait", "")); p.State != want || p.Option == "wait" {
				t.Errorf("%+v, want %s", p, want)
			}
		}
		w.Clock.Advance(60 * 24 * time.Hour)
		if err := second(w.Dialogue.Offered(ctx, late.Token, "")); cx.KindOf(err) != cx.Gone {
			t.Errorf("%v", err)
		}
		if err := second(w.Dialogue.Offer(ctx, lead, dialogue.NewOffer{Choice: "none", Customer: ana})); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%v", err)
		}
		if err := second(w.Dialogue.Offer(ctx, cx.Principal{ID: "person:2", Role: cx.Board}, dialogue.NewOffer{Choice: "ways", Customer: ana})); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("%v", err)
		}
		w.Settle()
	})
}

// Whoever wants no messages finds them on their page; what answers their own words
// goes out all the same.
func TestWhoWantsNoMessages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		if err := w.Deliver.SetUnsubscribed(ctx, cx.System(), ana, true); err != nil {
			t.Fatal(err)
		}
		send := func() dialogue.Message {
			t.Helper()
			return must[dialogue.Message](t)(w.Dialogue.Send(ctx, cx.System(), dialogue.Note{Customer: ana, Text: said("Hola"), Case: "k1"}))
		}
		if m := send(); m.Channel != dialogue.Page || m.State != dialogue.Sent {
			t.Errorf("%+v", m)
		}
		link := must[dialogue.Link](t)(w.Dialogue.CaseLink(ctx, "k1", ana))
		must[dialogue.Message](t)(w.Dialogue.Reply(ctx, link.Token, "", "¿Y bien?"))
		if m := send(); m.Channel != dialogue.Mail || m.State != dialogue.Waiting {
			t.Errorf("%+v", m)
		}
		w.Clock.Advance(dialogue.Recent + time.Hour)
		if m := send(); m.Channel != dialogue.Page {
			t.Errorf("%+v", m)
		}
		out := must[deliver.Page](t)(w.Deliver.List(ctx, cx.System(), deliver.Query{Customer: ana, Limit: 10}))
		if len(out.Deliveries) != 1 || out.Deliveries[0].Class != deliver.Reply {
			t.Errorf("%+v", out)
		}
		w.Settle()
	})
}

func TestWhatIsWrittenIsBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		link := must[dialogue.Link](t)(w.Dialogue.CaseLink(ctx, "k1", ana))
		for name, text := range map[string]string{"empty": "  ", "long": strings.Repeat("á", dialogue.MaxText+1), "no text": "a\x00b", "no UTF-8": "\xff"} {
			if err := second(w.Dialogue.Reply(ctx, link.Token, "", text)); cx.KindOf(err) != cx.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		must[dialogue.Message](t)(w.Dialogue.Reply(ctx, link.Token, "", strings.Repeat("á", dialogue.MaxText)))
		var err error
		n := 0
		for ; n < 100 && err == nil; n++ {
			err = second(w.Dialogue.Reply(ctx, link.Token, "", "Otra vez"))
		}
		if cx.KindOf(err) != cx.Busy || n != 30 {
			t.Errorf("after %d: %v", n, err)
		}
		c := must[dialogue.Conversation](t)(w.Dialogue.Conversation(ctx, lead, ana, "es"))
		if len(c.Messages) != 30 || !c.Messages[0].In {
			t.Errorf("%d messages", len(c.Messages))
		}
		if err := second(w.Dialogue.Send(ctx, lead, dialogue.Note{Customer: "c_0000000000000", Text: said("Hola")})); cx.KindOf(err) != cx.NotFound {
			t.Errorf("to nobody: %v", err)
		}
		w.Settle()
	})
}

func TestLinksOpenOnlyWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		help := must[dialogue.Link](t)(w.Dialogue.MakeLink(ctx, lead, dialogue.LinkRequest{Kind: dialogue.HelpLink, Name: " Caja 1 ", Touchpoint: "shop", Expire: time.Hour}))
		if help.Name != "Caja 1" || !strings.HasPrefix(help.URL, "https://cx.example/help/") {
			t.Errorf("%+v", help)
		}
		if err := second(w.Dialogue.Reply(ctx, help.Token, "", "Hola")); cx.KindOf(err) != cx.NotFound {
			t.Errorf("a link of another kind: %v", err)
		}
		first := must[dialogue.Link](t)(w.Dialogue.CaseLink(ctx, "k1", ana))
		if again := must[dialogue.Link](t)(w.Dialogue.CaseLink(ctx, "k1", ana)); again.Token != first.Token {
			t.Error("the same case has two addresses")
		}
		if err := w.Dialogue.Revoke(ctx, lead, first.ID); err != nil {
			t.Fatal(err)
		}
		if l, err := w.Dialogue.Follow(ctx, first.Token); cx.KindOf(err) != cx.Gone || l.RevokedAt == 0 {
			t.Errorf("%+v, %v", l, err)
		}
		if next := must[dialogue.Link](t)(w.Dialogue.CaseLink(ctx, "k1", ana)); next.Token == first.Token {
			t.Error("a revoked address came back")
		}
		w.Clock.Advance(time.Hour)
		if err := second(w.Dialogue.Follow(ctx, help.Token)); cx.KindOf(err) != cx.Gone {
			t.Errorf("an expired link: %v", err)
		}
		if all := must[[]dialogue.Link](t)(w.Dialogue.Links(ctx, lead, "")); len(all) != 1 || all[0].Token != help.Token {
			t.Errorf("%+v", all)
		}
		err := second(w.Dialogue.MakeLink(ctx, lead, dialogue.LinkRequest{Kind: dialogue.CaseLink, Area: "none", Place: "none", Expire: -1}))
		if faults := cx.FaultsOf(err); len(faults) != 5 {
			t.Errorf("%v", faults)
		}
		if err := second(w.Dialogue.MakeLink(ctx, cx.Principal{ID: "person:3", Role: cx.Member}, dialogue.LinkRequest{Kind: dialogue.HelpLink, Name: "x"})); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("%v", err)
		}
		if err := w.Dialogue.Revoke(ctx, lead, "none"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%v", err)
		}
	})
}

// What grew too old in the log goes here too, and nothing else.
func TestWhatExpiredIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *dialoguetest.World) {
		ctx := t.Context()
		ana := w.Customer("ana", "Ana")
		for _, text := range []string{"Vieja", "Nueva"} {
			must[dialogue.Message](t)(w.Dialogue.Send(ctx, cx.System(), dialogue.Note{Customer: ana, Text: said(text)}))
			w.Settle()
		}
		must[dialogue.Offer](t)(w.Dialogue.Offer(ctx, lead, dialogue.NewOffer{Choice: "ways", Customer: ana}))
		w.Settle()
		sent := w.Events(dialogue.SentEvent)
		for range 2 {
			must[int](t)(w.Dialogue.Erase(ctx, cx.Subject{Seqs: []cx.Seq{sent[0].Seq, w.Events(dialogue.OfferedEvent)[0].Seq}}))
		}
		c := must[dialogue.Conversation](t)(w.Dialogue.Conversation(ctx, lead, ana, "es"))
		if len(c.Messages) != 1 || c.Messages[0].Text != "Nueva" || len(c.Offers) != 0 {
			t.Errorf("%+v", c)
		}
	})
}
