package journeys

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	pageSize = 40
	exported = 5000 // lines of a CSV
	mostRisk = 500  // marked runs that are known
)

// runsOf is a stretch of the runs behind a question.
type runsOf struct {
	reading.Reader
	ask   reading.Question
	page  journey.RunsPage
	risks map[string]journey.Risk // of the runs that are likely to end badly
	title string
	now   cx.Time
}

func (p page) askedRuns(q *web.Request) (v runsOf, err error) {
	v.Reader, v.now = p.reader(q), q.Now()
	if v.ask, err = reading.QuestionOf(q, v.Model); err != nil {
		return v, err
	}
	slug, ctx := v.ask.Journey.Slug, q.Context()
	v.page, err = p.journeys.Runs(ctx, q.Principal, slug, journey.RunsQuery{Filter: v.ask.Filter, Customer: v.ask.Customer, Cursor: q.URL.Query().Get("cursor"), Limit: pageSize})
	if err != nil {
		return v, err
	}
	v.title = v.L.T("journeys.runs.title", "n", v.page.N, "journey", v.Journey(v.ask.Journey))
	if only := v.Only(v.ask); only != "" {
		v.title += ": " + only
	}
	if slices.ContainsFunc(v.page.Runs, underWay) && account.Check(q.Principal, account.ViewCustomers) == nil {
		risks, err := p.journeys.Risks(ctx, q.Principal, slug, journey.RisksQuery{Limit: mostRisk})
		if err != nil {
			return v, err
		}
		v.risks = map[string]journey.Risk{}
		for _, r := range risks.Runs {
			v.risks[r.Case] = r.Risk
		}
	}
	return v, nil
}

func underWay(r journey.RunSummary) bool {
	return r.State == journey.Running || r.State == journey.Stuck
}

func (p page) runs(q *web.Request) error {
	v, err := p.askedRuns(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, runsView(v))
}

func (p page) runsRows(q *web.Request) error {
	v, err := p.askedRuns(q)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(v.table()))
}

// lasts is how long a run took or, while it is under way, has taken up to now.
func (v runsOf) lasts(r journey.RunSummary) time.Duration {
	if underWay(r) {
		return max(0, v.now.Sub(r.Began))
	}
	return r.Last.Sub(r.Began)
}

// table lists the runs, those that began last first.
func (v runsOf) table() ui.Table {
	t := ui.Table{ID: "runs", Caption: v.title, Columns: []ui.Column{
		{Label: v.L.T("journeys.runs.who")},
		{Label: v.L.T("journeys.runs.state")},
		{Label: v.L.T("journeys.runs.at")},
		{Label: v.L.T("journeys.felt")},
		{Label: v.L.T("journeys.runs.began")},
		{Label: v.L.T("journeys.runs.lasted"), Num: true},
	}}
	for _, r := range v.page.Runs {
		t.Rows = append(t.Rows, []templ.Component{v.who(r), v.state(r), whereView(v.at(r), v.departs(r)), felt(r), ui.DateTime(r.Began), ui.Text(v.L.Lasting(v.lasts(r)))})
	}
	if v.page.Next != "" {
		t.Next = v.ask.At("runs/rows", "cursor", v.page.Next)
	}
	return t
}

// who names a run: by its customer, by its object's number, or not at all.
func (v runsOf) who(r journey.RunSummary) templ.Component {
	if r.Customer == nil {
		return whoView(v.L.T("journeys.run.somebody"), r.Label, "")
	}
	return whoView(v.Name(r.Customer.Name), r.Label, v.RunOf(v.ask, r.Case))
}

func (v runsOf) state(r journey.RunSummary) templ.Component {
	risk, marked := v.risks[r.Case]
	chance := ""
	if marked && !v.Plain {
		chance = v.L.Percent(risk.Chance, 0)
	}
	return stateView(v.Reader, r.State, marked, chance)
}

// at is where the run is, or ended.
func (v runsOf) at(r journey.RunSummary) string {
	if r.Step != nil {
		return v.Step(*r.Step)
	}
	return v.Touchpoint(r.Touchpoint)
}

// departs says in which ways a run is not as designed, the first few of them.
func (v runsOf) departs(r journey.RunSummary) string {
	var out []string
	for _, id := range r.Deviations[:min(len(r.Deviations), 2)] {
		out = append(out, v.Deviation(v.ask.Journey, id))
	}
	if n := len(r.Deviations) - len(out); n > 0 {
		out = append(out, v.L.T("journeys.runs.more", "n", n))
	}
	return reading.Capital(strings.Join(out, "; "))
}

func (p page) runsCSV(q *web.Request) error {
	r := p.reader(q)
	ask, err := reading.QuestionOf(q, r.Model)
	if err != nil {
		return err
	}
	header := []string{
		"id", q.T("journeys.csv.number"), q.T("journeys.runs.who"), q.T("journeys.csv.customer"), q.T("journeys.runs.state"), q.T("journeys.runs.at"),
		q.T("journeys.felt"), q.T("journeys.runs.began"), q.T("journeys.csv.last"), q.T("journeys.csv.events"), q.T("journeys.csv.deviations"),
	}
	return q.CSV("runs", header, p.records(q, r, ask))
}

// records are the runs as lines of a file, at most as many as are exported.
func (p page) records(q *web.Request, r reading.Reader, ask reading.Question) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		cursor := ""
		for n := 0; n < exported; {
			found, err := p.journeys.Runs(q.Context(), q.Principal, ask.Journey.Slug, journey.RunsQuery{Filter: ask.Filter, Customer: ask.Customer, Cursor: cursor, Limit: mostRisk})
			if err != nil {
				yield(nil, err)
				return
			}
			v := runsOf{Reader: r, ask: ask}
			for _, x := range found.Runs {
				name, id, felt := "", "", ""
				if x.Customer != nil {
					name, id = x.Customer.Name, string(x.Customer.ID)
				}
				if x.HasFelt {
					felt = sheet.Figure(x.Felt)
				}
				const second = "2006-01-02 15:04:05"
				row := []string{x.Case, x.Label, name, id, r.State(x.State), v.at(x), felt, r.L.In(x.Began).Format(second), r.L.In(x.Last).Format(second), strconv.Itoa(x.Steps), strings.Join(x.Deviations, " ")}
				if !yield(row, nil) {
					return
				}
			}
			n += len(found.Runs)
			if cursor = found.Next; cursor == "" {
				return
			}
		}
	}
}

// customerPath is the address of a run's customer.
func customerPath(r journey.RunSummary) string { return customer.Path(r.Customer.ID) }
