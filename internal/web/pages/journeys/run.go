package journeys

import (
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// nextShown is how many things that may come next are told.
const nextShown = 3

// runOf is one run as the page shows it.
type runOf struct {
	reading.Reader
	ask   reading.Question
	run   journey.RunDetail
	next  journey.Next
	now   cx.Time
	title string
}

func (p page) askedRun(q *web.Request) (v runOf, err error) {
	v.Reader, v.now = p.reader(q), q.Now()
	if v.ask, err = reading.QuestionOf(q, v.Model); err != nil {
		return v, err
	}
	slug, id := v.ask.Journey.Slug, q.PathValue("case")
	if v.run, err = p.journeys.Run(q.Context(), q.Principal, slug, id); err != nil {
		return v, err
	}
	if underWay(v.run.RunSummary) {
		if v.next, err = p.journeys.Next(q.Context(), q.Principal, slug, id); err != nil {
			return v, err
		}
	}
	v.title = v.finding()
	return v, nil
}

func (p page) run(q *web.Request) error {
	v, err := p.askedRun(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, runView(v))
}

// finding is the page's title: how far the run is, and what it waits for.
func (v runOf) finding() string {
	late := 0
	for _, l := range v.run.Late {
		if l.Next == 0 {
			late++
		}
	}
	key := "journeys.run.title." + string(v.run.State)
	if late > 0 {
		key = "journeys.run.title.late"
	}
	return v.L.T(key, "who", v.who(), "step", v.at())
}

// who is whose run it is.
func (v runOf) who() string {
	if v.run.Customer == nil {
		return v.L.T("journeys.run.somebody")
	}
	return v.Name(v.run.Customer.Name)
}

func (v runOf) at() string {
	if v.run.Step != nil {
		return v.Reader.Step(*v.run.Step)
	}
	if s := v.Touchpoint(v.run.Touchpoint); s != "" {
		return s
	}
	return v.Journey(v.ask.Journey)
}

// kicker says of what the run is, since when and how long.
func (v runOf) kicker() string {
	var parts []string
	if v.run.Label != "" {
		parts = append(parts, v.run.Label)
	}
	parts = append(parts, v.L.DateTime(v.run.Began))
	if d := v.run.Last.Sub(v.run.Began); d > 0 {
		parts = append(parts, v.L.Lasting(d))
	}
	return strings.Join(parts, " · ")
}

// moment is one line of a run: something lived, or a step of the design that was
// not.
type moment struct {
	icon, title, where string
	at                 cx.Time
	after              time.Duration // since the moment before
	felt               *float64
	designed           *float64
	skipped            bool
	marks              []string // what is not as designed, in words
	late               string
	answer             *fact.Answer
}

// moments are what was lived against the design, in order.
func (v runOf) moments() (out []moment) {
	before := cx.Time(0)
	lived := func(f journey.RunFact, kind journey.DeviationKind) {
		m := moment{icon: v.Icon(f.Class.Touchpoint, f.Item), at: f.At, where: v.Where(f.Class), answer: f.Answer, title: v.Event(f.Item)}
		if f.Class.HasValence {
			m.felt = &f.Class.Valence
		}
		if f.Step != nil {
			m.title = v.Reader.Step(*f.Step)
			m.where = join(v.Event(f.Item), m.where)
			if f.Step.HasValence {
				m.designed = &f.Step.Valence
			}
			m.late = v.lateness(*f.Step, f.At)
		}
		if kind != "" && (kind != journey.Delayed || m.late == "") {
			m.marks = append(m.marks, v.L.T("journeys.kind."+string(kind)))
		}
		if before != 0 && f.At > before {
			m.after = f.At.Sub(before)
		}
		before = f.At
		out = append(out, m)
	}
	if len(v.run.Moves) == 0 {
		for _, f := range v.run.Facts {
			lived(f, "")
		}
		return out
	}
	told := make([]bool, len(v.run.Facts))
	until := func(n int) { // answers and what the script says nothing of, before fact n
		for i := range n {
			if !told[i] && v.run.Facts[i].Kind == cx.Answer {
				told[i] = true
				lived(v.run.Facts[i], "")
			}
		}
	}
	for _, move := range v.run.Moves {
		if move.Event < 0 {
			out = append(out, v.skipped(*move.Step))
			continue
		}
		until(move.Event)
		told[move.Event] = true
		lived(v.run.Facts[move.Event], move.Kind)
	}
	until(len(v.run.Facts))
	return out
}

// skipped is a step of the design that was not lived.
func (v runOf) skipped(s model.Step) moment {
	m := moment{icon: v.IconAt(s.Touchpoint), title: v.Reader.Step(s), skipped: true, marks: []string{v.L.T("journeys.kind.skipped")}}
	if s.HasValence {
		m.designed = &s.Valence
	}
	return m
}

// lateness says that what was to follow a step came, or is, late.
func (v runOf) lateness(s model.Step, at cx.Time) string {
	i := slices.IndexFunc(v.run.Late, func(l journey.Late) bool { return l.Step.Slug == s.Slug && l.At == at })
	if i < 0 {
		return ""
	}
	l := v.run.Late[i]
	if l.Next == 0 {
		return v.L.T("journeys.late.waiting", "time", v.L.Lasting(v.now.Sub(l.Due)))
	}
	return v.L.T("journeys.late.came", "time", v.L.Lasting(l.Next.Sub(l.Due)))
}

// coming is one thing that may come next.
type coming struct {
	icon, title, share, when string
}

// comings are what others lived next who were where this customer is.
func (v runOf) comings() (out []coming) {
	for _, n := range v.next.Steps[:min(len(v.next.Steps), nextShown)] {
		c := coming{icon: v.IconAt(n.Activity.Touchpoint), title: v.Happened(n.Activity.Name)}
		if n.Step != "" {
			c.title = v.StepOf(v.ask.Journey, n.Step)
		}
		c.share = v.L.T("journeys.next.share", "share", v.Share(n.Share))
		if !v.Plain {
			c.share = reading.Capital(v.Between(n.Share))
		}
		if n.By > v.now {
			c.when = v.L.T("journeys.next.by", "when", v.L.DateTime(n.By))
		} else {
			c.when = v.L.T("journeys.next.overdue")
		}
		out = append(out, c)
	}
	return out
}

// risk says how likely the run is to end badly; "" when that cannot be told.
func (v runOf) risk() string {
	r := v.next.Risk
	switch {
	case !underWay(v.run.RunSummary):
		return ""
	case !r.Known:
		return v.L.T("journeys.risk.unknown")
	case v.Plain && r.Marked:
		return v.L.T("journeys.risk.plain")
	case v.Plain:
		return ""
	}
	return v.L.T("journeys.risk.chance", "chance", v.L.Percent(r.Chance, 0))
}

// join joins two texts with a dot between.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}
