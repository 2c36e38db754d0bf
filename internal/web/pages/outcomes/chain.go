package outcomes

import (
	"math"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// linked is how what is lived becomes money.
type linked struct {
	asked
	title string
	chain chain.Chain
	area  string
}

func (p page) links(q *web.Request) (linked, error) {
	v := linked{asked: p.ask(q), area: q.URL.Query().Get("area")}
	var err error
	v.chain, err = p.chain.Chain(q.Context(), q.Principal, chain.Query{Segment: v.filter.Segment, Area: v.area})
	return v, err
}

func (p page) linked(q *web.Request) error {
	v, err := p.links(q)
	if err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, chainView(v))
}

func (v linked) finding() string {
	w := v.chain.Whole.Worth
	switch {
	case len(v.chain.Links) == 0:
		return v.L.T("outcomes.chain.title.none")
	case v.chain.Told() && w.N > 0 && w.Low > 0:
		return v.L.T("outcomes.chain.title", "money", v.money(w.Value))
	}
	return v.L.T("outcomes.chain.title.unknown")
}

func (v linked) money(minor float64) string { return v.Money(minor, v.chain.Currency) }

// more writes how much more of a step there is.
func (v linked) more(of chain.Step, x float64) string {
	switch of {
	case chain.Revenue:
		if x >= 0 {
			return "+" + v.money(x)
		}
		return v.money(x)
	case chain.Retention:
		return v.L.T("outcomes.chain.points", "n", v.L.Signed(100*x, 2))
	case chain.Satisfaction:
		return v.L.T("outcomes.chain.points", "n", v.L.Signed(x, 1))
	case chain.Lived, chain.Memory:
	}
	return v.L.Signed(x, 2)
}

// says is a link in a sentence.
func (v linked) says(l chain.Link) string {
	months := v.chain.Lag
	if l.To == chain.Revenue {
		months = v.chain.Span
	}
	return v.L.T("outcomes.chain.from."+string(l.From)) + " " + v.L.T("outcomes.chain.to."+string(l.To), "more", v.more(l.To, l.Slope.Value), "n", months)
}

// how says a link's interval and what it rests on; "" of one without a slope.
func (v linked) how(l chain.Link) string {
	if l.Slope.N == 0 || math.IsNaN(l.Slope.Value) {
		return ""
	}
	return v.L.T("outcomes.chain.range", "low", v.more(l.To, l.Slope.Low), "high", v.more(l.To, l.Slope.High), "n", l.Slope.N)
}

// worth says what one point of what a link comes from brings; "" where it is not known,
// and of a link that tells money itself.
func (v linked) worth(l chain.Link) string {
	e := l.Worth
	if e.N == 0 || math.IsNaN(e.Value) || !l.Clear || l.From == chain.Retention {
		return ""
	}
	return v.L.T("outcomes.chain.worth", "money", v.money(e.Value), "low", v.money(e.Low), "high", v.money(e.High), "reach", v.chain.Reach)
}

// steps are what the links connect, in their order.
func (v linked) steps() (out []chain.Step) {
	for _, l := range v.chain.Links {
		if !slices.Contains(out, l.From) {
			out = append(out, l.From)
		}
	}
	return append(out, chain.Revenue)
}

// from are the links that come from a step.
func (v linked) from(s chain.Step) (out []chain.Link) {
	for _, l := range v.chain.Links {
		if l.From == s {
			out = append(out, l)
		}
	}
	return out
}

// sure says how sure a link is, in words.
func (v linked) sure(l chain.Link) (ui.Tone, string) {
	switch {
	case l.Clear && l.Slope.Value > 0:
		return ui.Positive, v.L.T("outcomes.sure")
	case l.Clear:
		return ui.Negative, v.L.T("outcomes.chain.against")
	case l.Why != "":
		return ui.Neutral, v.L.T("outcomes.chain.why." + string(l.Why))
	}
	return ui.Neutral, v.L.T("outcomes.probable")
}

// rests says what the chain was estimated on.
func (v linked) rests() string {
	key := "outcomes.chain.rests"
	if !v.chain.HasMargin {
		key = "outcomes.chain.rests.revenue"
	}
	return v.L.T(key, "customers", v.L.Int(int64(v.chain.Customers)), "of", v.L.Int(int64(v.chain.Of)), "months", v.chain.Months, "margin", v.L.Percent(v.chain.Margin, 0))
}

// areas are those that who asks may choose.
func (v linked) areas() []ui.Option {
	out := []ui.Option{{Text: v.L.T("outcomes.everywhere")}}
	for _, a := range v.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: v.Say(a.Name)})
	}
	return out
}

func (p page) linkedCSV(q *web.Request) error {
	v, err := p.links(q)
	if err != nil {
		return err
	}
	header := []string{
		q.T("outcomes.chain.step.from"), q.T("outcomes.chain.step.to"), q.T("outcomes.chain.month"), q.T("outcomes.chain.slope"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n",
		"p", q.T("outcomes.chain.money"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("outcomes.currency"),
	}
	var rows [][]string
	for _, l := range append(v.chain.Links[:len(v.chain.Links):len(v.chain.Links)], v.chain.Whole) {
		steps := []string{q.T("outcomes.chain.step." + string(l.From)), q.T("outcomes.chain.step." + string(l.To))}
		row := append(steps[:2:2], "")
		row = append(append(row, sheet.Estimate(l.Slope)...), figure(l.P))
		row = append(row, figure(v.whole(l.Worth.Value)), figure(v.whole(l.Worth.Low)), figure(v.whole(l.Worth.High)), v.chain.Currency)
		rows = append(rows, row)
		for i, e := range l.ByMonth {
			rows = append(rows, append(append(append(steps[:2:2], strconv.Itoa(i+1)), sheet.Estimate(e)...), "", "", "", "", ""))
		}
	}
	return q.CSV("resultados-cadena", header, sheet.Rows(rows, func(r []string) []string { return r }))
}
