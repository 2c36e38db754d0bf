package today

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// Board tells the four indicators from memory; board.Service does.
type Board interface {
	Indicators(ctx context.Context, p cx.Principal, q board.Query) (board.Indicators, error)
}

// Promises tells how promises stand; promise.Service does.
type Promises interface {
	Promises(ctx context.Context, p cx.Principal, q promise.Query) ([]promise.Standing, error)
}

// Cycle tells what is improved, and what would be worth it; cycle.Service does.
type Cycle interface {
	List(ctx context.Context, p cx.Principal, q cycle.Query) ([]cycle.Initiative, error)
	Opportunities(ctx context.Context, p cx.Principal, q cycle.OpportunityQuery) ([]cycle.Opportunity, error)
}

// Led is what those who lead the company are told from.
type Led struct {
	Board    Board
	Promises Promises
	Cycle    Cycle
}

// How many of each are shown.
const (
	mostMoves       = 5
	mostGroups      = 5
	mostBurning     = 4
	mostInitiatives = 5
	mostNext        = 3
)

// led is the page for who leads the company.
type led struct {
	reader
	say   reading.Reader
	ask   question
	title string
	board.Indicators
	burning     []promise.Standing
	initiatives []cycle.Initiative
	next        []cycle.Opportunity
}

func (a question) board() board.Query {
	return board.Query{Segment: a.in, Area: a.area, Days: 7 * a.weeks}
}

// lead gathers what the page tells: all of it from memory or by an index.
func (p page) lead(q *web.Request, r reader, ask question) (led, error) {
	v := led{reader: r, say: reading.NewReader(q, r.m), ask: ask}
	var err error
	if v.Indicators, err = p.led.Board.Indicators(q.Context(), q.Principal, ask.board()); err != nil || v.Pending {
		v.title = q.T("today.board.pending")
		return v, err
	}
	if account.Check(q.Principal, account.ViewPromises) == nil {
		all, err := p.led.Promises.Promises(q.Context(), q.Principal, promise.Query{})
		if err != nil {
			return v, err
		}
		v.burning = burning(all, ask.area)
	}
	if account.Check(q.Principal, account.ViewImprovement) == nil {
		all, err := p.led.Cycle.List(q.Context(), q.Principal, cycle.Query{Area: ask.area})
		if err != nil {
			return v, err
		}
		v.initiatives = judged(all)
		if v.next, err = p.led.Cycle.Opportunities(q.Context(), q.Principal, cycle.OpportunityQuery{State: cycle.StateOpen, Area: ask.area, Limit: mostNext}); err != nil {
			return v, err
		}
	}
	v.title = v.finding()
	return v, nil
}

// burning are the promises that burn or surely miss their objective, those that burn
// first.
func burning(all []promise.Standing, area string) (out []promise.Standing) {
	for _, s := range all {
		if (s.Burning || s.Verdict == promise.Misses) && (area == "" || s.Promise.Area == area) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b promise.Standing) int {
		switch {
		case a.Burning && !b.Burning:
			return -1
		case b.Burning && !a.Burning:
			return 1
		}
		return 0
	})
	return out[:min(len(out), mostBurning)]
}

// judged are the initiatives with a verdict, the newest first.
func judged(all []cycle.Initiative) (out []cycle.Initiative) {
	for _, i := range all {
		if i.Evaluation != nil {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b cycle.Initiative) int { return int(b.Evaluation.At.Sub(a.Evaluation.At) / time.Second) })
	return out[:min(len(out), mostInitiatives)]
}

// nothing tells whether there is nothing to tell of the two periods.
func (v led) nothing() bool {
	n := v.Satisfaction.Now.N + v.Satisfaction.Before.N + v.Retention.Now.N + v.Revenue.Now.N + v.Revenue.Before.N + v.Recommendation.Said.Now.N
	return !v.Pending && n == 0
}

// boardAnew is the part of the page that is asked for again.
func (p page) boardAnew(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	v, err := p.lead(q, p.reader(q), ask)
	if err != nil {
		return err
	}
	return q.Fragment(boardPart(v))
}

// boardCSV is the four indicators by week.
func (p page) boardCSV(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	v, err := p.lead(q, p.reader(q), ask)
	if err != nil {
		return err
	}
	type row struct {
		c card
		w outcome.Week
	}
	var rows []row
	for _, c := range v.cards() {
		rows = append(rows, row{c, outcome.Week{From: v.Now.From, To: v.Now.To, Estimate: c.Now}}, row{c, outcome.Week{From: v.Before.From, To: v.Before.To, Estimate: c.Before}})
		for _, w := range c.Weeks {
			rows = append(rows, row{c, w})
		}
	}
	header := []string{q.T("today.csv.score"), q.T("today.csv.from"), q.T("today.csv.to"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("ui.chart.column.n")}
	return q.CSV("indicadores", header, sheet.Rows(rows, func(r row) []string {
		line := []string{r.c.label, day(q, r.w.From), day(q, r.w.To-1), "", "", "", strconv.Itoa(r.w.N)}
		if r.w.N > 0 {
			for k, x := range []float64{r.w.Value, r.w.Low, r.w.High} {
				line[3+k] = r.c.raw(x)
			}
		}
		return line
	}))
}

func day(q *web.Request, at cx.Time) string { return q.L.In(at).Format(time.DateOnly) }

// card is one of the four indicators as it is written.
type card struct {
	board.Figure
	label, note  string
	count        string // of what it is
	href, detail string // where it leads; "" nowhere
	write        func(float64) string
	delta        func(float64) string // without its sign
	raw          func(float64) string // as a number
	extra        string               // what else is to be said of it
}

// points are the whole weeks of a card; those before the first figure are left out.
func (v led) points(c card) []chart.Point {
	var out []chart.Point
	for _, w := range c.Weeks {
		if w.To > v.AsOf || w.N == 0 && len(out) == 0 {
			continue
		}
		p := chart.Point{Label: v.l.Date(w.From), Value: w.Value, Low: w.Low, High: w.High, N: w.N}
		if w.N == 0 {
			p.Value, p.Low, p.High = math.NaN(), math.NaN(), math.NaN()
		}
		out = append(out, p)
	}
	return out
}

// ofArea narrows an address to the area of the question.
func (v led) ofArea(path string) string {
	return v.ask.at(path, "weeks", "", "view", "", "chart", "", "live", "", "for", "")
}

// visited is the address of who was somewhere, and what it was.
func (v led) visited(by history.Dimension, key string) string {
	if by == history.Touchpoint {
		return v.ask.behind("touchpoint", key)
	}
	return v.ask.behind("area", key)
}
