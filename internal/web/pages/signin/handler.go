package signin

import (
	"context"
	"embed"
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

//go:embed messages.*.yaml
var messages embed.FS

// Accounts is what these pages ask of account.Service.
type Accounts interface {
	SignIn(ctx context.Context, email, password string, from account.From) (account.Session, string, error)
	SignInByLink(ctx context.Context, secret string, from account.From) (account.Session, string, error)
	CompleteSetup(ctx context.Context, secret string, n account.NewPerson, from account.From) (account.Session, string, error)
	SignOut(ctx context.Context, secret string) error
}

// LinkPath returns where a sign-in link of that secret leads.
func LinkPath(secret string) string { return "/sign-in/link/" + secret }

// SetupPath returns where the set-up link of that secret leads.
func SetupPath(secret string) string { return "/setup/" + secret }

// New returns the pages.
func New(a Accounts) web.Page {
	p := page{a}
	return web.Page{Name: "signin", Messages: messages, Routes: func(r *web.Router) {
		r.GetPublic("/sign-in", p.form)
		r.PostPublic("/sign-in", p.signIn)
		r.GetPublic("/sign-in/link/{secret}", p.link)
		r.PostPublic("/sign-in/link/{secret}", p.useLink)
		r.GetPublic("/setup/{secret}", p.setup)
		r.PostPublic("/setup/{secret}", p.completeSetup)
		r.PostPublic("/sign-out", p.signOut)
	}}
}

type page struct{ accounts Accounts }

// entry is what the form shows again after a fault.
type entry struct {
	Name, Email, Next string
	Message           string
	Faults            []cx.Fault
}

func (e entry) fault(field string) string {
	for _, f := range e.Faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

func (p page) form(q *web.Request) error {
	if q.Session.ID != "" {
		return q.Redirect("/")
	}
	return q.Gate(http.StatusOK, q.T("signin.title"), signInForm(entry{Next: q.URL.Query().Get("next")}))
}

func (p page) signIn(q *web.Request) error {
	e := entry{Email: q.PostFormValue("email"), Next: q.PostFormValue("next")}
	session, secret, err := p.accounts.SignIn(q.Context(), e.Email, q.PostFormValue("password"), q.From())
	if err != nil {
		return again(q, err, &e, func() error {
			return q.Gate(status(q, err), q.T("signin.title"), signInForm(e))
		})
	}
	q.SignedIn(secret, session.ExpiresAt)
	return q.Redirect(e.Next)
}

func (p page) link(q *web.Request) error {
	return q.Gate(http.StatusOK, q.T("signin.link.title"), linkForm(entry{}))
}

func (p page) useLink(q *web.Request) error {
	session, secret, err := p.accounts.SignInByLink(q.Context(), q.PathValue("secret"), q.From())
	if err != nil {
		var e entry
		return again(q, err, &e, func() error {
			return q.Gate(status(q, err), q.T("signin.link.title"), linkForm(e))
		})
	}
	q.SignedIn(secret, session.ExpiresAt)
	return q.Redirect("/")
}

func (p page) setup(q *web.Request) error {
	return q.Gate(http.StatusOK, q.T("signin.setup.title"), setupForm(entry{}))
}

func (p page) completeSetup(q *web.Request) error {
	e := entry{Name: q.PostFormValue("name"), Email: q.PostFormValue("email")}
	session, secret, err := p.accounts.CompleteSetup(q.Context(), q.PathValue("secret"), account.NewPerson{
		Name: e.Name, Email: e.Email, Password: q.PostFormValue("password"), Language: q.L.Lang,
	}, q.From())
	if err != nil {
		return again(q, err, &e, func() error {
			return q.Gate(status(q, err), q.T("signin.setup.title"), setupForm(e))
		})
	}
	q.SignedIn(secret, session.ExpiresAt)
	return q.Redirect("/")
}

func (p page) signOut(q *web.Request) error {
	if err := p.accounts.SignOut(q.Context(), q.SignedOut()); err != nil && cx.KindOf(err) != cx.Unauthorized {
		return err
	}
	return q.Redirect("/sign-in")
}

// again shows a form with what is wrong, or hands on an error that is ours.
func again(q *web.Request, err error, e *entry, show func() error) error {
	var failure error
	if e.Message, e.Faults, failure = q.Explain(err); failure != nil {
		return failure
	}
	return show()
}

func status(q *web.Request, err error) int {
	if wait, ok := account.RetryAfter(err); ok {
		q.W.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	}
	switch cx.KindOf(err) {
	case cx.Busy:
		return http.StatusTooManyRequests
	case cx.Unauthorized:
		return http.StatusUnauthorized
	}
	return http.StatusUnprocessableEntity
}
