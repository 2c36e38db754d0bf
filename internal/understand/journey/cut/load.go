package cut

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// loader makes material of a journey of history. Its dictionaries only grow, so
// that logs made one after another number alike and may share events. One may
// use it at a time.
type loader struct {
	journey    Journey
	steps      []model.Step
	rules      rules
	activities []eventlog.Activity
	activityNo map[eventlog.Activity]uint16
	contexts   []eventlog.Context
	contextNo  map[eventlog.Context]uint32
	scales     []string
	scaleNo    map[string]uint8
	stepOf     []int
}

func newLoader(j Journey) *loader {
	return &loader{
		journey: j, steps: j.Steps(),
		rules: rules{
			byKey: j.Case.Key != "", gap: j.Case.Gap, before: j.Case.Before, after: j.Case.After, starts: len(j.Start) > 0,
		},
		activityNo: map[eventlog.Activity]uint16{},
		contexts:   []eventlog.Context{{}}, contextNo: map[eventlog.Context]uint32{{}: 0},
		scales: []string{""}, scaleNo: map[string]uint8{"": 0},
	}
}

// query asks for the facts that may be of a run: by key all that carry it, and
// where others may belong to it, what happens at the script's touchpoints; by
// customer what happens there, or begins or ends a run; without a script all.
func (l *loader) query() history.LivedQuery {
	q := history.LivedQuery{Object: l.journey.Case.Object}
	if !l.rules.byKey {
		q.All = len(l.steps) == 0
		q.Names = []string{}
	}
	for _, s := range l.steps {
		q.Touchpoints = append(q.Touchpoints, s.Touchpoint)
	}
	for _, m := range slices.Concat(l.journey.Start, l.journey.End) {
		if !l.rules.byKey {
			q.Names = append(q.Names, m.Event)
		}
		if m.When != nil {
			q.Properties = append(q.Properties, m.Event)
		}
	}
	return q
}

// answersTo turns a query for events into that for the answers about them. By
// customer a survey may be of no touchpoint.
func (l *loader) answersTo(q history.LivedQuery) history.LivedQuery {
	q.Of, q.Properties, q.All = history.Answers, nil, q.All || !l.rules.byKey
	return q
}

// lived calls fn with each event of a run-to-be, in the order in which they
// came, with the numbers of its activity and context and with what it does to a
// run. What has neither a name nor a touchpoint is nothing that was lived.
func (l *loader) lived(facts history.Snapshot, q history.LivedQuery, fn func(f *history.Lived, i int, activity uint16, context uint32, does mark) error) error {
	activities := map[[2]uint32]uint16{} // by the question's name and context
	marks := l.marksOf()
	var order []int
	return facts.Lived(q, func(f *history.Lived) error {
		contexts := l.contextsOf(f.Contexts)
		order = order[:0]
		for i := range f.Seq {
			order = append(order, i)
		}
		if !slices.IsSorted(f.Seq) {
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.Seq[a], f.Seq[b]) })
		}
		for _, i := range order {
			at := [2]uint32{f.Name[i], f.Context[i]}
			activity, known := activities[at]
			if !known {
				name, touchpoint := f.Names[f.Name[i]], f.Contexts[f.Context[i]].Touchpoint
				if name == "" && touchpoint == "" {
					continue
				}
				var err error
				if activity, err = l.activity(eventlog.Activity{Name: name, Touchpoint: touchpoint}); err != nil {
					return err
				}
				activities[at] = activity
			}
			if err := fn(f, i, activity, contexts[f.Context[i]], marks(f, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// marksOf returns what tells what a fact does to a run. A condition that cannot
// be computed of a fact does not hold.
func (l *loader) marksOf() func(f *history.Lived, i int) mark {
	type declared struct {
		model.Mark
		does mark
	}
	byName := map[string][]declared{}
	for _, m := range l.journey.Start {
		byName[m.Event] = append(byName[m.Event], declared{m, begins})
	}
	for _, m := range l.journey.End {
		does := reaches
		if m.Abandoned {
			does = abandons
		}
		byName[m.Event] = append(byName[m.Event], declared{m, does})
	}
	var of [][]declared // by the question's number of the name
	return func(f *history.Lived, i int) (does mark) {
		for n := len(of); n < len(f.Names); n++ {
			of = append(of, byName[f.Names[n]])
		}
		for _, d := range of[f.Name[i]] {
			if d.When == nil {
				does |= d.does
				continue
			}
			c := f.Contexts[f.Context[i]]
			v := expr.Vars{Name: f.Names[f.Name[i]], Type: cx.Track.String(), Source: c.Source, At: f.At[i], Properties: expr.NewObject(f.Properties[i])}
			if holds, err := d.When.Bool(v); err == nil && holds {
				does |= d.does
			}
		}
		return does
	}
}

// activity numbers an activity.
func (l *loader) activity(a eventlog.Activity) (uint16, error) {
	if no, ok := l.activityNo[a]; ok {
		return no, nil
	}
	if len(l.activities) == eventlog.MaxActivities {
		return 0, cx.Errorf(cx.TooLarge, "", "the runs of %q have more than %d different events: is an id part of their names?", l.journey.Slug, eventlog.MaxActivities)
	}
	no := uint16(len(l.activities))
	l.activityNo[a] = no
	l.activities = append(l.activities, a)
	first, after := -1, false
	for i, s := range l.steps {
		if !s.CanBe(a.Name, a.Touchpoint) {
			continue
		}
		if first < 0 {
			first = i
		}
		after = after || s.Stage == model.After
	}
	l.stepOf = append(l.stepOf, first)
	l.rules.inStep = append(l.rules.inStep, first >= 0)
	l.rules.afterStep = append(l.rules.afterStep, after)
	return no, nil
}

// contextsOf numbers the contexts of a question.
func (l *loader) contextsOf(from []history.Context) []uint32 {
	out := make([]uint32, len(from))
	for i, c := range from {
		to := eventlog.Context(c)
		no, ok := l.contextNo[to]
		if !ok {
			no = uint32(len(l.contexts))
			l.contextNo[to] = no
			l.contexts = append(l.contexts, to)
		}
		out[i] = no
	}
	return out
}

// score says what was scored, if it was, on a scale that is known.
func (l *loader) score(a *eventlog.Answer, metric, scale string, value float64) {
	s, ok := fact.ParseScale(scale)
	kind, is := map[string]eventlog.Metric{"nps": eventlog.NPS, "csat": eventlog.CSAT, "ces": eventlog.CES, "rating": eventlog.Rating}[metric]
	if !ok || !is || math.IsNaN(value) {
		return
	}
	no, known := l.scaleNo[scale]
	if !known {
		if len(l.scales) > math.MaxUint8 {
			return
		}
		no = uint8(len(l.scales))
		l.scaleNo[scale] = no
		l.scales = append(l.scales, scale)
	}
	a.Metric, a.Scale, a.Score = kind, no, float32(value)
	a.Felt = int16(math.Round(4_000*(min(max(value, s.Min), s.Max)-s.Min)/(s.Max-s.Min) - 2_000))
}

// cut makes a log of the material.
func (l *loader) cut(m *material, now cx.Time) (*eventlog.Log, int64) {
	log, withoutKey := m.cut(l.rules, now)
	log.Activities, log.Contexts, log.Scales = l.activities, l.contexts, l.scales
	return log, withoutKey
}
