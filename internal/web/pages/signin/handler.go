package signin

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"time"

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
	Recover(ctx context.Context, secret, password string, from account.From) (account.Session, string, error)
	Half(ctx context.Context, secret string) (account.Session, error)
	CompleteSignIn(ctx context.Context, secret, code string, from account.From) (account.Session, string, error)
	BeginSecondFactor(ctx context.Context, p cx.Principal, personID int64) (account.Enrolment, error)
	SetUpSignIn(ctx context.Context, secret, code string, from account.From) (account.Session, string, []string, error)
	SignOut(ctx context.Context, secret string) error
}

// Provider is the company's own sign-in.
type Provider struct {
	Flow Flow
	Name string // on its button; may be ""
	URL  string // where people reach us, without a slash at its end; "": the address of the request
}

// Flow is what these pages ask of oidc.Provider.
type Flow interface {
	Begin(ctx context.Context, redirect, next string) (address, secret string, err error)
	Finish(ctx context.Context, secret string, answer url.Values, from account.From) (session account.Session, sessionSecret, next string, err error)
}

// LinkPath returns where a sign-in link of that secret leads.
func LinkPath(secret string) string { return "/sign-in/link/" + secret }

// SetupPath returns where the set-up link of that secret leads.
func SetupPath(secret string) string { return "/setup/" + secret }

// RecoveryPath returns where a recovery link of that secret leads.
func RecoveryPath(secret string) string { return "/recover/" + secret }

// answerPath is where a provider sends people back to.
const answerPath = "/sign-in/provider/answer"

// flowLife is how long people may take at their provider's.
const flowLife = 10 * time.Minute

// New returns the pages; provider is nil when the company has no sign-in of its
// own.
func New(a Accounts, provider *Provider) web.Page {
	p := page{a, provider}
	return web.Page{Name: "signin", Messages: messages, Routes: func(r *web.Router) {
		r.GetPublic("/sign-in", p.form)
		r.PostPublic("/sign-in", p.signIn)
		r.GetPublic("/sign-in/code", p.code)
		r.PostPublic("/sign-in/code", p.giveCode)
		r.GetPublic("/sign-in/codes", p.codes)
		r.PostPublic("/sign-in/codes", p.setUpCodes)
		r.GetPublic("/sign-in/link/{secret}", p.link)
		r.PostPublic("/sign-in/link/{secret}", p.useLink)
		r.GetPublic("/recover/{secret}", p.recovery)
		r.PostPublic("/recover/{secret}", p.recover)
		r.GetPublic("/setup/{secret}", p.setup)
		r.PostPublic("/setup/{secret}", p.completeSetup)
		r.PostPublic("/sign-out", p.signOut)
		if provider != nil {
			r.GetPublic("/sign-in/provider", p.leave)
			r.GetPublic(answerPath, p.comeBack)
		}
	}}
}

type page struct {
	accounts Accounts
	provider *Provider
}

// entry is what the form shows again after a fault.
type entry struct {
	Name, Email, Next string
	Provider          *Provider
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
	return q.Gate(http.StatusOK, q.T("signin.title"), signInForm(entry{Next: q.URL.Query().Get("next"), Provider: p.provider}))
}

func (p page) signIn(q *web.Request) error {
	e := entry{Email: q.PostFormValue("email"), Next: q.PostFormValue("next"), Provider: p.provider}
	session, secret, err := p.accounts.SignIn(q.Context(), e.Email, q.PostFormValue("password"), q.From())
	if err != nil {
		return again(q, err, &e, func() error {
			return q.Gate(status(q, err), q.T("signin.title"), signInForm(e))
		})
	}
	return enter(q, session, secret, e.Next)
}

// enter gives the browser its session and goes on: to where the person wanted
// to go, or to what is asked of them first.
func enter(q *web.Request, session account.Session, secret, next string) error {
	q.SignedIn(secret, session.ExpiresAt)
	to := map[account.Wait]string{account.ForCode: "/sign-in/code", account.ForSetup: "/sign-in/codes"}[session.Waits]
	switch {
	case to == "" && next == "":
		to = "/"
	case to == "":
		to = next
	case next != "":
		to += "?next=" + url.QueryEscape(next)
	}
	return q.Redirect(to)
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
	return enter(q, session, secret, "")
}

func (p page) recovery(q *web.Request) error {
	return q.Gate(http.StatusOK, q.T("signin.recover.title"), recoverForm(entry{}))
}

func (p page) recover(q *web.Request) error {
	session, secret, err := p.accounts.Recover(q.Context(), q.PathValue("secret"), q.PostFormValue("password"), q.From())
	if err != nil {
		var e entry
		return again(q, err, &e, func() error {
			return q.Gate(status(q, err), q.T("signin.recover.title"), recoverForm(e))
		})
	}
	return enter(q, session, secret, "")
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
	return enter(q, session, secret, "")
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
