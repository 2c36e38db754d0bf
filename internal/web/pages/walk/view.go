package walk

import (
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is what the page shows of a run.
type view struct {
	Tale, Title, Name string
	Begun, Over       bool
	Tabs              []ui.Tab
	Live              string // the address of what comes
	Form              string // the query of the forms
	Steps             []stepLine
	Phone             string // the address of what the phone shows; "": it is locked
	Clock             string
	Promises          []promiseLine
	Case              *caseLine
	Against           *againstLine
	Memory, Trust     *change
	Courier           *courierLine
	Line              []moment
	Customer          string // the address of the customer's page
}

// stepLine is one step of the tale.
type stepLine struct {
	Key, Said, Button string
	Done, Now         bool
	Waits             string // why it cannot be taken yet; "": it can
}

// promiseLine is one promise of the run.
type promiseLine struct {
	Name, State, When string
	Tone              ui.Tone
}

type caseLine struct {
	Href, Title, State, Who, Due string
	Tone                         ui.Tone
}

// againstLine is the contradiction of the tale.
type againstLine struct {
	Href, Promise, Policy string
	Customers, Reports    string
	Money                 string // "": too few to tell
	Suspended             bool
}

// change is how something of the customer was before, and is.
type change struct {
	Label, Before, Lowest, Now, Note string // Before and Lowest are "" where they are as now
	Back, Better, Worse              bool   // Back: it fell, and has risen again
}

type courierLine struct{ Name, Before, Now, Interval string }

// moment is one thing of the one line that everything stands on.
type moment struct {
	Clock, Icon, Said string
	Own               bool // ours, not the customer's
}

func (p page) viewOf(q *web.Request, s state) view {
	l, m := q.L, p.c.Models.Current().Model
	tale := s.run.tale
	v := view{
		Tale: tale.key, Title: l.T("walk." + tale.key + ".title"), Name: firstName(s.Name), Begun: s.run.id != "", Clock: l.Clock(q.Now()),
		Live: Path + "/live?" + s.run.values().Encode(), Form: s.run.values().Encode(), Phone: s.phone(), Customer: customer.Path(s.Customer),
	}
	for _, t := range tales() {
		v.Tabs = append(v.Tabs, ui.Tab{Href: Path + "?tale=" + t.key, Text: l.T("walk." + t.key + ".tab"), Current: t.key == tale.key})
	}
	open := true
	for i, t := range tale.steps {
		line := stepLine{Key: t.key, Said: l.T("walk." + tale.key + "." + t.key), Button: l.T("walk." + tale.key + "." + t.key + ".button"), Done: v.Begun && t.done(&s)}
		if line.Now = open && !line.Done; line.Now {
			open = false
			if i > 0 && t.may != nil && !t.may(&s) {
				line.Waits = l.T("walk.waits")
			}
		}
		v.Steps = append(v.Steps, line)
	}
	v.Over = open
	teller := customer.NewTeller(l, m)
	for _, in := range []*promise.Instance{s.Promise, s.Chosen} {
		if in != nil {
			v.Promises = append(v.Promises, promiseOf(l, p, in))
		}
	}
	if s.Case != nil {
		v.Case = caseOf(l, s.Case)
	}
	v.Against = p.againstOf(l, &s)
	v.Memory = changed(l.T("walk.memory"), s.run.memory, s.Lowest, s.Memory, func(x float64) string { return l.Signed(x, 1) }, l.T("walk.memory.note"), v.Begun)
	if s.Trust.N > 0 {
		lowest := s.Trust.Value
		if began, ok := s.run.began(); ok && s.Trust.At >= began {
			lowest = min(lowest, s.Trust.Before)
		}
		v.Trust = changed(l.T("walk.trust"), s.run.trust, lowest, s.Trust.Value, func(x float64) string { return l.Percent(x, 0) },
			l.T("walk.interval", "low", l.Percent(s.Trust.Low, 0), "high", l.Percent(s.Trust.High, 0), "n", s.Trust.N), v.Begun)
	}
	v.Courier = courierOf(l, teller, &s)
	for _, item := range s.Line {
		if item.Kind != cx.Identify {
			v.Line = append(v.Line, moment{Clock: clockOf(l, item.At), Icon: teller.Icon(item.Class.Touchpoint, item), Said: teller.Event(item), Own: item.Kind == cx.Decision})
		}
	}
	return v
}

// whenOf writes a time of today to the second, since here seconds count, and
// another with its day.
func whenOf(l *i18n.Locale, t cx.Time) string {
	at, now := l.In(t), l.Now()
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return l.DateTime(t)
	}
	return at.Format(time.TimeOnly)
}

func promiseOf(l *i18n.Locale, p page, in *promise.Instance) promiseLine {
	out := promiseLine{Name: in.Promise, State: l.T("walk.state." + string(in.State)), Tone: ui.Neutral, When: l.T("walk.due", "when", whenOf(l, in.Due))}
	if declared, ok := p.c.Models.Current().Model.Promise(in.Promise); ok {
		out.Name = declared.Name.In(l.Lang)
	}
	switch in.State {
	case promise.Kept:
		out.Tone = ui.Positive
	case promise.Broken, promise.AtRisk:
		out.Tone = ui.Negative
	}
	return out
}

func caseOf(l *i18n.Locale, c *cases.Case) *caseLine {
	out := &caseLine{Href: "/cases/" + c.ID, Title: c.Title, State: l.T("walk.case." + string(c.State)), Tone: ui.Neutral, Who: l.T("walk.case.nobody"), Due: l.T("walk.case.due", "when", l.DateTime(c.Due))}
	if c.OwnerName != "" {
		out.Who = l.T("walk.case.of", "name", c.OwnerName)
	}
	if c.MadeRight == cases.Right {
		out.State, out.Tone = l.T("walk.case.right"), ui.Positive
	}
	return out
}

func (p page) againstOf(l *i18n.Locale, s *state) *againstLine {
	if s.Against == nil {
		return nil
	}
	m := p.c.Models.Current().Model
	out := &againstLine{Href: "/contradictions/of/" + s.Against.ID, Suspended: s.suspended()}
	if x, ok := m.Policy(s.Against.Policy); ok {
		out.Policy = x.Name.In(l.Lang)
	}
	if x, ok := m.Promise(s.run.tale.promise); ok {
		out.Promise = x.Name.In(l.Lang)
	}
	lived := s.Against.Lived
	if lived == nil {
		return out
	}
	out.Customers = l.T("walk.against.customers", "n", lived.Customers, "times", l.T("walk.against.lived.times", "n", lived.Times))
	if lived.Reports != nil && *lived.Reports > 0 {
		out.Reports = l.T("walk.against.reports", "n", *lived.Reports)
	}
	if x := lived.Money; x != nil {
		money := func(minor float64) string {
			return l.Money(cx.Money{Minor: int64(math.Round(minor)), Currency: x.Currency})
		}
		out.Money = l.T("walk.against.money", "value", money(x.Value), "low", money(x.Low), "high", money(x.High), "n", x.N)
	}
	return out
}

// changed tells how a figure was before the run, at its lowest, and is now.
func changed(label string, before, lowest, now float64, write func(float64) string, note string, begun bool) *change {
	if math.IsNaN(now) {
		return nil
	}
	c := &change{Label: label, Now: write(now), Note: note}
	if !begun || math.IsNaN(before) {
		return c
	}
	if c.Before = write(before); c.Before == c.Now {
		c.Before = ""
	}
	if !math.IsNaN(lowest) && lowest < before && lowest < now && write(lowest) != c.Now && write(lowest) != c.Before {
		c.Lowest = write(lowest)
	}
	c.Better = c.Before != "" && now > before
	c.Back = !c.Better && c.Lowest != ""
	c.Worse = !c.Better && !c.Back && c.Before != ""
	return c
}

func courierOf(l *i18n.Locale, t customer.Teller, s *state) *courierLine {
	g := s.Supplier
	if g == nil || g.Decided() == 0 {
		return nil
	}
	c := &courierLine{
		Name: t.Supplier(carrier), Now: l.T("walk.courier.now", "share", l.Percent(g.Rate, 1), "kept", g.Kept, "n", g.Decided()),
		Interval: l.T("walk.courier.interval", "low", l.Percent(g.Low, 1), "high", l.Percent(g.High, 1)),
	}
	if s.run.ended > 0 && s.run.ended != g.Decided() {
		c.Before = l.Percent(float64(s.run.kept)/float64(s.run.ended), 1)
	}
	return c
}

// clockOf writes when something of the line was: of another day, its day.
func clockOf(l *i18n.Locale, t cx.Time) string {
	if l.In(t).YearDay() != l.Now().YearDay() {
		return l.Date(t)
	}
	return l.In(t).Format(time.TimeOnly)
}

func firstName(name string) string {
	for i, r := range name {
		if r == ' ' {
			return name[:i]
		}
	}
	return name
}
