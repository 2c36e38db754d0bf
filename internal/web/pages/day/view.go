package day

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
)

// How much of each stands on the page; the rest is a tap away.
const (
	casesShown    = 5
	promisesShown = 6
	promisesMost  = 500 // how many of an area are counted
	thanksShown   = 3
	lookedAt      = 200 // texts of yesterday among which the best and the worst are sought
	shortest      = 12  // characters that words must have to say something
)

// view is somebody's day.
type view struct {
	telling.Reader
	day         cases.Day
	mine        []cases.Case // to be done by the reader
	free        []cases.Case // of their areas, that nobody looks after
	due         []due
	dueN        int
	best, worst *voice.Line
	thanks      []thanks
	areas       string
	title       string
}

// due is a promise that is due today, with whom it was made to.
type due struct {
	promise.Instance
	name string
}

// thanks are what a customer says to whoever helped, with the customer's name.
type thanks struct {
	cases.Thanks
	name string
}

func (p page) reader(q *web.Request) telling.Reader {
	return telling.NewReader(q, p.models.Current().Model)
}

func (p page) day(q *web.Request) (v view, err error) {
	v.Reader = p.reader(q)
	ctx, who := q.Context(), q.Principal
	if v.day, err = p.cases.Mine(ctx, who, q.L.Lang); err != nil {
		return v, err
	}
	for _, c := range v.day.Cases {
		if c.Owner == v.Me {
			v.mine = append(v.mine, c)
		} else {
			v.free = append(v.free, c)
		}
	}
	if err := p.promised(q, &v); err != nil {
		return v, err
	}
	if v.best, v.worst, err = p.yesterday(q); err != nil {
		return v, err
	}
	for _, t := range v.day.Thanks[:min(thanksShown, len(v.day.Thanks))] {
		v.thanks = append(v.thanks, thanks{t, p.name(q, t.Customer)})
	}
	var areas []string
	for _, a := range who.Areas {
		areas = append(areas, v.Area(a))
	}
	v.areas = strings.Join(areas, ", ")
	v.title = v.finding()
	return v, nil
}

// promised reads the promises of the reader's areas that are due before midnight.
func (p page) promised(q *web.Request, v *view) error {
	areas := q.Principal.Areas
	if areas == nil {
		areas = []string{""}
	}
	now := q.L.Now()
	midnight := cx.TimeOf(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()))
	var all []promise.Instance
	for _, area := range areas {
		some, err := p.promises.DueSoon(q.Context(), q.Principal, area, midnight, promisesMost)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	v.dueN = len(all)
	for _, i := range telling.Foremost(all, promisesShown) {
		v.due = append(v.due, due{i, p.name(q, i.Customer)})
	}
	return nil
}

// name is what a customer is called by who may know; "" else.
func (p page) name(q *web.Request, id cx.CustomerID) string {
	if id == "" {
		return ""
	}
	c, err := p.memory.Customer(q.Context(), q.Principal, id)
	if err != nil {
		return ""
	}
	return c.Name
}

// yesterday finds the best and the worst that was said on the company's last
// whole day.
func (p page) yesterday(q *web.Request) (best, worst *voice.Line, err error) {
	now := q.L.Now()
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Limit: lookedAt, Filter: voice.Filter{
		Window: cx.Window{From: cx.TimeOf(midnight.AddDate(0, 0, -1)), To: cx.TimeOf(midnight)},
	}})
	if err != nil {
		return nil, nil, err
	}
	best, worst = Extremes(found.Lines)
	return best, worst, nil
}

// Extremes are the best and the worst of what was said; of several alike, what
// says more. Nil where nothing is good, or bad.
func Extremes(lines []voice.Line) (best, worst *voice.Line) {
	for i := range lines {
		l := &lines[i]
		if len([]rune(l.Words)) < shortest {
			continue
		}
		if l.Polarity == "positive" && (best == nil || further(l, best, 1)) {
			best = l
		}
		if l.Polarity == "negative" && (worst == nil || further(l, worst, -1)) {
			worst = l
		}
	}
	return best, worst
}

func further(a, b *voice.Line, sign float64) bool {
	return cmp.Or(cmp.Compare(sign*a.Sentiment, sign*b.Sentiment), cmp.Compare(len(a.Words), len(b.Words))) > 0
}

// worst is the weightiest reason of low scores that the areas answer for; of
// nobody's areas, the weightiest of all.
func worst(all []reason.Reason, areas []string) *reason.Reason {
	i := slices.IndexFunc(all, func(r reason.Reason) bool {
		return !r.Good && (areas == nil || slices.Contains(areas, r.Owner) || slices.Contains(areas, r.Area))
	})
	if i < 0 {
		return nil
	}
	return &all[i]
}

// finding is the day in a sentence.
func (v view) finding() string {
	t, n := v.L.T, len(v.mine)
	switch {
	case v.day.Heard > 0:
		return t("day.finding.heard", "n", v.day.Heard)
	case v.day.Late > 0:
		return t("day.finding.late", "n", v.day.Late)
	case v.day.Today > 0:
		return t("day.finding.today", "n", v.day.Today)
	case n > 0:
		return t("day.finding.calm", "n", n)
	case len(v.free) > 0:
		return t("day.finding.free", "n", len(v.free))
	case v.dueN > 0:
		return t("day.finding.promises", "n", v.dueN)
	}
	return t("day.finding.nothing")
}

// shown are the cases that stand on the page: the reader's, and when they have
// none, those that nobody looks after.
func shown(all []cases.Case) []cases.Case { return all[:min(casesShown, len(all))] }

// count is one figure of the day, and where it leads.
type count struct {
	text, href string
	n          int
	urgent     bool
}

func (v view) counts() []count {
	free, late, heard := 0, 0, 0
	for _, s := range v.day.Queues {
		free, late, heard = free+s.Unowned, late+s.Late, heard+s.Heard
	}
	return []count{
		{v.L.T("day.count.mine"), "/cases?queue=mine", len(v.mine), false},
		{v.L.T("day.count.late"), "/cases?queue=late", late, late > 0},
		{v.L.T("day.count.heard"), "/cases?queue=heard", heard, heard > 0},
		{v.L.T("day.count.free"), "/cases?queue=nobody", free, false},
	}
}

// greeting names the day and where one serves.
func (v view) greeting() string {
	day := v.L.LongDate(v.Now)
	day = strings.ToUpper(day[:1]) + day[1:]
	if v.areas != "" {
		return day + " · " + v.areas
	}
	return day
}
