package promises

import (
	"math"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

func shareCells(s promise.Share) []string {
	return sheet.Estimate(outcome.Estimate{Value: s.Rate, Low: s.Low, High: s.High, N: s.N})
}

func tallyCells(t promise.Tally) []string {
	return []string{strconv.Itoa(t.Kept), strconv.Itoa(t.Broken), strconv.Itoa(t.Open), strconv.Itoa(t.AtRisk), strconv.Itoa(t.Void)}
}

// tallyHeader heads a tally and its share.
func tallyHeader(q *web.Request) []string {
	out := make([]string, 0, 9)
	for _, s := range []promise.State{promise.Kept, promise.Broken, promise.Waiting, promise.AtRisk, promise.Void} {
		out = append(out, q.T("promises.state."+string(s)))
	}
	return append(out, q.T("promises.rate"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n")
}

func figure(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return sheet.Figure(v)
}

func moment(q *web.Request, t cx.Time) string {
	if t == 0 {
		return ""
	}
	return q.L.In(t).Format("2006-01-02 15:04:05")
}

func (p page) listCSV(q *web.Request) error {
	all, err := p.standings(q)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := slices.Concat([]string{"id", q.T("promises.promise"), q.T("promises.area")}, tallyHeader(q), []string{q.T("promises.objective.short"), q.T("promises.verdict"), q.T("promises.budget")})
	return q.CSV("promesas", header, sheet.Rows(all, func(s promise.Standing) []string {
		return slices.Concat([]string{s.Promise.Slug, r.Say(s.Promise.Name), r.Area(s.Promise.Area)}, tallyCells(s.Tally), shareCells(s.Share),
			[]string{sheet.Figure(s.Objective), r.verdict(s.Verdict, s.Share.N), figure(s.Budget.Left)})
	}))
}

func (p page) scorecardsCSV(q *web.Request) error {
	by := of(q)
	cards, err := p.promises.Scorecards(q.Context(), q.Principal, by, promise.Query{})
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := slices.Concat([]string{"id", q.T("promises.by." + string(by))}, tallyHeader(q), fairHeader(q))
	return q.CSV("promesas-"+string(by), header, sheet.Rows(cards, func(c promise.Scorecard) []string {
		return slices.Concat([]string{c.Slug, r.key(by, c.Slug)}, tallyCells(c.Tally), shareCells(c.Share), fairCells(c.Fair))
	}))
}

func fairHeader(q *web.Request) []string {
	return []string{q.T("promises.fair"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n"}
}

func fairCells(f *promise.Fair) []string {
	if f == nil {
		return []string{"", "", "", "0"}
	}
	return sheet.Estimate(outcome.Estimate{Value: f.Difference, Low: f.Low, High: f.High, N: f.N})
}

func (p page) groupsCSV(q *web.Request) error {
	a := p.asked(q)
	all, err := p.groups(q, a)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := slices.Concat([]string{"id", q.T("promises.by." + string(a.by))}, tallyHeader(q), fairHeader(q))
	return q.CSV("promesa-"+a.slug, header, sheet.Rows(all, func(g promise.Group) []string {
		return slices.Concat([]string{g.Key, r.key(a.by, g.Key)}, tallyCells(g.Tally), shareCells(g.Share), fairCells(g.Fair))
	}))
}

func (p page) instancesCSV(q *web.Request) error {
	a, r := p.asked(q), p.reader(q)
	found, err := p.promises.Instances(q.Context(), q.Principal, a.slug, a.filter(""))
	if err != nil {
		return err
	}
	header := []string{"id", q.T("promises.customer"), q.T("promises.about"), q.T("promises.state"), q.T("promises.made"), q.T("promises.due"), q.T("promises.ended"), q.T("promises.by.place"), q.T("promises.by.supplier"), q.T("promises.by.region")}
	return q.CSV("promesa-"+a.slug+"-clientes", header, func(yield func([]string, error) bool) {
		for {
			for _, i := range found.Instances {
				if !yield([]string{string(i.ID), string(i.Customer), i.About.ID, q.T("promises.state." + string(i.State)), moment(q, i.Made), moment(q, i.Due), moment(q, i.Ended), r.Place(i.Place), r.Supplier(i.Supplier), i.Region}, nil) {
					return
				}
			}
			if found.Next == "" {
				return
			}
			if found, err = p.promises.Instances(q.Context(), q.Principal, a.slug, a.filter(found.Next)); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}
