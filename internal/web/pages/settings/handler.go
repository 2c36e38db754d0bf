package settings

import (
	"context"
	"embed"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Accounts is what the pages ask of account.Service.
type Accounts interface {
	People(ctx context.Context, p cx.Principal) ([]account.Person, error)
	CreatePerson(ctx context.Context, p cx.Principal, n account.NewPerson) (account.Person, error)
	DisablePerson(ctx context.Context, p cx.Principal, id int64) error
	EnablePerson(ctx context.Context, p cx.Principal, id int64) error
	PatchProfile(ctx context.Context, p cx.Principal, id int64, c account.ProfileChange) (account.Person, error)
	SignInLink(ctx context.Context, p cx.Principal, personID int64, ttl time.Duration, reusable bool) (string, error)
	RecoveryLink(ctx context.Context, p cx.Principal, personID int64) (string, error)
	Links(ctx context.Context, p cx.Principal, personID int64) ([]account.Link, error)
	RevokeLink(ctx context.Context, p cx.Principal, id string) error
	Sessions(ctx context.Context, p cx.Principal, personID int64) ([]account.Use, error)
	EndSession(ctx context.Context, p cx.Principal, personID int64, sessionID string) error
	EndSessions(ctx context.Context, p cx.Principal, personID int64, but string) error
	RemoveSecondFactor(ctx context.Context, p cx.Principal, personID int64, code string, from account.From) error
	RequireSecondFactor(ctx context.Context, p cx.Principal, personID int64, required bool) error
	Unlink(ctx context.Context, p cx.Principal, personID int64) error
	Sources(ctx context.Context, p cx.Principal) ([]account.Source, error)
	CreateSource(ctx context.Context, p cx.Principal, name, key string) (account.Source, error)
	RevokeSource(ctx context.Context, p cx.Principal, slug string) error
	Tokens(ctx context.Context, p cx.Principal) ([]account.Token, error)
	CreateToken(ctx context.Context, p cx.Principal, name string, role cx.Role, areas []string, secret string) (account.Token, string, error)
	RevokeToken(ctx context.Context, p cx.Principal, id int64) error
	Audit(ctx context.Context, p cx.Principal, query account.AuditQuery) ([]account.Entry, error)
	Verify(ctx context.Context, p cx.Principal) (account.Chain, error)
}

// Models gives the model in force, whose areas a person may be limited to.
type Models interface{ Current() model.Version }

// Customers names a customer for who may see them; "" when there is none.
type Customers func(ctx context.Context, p cx.Principal, id cx.CustomerID) string

// New returns the pages. publicURL is where people reach the product, for
// links that are sent to them; empty: the address of the request.
func New(a Accounts, m Models, customers Customers, publicURL string) web.Page {
	p := page{a, m, customers, publicURL}
	return web.Page{
		Name: "settings", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/settings", Icon: "settings", Label: "settings.menu", Group: ui.MenuSettings, Order: 10, Key: "a"},
			Action:   account.ViewSources,
		}},
		Routes: func(r *web.Router) {
			r.Get("/settings", account.ViewSources, p.home)
			r.Get("/settings/people", account.ManagePeople, p.people)
			r.Post("/settings/people", account.ManagePeople, p.createPerson)
			p.routePerson(r)
			r.Get("/settings/sources", account.ViewSources, p.sources)
			r.Post("/settings/sources", account.ManageSources, p.createSource)
			r.Post("/settings/sources/{slug}/revoke", account.ManageSources, p.revokeSource)
			r.Get("/settings/tokens", account.ManageTokens, p.tokens)
			r.Post("/settings/tokens", account.ManageTokens, p.createToken)
			r.Post("/settings/tokens/{id}/revoke", account.ManageTokens, p.revokeToken)
			r.Get("/settings/audit", account.ViewAudit, p.audit)
			r.Get("/settings/audit/rows", account.ViewAudit, p.auditRows)
			r.Get("/settings/audit.csv", account.ViewAudit, p.auditFile)
		},
	}
}

type page struct {
	accounts  Accounts
	models    Models
	customers Customers
	publicURL string
}

// tab is one of the pages of Ajustes, for who may do its action.
type tab struct {
	slug   string
	action account.Action
}

func tabs() []tab {
	return []tab{
		{"people", account.ManagePeople},
		{"sources", account.ViewSources},
		{"tokens", account.ManageTokens},
		{"audit", account.ViewAudit},
	}
}

func (p page) home(q *web.Request) error {
	for _, t := range tabs() {
		if account.Check(q.Principal, t.action) == nil {
			return q.Redirect("/settings/" + t.slug)
		}
	}
	return cx.Errorf(cx.Forbidden, "settings", "ask an administrator")
}

// render shows a tab; a faulty form answers 422.
func (p page) render(q *web.Request, slug string, f form, body templ.Component) error {
	status := http.StatusOK
	if f.Message != "" || len(f.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	var shown []ui.Tab
	for _, t := range tabs() {
		if account.Check(q.Principal, t.action) == nil {
			shown = append(shown, ui.Tab{Href: "/settings/" + t.slug, Text: q.T("settings." + t.slug), Current: t.slug == slug})
		}
	}
	title := q.T("settings." + slug + ".title")
	return q.RenderStatus(status, title, frame(title, shown, body))
}

// form is what a form shows again after a fault.
type form struct {
	Message string
	Faults  []cx.Fault
	Values  map[string]string
}

func (f form) fault(field string) string {
	for _, x := range f.Faults {
		if x.Field == field {
			return x.Message
		}
	}
	return ""
}

// explain turns an error of an input into the form shown again.
func explain(q *web.Request, err error, fields ...string) (form, error) {
	f := form{Values: map[string]string{}}
	for _, name := range fields {
		f.Values[name] = q.PostFormValue(name)
	}
	var failure error
	f.Message, f.Faults, failure = q.Explain(err)
	return f, failure
}

func (p page) people(q *web.Request) error { return p.showPeople(q, form{}) }

func (p page) showPeople(q *web.Request, f form) error {
	all, err := p.accounts.People(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return p.render(q, "people", f, peopleView(all, f, p.areas(q)))
}

func (p page) areas(q *web.Request) []ui.Option {
	options := []ui.Option{{Value: "", Text: q.T("settings.areas.all")}}
	for _, a := range p.models.Current().Model.Areas {
		options = append(options, ui.Option{Value: a.Slug, Text: a.Name.In(q.L.Lang)})
	}
	return options
}

func areasOf(q *web.Request) []string {
	if a := q.PostFormValue("areas"); a != "" {
		return []string{a}
	}
	return nil
}

func (p page) createPerson(q *web.Request) error {
	person, err := p.accounts.CreatePerson(q.Context(), q.Principal, account.NewPerson{
		Email: q.PostFormValue("email"), Name: q.PostFormValue("name"),
		Role: cx.Role(q.PostFormValue("role")), Areas: areasOf(q), Language: q.PostFormValue("language"),
	})
	if err != nil {
		f, failure := explain(q, err, "email", "name", "role", "areas", "language")
		if failure != nil {
			return failure
		}
		return p.showPeople(q, f)
	}
	return p.showLink(q, person.ID, firstLink, false)
}

func (p page) sources(q *web.Request) error { return p.showSources(q, form{}) }

func (p page) showSources(q *web.Request, f form) error {
	all, err := p.accounts.Sources(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return p.render(q, "sources", f, sourcesView(all, f, account.Check(q.Principal, account.ManageSources) == nil))
}

func (p page) createSource(q *web.Request) error {
	if _, err := p.accounts.CreateSource(q.Context(), q.Principal, q.PostFormValue("name"), ""); err != nil {
		f, failure := explain(q, err, "name")
		if failure != nil {
			return failure
		}
		return p.showSources(q, f)
	}
	q.Flash(ui.Positive, q.T("settings.source.created"))
	return q.Redirect("/settings/sources")
}

func (p page) revokeSource(q *web.Request) error {
	if err := p.accounts.RevokeSource(q.Context(), q.Principal, q.PathValue("slug")); err != nil {
		return err
	}
	q.Flash(ui.Neutral, q.T("settings.source.revoked"))
	return q.Redirect("/settings/sources")
}

func (p page) tokens(q *web.Request) error { return p.showTokens(q, form{}, "") }

func (p page) showTokens(q *web.Request, f form, secret string) error {
	all, err := p.accounts.Tokens(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return p.render(q, "tokens", f, tokensView(all, f, secret, p.areas(q)))
}

// createToken shows the secret in the answer itself: it is kept nowhere.
func (p page) createToken(q *web.Request) error {
	_, secret, err := p.accounts.CreateToken(q.Context(), q.Principal, q.PostFormValue("name"), cx.Role(q.PostFormValue("role")), areasOf(q), "")
	if err != nil {
		f, failure := explain(q, err, "name", "role", "areas")
		if failure != nil {
			return failure
		}
		return p.showTokens(q, f, "")
	}
	return p.showTokens(q, form{}, secret)
}

func (p page) revokeToken(q *web.Request) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	if err := p.accounts.RevokeToken(q.Context(), q.Principal, id); err != nil {
		return err
	}
	q.Flash(ui.Neutral, q.T("settings.token.revoked"))
	return q.Redirect("/settings/tokens")
}

func parseID(q *web.Request) (int64, error) {
	id, err := strconv.ParseInt(q.PathValue("id"), 10, 64)
	if err != nil {
		return 0, cx.Errorf(cx.NotFound, "settings", "there is nobody and nothing of that number")
	}
	return id, nil
}
