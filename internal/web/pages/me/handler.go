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
	ChangePassword(ctx context.Context, session account.Session, present, password string, from account.From) (account.Session, string, error)
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

// setPassword changes the password; all other sessions end.
func (p page) setPassword(q *web.Request) error {
	session, secret, err := p.accounts.ChangePassword(q.Context(), q.Session, q.PostFormValue("present"), q.PostFormValue("password"), q.From())
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return q.RenderStatus(http.StatusUnprocessableEntity, q.T("me.title"), view(q.Session.Person, message, faults))
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
