package voice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// What a person says of a text is so, whatever a later text model reads; who may
// not say so is refused.
func TestCorrectedLabelStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		first := w.live(w.said("ana", "Todo genial, muy amables", 5), w.said("luz", "en la web", 3))
		w.following()
		ref, negative, none := voice.Ref{Seq: first, Item: 1}, "negative", []string{}
		lead := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{"stores"}}
		if err := w.Correct(t.Context(), lead, ref, voice.Label{Polarity: &negative}); err != nil {
			t.Fatal(err)
		}
		if err := w.Correct(t.Context(), lead, ref, voice.Label{Topics: &none}); err != nil {
			t.Fatal(err)
		}
		check := func(when string) {
			t.Helper()
			page, err := w.Search(t.Context(), cx.System(), voice.Query{Filter: voice.Filter{Where: by(voice.ByPolarity, "negative").Where, Customer: w.id("ana")}})
			if err != nil || len(page.Lines) != 1 {
				t.Fatal(when, page, err)
			}
			if l := page.Lines[0]; l.Ref != ref || l.Sentiment != -1 || len(l.Topics) > 0 || !l.Corrected {
				t.Errorf("%s: %+v", when, l.Reading)
			}
		}
		check("at once")
		w.apply(company + "# again\n")
		check("read again")
		for want, ask := range map[cx.ErrorKind]func() error{
			cx.Forbidden: func() error {
				return w.Correct(t.Context(), cx.Principal{ID: "person:9", Role: cx.Board}, ref, voice.Label{Polarity: &negative})
			},
			cx.NotFound: func() error {
				elsewhere := cx.Principal{ID: "person:3", Role: cx.Lead, Areas: []string{"web"}}
				return w.Correct(t.Context(), elsewhere, ref, voice.Label{Polarity: &negative})
			},
			cx.Invalid: func() error { return w.Correct(t.Context(), lead, ref, voice.Label{}) },
		} {
			if err := ask(); cx.KindOf(err) != want {
				t.Errorf("%v, want %v", err, want)
			}
		}
	})
}

// The company's own scores and words teach a model that reads them better than
// the one that is shipped; a decision in the log puts it in force, everything is
// read again, and a store made again from the log reads the same.
func TestLearnsFromTheCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var events []cx.Event
	for i := range 300 { // a company whose customers have words of their own for good and bad
		good := i%2 == 0
		thing := []string{"la libreta", "el cuaderno", "la pluma", "la tinta"}[i/2%4]
		text, score := thing+" salió zarrapastrosa otra vez", 1
		if good {
			text, score = thing+" salió fetén otra vez", 5
		}
		events = append(events, w.said(fmt.Sprintf("u%d", i), fmt.Sprintf("%s %d", text, i), score))
	}
	w.live(events...)
	q, err := w.Quality(t.Context(), cx.System())
	if err != nil || q.Number != 0 || q.Pairs != 300 || q.Due != "topics" {
		t.Fatalf("%+v: %v", q, err)
	}
	w.following()
	r, err := w.Train(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	if r.Number != 1 || r.Seq == 0 || r.Quality.New.Polarity.Accuracy < .95 || r.Quality.New.Polarity.MacroF1 <= r.Quality.Shipped.Polarity.MacroF1 {
		t.Fatalf("learned %+v", r)
	}
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		n, err := w.Count(t.Context(), cx.System(), voice.Filter{Words: "zarrapastrosa"}, voice.ByPolarity)
		if err != nil || n.N != 150 || n.Negative < 145 {
			t.Errorf("%s: %+v, %v", when, n, err)
		}
		if !w.Settled() {
			t.Errorf("%s: not settled", when)
		}
	}
	check("at once")
	before := w.everything()
	w.on(w.fresh())
	if err := w.log.CatchUp(t.Context(), w.Service); err != nil {
		t.Fatal(err)
	}
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("made again")
	if d := cmp.Diff(before, w.everything()); d != "" {
		t.Errorf("made again (-before +after):\n%s", d)
	}
	q, err = w.Quality(t.Context(), cx.System())
	if err != nil || q.Number != 1 || q.Due != "" || q.Unread != 0 {
		t.Errorf("%+v: %v", q, err)
	}
	if _, err := w.Train(t.Context(), cx.Principal{ID: "person:2", Role: cx.Lead}); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a lead trains: %v", err)
	}
}

// Who has just imported is read by a model of its own without asking for it, and
// by another when enough new came; until then it is told how well what is shipped
// reads.
func TestLearnsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	batch := func(n int) (events []cx.Event) {
		for i := range n {
			text, score := "la libreta salió zarrapastrosa", 1
			if i%2 == 0 {
				text, score = "la libreta salió fetén", 5
			}
			events = append(events, w.said(fmt.Sprintf("u%d", i), fmt.Sprintf("%s %d", text, w.n), score))
		}
		return events
	}
	w.live(batch(220)...)
	q, err := w.Quality(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	if polarity := q.Quality.Shipped.Polarity; q.Number != 0 || polarity.N != 220 || polarity.Majority != .5 || q.Quality.New.Polarity.N != 220 {
		t.Errorf("before: %+v", q)
	}
	w.following()
	w.Hurry()
	last := w.log.LastSeq()
	w.Start()
	t.Cleanup(func() { _ = w.Close() })
	for want, more := range []int{0, 300} {
		if more > 0 {
			first, err := w.log.Append(t.Context(), batch(more))
			if err != nil {
				t.Fatal(err)
			}
			last = first + cx.Seq(more) - 1
		}
		if err := w.WaitFor(t.Context(), last+1); err != nil { // its decision
			t.Fatal(err)
		}
		if q, err = w.Quality(t.Context(), cx.System()); err != nil || q.Number != want+1 || q.Quality.New.Polarity.Accuracy < .95 {
			t.Errorf("%d: %+v, %v", want, q, err)
		}
	}
}

// A text is read beside the score that came with it, whichever event brought it.
func TestReadsBesideTheScore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		const mild = "In, name, bag, out. Two minutes."
		of := func(e cx.Event, response string) cx.Event {
			e.Body = []byte(strings.TrimSuffix(string(e.Body), "}") + `,"properties":{"response_id":"` + response + `"}}`)
			e.Properties = []byte(`{"response_id":"` + response + `"}`)
			return e
		}
		w.live(w.said("ana", mild, 5), w.said("luz", mild, 1), of(w.said("eva", mild, 0), "r1"))
		w.live(of(w.said("eva", "", 5), "r1"))
		page, err := w.Search(t.Context(), cx.System(), words("bag"))
		if err != nil || len(page.Lines) != 3 {
			t.Fatal(page, err)
		}
		late, bad, good := page.Lines[0], page.Lines[1], page.Lines[2]
		if good.Sentiment <= bad.Sentiment || good.Polarity == "negative" || bad.Polarity != "negative" || late.Sentiment != good.Sentiment || late.Polarity != good.Polarity {
			t.Errorf("with 5: %+v\nwith 1: %+v\nwith 5, later: %+v", good.Reading, bad.Reading, late.Reading)
		}
	})
}

// Quotes are of the texts asked for, one of those that say the same, without
// who said it.
func TestQuotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i := range 12 {
		w.live(w.said(fmt.Sprintf("u%d", i), []string{"La cola de la caja era eterna, esperé media hora", "Esperé media hora en la cola de la caja", "Qué cola en la caja, una vergüenza"}[i%3]+strings.Repeat("!", i), 1))
	}
	w.live(w.said("eva", "Escríbeme a eva.rios@example.com o al 600 123 456, la cola de la caja fue horrible", 1), w.said("luz", strings.Repeat("un muro de palabras sobre otra cosa ", 30), 3))
	ask := voice.QuoteQuery{Filter: voice.Filter{Words: "cola"}, Limit: 5}
	q, err := w.Quotes(t.Context(), cx.System(), ask)
	if err != nil || q.N != 13 || len(q.Representative) < 3 {
		t.Fatalf("%+v: %v", q, err)
	}
	like, all := 0, ""
	for _, quote := range q.Representative {
		like += quote.Like
		all += quote.Words + "\n"
	}
	if strings.Contains(all, "example.com") || strings.Contains(all, "123") {
		t.Errorf("it tells who: %s", all)
	}
	if like < 12 {
		t.Errorf("%d texts are like those quoted:\n%s", like, all)
	}
	again, err := w.Quotes(t.Context(), cx.System(), ask)
	if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", q) {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	only := voice.QuoteQuery{Filter: voice.Filter{Seqs: []cx.Seq{q.Representative[0].Seq}}}
	if q, err := w.Quotes(t.Context(), cx.System(), only); err != nil || q.N != 1 {
		t.Errorf("of one event: %+v, %v", q, err)
	}
}

// The words that tell the bad texts from the rest come first.
func TestWordsTellTextsApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for range 30 {
		w.live(w.said("ana", "la cola de la caja era larga", 1), w.said("luz", "la dependienta de la caja era amable", 5))
	}
	got, err := w.Words(t.Context(), cx.System(), voice.WordsQuery{Filter: by(voice.ByBand, "low").Filter})
	if err != nil || got.N != 30 || got.Of != 30 {
		t.Fatalf("%+v: %v", got, err)
	}
	z := map[string]voice.Word{}
	for _, word := range got.Words {
		z[word.Word] = word
	}
	if z["cola"].Z < 1.96 || z["dependienta"].Z > -1.96 || z["caja"].Z > 1.96 || z["caja"].N != 30 || z["cola"].Others != 0 {
		t.Errorf("%+v", got.Words)
	}
	if _, told := z["la"]; told {
		t.Error("tells that they say la")
	}
}

// Topics are declared, merged and split in the model, whose other lines stay;
// what people said of texts follows.
func TestTopicsAreEdited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	first := w.live(w.said("ana", "no llega nunca el paquete", 1))
	w.following()
	wait := func() {
		t.Helper()
		if err := w.WaitFor(t.Context(), w.log.LastSeq()); err != nil {
			t.Fatal(err)
		}
		if err := w.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		wait()
	}
	es := func(s ...string) model.Phrases { return model.Phrases{ES: s} }
	must(w.SetTopic(t.Context(), cx.System(), model.Topic{Slug: "delivery", Name: model.Text{ES: "Entrega", EN: "Delivery", PT: "Entrega"}, Area: "web", Examples: es("el paquete no llega", "llegó tarde")}))
	topics := []string{"delivery"}
	must(w.Correct(t.Context(), cx.System(), voice.Ref{Seq: first, Item: 1}, voice.Label{Topics: &topics}))
	must(w.SplitTopic(t.Context(), cx.System(), "delivery", model.Topic{Slug: "late", Name: model.Text{ES: "Tarde", EN: "Late", PT: "Tarde"}, Examples: es("llegó tarde")}))
	m := w.models.Current().Model
	late, _ := m.Topic("late")
	delivery, _ := m.Topic("delivery")
	if late.Area != "web" || !slices.Equal(late.Examples.ES, []string{"llegó tarde"}) || !slices.Equal(delivery.Examples.ES, []string{"el paquete no llega"}) {
		t.Errorf("split: %+v, %+v", late, delivery)
	}
	must(w.MergeTopics(t.Context(), cx.System(), "late", "delivery"))
	if got := w.search(by(voice.ByTopic, "late")); len(got) != 1 {
		t.Errorf("of the merged topic: %q", got)
	}
	if yaml := string(w.models.Current().YAML); !strings.Contains(yaml, "# What they talk about.") || strings.Contains(yaml, "slug: delivery") {
		t.Errorf("the model is now\n%s", yaml)
	}
	tax, err := w.Taxonomy(t.Context(), cx.System(), voice.Filter{})
	if err != nil || tax.N != 1 || len(tax.Topics) != 3 || tax.Topics[2].N != 1 || tax.Topics[2].Topic.Slug != "late" {
		t.Errorf("%+v: %v", tax, err)
	}
	for want, err := range map[cx.ErrorKind]error{
		cx.NotFound:  w.MergeTopics(t.Context(), cx.System(), "late", "weather"),
		cx.Invalid:   w.MergeTopics(t.Context(), cx.System(), "late", "late"),
		cx.Forbidden: w.SetTopic(t.Context(), cx.Principal{ID: "person:2", Role: cx.Lead}, model.Topic{Slug: "x"}),
	} {
		if cx.KindOf(err) != want {
			t.Errorf("%v, want %v", err, want)
		}
	}
}
