package webtest

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/me"
	"github.com/vivencia-cx/vivencia/internal/web/pages/palette"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
)

// Password is everybody's.
const Password = "correct horse battery"

// Site is a running server with the sign-in pages, the palette and the pages
// under test. Its clock stands at cxtest.Epoch in Madrid.
type Site struct {
	URL      string
	Accounts *account.Service
	Clock    *cxtest.Clock
	t        testing.TB
	people   sync.Mutex // whoever comes first makes a role's person
}

// New serves the pages until the test ends.
func New(t testing.TB, pages ...web.Page) *Site {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	clock := cxtest.NewClock()
	accounts, err := account.Open(t.Context(), db, clock, account.WithKey(make([]byte, 32)))
	must(t, err)
	return Serve(t, accounts, clock, pages...)
}

// Serve is New on an account service that the test has made.
func Serve(t testing.TB, accounts *account.Service, clock *cxtest.Clock, pages ...web.Page) *Site {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Madrid")
	must(t, err)
	done := make(chan struct{})
	handler, err := web.New(web.Config{
		Accounts: accounts,
		Pages:    complete(accounts, pages),
		Company:  func() web.Company { return web.Company{Name: "Librerías Candil", Zone: zone, Currency: "EUR"} },
		Clock:    clock,
		Logger:   slog.New(slog.NewTextHandler(testLog{t}, nil)),
		Done:     done,
	})
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		close(done)
		server.Close()
	})
	return &Site{URL: server.URL, Accounts: accounts, Clock: clock, t: t}
}

// complete adds the pages that every site has and the test did not bring.
func complete(accounts *account.Service, pages []web.Page) []web.Page {
	for _, p := range []web.Page{signin.New(accounts, nil), me.New(accounts), palette.New(nil)} {
		if !slices.ContainsFunc(pages, func(q web.Page) bool { return q.Name == p.Name }) {
			pages = append(pages, p)
		}
	}
	return pages
}

// Link returns the address of a link that signs a new person of that role in,
// for a browser.
func (s *Site) Link(role cx.Role) string {
	s.t.Helper()
	secret, err := s.Accounts.SignInLink(s.t.Context(), cx.System(), s.person(role).ID, time.Hour, true)
	must(s.t, err)
	return s.URL + signin.LinkPath(secret)
}

func (s *Site) person(role cx.Role) account.Person {
	s.t.Helper()
	s.people.Lock()
	defer s.people.Unlock()
	email := string(role) + "@candil.example"
	person, err := s.Accounts.PersonByEmail(s.t.Context(), cx.System(), email)
	if cx.KindOf(err) == cx.NotFound && err != nil {
		person, err = s.Accounts.CreatePerson(s.t.Context(), cx.System(), account.NewPerson{
			Email: email, Name: "Ana Ruiz", Role: role, Language: "es", Password: Password,
		})
	}
	must(s.t, err)
	return person
}

// Visitor is one browser's session.
type Visitor struct {
	site   *Site
	client *http.Client
	Header http.Header // sent with every request: Accept-Language, HX-Request …
}

// Anonymous returns a visitor who is not signed in. Redirects are not followed.
func (s *Site) Anonymous() *Visitor {
	jar, err := cookiejar.New(nil)
	must(s.t, err)
	return &Visitor{site: s, Header: http.Header{}, client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// As returns a visitor signed in with that role.
func (s *Site) As(role cx.Role) *Visitor {
	s.t.Helper()
	v := s.Anonymous()
	s.person(role)
	r := v.Post("/sign-in", url.Values{"email": {string(role) + "@candil.example"}, "password": {Password}})
	if r.Status != http.StatusSeeOther {
		s.t.Fatalf("sign-in answered %d: %s", r.Status, r.Text("main"))
	}
	return v
}

// Get asks for a page.
func (v *Visitor) Get(path string) Response {
	v.site.t.Helper()
	return v.do(http.MethodGet, path, nil)
}

// Post sends a form, with the CSRF token of the session.
func (v *Visitor) Post(path string, form url.Values) Response {
	v.site.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	if token := v.token(); token != "" && !form.Has("csrf") {
		form.Set("csrf", token)
	}
	return v.do(http.MethodPost, path, form)
}

// Upload sends a file as a form does, after the CSRF token of the session.
func (v *Visitor) Upload(path, name, content string) Response {
	t := v.site.t
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(t, form.WriteField("csrf", v.token()))
	part, err := form.CreateFormFile("file", name)
	must(t, err)
	_, err = io.WriteString(part, content)
	must(t, err)
	must(t, form.Close())
	return v.send(http.MethodPost, path, form.FormDataContentType(), &body)
}

func (v *Visitor) token() string {
	u, err := url.Parse(v.site.URL)
	must(v.site.t, err)
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "vivencia" {
			session, err := v.site.Accounts.SessionBySecret(v.site.t.Context(), c.Value)
			if err == nil {
				return session.CSRF
			}
		}
	}
	return ""
}

func (v *Visitor) do(method, path string, form url.Values) Response {
	v.site.t.Helper()
	kind := ""
	if form != nil {
		kind = "application/x-www-form-urlencoded"
	}
	return v.send(method, path, kind, strings.NewReader(form.Encode()))
}

// send asks with a body of that kind; "" is none.
func (v *Visitor) send(method, path, kind string, content io.Reader) Response {
	t := v.site.t
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, v.site.URL+path, content)
	must(t, err)
	for k, values := range v.Header {
		req.Header[k] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := v.client.Do(req)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	root, err := html.Parse(strings.NewReader(string(body)))
	must(t, err)
	if i := strings.Index(string(body), "⟦"); i >= 0 {
		t.Errorf("%s %s: a text is missing: %.60s", method, path, body[i:])
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: string(body), root: root, t: t}
}

// Response is an answer, searchable by CSS selector.
type Response struct {
	Status int
	Header http.Header
	Body   string
	root   *html.Node
	t      testing.TB
}

// All returns the texts of every element that the selector matches, spaces
// joined.
func (r Response) All(selector string) (texts []string) {
	r.t.Helper()
	s, err := cascadia.Parse(selector)
	must(r.t, err)
	for _, n := range cascadia.QueryAll(r.root, s) {
		texts = append(texts, text(n))
	}
	return texts
}

// Text returns the text of the first element that the selector matches; the
// test fails when there is none.
func (r Response) Text(selector string) string {
	r.t.Helper()
	all := r.All(selector)
	if len(all) == 0 {
		r.t.Errorf("nothing matches %s in %.2000s", selector, r.Body)
		return ""
	}
	return all[0]
}

// Attr returns an attribute of the first element that the selector matches,
// "" when there is none.
func (r Response) Attr(selector, name string) string {
	r.t.Helper()
	s, err := cascadia.Parse(selector)
	must(r.t, err)
	if n := cascadia.Query(r.root, s); n != nil {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

// Form returns what a browser would send of the form that the selector matches,
// without its token and buttons; the test fails when there is none.
func (r Response) Form(selector string) url.Values {
	r.t.Helper()
	form := url.Values{}
	s, err := cascadia.Parse(selector)
	must(r.t, err)
	root := cascadia.Query(r.root, s)
	if root == nil {
		r.t.Errorf("nothing matches %s in %.2000s", selector, r.Body)
		return form
	}
	attr := func(n *html.Node, key string) (value string, ok bool) {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	for _, n := range cascadia.QueryAll(root, cascadia.MustCompile("input, textarea, option[selected]")) {
		name, _ := attr(n, "name")
		value, _ := attr(n, "value")
		switch n.Data {
		case "textarea":
			value = ""
			if n.FirstChild != nil {
				value = n.FirstChild.Data
			}
		case "option":
			for p := n.Parent; p != nil && name == ""; p = p.Parent {
				name, _ = attr(p, "name")
			}
		case "input":
			kind, _ := attr(n, "type")
			if _, checked := attr(n, "checked"); (kind == "radio" || kind == "checkbox") && !checked {
				continue
			}
		}
		if name != "" && name != "csrf" {
			form.Add(name, value)
		}
	}
	return form
}

func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// testLog writes what the server logs into the test.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Cookie returns the session's cookie, for a client of the test's own.
func (v *Visitor) Cookie() *http.Cookie {
	u, err := url.Parse(v.site.URL)
	must(v.site.t, err)
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "vivencia" {
			return c
		}
	}
	v.site.t.Fatal("not signed in")
	return nil
}
