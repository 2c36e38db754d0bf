package leaf

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// Config is what the pages of a site stand on.
type Config struct {
	Name     string // what the keys of its own messages begin with
	Messages []fs.FS
	Company  func() web.Company
	Clock    cx.Clock
	Logger   *slog.Logger
	Secure   bool  // people come over TLS
	MaxBody  int64 // bounds what a page may be sent, in bytes
}

// Site serves pages of one kind. It is safe for concurrent use.
type Site struct {
	Config
	bundle *i18n.Bundle
}

// New returns a site. It reports every fault of the catalogues. Beside its own
// words, the site's say what its failures are, as NAME.KEY.title and .text with
// the keys unknown, too-many, too-large, unreadable and failed.
func New(c Config) (*Site, error) {
	bundle, err := i18n.New(append([]fs.FS{messages}, c.Messages...)...)
	return &Site{c, bundle}, cx.Wrap("leaf.New", err)
}

// Visit is one request.
type Visit struct {
	*http.Request
	Page
	W     http.ResponseWriter
	Asked string // the language that the address asks for; may be empty
	site  *Site
}

// usual is what most pages take in bytes.
const usual = 14 << 10

// Serve answers a request, whatever goes wrong.
func (s *Site) Serve(w http.ResponseWriter, r *http.Request, style Sheet, answer func(*Visit) error) {
	v := &Visit{Request: r, W: w, site: s, Page: Page{Company: s.Company().Name, Style: style, Path: r.URL.Path, Keep: url.Values{}}}
	if wanted := r.URL.Query().Get("l"); slices.Contains(i18n.Languages(), wanted) {
		v.Asked = wanted
		v.Keep.Set("l", wanted)
	}
	v.Speak(v.Asked)
	v.Allow(Policy{})
	v.Body = http.MaxBytesReader(w, r.Body, s.MaxBody)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // a panic's value, as net/http compares it
				panic(p)
			}
			s.Logger.Error("panic in a customers' page", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			v.fail(cx.Errorf(cx.Internal, s.Name, "panic"))
		}
	}()
	if err := answer(v); err != nil {
		v.fail(err)
	}
}

// Speak sets the language of the page: the one given, as the reader's region
// writes it; without one the reader's.
func (v *Visit) Speak(lang string) {
	read := v.site.bundle.Choose(v.Asked, v.Header.Get("Accept-Language"))
	if lang == "" || strings.HasPrefix(read, lang) {
		lang = read
	}
	l := v.site.bundle.Locale(lang, v.site.Company().Zone, v.site.Clock)
	v.Lang, v.Languages = l.Lang, i18n.Languages()
	v.Request = v.WithContext(i18n.With(v.Context(), l))
}

// T returns a text in the page's language.
func (v *Visit) T(key string, args ...any) string { return i18n.T(v.Context(), key, args...) }

// Write sends a page, whose title ends with the company's name.
func (v *Visit) Write(status int, title string, body templ.Component) error {
	var b bytes.Buffer
	b.Grow(usual)
	if err := document(&v.Page, title+" · "+v.Company).Render(templ.WithChildren(v.Context(), body), &b); err != nil {
		return cx.Wrap("leaf.Write", err)
	}
	v.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.W.WriteHeader(status)
	if v.Method != http.MethodHead {
		_, _ = v.W.Write(b.Bytes()) // who asked may have left
	}
	return nil
}

// Say answers with a page that only says something.
func (v *Visit) Say(status int, s Saying) error { return v.Write(status, s.Title, Said(s)) }

// Redirect sends to another of our addresses, by GET.
func (v *Visit) Redirect(to string) error {
	http.Redirect(v.W, v.Request, to, http.StatusSeeOther)
	return nil
}

// OwnForm reads a posted form, from our own pages only. A page without a session
// has no other mark of itself: browsers say where a form comes from, and nothing
// that they keep is sent along.
func (v *Visit) OwnForm() error {
	var origin http.CrossOriginProtection
	if err := origin.Check(v.Request); err != nil {
		return cx.Errorf(cx.Forbidden, v.site.Name, "this form is not from our page")
	}
	return v.AnyForm()
}

// AnyForm reads a posted form, whoever sent it.
func (v *Visit) AnyForm() error {
	err := v.ParseForm()
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return cx.Errorf(cx.TooLarge, v.site.Name, "what was sent is larger than %d KB", large.Limit>>10)
	}
	if err != nil {
		return cx.Errorf(cx.Invalid, v.site.Name, "this form cannot be read: %w", err)
	}
	return nil
}

// TooMany says that who comes too often must wait.
func (v *Visit) TooMany() error {
	v.W.Header().Set("Retry-After", "60")
	return v.Say(http.StatusTooManyRequests, v.failure("too-many"))
}

// Unknown says that there is nothing at an address.
func (v *Visit) Unknown() error { return v.Say(http.StatusNotFound, v.failure("unknown")) }

func (v *Visit) failure(key string) Saying {
	name := v.site.Name + "." + key
	return Saying{Title: v.T(name + ".title"), Text: v.T(name+".text", "company", v.Company)}
}

// fail answers an error of ours, or of what was sent, in the reader's language.
func (v *Visit) fail(err error) {
	kind, code, key := cx.KindOf(err), http.StatusInternalServerError, "failed"
	switch kind {
	case cx.Invalid:
		code, key = http.StatusBadRequest, "unreadable"
	case cx.Forbidden:
		code, key = http.StatusForbidden, "unreadable"
	case cx.NotFound, cx.Gone:
		code, key = http.StatusNotFound, "unknown"
	case cx.TooLarge:
		code, key = http.StatusRequestEntityTooLarge, "too-large"
	case cx.Busy:
		code, key = http.StatusTooManyRequests, "too-many"
	case cx.Unavailable, cx.Full:
		code, key = http.StatusServiceUnavailable, "failed"
	}
	if code >= http.StatusInternalServerError {
		v.site.Logger.Error("a customers' page failed", slog.String("kind", kind.String()), slog.Any("error", err))
	}
	if code == http.StatusTooManyRequests {
		v.W.Header().Set("Retry-After", "60")
	}
	s := v.failure(key)
	if failure := v.Say(code, s); failure != nil {
		v.site.Logger.Error("an error's page failed", slog.Any("error", failure))
		http.Error(v.W, s.Title, code)
	}
}
