package outcomes

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// leavers are who may leave.
type leavers struct {
	asked
	title string
	risk  retention.Risk
}

func (p page) leavers(q *web.Request, cursor string, limit int) (leavers, error) {
	v := leavers{asked: p.ask(q)}
	var err error
	v.risk, err = p.retention.Churn(q.Context(), q.Principal, retention.ChurnQuery{Filter: v.filter, Contract: v.contract, Reason: v.reason, Cursor: cursor, Limit: limit})
	return v, err
}

func (p page) leaving(q *web.Request) error {
	v, err := p.leavers(q, "", pageful)
	if err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, leavingView(v))
}

// leavingRows answers the rows that follow a cursor.
func (p page) leavingRows(q *web.Request) error {
	v, err := p.leavers(q, q.URL.Query().Get("cursor"), pageful)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(leaverTable(v)))
}

func (v leavers) finding() string {
	switch {
	case v.risk.Pending:
		return v.L.T("outcomes.pending.title")
	case !v.risk.Learned:
		return v.L.T("outcomes.leaving.unlearned.title")
	case v.Plain:
		return v.L.T("outcomes.leaving.title.plain")
	}
	return v.L.T("outcomes.leaving.title."+v.kind(), "leaving", v.L.Int(int64(math.Round(v.risk.Leaving))), "of", v.L.Int(int64(v.risk.Of)))
}

// reasonName says what was lived.
func (v leavers) reasonName(r retention.Reason) string {
	return v.L.T("outcomes.reason."+string(r.Kind), "what", v.Say(r.Name))
}

// goesWith says how leaving goes with a reason.
func (v leavers) goesWith(r retention.Reason) string {
	n := func(x float64) string { return v.L.Number(x, 1) }
	return v.L.T("outcomes.leaving.odds", "odds", n(r.Odds), "low", n(r.Interval.Low), "high", n(r.Interval.High), "n", r.N)
}

func tone(s retention.Sure) ui.Tone {
	switch s {
	case retention.Probable:
		return ui.Negative
	case retention.Stays:
		return ui.Positive
	case retention.Unknown:
	}
	return ui.Neutral
}

// likely says the chance of one in figures.
func (v leavers) likely(l retention.Leaver) string {
	return v.L.T("outcomes.between", "value", v.percent(l.P), "low", v.percent(l.Interval.Low), "high", v.percent(l.Interval.High), "n", l.N)
}

func (v leavers) name(l retention.Leaver) string {
	switch {
	case l.Who == nil:
		return v.L.T("outcomes.somebody")
	case l.Who.Name == "":
		return v.L.T("outcomes.nameless")
	}
	return l.Who.Name
}

func (v leavers) why(l retention.Leaver) string {
	var all []string
	for _, r := range l.Reasons {
		all = append(all, v.reasonName(r))
	}
	return strings.Join(all, "; ")
}

// pageful is how many customers are shown at a time.
const pageful = 25

// lastBought is the day of a customer's last purchase; "" of none.
func (v leavers) lastBought(l retention.Leaver) string {
	if l.Last == 0 {
		return ""
	}
	return v.L.Date(cx.TimeOf(purchases.Date(l.Last).Add(12 * time.Hour)))
}

// verified says how well what is told of leaving is known.
func (v leavers) verified() string {
	r := v.risk
	return v.L.T("outcomes.leaving.checked", "n", v.L.Int(int64(r.N)), "checked", v.L.Int(int64(r.Checked)), "brier", v.L.Number(r.Brier, 3), "base", v.L.Number(r.Base, 3))
}

func leaverTable(v leavers) ui.Table {
	t := ui.Table{ID: "leavers", Caption: v.L.T("outcomes.leaving.list"), Columns: []ui.Column{
		{Label: v.L.T("outcomes.customer")},
		{Label: v.L.T("outcomes.leaving.how")},
		{Label: v.L.T("outcomes.leaving.why")},
		{Label: v.L.T("outcomes.leaving.brought"), Num: true},
		{Label: v.L.T("outcomes.leaving.last"), Num: true},
	}}
	for _, l := range v.risk.Customers {
		t.Rows = append(t.Rows, []templ.Component{whoView(v, l), howView(v, l), ui.Text(cmp.Or(v.why(l), v.L.T("outcomes.leaving.noclear"))), ui.Text(v.Money(float64(l.Brought), v.currency())), ui.Text(v.lastBought(l))})
	}
	if v.risk.Next != "" {
		t.Next = v.to("/outcomes/leaving/rows", "cursor", v.risk.Next)
	}
	return t
}

func (a asked) currency() string { return a.Model.Company.Currency }

// whole is money in whole units of the company's currency, for a file.
func (a asked) whole(minor float64) float64 { return minor / math.Pow10(a.Model.Company.Digits()) }

// mostInFile bounds the file: a spreadsheet holds no more rows.
const mostInFile = 1_000_000

func (p page) leavingCSV(q *web.Request) error {
	v, err := p.leavers(q, "", 500)
	if err != nil {
		return err
	}
	header := []string{"id", q.T("outcomes.customer"), q.T("outcomes.leaving.chance"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", q.T("outcomes.leaving.why"), q.T("outcomes.leaving.brought"), q.T("outcomes.currency"), q.T("outcomes.leaving.last")}
	return q.CSV("resultados-quien-puede-irse", header, func(yield func([]string, error) bool) {
		for n := 0; ; {
			for _, l := range v.risk.Customers {
				id, last := "", ""
				if l.Who != nil {
					id = string(l.Who.ID)
				}
				if l.Last != 0 {
					last = purchases.Date(l.Last).Format("2006-01-02")
				}
				if n++; n > mostInFile || !yield([]string{id, v.name(l), figure(l.P), figure(l.Interval.Low), figure(l.Interval.High), strconv.Itoa(l.N), v.why(l), figure(v.whole(float64(l.Brought))), v.currency(), last}, nil) {
					return
				}
			}
			if v.risk.Next == "" {
				return
			}
			if v, err = p.leavers(q, v.risk.Next, 500); err != nil {
				yield(nil, err)
				return
			}
		}
	})
}
