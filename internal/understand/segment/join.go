package segment

import (
	"reflect"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// joined are the programs of several segments, and what they ask together.
type joined struct {
	programs []*expr.Program
	asks     []expr.Ask
	traits   bool
	places   [][]int // of each program's asks among asks
	answers  [][]any // to each program's asks; filled anew for each customer
}

// joinAsks joins the asks of the programs; the same ask is asked once.
func joinAsks(programs []*expr.Program) *joined {
	j := &joined{programs: programs}
	for _, p := range programs {
		j.traits = j.traits || p.NeedsTraits()
		places := make([]int, len(p.Asks()))
		for i, ask := range p.Asks() {
			places[i] = j.place(ask)
		}
		j.places = append(j.places, places)
		j.answers = append(j.answers, make([]any, len(places)))
	}
	return j
}

func (j *joined) place(ask expr.Ask) int {
	for i := range j.asks {
		if reflect.DeepEqual(j.asks[i], ask) {
			return i
		}
	}
	j.asks = append(j.asks, ask)
	return len(j.asks) - 1
}

// each calls fn with the index of each program that is true of the customer. A
// program that their data makes too costly is not.
func (j *joined) each(now cx.Time, b history.Behaviour, fn func(program int)) error {
	traits := expr.NewObject(b.Traits)
	for i, p := range j.programs {
		for k, place := range j.places[i] {
			j.answers[i][k] = b.Answers[place]
		}
		is, err := p.Bool(expr.Vars{Now: now, Traits: traits, Answers: j.answers[i]})
		if err != nil && cx.KindOf(err) != cx.Invalid {
			return err
		}
		if is {
			fn(i)
		}
	}
	return nil
}
