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
	Sessions(ctx context.Context, p cx.Principal, personID int64) ([]account.Use, error)
	EndSession(ctx context.Context, p cx.Principal, personID int64, sessionID string) error
	EndSessions(ctx context.Context, p cx.Principal, personID int64, but string) error
	BeginSecondFactor(ctx context.Context, p cx.Principal, personID int64) (account.Enrolment, error)
	ConfirmSecondFactor(ctx context.Context, p cx.Principal, personID int64, code string, from account.From) ([]string, error)
	RemoveSecondFactor(ctx context.Context, p cx.Principal, personID int64, code string, from account.From) error
}

// New returns the page.
func New(a Accounts) web.Page {
	p := page{a}
	return web.Page{Name: "me", Messages: messages, Routes: func(r *web.Router) {
		r.Get("/me", web.SignedIn, p.show)
		r.Post("/me/language", web.SignedIn, p.setLanguage)
		r.Post("/me/password", web.SignedIn, p.setPassword)
		r.Post("/me/sessions/{id}/end", web.SignedIn, p.endSession)
		r.Post("/me/sessions/end", web.SignedIn, p.endOthers)
		r.Get("/me/codes", web.SignedIn, p.codes)
		r.Post("/me/codes", web.SignedIn, p.confirmCodes)
		r.Post("/me/codes/remove", web.SignedIn, p.removeCodes)
	}}
}

type page struct{ accounts Accounts }

// fault is what is wrong with one of the page's forms.
type fault struct {
	Form    string // password, codes
	Message string
	Faults  []cx.Fault
}

func (f fault) of(field string) string {
	for _, x := range f.Faults {
		if x.Field == field {
			return x.Message
		}
	}
	return ""
}

func (p page) show(q *web.Request) error { return p.showWith(q, http.StatusOK, fault{}) }

func (p page) showWith(q *web.Request, status int, f fault) error {
	sessions, err := p.accounts.Sessions(q.Context(), q.Principal, q.Session.Person.ID)
	if err != nil {
		return err
	}
	return q.RenderStatus(status, q.T("me.title"), view(q.Session, sessions, f))
}

// again shows the page with what is wrong with a form.
func (p page) again(q *web.Request, form string, err error) error {
	f := fault{Form: form}
	var failure error
	if f.Message, f.Faults, failure = q.Explain(err); failure != nil {
		return failure
	}
	return p.showWith(q, http.StatusUnprocessableEntity, f)
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
		return p.again(q, "password", err)
	}
	q.SignedIn(secret, session.ExpiresAt)
	q.Flash(ui.Positive, q.T("me.password.changed"))
	return q.Redirect("/me")
}

func (p page) endSession(q *web.Request) error {
	err := p.accounts.EndSession(q.Context(), q.Principal, q.Session.Person.ID, q.PathValue("id"))
	if err != nil && cx.KindOf(err) != cx.NotFound { // what has ended already is as it should be
		return err
	}
	q.Flash(ui.Neutral, q.T("me.session.ended"))
	return q.Redirect("/me")
}

func (p page) endOthers(q *web.Request) error {
	if err := p.accounts.EndSessions(q.Context(), q.Principal, q.Session.Person.ID, q.Session.ID); err != nil {
		return err
	}
	q.Flash(ui.Neutral, q.T("me.sessions.ended"))
	return q.Redirect("/me")
}

func (p page) codes(q *web.Request) error { return p.showCodes(q, http.StatusOK, fault{}) }

func (p page) showCodes(q *web.Request, status int, f fault) error {
	if q.Session.Person.SecondFactorSince != 0 {
		return q.Redirect("/me")
	}
	enrolment, err := p.accounts.BeginSecondFactor(q.Context(), q.Principal, q.Session.Person.ID)
	if err != nil {
		return err
	}
	return q.RenderStatus(status, q.T("me.codes.title"), codesView(enrolment, f))
}

// confirmCodes shows the recovery codes in the answer itself: they are kept
// nowhere.
func (p page) confirmCodes(q *web.Request) error {
	recovery, err := p.accounts.ConfirmSecondFactor(q.Context(), q.Principal, q.Session.Person.ID, q.PostFormValue("code"), q.From())
	if err != nil {
		var f fault
		var failure error
		if f.Message, f.Faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		return p.showCodes(q, http.StatusUnprocessableEntity, f)
	}
	return q.Render(q.T("me.recovery.title"), recoveryView(recovery))
}

// removeCodes ends every session, this one too.
func (p page) removeCodes(q *web.Request) error {
	if err := p.accounts.RemoveSecondFactor(q.Context(), q.Principal, q.Session.Person.ID, q.PostFormValue("code"), q.From()); err != nil {
		return p.again(q, "codes", err)
	}
	return q.Redirect("/sign-in")
}

func languages(l *i18n.Locale) []ui.Option {
	options := []ui.Option{{Value: "", Text: l.T("me.language.browser")}}
	for _, lang := range account.Languages() {
		options = append(options, ui.Option{Value: lang, Text: l.T("me.language." + lang)})
	}
	return options
}

// uses is the sessions as the list of parts shows them.
func uses(sessions []account.Use) []ui.Session {
	all := make([]ui.Session, len(sessions))
	for i, s := range sessions {
		all[i] = ui.Session{ID: s.ID, Way: string(s.Way), Device: s.Device, Network: s.Network, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt}
	}
	return all
}
