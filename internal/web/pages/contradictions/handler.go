package contradictions

import (
	"context"
	"embed"
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Policies tells what contradicts what, and takes what is decided of it;
// policy.Service does.
type Policies interface {
	Conflicts(ctx context.Context, p cx.Principal, q policy.Query) (policy.Answer, error)
	Conflict(ctx context.Context, p cx.Principal, id string, q policy.Query) (policy.Conflict, error)
	Pain(ctx context.Context, p cx.Principal, slug string, q policy.Query) (policy.Pain, error)
	Decide(ctx context.Context, p cx.Principal, id string, d policy.Decision) error
	Overview(ctx context.Context, p cx.Principal, q policy.Query) (policy.Overview, error)
	Preview(ctx context.Context, p cx.Principal, item model.Part) (policy.Analysis, error)
	Check(ctx context.Context, p cx.Principal, yaml []byte) ([]policy.Conflict, error)
}

// Models gives the model in force and takes another; model.Service does.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// New returns the page.
func New(policies Policies, models Models) web.Page {
	p := page{policies, models}
	return web.Page{
		Name:     "contradictions",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/contradictions", Icon: "unlink", Label: "contradictions.menu", Group: ui.MenuPromises, Order: 46},
			Action:   account.ViewPolicies,
		}},
		Routes: func(r *web.Router) {
			r.Get("/contradictions", account.ViewPolicies, p.list)
			r.Get("/contradictions.csv", account.ViewPolicies, p.listCSV)
			r.Get("/contradictions/of/{id}", account.ViewPolicies, p.show)
			r.Get("/contradictions/of/{id}/pain", account.ViewPolicies, p.pain)
			r.Post("/contradictions/of/{id}", account.DecidePolicies, p.decide)
			r.Get("/contradictions/policies", account.ViewPolicies, p.overview)
			r.Get("/contradictions/policies.csv", account.ViewPolicies, p.overviewCSV)
			r.Get("/contradictions/policies/new", account.ApplyModel, p.newPolicy)
			r.Get("/contradictions/policies/of/{slug}", account.ApplyModel, p.policy)
			r.Post("/contradictions/policies/table", account.ApplyModel, p.changeTable)
			r.Post("/contradictions/policies/check", account.ApplyModel, p.checkPolicy)
			r.Post("/contradictions/policies/save", account.ApplyModel, p.savePolicy)
			r.Post("/contradictions/policies/of/{slug}/remove", account.ApplyModel, p.removePolicy)
			r.Get("/contradictions/goals/new", account.ApplyModel, p.newGoal)
			r.Get("/contradictions/goals/of/{slug}", account.ApplyModel, p.goal)
			r.Post("/contradictions/goals/check", account.ApplyModel, p.checkGoal)
			r.Post("/contradictions/goals/save", account.ApplyModel, p.saveGoal)
			r.Post("/contradictions/goals/of/{slug}/remove", account.ApplyModel, p.removeGoal)
		},
	}
}

type page struct {
	policies Policies
	models   Models
}

func (p page) reader(q *web.Request) reader {
	return reader{reading.NewReader(q, p.models.Current().Model)}
}

func (p page) list(q *web.Request) error {
	a, err := p.policies.Conflicts(q.Context(), q.Principal, policy.Query{})
	if err != nil {
		return err
	}
	v := listed{reader: p.reader(q), answer: a}
	for _, c := range a.Conflicts {
		switch {
		case !c.Kind.Contradiction():
			v.tables = append(v.tables, c)
		case c.Open():
			v.open = append(v.open, c)
		default:
			v.decided = append(v.decided, c)
		}
	}
	v.title = v.finding()
	return q.Render(v.title, listView(v))
}

func (p page) listCSV(q *web.Request) error {
	a, err := p.policies.Conflicts(q.Context(), q.Principal, policy.Query{})
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{
		"id", q.T("contradictions.kind"), q.T("contradictions.rule"), q.T("contradictions.with"), q.T("contradictions.situation"), q.T("contradictions.customers"), q.T("contradictions.times"),
		q.T("contradictions.reports"), q.T("contradictions.money"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("contradictions.owner"), q.T("contradictions.decision"), q.T("contradictions.until"),
	}
	return q.CSV("contradicciones", header, sheet.Rows(a.Conflicts, func(c policy.Conflict) []string {
		row := []string{c.ID, r.kind(c), r.subject(c), r.with(c), r.situation(c), "", "", "", "", "", "", r.Area(c.Area), "", ""}
		if l := c.Lived; l != nil {
			row[5], row[6] = strconv.Itoa(l.Customers), strconv.Itoa(l.Times)
			if l.Reports != nil {
				row[7] = strconv.Itoa(*l.Reports)
			}
			if m := l.Money; m != nil {
				row[8], row[9], row[10] = r.Money(m.Value, m.Currency), r.Money(m.Low, m.Currency), r.Money(m.High, m.Currency)
			}
		}
		if d := c.Decision; d != nil {
			row[12], row[13] = q.T("contradictions.decided."+d.What), d.Until
		}
		return row
	}))
}

func (p page) show(q *web.Request) error {
	c, err := p.policies.Conflict(q.Context(), q.Principal, q.PathValue("id"), policy.Query{})
	if err != nil {
		return err
	}
	return p.render(q, c, form{}, http.StatusOK)
}

// render shows a conflict, and the form as it was filled in.
func (p page) render(q *web.Request, c policy.Conflict, f form, status int) error {
	v := shown{reader: p.reader(q), c: c, form: f}
	v.title = v.headline(c)
	v.mayDecide = account.Check(q.Principal, account.DecidePolicies) == nil && c.Kind.Contradiction()
	return q.RenderStatus(status, v.title, showView(v))
}

// pain is a part of the page: it reads more of the past than the page waits for.
func (p page) pain(q *web.Request) error {
	c, err := p.policies.Conflict(q.Context(), q.Principal, q.PathValue("id"), policy.Query{})
	if err != nil {
		return err
	}
	pain, err := p.policies.Pain(q.Context(), q.Principal, c.Policy, policy.Query{})
	if err != nil {
		return err
	}
	return q.Fragment(painView(p.reader(q), pain))
}

// form is what somebody decides, as filled in.
type form struct {
	what, why, until string
	message          string
	faults           []cx.Fault
}

func (p page) decide(q *web.Request) error {
	id := q.PathValue("id")
	f := form{what: q.PostFormValue("what"), why: q.PostFormValue("why"), until: q.PostFormValue("until")}
	d := policy.Decision{What: f.what, Why: f.why}
	if d.What == policy.Kept {
		d.Until = f.until
	}
	err := p.policies.Decide(q.Context(), q.Principal, id, d)
	if cx.KindOf(err) == cx.Invalid {
		c, gone := p.policies.Conflict(q.Context(), q.Principal, id, policy.Query{})
		if gone != nil {
			return gone
		}
		if f.message, f.faults, err = q.Explain(err); err != nil {
			return err
		}
		return p.render(q, c, f, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("contradictions.decided.told."+d.What))
	return q.Redirect("/contradictions")
}
