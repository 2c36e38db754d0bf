package journey

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// lives is an event at a touchpoint, hours after the run began.
func lives(name, touchpoint string, hours float64, felt float64) made {
	return made{name, time.Duration(hours * float64(time.Hour)), eventlog.Context{Touchpoint: touchpoint, Place: "goya"}, felt}
}

func few() *lived {
	runs := []madeRun{
		{began: monday, state: Completed, events: []made{
			lives("Paid", "checkout", 0, 1), lives("Shipped", "store", 20, unfelt), lives("Delivered", "door", 30, -2),
		}, answers: []eventlog.Answer{
			{Context: 3, Seq: 8, At: 2, Metric: eventlog.CSAT, Score: 1, Felt: -2000}, {Context: 3, Seq: 8, At: 2, Metric: eventlog.CES, Score: 4, Felt: 1000},
		}},
		{began: monday, state: Completed, events: []made{
			lives("Paid", "checkout", 0, 0), lives("Paid", "checkout", 1, 0), lives("Called", "phone", 2, -1), lives("Shipped", "store", 60, unfelt), lives("Delivered", "door", 61, -1),
		}, answers: []eventlog.Answer{{Context: 3, Seq: 9, At: 3, Metric: eventlog.CSAT, Score: 5, Felt: 2000}}},
		{began: monday, state: Stuck, events: []made{lives("Paid", "checkout", 0, unfelt)}},
		{began: monday.AddDate(0, 0, 9), state: Running, events: []made{lives("Paid", "checkout", 0, unfelt)}},
	}
	x := livedOf(bookshop(), monday.AddDate(0, 0, 10), runs)
	x.model = &model.Model{}
	x.log.Scales = []string{"1-5"}
	return x
}

func TestMapOfFewRuns(t *testing.T) {
	t.Parallel()
	m := few().draw()
	if m.Runs != 4 || len(m.Steps) != 5 || len(m.Unexpected) != 1 || m.Worst != -1 || m.Period != (cx.Window{From: cx.TimeOf(monday), To: cx.TimeOf(monday.AddDate(0, 0, 9)) + 1}) {
		t.Fatalf("%+v", m)
	}
	near(t, "felt", m.Felt.Value, -.5) // of the runs' means −.5 and −.5
	pay, deliver, phone := m.Steps[0], m.Steps[4], m.Unexpected[0]
	for _, c := range []struct {
		what string
		got  Share
		k, n int
	}{
		{"reach the payment", pay.Reached, 4, 4},
		{"pay again", pay.Repeated, 1, 4},
		{"go on from it in time", pay.Kept, 1, 3}, // 20 h; 59 h; stuck; the last may still come
		{"reach the door", deliver.Reached, 2, 4},
		{"keep nothing that is not expected", deliver.Kept, 0, 0},
		{"call", phone.Reached, 1, 4},
		{"are completed", m.States[2].Share, 2, 4},
		{"are stuck", m.States[1].Share, 1, 4},
	} {
		if c.got.K != c.k || c.got.N != c.n {
			t.Errorf("%d of %d %s, want %d of %d", c.got.K, c.got.N, c.what, c.k, c.n)
		}
	}
	if w := pay.Wait; w.N != 2 || w.Median != 39*time.Hour+30*time.Minute {
		t.Errorf("the wait after the payment is %+v", w)
	}
	if w := phone.Wait; w.N != 1 || w.Median != 58*time.Hour {
		t.Errorf("the wait after the call is %+v", w)
	}
	same(t, phone.Step.Events, []string{"Called"}, func(s string) string { return s })
	near(t, "felt at the door", deliver.Felt.Value, -1.5)
	near(t, "gap at the door", deliver.Gap.Delta, -2.5)
	if pay.Gap.Known || !deliver.Gap.Known || !deliver.Peak || !deliver.End || pay.Peak || pay.End {
		t.Errorf("%+v\n%+v", pay, deliver)
	}
	if s := deliver.Scores; len(s) != 2 || s[0].Metric != outcome.CSAT || s[0].Value != .5 || s[0].N != 2 || s[1].Metric != outcome.CES || s[1].Scale != "1-5" || s[1].Value != 4 {
		t.Errorf("scores at the door: %+v", s)
	}
}

func TestMapWithoutAScript(t *testing.T) {
	t.Parallel()
	x := few()
	x.journey.Script, x.steps = nil, nil
	for a := range x.stepOf {
		x.stepOf[a] = -1
	}
	m := x.draw()
	var order []string
	for _, s := range m.Steps {
		order = append(order, s.Step.Slug)
	}
	same(t, order, []string{"checkout", "phone", "store", "door"}, func(s string) string { return s })
	if m.Steps[0].Step.Slug != "checkout" || m.Steps[0].Designed || m.Unexpected != nil {
		t.Errorf("%v %+v", order, m.Steps[0])
	}
	if empty := livedOf(model.Journey{}, monday, nil); len(withModel(empty).draw().Steps) != 0 {
		t.Error("no runs have steps")
	}
}

func withModel(x *lived) *lived {
	x.model = &model.Model{}
	return x
}

// In a bookshop with faults the store hurts since it is late in one shop.
func TestMapTellsWhatHurtsAndSinceWhen(t *testing.T) {
	t.Parallel()
	p := plant(8, 300, 20, true)
	x, _ := p.lived()
	m := x.draw()
	deliver := m.Steps[4]
	if !deliver.Gap.Clear || deliver.Gap.Delta > 0 || m.Worst < 0 || m.Steps[m.Worst].Step.Slug != "deliver" && m.Steps[m.Worst].Step.Slug != "ship" {
		t.Errorf("worst is %d: %+v", m.Worst, deliver.Gap)
	}
	since := p.from.AddDate(0, 0, 220)
	if s := deliver.Since; !s.Known || s.Low.Std().After(since) || s.High.Std().Before(since) || s.Now > s.Then {
		t.Errorf("the door since %+v, want %v", s, since)
	}
	if c := m.Steps[0].Change; c.Verdict == outcome.NoComparison {
		t.Error("the last four weeks are compared with nothing")
	}
	gift := m.Steps[3]
	if gift.Felt.N != 0 || gift.Since.Known || gift.Gap.Known {
		t.Errorf("nothing is felt at the gift, but %+v", gift)
	}
}
