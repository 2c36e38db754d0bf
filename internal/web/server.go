package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Accounts is what web asks of account.Service.
type Accounts interface {
	SessionBySecret(ctx context.Context, secret string) (account.Session, error)
	SetLanguage(ctx context.Context, p cx.Principal, personID int64, language string) error
	Record(ctx context.Context, p cx.Principal, action, object string) error
}

// Config is what the handler is made of.
type Config struct {
	Accounts Accounts
	Pages    []Page
	Company  func() Company // asked at each request: the model applies live
	Clock    cx.Clock
	Logger   *slog.Logger
	Secure   bool                       // people come over TLS, even when a proxy ends it
	Address  func(*http.Request) string // who calls, for rate limits; nil: the connection's address
	Done     <-chan struct{}            // closed when the process stops: live streams end
}

type server struct {
	Config
	mux    *http.ServeMux
	bundle *i18n.Bundle
	menu   []MenuItem
	routes []Route
}

// New returns the handler of every page and of the assets. It reports every
// fault of the pages' catalogues.
func New(c Config) (http.Handler, error) {
	s := &server{Config: c, mux: http.NewServeMux()}
	if s.Address == nil {
		s.Address = remoteAddress
	}
	catalogues := []fs.FS{messages, ui.Messages}
	for _, p := range c.Pages {
		if p.Messages != nil {
			catalogues = append(catalogues, p.Messages)
		}
		s.menu = append(s.menu, p.Menu...)
	}
	var err error
	if s.bundle, err = i18n.New(catalogues...); err != nil {
		return nil, cx.Wrap("web.New", err)
	}
	slices.SortStableFunc(s.menu, func(a, b MenuItem) int {
		groups := ui.MenuGroups()
		return cmp.Or(cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)), cmp.Compare(a.Order, b.Order))
	})
	s.register()
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypeFilter(compressible))
	if err != nil {
		return nil, cx.Wrap("web.New", err)
	}
	pages := compress(http.HandlerFunc(s.mux.ServeHTTP))
	static := compress(dist.Handler())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Secure(w.Header(), s.Secure)
		if len(r.URL.Path) > len(dist.Prefix) && r.URL.Path[:len(dist.Prefix)] == dist.Prefix {
			static.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}), nil
}

// register takes every page's routes, and our own.
func (s *server) register() {
	for _, p := range s.Pages {
		if p.Routes != nil {
			p.Routes(&Router{server: s, page: p.Name})
		}
	}
	s.route("GET /{$}", "", "", (*Request).home)
	s.route("POST /appearance", "", "", (*Request).setTheme)
	s.route("POST /language", "", "", (*Request).setLanguage)
	s.route("/", "", "", func(q *Request) error {
		return cx.Errorf(cx.NotFound, "web", "there is no such page")
	})
}

func compressible(contentType string) bool {
	for _, t := range []string{"text/html", "text/css", "text/javascript", "text/csv", "image/svg+xml", "application/json"} {
		if len(contentType) >= len(t) && contentType[:len(t)] == t {
			return true
		}
	}
	return false
}

// Secure sets the headers of every answer. Nothing inline runs, nothing comes
// from elsewhere, nobody frames us; a page may frame what lets it, as the preview
// of a survey does.
func Secure(h http.Header, tls bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if tls {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// maxBody bounds what a page may be sent; intake has its own door.
const maxBody = 4 << 20

func (s *server) route(pattern, page string, action account.Action, h Handler) {
	s.handle(pattern, page, action, 0, h)
}

// handle adds a route; with a limit it takes a file of so many bytes.
func (s *server) handle(pattern, page string, action account.Action, limit int64, h Handler) {
	s.routes = append(s.routes, Route{pattern, page, action})
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		q := &Request{W: w, page: page, server: s, id: rand.Text()[:12], limit: limit}
		r.Body = http.MaxBytesReader(w, r.Body, max(limit, maxBody))
		w.Header().Set("X-Request-Id", q.id)
		w.Header().Set("Cache-Control", "no-store")
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value, as net/http compares it
					panic(v)
				}
				s.Logger.Error("panic in a page", slog.String("request", q.id), slog.String("pattern", pattern),
					slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
				q.fail(cx.Errorf(cx.Internal, "web", "panic"))
			}
		}()
		err := s.identify(q, r)
		if err == nil {
			err = q.admit(action)
		}
		if err == nil {
			err = h(q)
		}
		if err != nil {
			q.fail(err)
		}
	})
}

// identify finds whose request it is and how to speak to them. A session that
// is gone leaves the request anonymous.
func (s *server) identify(q *Request, r *http.Request) error {
	var failure error
	if secret := s.sessionSecret(r); secret != "" {
		session, err := s.Accounts.SessionBySecret(r.Context(), secret)
		switch {
		case err == nil:
			q.Session, q.Principal = session, session.Principal()
		case cx.KindOf(err) != cx.Unauthorized:
			failure = cx.Wrap("web.identify", err)
		}
	}
	q.Company = s.Company()
	lang := s.bundle.Choose(q.Session.Person.Language, cookie(r, languageCookie), r.Header.Get("Accept-Language"))
	q.L = s.bundle.Locale(lang, q.Company.Zone, s.Clock)
	q.frame = &ui.Frame{
		Path: r.URL.Path, CSRF: q.Session.CSRF, Theme: theme(r), Company: q.Company.Name,
		Person: q.Session.Person.Name, Role: string(q.Session.Person.Role), RequestID: q.id,
	}
	ctx := ui.WithFrame(i18n.With(r.Context(), q.L), q.frame)
	q.Request = r.WithContext(ctx)
	return failure
}

// errForeign refuses a POST that did not come from our own page, or from one
// whose session has ended since.
var errForeign = cx.Errorf(cx.Forbidden, "web", "this form is not from our page")

// admit refuses who is not signed in, who may not, and what came from another
// site: a POST needs our own origin (Fetch metadata, else Origin) and, once
// signed in, the session's token.
func (q *Request) admit(action account.Action) error {
	if action != "" && q.Session.ID == "" {
		return cx.Errorf(cx.Unauthorized, "web", "sign in first")
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		var origin http.CrossOriginProtection
		if err := origin.Check(q.Request); err != nil {
			return errForeign
		}
		if q.limit > 0 { // who may not is not listened to
			if err := account.Check(q.Principal, action); err != nil {
				return err
			}
		}
		err := q.readForm()
		if cx.KindOf(err) == cx.TooLarge { // it is not read for its token either
			return err
		}
		if q.Session.ID != "" && !q.carriesToken() {
			return errForeign
		}
		if err != nil {
			return err
		}
	}
	if action != "" && action != SignedIn {
		return account.Check(q.Principal, action)
	}
	return nil
}

// readForm reads every value of a form (one that is no form has none); of an
// upload only what comes before the file.
func (q *Request) readForm() error {
	if q.limit > 0 {
		return q.beginUpload()
	}
	err := q.ParseForm()
	if err == nil {
		err = q.ParseMultipartForm(maxBody)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return cx.Errorf(cx.TooLarge, "web", "what was sent is larger than %d MB", tooLarge.Limit>>20)
	}
	return nil
}

// home sends to the first page of the menu that the person may see.
func (q *Request) home() error {
	if q.Session.ID == "" {
		return q.Redirect("/sign-in")
	}
	for _, i := range q.Menu() {
		return q.Redirect(i.Href)
	}
	return cx.Errorf(cx.NotFound, "web", "there is no such page")
}

func remoteAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// ours returns the path and query of an address if it stays with us, else "/":
// a link must not send people to another site after they sign in.
func ours(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !rooted(address) || !rooted(u.RequestURI()) {
		return "/"
	}
	if u.Fragment != "" {
		return u.RequestURI() + "#" + u.EscapedFragment()
	}
	return u.RequestURI()
}

// rooted tells whether an address is a path from the root, not another host's
// ("//host", which browsers also read in "/\host").
func rooted(address string) bool {
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !strings.HasPrefix(address, `/\`)
}
