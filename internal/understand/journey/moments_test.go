package journey

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

func TestMomentsOfFewRuns(t *testing.T) {
	t.Parallel()
	x := few()
	m := x.moments(x.draw())
	if len(m.Typical) != 3 || m.Typical[0].Step.Slug != "pay" || !m.Typical[0].Truth || m.Peak != 2 || m.End != 2 {
		t.Errorf("%+v", m.Moments)
	}
	if len(m.voices) != 1 || m.voices[0].seq != 9 || m.voices[0].felt != 2 {
		t.Errorf("the best answers are %+v", m.voices)
	}
	if len(m.Where) != 1 || m.Where[0].Touchpoint != "door" || m.Where[0].Place != "goya" || m.Where[0].K != 1 {
		t.Errorf("%+v", m.Where)
	}
}

// Of a hundred payments three are felt better than the others can be.
func TestWowIsUnusual(t *testing.T) {
	t.Parallel()
	var runs []madeRun
	for i := range 100 {
		felt := 1.6
		if i%34 == 3 {
			felt = 1.9
		}
		runs = append(runs, madeRun{began: monday, state: Completed, events: []made{lives("Paid", "checkout", float64(i), felt), lives("Delivered", "door", 200, 1)}})
	}
	x := livedOf(bookshop(), monday.AddDate(0, 0, 10), runs)
	x = withModel(x)
	m := x.moments(x.draw())
	if len(m.felt) != 3 || m.felt[0].Felt != 1.9 || m.felt[0].Step != "pay" || m.felt[0].At < m.felt[1].At || m.felt[0].Place != "goya" {
		t.Errorf("%+v", m.felt)
	}
	if len(m.Where) != 1 || m.Where[0].Touchpoint != "checkout" || m.Where[0].K != 3 || m.Where[0].N != 100 {
		t.Errorf("%+v", m.Where)
	}
}

func TestVoicesAreAnswersNotItems(t *testing.T) {
	t.Parallel()
	x := few()
	x.log.Answers = append(x.log.Answers, eventlog.Answer{Case: 3, Seq: 10, At: 9}, eventlog.Answer{Case: 3, At: 10, Metric: eventlog.NPS})
	v := x.voices()
	if len(v) != 3 || v[0].seq != 10 || v[0].scored != 0 || v[2].seq != 8 || v[2].felt != -.5 || v[2].at != cx.Time(2) {
		t.Errorf("%+v", v)
	}
}
