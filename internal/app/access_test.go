package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// access is one address and who may use it, as the routers and the table of
// account say.
type access struct {
	pattern string // "GET /customers/{id}"
	page    bool
	action  account.Action // "" for everybody, web.SignedIn for whoever has signed in
}

// everyAccess lists every address of the product but those of /v1, which take a
// write key and nothing else.
func (h house) everyAccess() (all []access) {
	for _, r := range web.Routes(h.pages()) {
		if r.Pattern != "/" {
			all = append(all, access{r.Pattern, true, r.Action})
		}
	}
	for _, o := range api.Operations() {
		all = append(all, access{o.Method + " " + o.Path, false, o.Action})
	}
	for _, pattern := range slices.Concat(survey.Routes(), yours.Routes()) {
		all = append(all, access{pattern, false, ""})
	}
	// All of /debug/ passes one gate.
	all = append(all, access{"GET /debug/state", false, account.Operate}, access{"GET /debug/pprof/", false, account.Operate})
	slices.SortFunc(all, func(a, b access) int { return strings.Compare(a.pattern, b.pattern) })
	return all
}

func (a access) method() string { method, _, _ := strings.Cut(a.pattern, " "); return method }

// address is the pattern's with something in its place holders.
func (a access) address(fill func(name string) string) string {
	_, path, _ := strings.Cut(a.pattern, " ")
	return placeholder.ReplaceAllStringFunc(strings.TrimSuffix(path, "{$}"), func(s string) string { return url.PathEscape(fill(strings.Trim(s, "{}"))) })
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// may tells whether the table lets somebody in.
func (a access) may(p cx.Principal) bool {
	switch a.action {
	case "":
		return true
	case web.SignedIn:
		return p.ID != ""
	}
	return account.Check(p, a.action) == nil
}

// The golden file is what a person reads who wants to know who may do what: a
// new address, or another action for an old one, fails here until it is looked
// at.
func TestEveryAddressIsInTheTable(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	var b strings.Builder
	for _, a := range h.everyAccess() {
		who := []string{"everybody"}
		switch {
		case a.action == web.SignedIn:
			who = []string{"signed in"}
		case a.action != "":
			who = nil
			for _, r := range cx.Roles() {
				if a.may(cx.Principal{ID: "person:1", Role: r}) {
					who = append(who, string(r))
				}
			}
			who = append(who, "("+account.ScopeOf(a.action).String()+")")
		}
		fmt.Fprintf(&b, "%-48s %-22s %s\n", a.pattern, a.action, strings.Join(who, " "))
	}
	const golden = "testdata/access.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); err != nil || diff != "" {
		t.Errorf("%v: who may use which address has changed: look at it, then UPDATE=1 rewrites %s\n%s", err, golden, diff)
	}
}

// visitor is somebody who asks: in a browser by a session, of the API by a
// token. The zero visitor is a stranger.
type visitor struct {
	name      string
	principal cx.Principal
	session   string
	csrf      string
	token     string
}

const password = "correct-horse-battery"

// person makes somebody with a role, signs them in through the page, and gives
// them a token of the same role.
func (h house) person(name string, role cx.Role, areas []string) visitor {
	h.t.Helper()
	email := name + "@example.com"
	p, err := h.Accounts.CreatePerson(h.t.Context(), cx.System(), account.NewPerson{Email: email, Name: name, Role: role, Areas: areas, Password: password})
	if err != nil {
		h.t.Fatal(err)
	}
	_, token, err := h.Accounts.CreateToken(h.t.Context(), cx.System(), name, role, areas, "")
	if err != nil {
		h.t.Fatal(err)
	}
	v := visitor{name: name, principal: p.Principal(), token: token}
	h.signIn(&v, email)
	return v
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (h house) signIn(v *visitor, email string) {
	h.t.Helper()
	w := h.request(http.MethodPost, "/sign-in", url.Values{"email": {email}, "password": {password}}.Encode(), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr = fmt.Sprintf("10.0.%d.%d:1", rand.IntN(256), rand.IntN(256)) // sign-ins from one address are few
	})
	if v.session = sessionOf(w); v.session == "" {
		h.t.Fatalf("%s cannot sign in: %d %s", v.name, w.Code, w.Body)
	}
	page := h.visit(*v, http.MethodGet, "/me", "")
	found := csrfField.FindStringSubmatch(page.Body.String())
	if found == nil {
		h.t.Fatalf("no form for %s: %d %s", v.name, page.Code, page.Body)
	}
	v.csrf = found[1]
}

func sessionOf(w *recorder) string {
	for _, c := range w.Result().Cookies() {
		if c.Name == "vivencia" && c.MaxAge >= 0 {
			return c.Value
		}
	}
	return ""
}

// recorder ends a stream at its first message.
type recorder struct {
	*httptest.ResponseRecorder
	end context.CancelFunc
}

func (r *recorder) Flush() { r.ResponseRecorder.Flush(); r.end() }

// FlushError is what a controller calls.
func (r *recorder) FlushError() error { r.Flush(); return nil }

// visit asks for a page, with a form when form is not "".
func (h house) visit(v visitor, method, address, form string) *recorder {
	return h.request(method, address, form, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "vivencia", Value: v.session})
	})
}

// call asks the API.
func (h house) call(token, method, address, body string) *recorder {
	return h.request(method, address, body, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	})
}

func (h house) request(method, address, body string, with func(*http.Request)) *recorder {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	with(r)
	w := &recorder{httptest.NewRecorder(), cancel}
	h.handler.ServeHTTP(w, r)
	return w
}

// ask uses an address as the visitor: a page with the form's token, or the API.
func (h house) askFor(v visitor, a access, fill func(string) string) *recorder {
	address := a.address(fill)
	switch {
	case !a.page:
		body := ""
		if a.method() == http.MethodPost {
			body = "{}"
		}
		return h.call(v.token, a.method(), address, body)
	case a.method() == http.MethodGet:
		return h.visit(v, http.MethodGet, address, "")
	}
	if address == "/bring" {
		return h.upload(v, address)
	}
	return h.visit(v, a.method(), address, url.Values{"csrf": {v.csrf}}.Encode())
}

// upload sends the form of a page that takes a file, with its token and no file.
func (h house) upload(v visitor, address string) *recorder {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := errors.Join(form.WriteField("csrf", v.csrf), form.Close()); err != nil {
		h.t.Fatal(err)
	}
	return h.request(http.MethodPost, address, body.String(), func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "vivencia", Value: v.session})
		r.Header.Set("Content-Type", form.FormDataContentType())
	})
}

const missing = "999999"

// nobodys fills place holders with what does not exist, so that a walk changes
// nothing.
func nobodys(string) string { return missing }

// TestEveryAddressWithEveryRole walks every page and every route of the API with
// every role and with none: whoever the table lets in is answered, whoever it
// does not is told 401 or 403 or sent to sign in, and gets nothing else; nobody
// meets an error of ours.
func TestEveryAddressWithEveryRole(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.twoAreas("all")
	visitors := []visitor{{name: "nobody"}}
	for _, role := range cx.Roles() {
		visitors = append(visitors, h.person(string(role), role, nil))
	}
	for _, a := range h.everyAccess() {
		for i := range visitors {
			v := visitors[i]
			w := h.askFor(v, a, nobodys)
			if a.page && v.session != "" && a.method() == http.MethodPost && (a.action == web.SignedIn || a.action == "") {
				h.signIn(&visitors[i], v.name+"@example.com") // it may have ended the session
			}
			toSignIn := w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/sign-in")
			refused := toSignIn || w.Code == http.StatusUnauthorized || w.Code == http.StatusForbidden
			switch may := a.may(v.principal); {
			case w.Code >= http.StatusInternalServerError:
				t.Errorf("%s as %s: %d %s", a.pattern, v.name, w.Code, w.Body)
			case a.action == "":
			case may == refused:
				t.Errorf("%s as %s, who may %t: %d to %q", a.pattern, v.name, may, w.Code, w.Header().Get("Location"))
			case !may && v.principal.ID == "" && a.page != toSignIn:
				t.Errorf("%s as nobody: %d to %q", a.pattern, w.Code, w.Header().Get("Location"))
			case !may && strings.Contains(strings.ToLower(w.Body.String()), secretWord):
				t.Errorf("%s tells %s, who may not, of a customer", a.pattern, v.name)
			}
		}
	}
}

// TestEveryFormNeedsItsToken walks every form: without the session's token, or
// from another site, nothing is done.
func TestEveryFormNeedsItsToken(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	admin := h.person("admin", cx.Admin, nil)
	forms := 0
	for _, a := range h.everyAccess() {
		if !a.page || a.method() == http.MethodGet {
			continue
		}
		forms++
		for name, form := range map[string]string{"no token": "", "another's token": url.Values{"csrf": {"x" + admin.csrf[1:]}}.Encode()} {
			if w := h.visit(admin, a.method(), a.address(nobodys), form); w.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", a.pattern, name, w.Code)
			}
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			for _, v := range []visitor{admin, {}} {
				w := h.request(a.method(), a.address(nobodys), url.Values{"csrf": {v.csrf}}.Encode(), func(r *http.Request) {
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					r.Header.Set(header, value)
					r.AddCookie(&http.Cookie{Name: "vivencia", Value: v.session})
				})
				if w.Code != http.StatusForbidden && !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
					t.Errorf("%s with %s: %s: %d", a.pattern, header, value, w.Code)
				}
			}
		}
	}
	if forms < 20 {
		t.Errorf("only %d forms were walked", forms)
	}
}

// TestWriteKeysOnlyWrite tries a write key, and a token in a session's place,
// on everything.
func TestWriteKeysOnlyWrite(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.twoAreas("all")
	source, err := h.Accounts.CreateSource(t.Context(), cx.System(), "web", "")
	if err != nil {
		t.Fatal(err)
	}
	admin := h.person("admin", cx.Admin, nil)
	for _, a := range h.everyAccess() {
		if a.action == "" {
			continue
		}
		for _, authorization := range []string{"Bearer " + source.Key, "Basic " + base64.StdEncoding.EncodeToString([]byte(source.Key+":"))} {
			w := h.request(a.method(), a.address(nobodys)+"?writeKey="+source.Key, "", func(r *http.Request) {
				r.Header.Set("Authorization", authorization)
				r.Header.Set("Content-Type", "application/json")
			})
			if w.Code != http.StatusUnauthorized && !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
				if a.page && w.Code == http.StatusForbidden {
					continue // a form without its token
				}
				t.Errorf("%s with a write key: %d", a.pattern, w.Code)
			}
		}
		if !a.page {
			if w := h.visit(admin, a.method(), a.address(nobodys), ""); w.Code != http.StatusUnauthorized {
				t.Errorf("%s with a session's cookie: %d", a.pattern, w.Code)
			}
			continue
		}
		for _, secret := range []string{source.Key, admin.token} {
			w := h.visit(visitor{session: secret}, a.method(), a.address(nobodys), "")
			if !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
				t.Errorf("%s with a key or token for a session: %d", a.pattern, w.Code)
			}
		}
	}
	for _, secret := range []string{source.Key, admin.token} {
		w := h.visit(visitor{}, http.MethodPost, "/sign-in", url.Values{"email": {"admin@example.com"}, "password": {secret}}.Encode())
		if sessionOf(w) != "" {
			t.Error("a key or token signs in as a password")
		}
	}
	w := h.request(http.MethodPost, "/v1/track", `{"userId":"1","event":"Bought"}`, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+admin.token) })
	if w.Code != http.StatusUnauthorized {
		t.Errorf("a token writes events: %d", w.Code)
	}
}
