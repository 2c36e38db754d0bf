package cut

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// gathering is material being read.
type gathering struct {
	*loader
	wanted func(key uint64, customer uint32) bool // nil: all
	groups map[uint64]uint32
	m      material
	events int

	group, customer, context blocks[uint32]
	at                       blocks[int64]
	activity                 blocks[uint16]
	valence                  blocks[int16]
	mark                     blocks[mark]
}

// load reads the material that the query lets through, of the keys and customers
// that are wanted (nil: all).
func (l *loader) load(facts history.Snapshot, q history.LivedQuery, wanted func(key uint64, customer uint32) bool) (*material, error) {
	g := &gathering{loader: l, wanted: wanted, groups: map[uint64]uint32{}}
	if err := l.lived(facts, q, g.event); err != nil {
		return nil, err
	}
	g.m.group, g.m.customer, g.m.at, g.m.activity = g.group.join(), g.customer.join(), g.at.join(), g.activity.join()
	g.m.context, g.m.valence, g.m.mark = g.context.join(), g.valence.join(), g.mark.join()
	if err := facts.Lived(l.answersTo(q), g.answered); err != nil {
		return nil, err
	}
	bought := history.LivedQuery{All: true, Currency: l.journey.Currency}
	if q.Customers != nil || q.Objects != nil {
		bought.Customers = g.customersSeen()
	}
	err := facts.Lived(bought, func(f *history.Lived) error {
		for i, customer := range f.Customer {
			g.m.bought = append(g.m.bought, purchase{uint32(customer), int64(f.At[i]), f.Revenue[i]})
		}
		return nil
	})
	return &g.m, err
}

// key is what a fact is grouped by; 0 by key, of those without.
func (g *gathering) key(f *history.Lived, i int) uint64 {
	if g.rules.byKey {
		return f.Object[i]
	}
	return uint64(f.Customer[i])
}

func (g *gathering) wants(f *history.Lived, i int) bool {
	return g.wanted == nil || g.wanted(g.key(f, i), uint32(f.Customer[i]))
}

// groupOf numbers the group of a fact.
func (g *gathering) groupOf(f *history.Lived, i int) uint32 {
	key := g.key(f, i)
	if g.rules.byKey && key == 0 {
		return loose
	}
	n, ok := g.groups[key]
	if !ok {
		n = uint32(len(g.m.keys))
		g.groups[key] = n
		g.m.keys = append(g.m.keys, key)
	}
	return n
}

func (g *gathering) event(f *history.Lived, i int, activity uint16, context uint32, does mark) error {
	if !g.wants(f, i) || g.rules.byKey && f.Object[i] == 0 && !g.rules.inStep[activity] {
		return nil
	}
	g.group.add(g.groupOf(f, i))
	g.customer.add(uint32(f.Customer[i]))
	g.at.add(int64(f.At[i]))
	g.activity.add(activity)
	g.context.add(context)
	g.valence.add(f.Valence[i])
	g.mark.add(does)
	g.events++
	return g.fits(g.events, len(g.m.keys), 0)
}

func (g *gathering) answered(f *history.Lived) error {
	contexts := g.contextsOf(f.Contexts)
	for i, no := range f.Context {
		if !g.wants(f, i) {
			continue
		}
		a := answered{
			Answer: eventlog.Answer{Context: contexts[no], At: int64(f.At[i]), Seq: uint64(f.Seq[i]), Score: float32(math.NaN())},
			group:  g.groupOf(f, i), customer: uint32(f.Customer[i]),
		}
		g.score(&a.Answer, f.Metric[i], f.Scale[i], f.Value[i])
		g.m.answers = append(g.m.answers, a)
	}
	return g.fits(g.events, len(g.m.keys), len(g.m.answers))
}

// customersSeen are those of the facts gathered.
func (g *gathering) customersSeen() []cx.CustomerNo {
	nos := slices.Clone(g.m.customer)
	slices.Sort(nos)
	out := []cx.CustomerNo{}
	for _, no := range slices.Compact(nos) {
		out = append(out, cx.CustomerNo(no))
	}
	return out
}

// sizeOf returns what a log takes in memory, in bytes.
func sizeOf(events, cases, answers int) int64 {
	const (
		ofEvent  = 2 + 4 + 8 + 2
		ofCase   = 4 + 8 + 4 + 1 + 24 + 16
		ofAnswer = 40
	)
	return int64(events)*ofEvent + int64(cases)*ofCase + int64(answers)*ofAnswer
}

// fits refuses a log that takes more than it may.
func (l *loader) fits(events, cases, answers int) error {
	if sizeOf(events, cases, answers) <= l.journey.Bytes {
		return nil
	}
	return cx.Errorf(cx.TooLarge, "", "the runs of %q take more memory than journeys may (%d MB): raise journey-memory, or narrow the journey by its case, its start or its script", l.journey.Slug, l.journey.Bytes>>20)
}
