package segment

import (
	"math"
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
	outcomes []map[figures]bool
}

// figures are the answers to a program's asks when all of them are numbers: few
// customers have figures that nobody had before, and their outcome is known.
type figures [4]uint64

// mostFigures bounds how many outcomes of a program are kept.
const mostFigures = 10_000

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
		j.outcomes = append(j.outcomes, outcomesOf(p))
	}
	return j
}

// outcomesOf is nil for a program that depends on more than a few numbers.
func outcomesOf(p *expr.Program) map[figures]bool {
	if p.NeedsTraits() || len(p.Asks()) > len(figures{}) {
		return nil
	}
	for _, ask := range p.Asks() {
		if ask.What == expr.First || ask.What == expr.Last {
			return nil
		}
	}
	return map[figures]bool{}
}

// figuresOf tells numbers apart; an ask's answers are all of one type, or none.
func figuresOf(answers []any) (f figures) {
	for i, a := range answers {
		switch a := a.(type) {
		case int64:
			f[i] = uint64(a)
		case float64:
			f[i] = math.Float64bits(a)
		default:
			f[i] = math.Float64bits(math.NaN())
		}
	}
	return f
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
	var traits *expr.Object
	if j.traits {
		traits = expr.NewObject(b.Traits)
	}
	for i, p := range j.programs {
		answers, known := j.answers[i], j.outcomes[i]
		for k, place := range j.places[i] {
			answers[k] = b.Answers[place]
		}
		var of figures
		if known != nil {
			of = figuresOf(answers)
			if is, ok := known[of]; ok {
				if is {
					fn(i)
				}
				continue
			}
		}
		is, err := p.Bool(expr.Vars{Now: now, Traits: traits, Answers: answers})
		if err != nil && cx.KindOf(err) != cx.Invalid {
			return err
		}
		if is {
			fn(i)
		}
		if known != nil && len(known) < mostFigures {
			known[of] = is
		}
	}
	return nil
}
