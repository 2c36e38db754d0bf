package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	sessionCookie  = "vivencia"
	flashCookie    = "flash"
	flowCookie     = "signing-in"
	languageCookie = "language"
	themeCookie    = "theme"
)

// name returns a cookie's name. Over TLS the prefix makes the browser refuse
// one that another host or an insecure page has set.
func (s *server) name(cookie string) string {
	if s.Secure {
		return "__Host-" + cookie
	}
	return cookie
}

func (s *server) setCookie(w http.ResponseWriter, name, value string, age time.Duration, readable bool) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: !readable, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}

func cookie(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

func (s *server) sessionSecret(r *http.Request) string { return SessionSecret(r, s.Secure) }

// SessionSecret returns the secret of a browser's session, for who serves pages
// beside these; "" when it has none.
func SessionSecret(r *http.Request, secure bool) string {
	return cookie(r, (&server{Config: Config{Secure: secure}}).name(sessionCookie))
}

// SignedIn gives the browser the session's secret until the session ends.
func (q *Request) SignedIn(secret string, expires cx.Time) {
	q.server.setCookie(q.W, q.server.name(sessionCookie), secret, expires.Sub(q.Now()), false)
}

// SignedOut takes the session's secret from the browser and returns it.
func (q *Request) SignedOut() (secret string) {
	q.server.setCookie(q.W, q.server.name(sessionCookie), "", -time.Second, false)
	return q.server.sessionSecret(q.Request)
}

// SessionSecret returns the secret of the browser's session, whole or half; ""
// when it has none.
func (q *Request) SessionSecret() string { return q.server.sessionSecret(q.Request) }

// Leave sends the browser to a sign-in provider's page, with a secret in a
// cookie by which to know it again when it comes back; see CameBack.
func (q *Request) Leave(to, secret string, life time.Duration) error {
	q.server.setCookie(q.W, q.server.name(flowCookie), secret, life, false)
	http.Redirect(q.W, q.Request, to, http.StatusSeeOther)
	return nil
}

// CameBack takes the secret of Leave from the browser and returns it.
func (q *Request) CameBack() (secret string) {
	q.server.setCookie(q.W, q.server.name(flowCookie), "", -time.Second, false)
	return cookie(q.Request, q.server.name(flowCookie))
}

// Flash shows a message on the next page, after a Redirect.
func (q *Request) Flash(tone ui.Tone, text string) {
	b, _ := json.Marshal([]ui.Toast{{Tone: tone, Text: text}})
	q.server.setCookie(q.W, q.server.name(flashCookie), base64.RawURLEncoding.EncodeToString(b), time.Minute, false)
}

func (q *Request) takeFlash() (toasts []ui.Toast) {
	value := cookie(q.Request, q.server.name(flashCookie))
	if value == "" {
		return nil
	}
	q.server.setCookie(q.W, q.server.name(flashCookie), "", -time.Second, false)
	b, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || json.Unmarshal(b, &toasts) != nil || len(toasts) > 5 {
		return nil
	}
	return toasts
}

func theme(r *http.Request) string {
	switch t := cookie(r, themeCookie); t {
	case "light", "dark":
		return t
	}
	return ""
}

// setTheme is the theme's button without script: light, dark, and around.
func (q *Request) setTheme() error {
	next := "dark"
	if theme(q.Request) == "dark" {
		next = "light"
	}
	q.server.setCookie(q.W, themeCookie, next, 365*24*time.Hour, true)
	return q.back()
}

// setLanguage keeps the language in the browser, and as the person's setting.
func (q *Request) setLanguage() error {
	lang := q.PostFormValue("language")
	for _, l := range i18n.Languages() {
		if l != lang {
			continue
		}
		q.server.setCookie(q.W, languageCookie, lang, 365*24*time.Hour, true)
		if q.Session.ID != "" {
			if err := q.server.Accounts.SetLanguage(q.Context(), q.Principal, q.Session.Person.ID, lang); err != nil {
				return err
			}
		}
	}
	return q.back()
}

// back redirects to the page that the form was on.
func (q *Request) back() error {
	return q.Redirect(pathOf(q.Referer()))
}
