package me

import (
	"context"
	"embed"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Accounts is what the page asks of account.Service.
type Accounts interface {
	SetLanguage(ctx context.Context, p cx.Principal, personID int64, language string) error
	SetPassword(ctx context.Context, p cx.Principal, personID int64, password string) error
	SignIn(ctx context.Context, email, password, address string) (account.Session, string, error)
	SignOut(ctx context.Context, secret string) error
}

// New returns the page.
func New(a Accounts) web.Page {
	p := page{a}
	return web.Page{Name: "me", Messages: messages, Routes: func(r *web.Router) {
		r.Get("/me", web.SignedIn, p.show)
		r.Post("/me/language", web.SignedIn, p.setLanguage)
		r.Post("/me/password", web.SignedIn, p.setPassword)
	}}
}

type page struct{ accounts Accounts }

func (p page) show(q *web.Request) error {
	return q.Render(q.T("me.title"), view(q.Session.Person, "", nil))
}

func (p page) setLanguage(q *web.Request) error {
	if err := p.accounts.SetLanguage(q.Context(), q.Principal, q.Session.Person.ID, q.PostFormValue("language")); err != nil {
		return err
	}
	return q.Redirect("/me")
}

// setPassword asks for the present password first, so that an open session is
// not enough to take the account; all other sessions end.
func (p page) setPassword(q *web.Request) error {
	me := q.Session.Person
	_, probe, err := p.accounts.SignIn(q.Context(), me.Email, q.PostFormValue("present"), q.Address())
	if err == nil {
		if err := p.accounts.SignOut(q.Context(), probe); err != nil {
			return err
		}
		err = p.accounts.SetPassword(q.Context(), q.Principal, me.ID, q.PostFormValue("password"))
	}
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return q.RenderStatus(http.StatusUnprocessableEntity, q.T("me.title"), view(me, message, faults))
	}
	session, secret, err := p.accounts.SignIn(q.Context(), me.Email, q.PostFormValue("password"), q.Address())
	if err != nil {
		return err
	}
	q.SignedIn(secret, session.ExpiresAt)
	q.Flash(ui.Positive, q.T("me.password.changed"))
	return q.Redirect("/me")
}

func languages(l *i18n.Locale) []ui.Option {
	options := []ui.Option{{Value: "", Text: l.T("me.language.browser")}}
	for _, lang := range account.Languages() {
		options = append(options, ui.Option{Value: lang, Text: l.T("me.language." + lang)})
	}
	return options
}

func faultOf(field string, faults []cx.Fault) string {
	for _, f := range faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}
