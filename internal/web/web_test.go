package web_test

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// probe is a page that does what its routes say.
func probe(lines chan string) web.Page {
	return web.Page{
		Name: "probe",
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/probe", Icon: "activity", Label: "ui.lived", Group: ui.MenuMain, Tab: true},
			Action:   account.ViewScores,
		}, {
			MenuItem: ui.MenuItem{Href: "/people", Icon: "users", Label: "ui.menu.settings", Group: ui.MenuSettings},
			Action:   account.ManagePeople,
		}},
		Routes: func(r *web.Router) {
			r.Get("/probe", account.ViewScores, func(q *web.Request) error { return q.Render("Todo va bien", ui.Text("hola")) })
			r.Get("/probe/panic", account.ViewScores, func(*web.Request) error { panic("no") })
			r.Get("/probe/invalid", account.ViewScores, func(*web.Request) error {
				return cx.Errorf(cx.Invalid, "probe", "use at most 3 characters")
			})
			r.Post("/probe", account.ViewScores, func(q *web.Request) error {
				q.Flash(ui.Positive, "Guardado <b>")
				return q.Redirect("/probe")
			})
			r.Post("/people", account.ManagePeople, func(q *web.Request) error { return q.Redirect("/people") })
			r.Get("/probe/csv", account.ViewScores, func(q *web.Request) error {
				return q.CSV("lista", []string{"a", "b"}, func(yield func([]string, error) bool) {
					if yield([]string{"=1+1", "-2,5"}, nil) {
						yield(nil, cx.Errorf(cx.Internal, "probe", "no"))
					}
				})
			})
			r.Get("/probe/live", account.ViewScores, func(q *web.Request) error {
				return web.Stream(q, lines, func(s string) []templ.Component {
					return []templ.Component{q.Toast(ui.Neutral, s)}
				})
			})
		},
	}
}

func TestWhoIsNotSignedInIsSentToSignInAndBack(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, probe(nil))
	v := site.Anonymous()
	r := v.Get("/probe?a=1")
	if to := r.Header.Get("Location"); r.Status != http.StatusSeeOther || to != "/sign-in?next=%2Fprobe%3Fa%3D1" {
		t.Fatalf("got %d to %q", r.Status, to)
	}
	site.As(cx.Admin)
	form := url.Values{"email": {"admin@candil.example"}, "password": {webtest.Password}, "next": {"/probe?a=1"}}
	if r = v.Post("/sign-in", form); r.Header.Get("Location") != "/probe?a=1" {
		t.Errorf("got %d to %q", r.Status, r.Header.Get("Location"))
	}
	cookie := r.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	if r = v.Get("/"); r.Header.Get("Location") != "/probe" {
		t.Errorf("home leads to %q", r.Header.Get("Location"))
	}
	v.Header.Set("HX-Request", "true")
	v.Header.Set("HX-Current-URL", site.URL+"/probe")
	v.Post("/sign-out", nil)
	if r = v.Get("/probe"); r.Header.Get("HX-Redirect") != "/sign-in?next=%2Fprobe" {
		t.Errorf("htmx is sent to %q", r.Header.Get("HX-Redirect"))
	}
}

// The home depends on the role: who serves opens their desk, and it is on their
// phone's bar alone.
func TestEachRoleHasItsHome(t *testing.T) {
	t.Parallel()
	desk := web.Page{
		Name: "desk",
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/desk", Icon: "activity", Label: "ui.menu", Group: ui.MenuMain, Order: 9, Tab: true},
			Action:   account.ViewCustomers, Home: []cx.Role{cx.Member},
		}},
		Routes: func(r *web.Router) {
			r.Get("/desk", account.ViewCustomers, func(q *web.Request) error { return q.Render("Tu mesa", ui.Text("hola")) })
		},
	}
	site := webtest.New(t, probe(nil), desk)
	for role, want := range map[cx.Role]string{cx.Member: "/desk", cx.Lead: "/probe", cx.Board: "/probe"} {
		v := site.As(role)
		if to := v.Get("/").Header.Get("Location"); to != want {
			t.Errorf("the home of a %s is %q, want %q", role, to, want)
		}
		if first := v.Get("/desk").Attr(".menu a", "href"); first != want {
			t.Errorf("the menu of a %s begins with %q, want %q", role, first, want)
		}
		if tab := v.Get("/desk").Attr(`.tabbar a[href="/desk"]`, "href") != ""; tab != (role == cx.Member) {
			t.Errorf("the desk is on the bar of a %s: %v", role, tab)
		}
	}
}

func TestNextStaysWithUs(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, probe(nil))
	site.As(cx.Admin)
	for _, next := range []string{"https://evil.example/x", "//evil.example", `/\evil.example`, "javascript:alert(1)", "probe", ""} {
		form := url.Values{"email": {"admin@candil.example"}, "password": {webtest.Password}, "next": {next}}
		if to := site.Anonymous().Post("/sign-in", form).Header.Get("Location"); to != "/" {
			t.Errorf("next %q leads to %q", next, to)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	v := webtest.New(t, probe(nil)).As(cx.Member)
	tests := []struct {
		method, path string
		status       int
		title        string
	}{
		{"GET", "/nowhere", 404, "Aquí no hay nada"},
		{"POST", "/probe/invalid", 404, "Aquí no hay nada"},
		{"GET", "/probe/panic", 500, "Algo ha fallado por nuestra parte"},
		{"GET", "/probe/invalid", 422, "No se pudo hacer"},
		{"POST", "/people", 403, "No puedes ver esto"},
	}
	for _, tt := range tests {
		r := v.Get(tt.path)
		if tt.method == "POST" {
			r = v.Post(tt.path, nil)
		}
		if got := r.Text("main h1"); r.Status != tt.status || got != tt.title {
			t.Errorf("%s %s: got %d %q, want %d %q", tt.method, tt.path, r.Status, got, tt.status, tt.title)
		}
	}
	if got := v.Get("/probe/invalid").Text("main p"); got != "Usa como mucho 3 caracteres" {
		t.Errorf("got %q", got)
	}
	v.Header.Set("HX-Request", "true")
	r := v.Get("/probe/panic")
	if r.Header.Get("HX-Reswap") != "none" || !strings.Contains(r.Body, `<hx-partial hx-target="#toasts" hx-swap="beforeend">`) {
		t.Errorf("htmx got %q", r.Body)
	}
}

func TestMenuHoldsWhatTheRoleMaySee(t *testing.T) {
	t.Parallel()
	site := webtest.New(t, probe(nil))
	if got := strings.Join(site.As(cx.Admin).Get("/probe").All(".side .menu a"), ","); got != "Vivido,Empresa" {
		t.Errorf("an administrator sees %s", got)
	}
	r := site.As(cx.Analyst).Get("/probe")
	if got := strings.Join(r.All(".side .menu a"), ","); got != "Vivido" {
		t.Errorf("an analyst sees %s", got)
	}
	if got := r.Text(".menu [aria-current=page]"); got != "Vivido" {
		t.Errorf("current is %s", got)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	v := webtest.New(t, probe(nil)).As(cx.Admin)
	if r := v.Post("/probe", url.Values{"csrf": {"wrong"}}); r.Status != http.StatusForbidden {
		t.Errorf("a wrong token got %d", r.Status)
	}
	v.Header.Set("Sec-Fetch-Site", "cross-site")
	if r := v.Post("/probe", nil); r.Status != http.StatusForbidden {
		t.Errorf("another site got %d", r.Status)
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	t.Parallel()
	v := webtest.New(t, probe(nil)).As(cx.Admin)
	if r := v.Post("/probe", nil); r.Status != http.StatusSeeOther {
		t.Fatalf("got %d", r.Status)
	}
	if got := v.Get("/probe").Text("#toasts p"); got != "Guardado <b>" {
		t.Errorf("got %q", got)
	}
	if got := v.Get("/probe").All("#toasts p"); len(got) != 0 {
		t.Errorf("shown again: %q", got)
	}
}

func TestLanguageAndTheme(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	v := site.Anonymous()
	v.Header.Set("Accept-Language", "en-GB")
	if got := v.Get("/sign-in").Text("h1"); got != "Sign in to Vivencia" {
		t.Errorf("got %q", got)
	}
	v.Header.Set("Referer", site.URL+"/sign-in?next=/x")
	if r := v.Post("/language", url.Values{"language": {"pt"}}); r.Header.Get("Location") != "/sign-in?next=/x" {
		t.Errorf("back to %q", r.Header.Get("Location"))
	}
	v.Post("/appearance", nil)
	r := v.Get("/sign-in")
	if lang, theme := r.Attr("html", "lang"), r.Attr("html", "data-theme"); lang != "pt" || theme != "dark" {
		t.Errorf("got %s, %s", lang, theme)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := webtest.New(t, probe(nil)).As(cx.Admin)
	h := v.Get("/probe").Header
	if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self'") {
		t.Errorf("CSP is %q", csp)
	}
	if h.Get("Cache-Control") != "no-store" || h.Get("X-Request-Id") == "" {
		t.Errorf("got %v", h)
	}
	h = v.Get(dist.URL("app.css")).Header
	if !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("got %v", h)
	}
	if r := v.Get(dist.Prefix); r.Status != http.StatusNotFound {
		t.Errorf("the folder of assets answers %d", r.Status)
	}
}

func TestCSVIsInertAndTellsWhereItWasCut(t *testing.T) {
	t.Parallel()
	r := webtest.New(t, probe(nil)).As(cx.Admin).Get("/probe/csv")
	if want := "\ufeffa,b\n'=1+1,\"-2,5\"\n"; !strings.HasPrefix(r.Body, want) || !strings.Contains(r.Body, "se cortó aquí") {
		t.Errorf("got %q", r.Body)
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 1)
	site := webtest.New(t, probe(lines))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/probe/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.AddCookie(site.As(cx.Admin).Cookie())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("got %v", res.Header)
	}
	lines <- "llega\nalgo"
	scanner := bufio.NewScanner(res.Body)
	var got strings.Builder
	for scanner.Scan() {
		got.WriteString(scanner.Text() + "\n")
		if strings.Contains(scanner.Text(), "</hx-partial>") {
			break
		}
	}
	if s := got.String(); !strings.Contains(s, "data: algo</p>") || !strings.Contains(s, `<hx-partial hx-target="#toasts"`) {
		t.Errorf("got %q", s)
	}
	close(lines)
	for scanner.Scan() {
	}
}

func BenchmarkPage(b *testing.B) {
	site := webtest.New(b, webtest.Gallery(nil))
	v := site.As(cx.Admin)
	for b.Loop() {
		if r := v.Get("/me"); r.Status != http.StatusOK {
			b.Fatal(r.Status)
		}
	}
}
