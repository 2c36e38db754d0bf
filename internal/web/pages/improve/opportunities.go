package improve

import (
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// listed is the list of opportunities.
type listed struct {
	reader
	title string
	query cycle.OpportunityQuery
	all   []cycle.Opportunity
}

// asked reads what the list is narrowed to.
func asked(q *web.Request) cycle.OpportunityQuery {
	v := q.URL.Query()
	return cycle.OpportunityQuery{State: cycle.OpportunityState(v.Get("state")), Source: cycle.Source(v.Get("source")), Area: v.Get("area"), Text: v.Get("q"), Limit: 100}
}

// finding says where the next euro should go.
func (v listed) finding() string {
	narrowed := v.query != cycle.OpportunityQuery{Limit: v.query.Limit}
	switch {
	case narrowed && len(v.all) == 0:
		return v.L.T("improve.title.nothing")
	case narrowed:
		return v.L.T("improve.title.some", "n", len(v.all))
	case len(v.all) == 0:
		return v.L.T("improve.title.empty")
	case v.all[0].Score.Sure:
		return v.L.T("improve.title.next", "what", v.Say(v.all[0].Title))
	}
	return v.L.T("improve.title.unsure", "n", len(v.all))
}

func (p page) list(q *web.Request) error {
	v := listed{reader: p.reader(q), query: asked(q)}
	var err error
	if v.all, err = p.opportunities.Opportunities(q.Context(), q.Principal, v.query); err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, listView(v))
}

func (p page) listCSV(q *web.Request) error {
	all, err := p.opportunities.Opportunities(q.Context(), q.Principal, asked(q))
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{
		q.T("improve.place"), q.T("improve.opportunity"), q.T("improve.source"), q.T("improve.area"), q.T("improve.customers"), q.T("improve.money"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n",
		q.T("improve.memory"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("improve.effort"), q.T("improve.votes"),
	}
	return q.CSV("oportunidades", header, sheet.Rows(all, func(o cycle.Opportunity) []string {
		row := []string{strconv.Itoa(o.Place), r.Say(o.Title), q.T("improve.source." + string(o.Source)), r.areas(list(o.Area)), strconv.Itoa(o.Customers), "", "", "", "", "", "", "", q.T("improve.effort." + string(o.Effort)), strconv.Itoa(o.Votes)}
		if m := o.Score.Money; o.Score.Currency != "" && m.N > 0 {
			row[5], row[6], row[7], row[8] = r.Money(m.Value, o.Score.Currency), r.Money(m.Low, o.Score.Currency), r.Money(m.High, o.Score.Currency), strconv.Itoa(m.N)
		}
		if m := o.Memory; m.N > 0 {
			row[9], row[10], row[11] = r.L.Number(m.Value, 2), r.L.Number(m.Low, 2), r.L.Number(m.High, 2)
		}
		return row
	}))
}

// list is a slug as a list; none of "".
func list(slug string) []string {
	if slug == "" {
		return nil
	}
	return []string{slug}
}

// matterOf is one opportunity.
type matterOf struct {
	reader
	o     cycle.Opportunity
	words []cycle.Quote
	gone  int
}

func (p page) opportunity(q *web.Request) error {
	d, err := p.opportunities.Opportunity(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	v := matterOf{p.reader(q), d.Opportunity, d.Said, d.Gone}
	return q.Render(v.Say(d.Title), opportunityView(v))
}

// back leads to where a button was.
func back(q *web.Request, otherwise string) error {
	if to := q.PostFormValue("back"); to != "" {
		return q.Redirect(q.Ours(to))
	}
	return q.Redirect(otherwise)
}

func (p page) vote(q *web.Request) error {
	id := q.PathValue("id")
	if _, err := p.opportunities.Vote(q.Context(), q.Principal, id, q.PostFormValue("on") == "1"); err != nil {
		return err
	}
	return back(q, ofOpportunity(id))
}

func (p page) size(q *web.Request) error {
	id := q.PathValue("id")
	if _, err := p.opportunities.Size(q.Context(), q.Principal, id, cycle.Effort(q.PostFormValue("effort"))); err != nil {
		return err
	}
	return back(q, ofOpportunity(id))
}

func (p page) dismiss(q *web.Request) error {
	id := q.PathValue("id")
	if _, err := p.opportunities.Dismiss(q.Context(), q.Principal, id, q.PostFormValue("why")); err != nil {
		return err
	}
	q.Flash(ui.Neutral, q.T("improve.dismissed"))
	return q.Redirect("/improve")
}

func (p page) reopen(q *web.Request) error {
	id := q.PathValue("id")
	if _, err := p.opportunities.Reopen(q.Context(), q.Principal, id); err != nil {
		return err
	}
	return q.Redirect(ofOpportunity(id))
}

// proposal is the form of whoever proposes something.
type proposal struct {
	reader
	form
}

func (p page) proposing(q *web.Request) error {
	f := newForm(q)
	f.values.Set("touchpoint", q.URL.Query().Get("touchpoint"))
	f.values.Set("area", q.URL.Query().Get("area"))
	return q.Render(q.T("improve.propose"), proposeView(proposal{p.reader(q), f}))
}

func (p page) propose(q *web.Request) error {
	f := newForm(q)
	o, err := p.opportunities.Propose(q.Context(), q.Principal, cycle.Proposal{
		Source: cycle.FromPerson, Title: compose.TextOf("title", f.get), Text: compose.TextOf("text", f.get),
		About:  cycle.About{Area: f.get("area"), Touchpoint: f.get("touchpoint")},
		Effort: cycle.Effort(f.get("effort")),
	})
	if err != nil {
		if err := f.refused(q, err); err != nil {
			return err
		}
		return q.RenderStatus(http.StatusUnprocessableEntity, q.T("improve.propose"), proposeView(proposal{p.reader(q), f}))
	}
	q.Flash(ui.Positive, q.T("improve.proposed"))
	return q.Redirect(ofOpportunity(o.ID))
}

// areaOptions are the areas of a field.
func (r reader) areaOptions(none string) []ui.Option {
	out := []ui.Option{{Value: "", Text: none}}
	for _, a := range r.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: r.Say(a.Name)})
	}
	return out
}

func (r reader) touchpointOptions(none string) []ui.Option {
	return options(none, r.Model.Touchpoints, func(t model.Touchpoint) ui.Option { return ui.Option{Value: t.Slug, Text: r.Say(t.Name)} })
}

func options[T any](none string, all []T, of func(T) ui.Option) []ui.Option {
	out := []ui.Option{{Value: "", Text: none}}
	for _, x := range all {
		out = append(out, of(x))
	}
	return out
}

func (r reader) sourceOptions() []ui.Option {
	return options(r.L.T("improve.source.any"), cycle.Sources(), func(s cycle.Source) ui.Option {
		return ui.Option{Value: string(s), Text: r.L.T("improve.source." + string(s))}
	})
}

func (r reader) effortOptions() (out []ui.Option) {
	for _, e := range cycle.Efforts() {
		out = append(out, ui.Option{Value: string(e), Text: r.L.T("improve.effort." + string(e))})
	}
	return out
}

// behind counts what an opportunity or an initiative was caused by.
func behind(e cycle.Evidence) (customers, words int) { return len(e.Customers), len(e.Words) }

// customer is the address of a customer.
func customer(id cx.CustomerID) string { return "/customers/" + string(id) }
