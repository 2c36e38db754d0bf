package programme

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is what the pages have in common.
type view struct {
	l     *i18n.Locale
	m     *model.Model
	me    string
	joins bool // may take part
}

func (p page) view(q *web.Request) view {
	return view{q.L, p.models.Current().Model, q.Principal.ID, account.Check(q.Principal, account.JoinImprovement) == nil}
}

func (v view) area(slug string) string {
	if a, ok := v.m.Area(slug); ok {
		return a.Name.In(v.l.Lang)
	}
	return slug
}

func (v view) tabs(current string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range [...]struct{ key, href string }{{"health", "/programme"}, {"maturity", "/programme/maturity"}, {"five", "/programme/five"}} {
		tabs = append(tabs, ui.Tab{Href: t.href, Text: v.l.T("programme.tab." + t.key), Current: t.key == current})
	}
	return tabs
}

// what tells what somebody committed to.
func (v view) what(c programme.Commitment) string {
	if c.Kind == programme.Other {
		return c.Words
	}
	said := v.l.T("programme.what."+string(c.Kind), "n", c.Target)
	if c.Words != "" {
		said += " · " + c.Words
	}
	return said
}

// lastDay is the day by which.
func (v view) lastDay(c programme.Commitment) string { return v.l.Date(c.Due - 1) }

// evidence tells how it is known.
func (v view) evidence(c programme.Commitment) string {
	if !c.Seen {
		return v.l.T("programme.evidence.said")
	}
	return v.l.T("programme.evidence."+string(c.Kind), "n", c.Done, "of", c.Target)
}

// healthy is the page of how alive the programme is.
type healthy struct {
	view
	programme.Health
	commitments []programme.Commitment
	new         promised
}

func (v healthy) finding() string {
	return v.l.T("programme.title."+string(v.Life), "n", v.Active, "of", len(v.Weeks), "silent", v.Silent)
}

// stat is a share of the recent weeks beside those before.
func (v healthy) stat(key string, c programme.Compared) ui.Stat {
	s := ui.Stat{Label: v.l.T("programme.stat." + key), Note: v.l.T("programme.stat." + key + ".note"), Value: "–"}
	if c.Now.N == 0 {
		s.Count = v.l.T("programme.stat." + key + ".none")
		return s
	}
	s.Value, s.Interval = v.l.Percent(c.Now.Value, 0), v.between(c.Now)
	s.Count = v.l.T("programme.stat."+key+".n", "n", c.Now.N)
	if c.Before.N > 0 {
		by := c.Now.Value - c.Before.Value
		s.Change = &ui.Change{Text: v.l.T("ui.no-clear-change")}
		if c.P < .05 {
			s.Change = &ui.Change{Verdict: ui.Better, Rising: by > 0, Text: v.l.T("programme.points", "n", v.l.Signed(100*by, 0))}
			if by < 0 {
				s.Change.Verdict = ui.Worse
			}
		}
	}
	return s
}

// between writes an interval of a share.
func (v view) between(e outcome.Estimate) string {
	return v.l.Number(100*e.Low, 0) + "–" + v.l.Percent(e.High, 0)
}

// part is some of all.
func (v healthy) part(key string, p programme.Part) ui.Stat {
	return ui.Stat{Label: v.l.T("programme.stat." + key), Note: v.l.T("programme.stat." + key + ".note"), Value: v.l.T("programme.part", "n", p.N, "of", p.Of)}
}

// most is the greatest height of a week's bars.
func (v healthy) most() int {
	most := 1
	for _, w := range v.Weeks {
		most = max(most, w.Steps+w.Sheets+w.Kept)
	}
	return most
}

// The picture of the weeks, in units of its own.
const (
	pictureHeight = 96
	barEvery      = 40
	barWidth      = 28
)

// column is a week of the picture: its bars from the ground up.
type column struct {
	x, label int
	bars     []block
	name     string
	none     bool
}

type block struct {
	kind      string
	y, height int
}

func (v healthy) columns() []column {
	most := v.most()
	var all []column
	for i, w := range v.Weeks {
		c := column{x: i*barEvery + (barEvery-barWidth)/2, label: i*barEvery + barEvery/2, name: v.day(w.Week)}
		ground := pictureHeight
		for _, part := range [...]struct {
			kind string
			n    int
		}{{"steps", w.Steps}, {"sheets", w.Sheets}, {"kept", w.Kept}} {
			if part.n > 0 {
				height := max(3, part.n*(pictureHeight-6)/most)
				ground -= height
				c.bars = append(c.bars, block{part.kind, max(0, ground), height})
			}
		}
		c.none = c.bars == nil
		all = append(all, c)
	}
	return all
}

// day names a week by its Monday.
func (v view) day(w programme.Week) string { return v.l.Date(w.Window(v.l.Zone()).From) }

func (v healthy) weekRow(w programme.Pulse) string {
	return v.l.T("programme.week.row", "steps", w.Steps, "sheets", w.Sheets, "kept", w.Kept)
}

func (v healthy) fault(field string) string { return faultOf(v.new.faults, field) }

func faultOf(faults []cx.Fault, field string) string {
	if i := slices.IndexFunc(faults, func(f cx.Fault) bool { return f.Field == field }); i >= 0 {
		return faults[i].Message
	}
	return ""
}

func (v healthy) kinds() (options []ui.Option) {
	for _, k := range programme.Kinds() {
		options = append(options, ui.Option{Value: string(k), Text: v.l.T("programme.kind." + string(k))})
	}
	return options
}

// due is what is offered as the last day: a week from now.
func (v healthy) due() string {
	if v.new.Due != "" {
		return v.new.Due
	}
	return v.l.Now().AddDate(0, 0, 7).Format(time.DateOnly)
}

func (v healthy) target() string {
	if v.new.Target > 0 {
		return strconv.Itoa(v.new.Target)
	}
	return "5"
}

// tone of a commitment's state.
func tone(s programme.State) ui.Tone {
	switch s {
	case programme.Kept:
		return ui.Positive
	case programme.Broken:
		return ui.Negative
	}
	return ui.Neutral
}

// mature is the page of how mature the company says it is.
type mature struct {
	view
	programme.Maturity
	chosen map[string]int
	faults []cx.Fault
}

func (v mature) finding() string {
	if len(v.Rounds) == 0 {
		return v.l.T("programme.maturity.title.none")
	}
	return v.l.T("programme.maturity.title", "side", v.side(v.Weakest[0]))
}

func (v mature) side(key string) string { return v.l.T("programme.side." + key) }

func (v mature) level(side string, level int) string {
	return v.l.T("programme.level." + side + "." + strconv.Itoa(level))
}

// figure is a mean as read: "2,6 de 5 (2,1–3,0)".
func (v mature) figure(e outcome.Estimate) string {
	return v.l.T("programme.maturity.figure", "mean", v.l.Number(e.Value, 1), "low", v.l.Number(e.Low, 1), "high", v.l.Number(e.High, 1), "n", e.N)
}

// change tells how a mean has changed since the round before.
func (v mature) change(c *programme.Change) ui.Change {
	switch {
	case c.P < .05 && c.By > 0:
		return ui.Change{Verdict: ui.Better, Rising: true, Text: v.l.Signed(c.By, 1)}
	case c.P < .05 && c.By < 0:
		return ui.Change{Verdict: ui.Worse, Text: v.l.Signed(c.By, 1)}
	}
	return ui.Change{Text: v.l.T("ui.no-clear-change")}
}

func (v mature) fault(side string) string { return faultOf(v.faults, side) }

// five is the page of a sheet.
type five struct {
	view
	programme.Sheet
	now, week programme.Week
	done      []programme.Done
	words     string
	faults    []cx.Fault
}

func (v five) finding() string {
	if v.Area == "" {
		return v.l.T("programme.five.title.none")
	}
	return v.l.T("programme.five.title", "area", v.area(v.Area), "day", v.day(v.week))
}

// open tells whether the sheet can be answered still.
func (v five) open() bool { return v.joins && v.week >= v.now.Before(1) && v.Area != "" }

// mine is what one said before.
func (v five) mine() string {
	if v.words != "" {
		return v.words
	}
	if i := slices.IndexFunc(v.Answers, func(a programme.Answer) bool { return a.Mine }); i >= 0 {
		return v.Answers[i].Words
	}
	return ""
}

func (v five) when() string {
	e := v.Episode
	touchpoint, _ := v.m.Touchpoint(e.Touchpoint)
	return v.l.T("programme.five.when."+e.Part, "day", v.l.T("programme.day."+strconv.Itoa(e.Weekday)), "where", touchpoint.Name.In(v.l.Lang))
}

// path is where they were before, in words.
func (v five) path() string {
	var steps []string
	for _, slug := range v.Episode.Before {
		if t, ok := v.m.Touchpoint(slug); ok {
			steps = append(steps, t.Name.In(v.l.Lang))
		}
	}
	return v.l.T("programme.five.path", "steps", strings.Join(steps, " → "))
}

func (v five) promise() string {
	p, _ := v.m.Promise(v.Promise)
	return p.Name.In(v.l.Lang)
}

func fiveAt(week programme.Week, area string) string {
	return "/programme/five?" + url.Values{"week": {string(week)}, "area": {area}}.Encode()
}
