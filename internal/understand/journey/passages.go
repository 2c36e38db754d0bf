package journey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// PassagesQuery asks for the passages between channels of a journey.
type PassagesQuery struct{ Filter Filter }

// Passages is where runs go from one channel to another, and between what is
// physical and what is digital. Each list is in the order of how often.
type Passages struct {
	Runs     int
	Channels []Passage
	Media    []Passage
	Limited  bool // only facts of some areas were seen
}

// Passage is where runs go from one channel (or medium) to another: a stretch of
// a run in the one is followed by a stretch in the other. Its context is lost
// when the customer repeats themselves in the second: lives an event again that
// they had lived before the passage, or another branch of a choice of the script
// of which they had lived one. Steps that are made to be repeated do not count.
type Passage struct {
	From, To      string
	N             int
	Runs          Share // the runs that have it, of all
	Times         Times // from the last event in the one to the first in the other
	Lost          Share // the passages where the context is lost
	Before, After outcome.Estimate
	Felt          Contrast // how the stretch after it was lived where the context is lost, less where it is not
}

// Passages returns the journey's passages. It needs the right scores.view.
func (s *Service) Passages(ctx context.Context, p cx.Principal, slug string, q PassagesQuery) (Passages, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Passages{}, err
	}
	return memo(x, "passages", func() (Passages, error) { return passagesOf(x), nil })
}

func passagesOf(x *lived) Passages {
	p := Passages{Runs: x.log.Cases(), Limited: x.limited}
	saying := sayings(x)
	p.Channels = passagesBy(x, saying, func(c eventlog.Context) string { return c.Channel })
	p.Media = passagesBy(x, saying, func(c eventlog.Context) string { return c.Medium })
	var all []*Contrast
	for _, list := range [][]Passage{p.Channels, p.Media} {
		for i := range list {
			all = append(all, &list[i].Felt)
		}
	}
	discover(all)
	return p
}

func passagesBy(x *lived, saying []saying, property func(eventlog.Context) string) []Passage {
	said := memoryOf(saying)
	names, all := crossings(x, property, func(n *crossing, _ int, list []stretch, i int, _ bool) {
		if i == 1 {
			said.begin()
			said.hear(x.log, &list[0])
		}
		into := &n.kept
		if said.hear(x.log, &list[i]) {
			n.lost++
			into = &n.again
		}
		if after := list[i].felt; after.n > 0 {
			into.Add(after.mean())
		}
	})
	var passages []Passage
	for _, n := range all {
		passages = append(passages, Passage{
			From: names[n.from], To: names[n.to], N: n.n, Runs: shareOf(n.runs, x.log.Cases()), Times: timesOf(n.times), Lost: shareOf(n.lost, n.n),
			Before: felt(n.before.Sample()), After: felt(n.after.Sample()), Felt: withAndWithout(n.kept, n.again),
		})
	}
	return passages
}

// saying is what an activity says, so that it is known when it is said again.
type saying struct {
	name     int // of the event, whatever the touchpoint; −1: it may be said as often as one likes
	branches []branch
}

// branch is one of the ways of a choice of the script.
type branch struct{ choice, way int }

// sayings returns what each activity says.
func sayings(x *lived) []saying {
	var branches [][]branch // of each step, in the order of the script
	var often []bool
	choices := 0
	var walk func(nodes []model.Node, in []branch, repeatable bool)
	walk = func(nodes []model.Node, in []branch, repeatable bool) {
		for _, n := range nodes {
			repeatable := repeatable || n.Repeatable
			if n.Step != nil {
				branches, often = append(branches, in), append(often, repeatable)
			}
			for _, way := range n.Parallel {
				walk(way, in, repeatable)
			}
			choices++
			choice := choices - 1
			for w, way := range n.Choice {
				walk(way, append(in[:len(in):len(in)], branch{choice, w}), repeatable)
			}
		}
	}
	walk(x.journey.Script, nil, false)
	names := map[string]int{}
	all := make([]saying, len(x.log.Activities))
	for a, activity := range x.log.Activities {
		n, ok := names[activity.Name]
		if !ok {
			n = len(names)
			names[activity.Name] = n
		}
		all[a].name = n
		if step := x.stepOf[a]; step >= 0 {
			all[a].branches = branches[step]
			if often[step] {
				all[a].name = -1
			}
		}
	}
	return all
}

// memory of what was said in a run before a stretch.
type memory struct {
	sayings []saying
	run     int
	name    []int         // the run in which it was said last
	way     []map[int]int // of each choice: the run in which a way was gone last
}

func memoryOf(s []saying) *memory {
	m := &memory{sayings: s}
	for _, one := range s {
		for one.name >= len(m.name) {
			m.name = append(m.name, 0)
		}
		for _, b := range one.branches {
			for b.choice >= len(m.way) {
				m.way = append(m.way, map[int]int{})
			}
		}
	}
	return m
}

func (m *memory) begin() { m.run++ }

// hear tells whether anything in the stretch was said in the run before it, and
// keeps what is said in it.
func (m *memory) hear(l *eventlog.Log, s *stretch) (again bool) {
	for e := s.first; e <= s.last && !again; e++ {
		one := &m.sayings[l.Activity[e]]
		again = one.name >= 0 && m.name[one.name] == m.run
		for _, b := range one.branches {
			for way, run := range m.way[b.choice] {
				again = again || run == m.run && way != b.way
			}
		}
	}
	for e := s.first; e <= s.last; e++ {
		one := &m.sayings[l.Activity[e]]
		if one.name >= 0 {
			m.name[one.name] = m.run
		}
		for _, b := range one.branches {
			m.way[b.choice][b.way] = m.run
		}
	}
	return again
}
