package outcomes

import (
	"math"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// valued is what customers will bring.
type valued struct {
	asked
	title  string
	fit    worth.Fit
	spread worth.Distribution
	groups []worth.Group
}

// apart is what customers are told apart by where nobody asked: how they came.
func (a asked) apart() purchases.By {
	if a.by == purchases.Together {
		return purchases.Channel
	}
	return a.by
}

func (p page) valued(q *web.Request) (valued, error) {
	v := valued{asked: p.ask(q)}
	var err error
	if v.fit, err = p.worth.Fit(q.Context(), q.Principal); err != nil {
		return v, err
	}
	if v.spread, err = p.worth.Distribution(q.Context(), q.Principal, v.filter); err != nil {
		return v, err
	}
	v.groups, err = p.worth.By(q.Context(), q.Principal, v.filter, v.apart())
	return v, err
}

func (p page) value(q *web.Request) error {
	v, err := p.valued(q)
	if err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, valueView(v))
}

func (v valued) finding() string {
	switch {
	case v.fit.Pending:
		return v.L.T("outcomes.pending.title")
	case v.fit.Fault != "":
		return v.L.T("outcomes.worth.fault.title")
	case v.spread.N == 0 || math.IsNaN(v.spread.Top):
		return v.L.T("outcomes.worth.nobody")
	}
	return v.L.T("outcomes.worth.title", "top", v.percent(v.spread.Top))
}

func (v valued) money(minor float64) string { return v.Money(minor, v.fit.Currency) }

// within writes an interval of money and how many customers it is of.
func (v valued) within(low, high float64) string {
	return v.L.T("outcomes.range", "low", v.money(low), "high", v.money(high)) + " · " + v.L.T("outcomes.n", "n", v.spread.N)
}

// what says whether it is margin or revenue.
func (v valued) what() string {
	if v.fit.Margin {
		return v.L.T("outcomes.margin")
	}
	return v.L.T("outcomes.revenue")
}

func (v valued) binName(b worth.Bin) string {
	if b.To == 0 {
		return v.L.T("outcomes.worth.from", "from", v.money(float64(b.From)))
	}
	return v.L.T("outcomes.worth.bin", "from", v.money(float64(b.From)), "to", v.money(float64(b.To)))
}

// most is the greatest count of a bin.
func (v valued) most() (n int) {
	for _, b := range v.spread.Bins {
		n = max(n, b.N)
	}
	return max(n, 1)
}

// against says how a group's value compares with everybody's.
func (v valued) against(g worth.Group) (ui.Tone, string) {
	switch {
	case g.Interval.High < v.spread.Interval.Low:
		return ui.Negative, v.L.T("outcomes.worth.less")
	case g.Interval.Low > v.spread.Interval.High:
		return ui.Positive, v.L.T("outcomes.worth.more")
	}
	return ui.Neutral, v.L.T("outcomes.worth.alike")
}

// held says what was expected of the time held out, and what came.
func (v valued) held() string {
	h := v.fit.HoldOut
	if h.N == 0 {
		return v.L.T("outcomes.worth.unheld")
	}
	key := "outcomes.worth.held"
	if actual := float64(h.Actual); actual < h.Interval.Low || actual > h.Interval.High {
		key = "outcomes.worth.missed"
	}
	return v.L.T(key, "expected", v.L.Int(int64(math.Round(h.Expected))), "low", v.L.Int(int64(math.Round(h.Interval.Low))), "high", v.L.Int(int64(math.Round(h.Interval.High))), "actual", v.L.Int(int64(h.Actual)), "n", h.N)
}

// model says the parameters, for who wants them.
func (v valued) model() string {
	f := func(x float64) string { return v.L.Number(x, 4) }
	s := v.L.T("outcomes.worth.model", "r", f(v.fit.R), "alpha", f(v.fit.Alpha), "a", f(v.fit.A), "b", f(v.fit.B), "likelihood", v.L.Number(v.fit.LogLikelihood, 1), "n", v.fit.Sampled)
	if math.IsNaN(v.fit.P) {
		return s + " " + v.L.T("outcomes.worth.unspent")
	}
	return s + " " + v.L.T("outcomes.worth.spending", "p", f(v.fit.P), "q", f(v.fit.Q), "gamma", v.money(v.fit.Gamma))
}

func (p page) valueCSV(q *web.Request) error {
	v, err := p.valued(q)
	if err != nil {
		return err
	}
	header := []string{
		q.T("outcomes.by." + string(v.apart())), q.T("outcomes.customers"), q.T("outcomes.worth.each"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"),
		q.T("outcomes.worth.total"), q.T("outcomes.again"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("outcomes.back"), q.T("outcomes.currency"),
	}
	return q.CSV("resultados-valor", header, sheet.Rows(v.groups, func(g worth.Group) []string {
		return []string{
			v.groupName(v.apart(), g.Key, g.Name), strconv.Itoa(g.N), figure(v.whole(g.Value)), figure(v.whole(g.Interval.Low)), figure(v.whole(g.Interval.High)),
			figure(v.whole(float64(g.Total))), figure(g.Again.Value), figure(g.Again.Interval.Low), figure(g.Again.Interval.High), figure(g.Back), v.fit.Currency,
		}
	}))
}
