package signin

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// half returns the half session of the browser, when it waits for that. Who has
// none begins again.
func (p page) half(q *web.Request, waits account.Wait) (account.Session, error) {
	half, err := p.accounts.Half(q.Context(), q.SessionSecret())
	if err == nil && half.Waits != waits {
		err = cx.Errorf(cx.Unauthorized, "signin", "sign in first")
	}
	return half, err
}

func (p page) code(q *web.Request) error {
	if _, err := p.half(q, account.ForCode); err != nil {
		return err
	}
	return q.Gate(http.StatusOK, q.T("signin.code.title"), codeForm(entry{Next: q.URL.Query().Get("next")}))
}

func (p page) giveCode(q *web.Request) error {
	if _, err := p.half(q, account.ForCode); err != nil {
		return err
	}
	e := entry{Next: q.PostFormValue("next")}
	session, secret, err := p.accounts.CompleteSignIn(q.Context(), q.SessionSecret(), q.PostFormValue("code"), q.From())
	if err != nil {
		return again(q, err, &e, func() error { return q.Gate(status(q, err), q.T("signin.code.title"), codeForm(e)) })
	}
	return enter(q, session, secret, e.Next)
}

// codes lets who must use one-time codes set them up before coming in.
func (p page) codes(q *web.Request) error {
	return p.showCodes(q, http.StatusOK, entry{Next: q.URL.Query().Get("next")})
}

func (p page) showCodes(q *web.Request, status int, e entry) error {
	half, err := p.half(q, account.ForSetup)
	if err != nil {
		return err
	}
	enrolment, err := p.accounts.BeginSecondFactor(q.Context(), half.Principal(), half.Person.ID)
	if err != nil {
		return err
	}
	return q.Gate(status, q.T("signin.codes.title"), codesForm(e, enrolment))
}

func (p page) setUpCodes(q *web.Request) error {
	if _, err := p.half(q, account.ForSetup); err != nil {
		return err
	}
	e := entry{Next: q.PostFormValue("next")}
	session, secret, recovery, err := p.accounts.SetUpSignIn(q.Context(), q.SessionSecret(), q.PostFormValue("code"), q.From())
	if err != nil {
		return again(q, err, &e, func() error { return p.showCodes(q, status(q, err), e) })
	}
	q.SignedIn(secret, session.ExpiresAt)
	return q.Gate(http.StatusOK, q.T("signin.recovery.title"), recoveryView(recovery, q.Ours(e.Next)))
}

// leave sends people to their company's own sign-in.
func (p page) leave(q *web.Request) error {
	base := p.provider.URL
	if base == "" {
		base = "http://" + q.Host
	}
	address, secret, err := p.provider.Flow.Begin(q.Context(), base+answerPath, q.URL.Query().Get("next"))
	if err != nil {
		return err
	}
	return q.Leave(address, secret, flowLife)
}

// comeBack takes what the provider sends them back with.
func (p page) comeBack(q *web.Request) error {
	session, secret, next, err := p.provider.Flow.Finish(q.Context(), q.CameBack(), q.URL.Query(), q.From())
	if err != nil {
		e := entry{Provider: p.provider, Next: next}
		return again(q, err, &e, func() error { return q.Gate(status(q, err), q.T("signin.title"), signInForm(e)) })
	}
	return enter(q, session, secret, next)
}
