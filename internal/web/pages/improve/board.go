package improve

import (
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// boarded is the initiatives in their columns, or as a list.
type boarded struct {
	reader
	title  string
	query  cycle.Query
	asList bool
	board  cycle.Board
	all    []cycle.Initiative
}

func queried(q *web.Request) cycle.Query {
	v := q.URL.Query()
	return cycle.Query{Area: v.Get("area"), Text: v.Get("q"), Mine: v.Get("mine") == "1", Stage: cycle.Stage(v.Get("stage"))}
}

func (p page) board(q *web.Request) error {
	v := boarded{reader: p.reader(q), query: queried(q), asList: q.URL.Query().Get("as") == "list"}
	var err error
	if v.asList {
		v.all, err = p.initiatives.List(q.Context(), q.Principal, v.query)
	} else if v.board, err = p.initiatives.Board(q.Context(), q.Principal, v.query); err == nil {
		for _, c := range v.board.Columns {
			v.all = append(v.all, c.Items...)
		}
	}
	if err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, boardView(v))
}

// finding says how many worked of those that are judged.
func (v boarded) finding() string {
	worked, judged := 0, 0
	for _, i := range v.all {
		if e := i.Evaluation; e != nil && e.Verdict != impact.CannotTell {
			judged++
			if e.Verdict == impact.Worked {
				worked++
			}
		}
	}
	switch {
	case len(v.all) == 0:
		return v.L.T("improve.board.empty")
	case judged == 0:
		return v.L.T("improve.board.running", "n", len(v.all))
	}
	return v.L.T("improve.board.worked", "n", worked, "of", judged)
}

// as is the address of the same initiatives shown otherwise.
func (v boarded) as(list bool) string {
	to := "/improve/board?area=" + v.query.Area
	if list {
		to += "&as=list"
	}
	if v.query.Mine {
		to += "&mine=1"
	}
	return to
}

func (p page) initiativesCSV(q *web.Request) error {
	all, err := p.initiatives.List(q.Context(), q.Principal, queried(q))
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{
		"slug", q.T("improve.initiative"), q.T("improve.stage"), q.T("improve.area"), q.T("improve.owner"), q.T("improve.from"), q.T("improve.until"), q.T("improve.metric"),
		q.T("improve.verdict"), q.T("improve.effect"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("improve.net"), q.T("improve.hash"),
	}
	return q.CSV("iniciativas", header, sheet.Rows(all, func(i cycle.Initiative) []string {
		row := []string{i.Slug, r.Say(i.Title), q.T("improve.stage." + string(i.Stage)), r.areas(i.Areas), i.OwnerName, r.day(i.From), r.day(i.Until), r.metric(i.Plan.Metric), "", "", "", "", "", "", i.Hash}
		if e := i.Evaluation; e != nil {
			row[8] = q.T("improve.verdict." + string(e.Verdict))
			if x := e.Effect; x != nil {
				row[9], row[10], row[11], row[12] = number(x.Value), number(x.Low), number(x.High), strconv.Itoa(x.N+x.Control)
			}
			if m := e.Money; m != nil {
				row[13] = r.Money(float64(m.Net), m.Currency)
			}
		}
		return row
	}))
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// day writes a day for a file; "" of none.
func (r reader) day(t cx.Time) string {
	if t == 0 {
		return ""
	}
	return r.L.In(t).Format(time.DateOnly)
}

// month is what happens in one.
type month struct {
	name string
	days []cycle.Day
}

// calendared is what comes and what came.
type calendared struct {
	reader
	title  string
	months []month
}

// The calendar shows what came a month ago until what comes in half a year.
const (
	calendarBefore = -1
	calendarAfter  = 6
)

func (p page) calendar(q *web.Request) error {
	now := q.L.Now()
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	days, err := p.initiatives.Calendar(q.Context(), q.Principal, cx.Window{From: cx.TimeOf(first.AddDate(0, calendarBefore, 0)), To: cx.TimeOf(first.AddDate(0, calendarAfter, 0))})
	if err != nil {
		return err
	}
	v := calendared{reader: p.reader(q)}
	late := 0
	for _, d := range days {
		name := v.L.Month(d.At)
		if n := len(v.months); n == 0 || v.months[n-1].name != name {
			v.months = append(v.months, month{name: name})
		}
		m := &v.months[len(v.months)-1]
		m.days = append(m.days, d)
		if d.Late {
			late++
		}
	}
	switch {
	case len(days) == 0:
		v.title = v.L.T("improve.calendar.empty")
	case late > 0:
		v.title = v.L.T("improve.calendar.late", "n", late)
	default:
		v.title = v.L.T("improve.calendar.title")
	}
	return q.Render(v.title, calendarView(v))
}

// says is what happens on a day.
func (r reader) says(d cycle.Day) string {
	return r.L.T("improve.day."+d.What, "what", r.Say(d.Name))
}

// taught is what was learned.
type taught struct {
	reader
	title   string
	text    string
	lessons []cycle.Lesson
}

// mostLessons is how many are shown.
const mostLessons = 100

func (p page) learned(q *web.Request) error {
	v := taught{reader: p.reader(q), text: q.URL.Query().Get("q")}
	var err error
	if v.lessons, err = p.initiatives.Learned(q.Context(), q.Principal, v.text, mostLessons); err != nil {
		return err
	}
	worked := len(slices.DeleteFunc(slices.Clone(v.lessons), func(l cycle.Lesson) bool { return l.Verdict != impact.Worked }))
	switch {
	case len(v.lessons) == 0 && v.text != "":
		v.title = v.L.T("improve.learned.none", "what", v.text)
	case len(v.lessons) == 0:
		v.title = v.L.T("improve.learned.empty")
	default:
		v.title = v.L.T("improve.learned.title", "n", len(v.lessons), "worked", worked)
	}
	return q.Render(v.title, learnedView(v))
}
