package survey

import (
	"bytes"
	"context"
	"embed"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/klauspost/compress/gzhttp"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

//go:embed messages.*.yaml
var messages embed.FS

// Surveys opens and receives responses; listen/survey's Service does.
type Surveys interface {
	Page(ctx context.Context, ref listen.Ref, lang string) (listen.Form, error)
	Receive(ctx context.Context, ref listen.Ref, page int, values listen.Values, lang string) (listen.Form, error)
}

// Contacts knows whom not to write to any more; act/deliver's Service does.
type Contacts interface {
	Contact(ctx context.Context, token string) (deliver.Contact, error)
	Unsubscribe(ctx context.Context, token, way string) error
	Resubscribe(ctx context.Context, token string) error
}

// Config is what the pages stand on.
type Config struct {
	Surveys  Surveys
	Contacts Contacts
	Company  func() web.Company
	Sites    func() []string                  // origins of other sites that may show the widget
	Speaker  func(*http.Request) cx.Principal // who is signed in to the company; zero: nobody
	Address  func(*http.Request) string       // who calls, for what is asked too often
	Clock    cx.Clock
	Logger   *slog.Logger
	Secure   bool // people come over TLS
}

// Handler serves customers' pages.
type Handler struct {
	Config
	bundle *i18n.Bundle
	pages  http.Handler
	plain  sheet // of every page but the kiosk's
	kiosk  sheet
}

// maxBody bounds what a page may be sent: every text of a survey at its
// longest, several times.
const maxBody = 2 << 20

// maxPage is what most pages take in bytes.
const maxPage = 14 << 10

// New returns the handler. It reports every fault of the catalogues.
func New(c Config) (*Handler, error) {
	h := &Handler{Config: c}
	var err error
	if h.bundle, err = i18n.New(messages); err != nil {
		return nil, cx.Wrap("survey.New", err)
	}
	h.plain, h.kiosk = sheetOf("survey.css"), sheetOf("kiosk.css")
	mux := http.NewServeMux()
	for _, r := range h.routes() {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r.answer) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		h.serve(w, req, func(v *visit) error { return v.say(http.StatusNotFound, v.state(listen.Form{State: listen.Unknown})) })
	})
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, cx.Wrap("survey.New", err)
	}
	h.pages = compress(mux)
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.pages.ServeHTTP(w, r) }

// route is one address and what answers it.
type route struct {
	pattern string
	answer  func(*visit) error
}

func (h *Handler) routes() []route {
	return []route{
		{"GET /r/{token}", (*visit).show},
		{"POST /r/{token}", (*visit).receive},
		{"GET /s/{survey}", (*visit).show},
		{"POST /s/{survey}", (*visit).receive},
		{"GET /q/{token}", (*visit).show},
		{"POST /q/{token}", (*visit).receive},
		{"GET /w/{token}", (*visit).show},
		{"POST /w/{token}", (*visit).receive},
		{"GET /k/{token}", (*visit).kiosk},
		{"POST /k/{token}", (*visit).touch},
		{"GET /k/worker.js", (*visit).worker},
		{"GET /v.js", (*visit).loader},
		{"GET /u/{token}", (*visit).unsubscribing},
		{"POST /u/{token}", (*visit).unsubscribe},
	}
}

// Prefixes are the addresses that belong to customers' pages.
func Prefixes() []string { return []string{"/r/", "/s/", "/q/", "/w/", "/k/", "/u/", "/v.js"} }

// Routes lists every address of these pages, as patterns of http.ServeMux: they
// are everybody's.
func Routes() (patterns []string) {
	for _, r := range (&Handler{}).routes() {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

// visit is one request.
type visit struct {
	*http.Request
	w    http.ResponseWriter
	h    *Handler
	lang string // what the address asks for; may be empty
	view view
}

// serve answers a request, whatever goes wrong.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, answer func(*visit) error) {
	wanted := r.URL.Query().Get("l")
	if !slices.Contains(i18n.Languages(), wanted) {
		wanted = ""
	}
	v := &visit{Request: r, w: w, h: h, lang: wanted}
	v.view = view{Company: h.Company().Name, style: h.plain, path: r.URL.Path, lang: wanted}
	v.speak(v.lang)
	v.headers(policy{})
	v.Body = http.MaxBytesReader(w, r.Body, maxBody)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { //nolint:errorlint // a panic's value, as net/http compares it
				panic(p)
			}
			h.Logger.Error("panic in a customers' page", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			v.fail(cx.Errorf(cx.Internal, "survey", "panic"))
		}
	}()
	if err := answer(v); err != nil {
		v.fail(err)
	}
}

// speak sets the language of our own words: the form's, as the reader's region
// writes it; without one the reader's.
func (v *visit) speak(lang string) {
	read := v.h.bundle.Choose(v.lang, v.Header.Get("Accept-Language"))
	if lang == "" || strings.HasPrefix(read, lang) {
		lang = read
	}
	l := v.h.bundle.Locale(lang, v.h.Company().Zone, v.h.Clock)
	v.view.Lang, v.view.Languages = l.Lang, i18n.Languages()
	v.Request = v.WithContext(i18n.With(v.Context(), l))
}

func (v *visit) t(key string, args ...any) string { return i18n.T(v.Context(), key, args...) }

// write sends a page.
func (v *visit) write(status int, title string, body templ.Component) error {
	var b bytes.Buffer
	b.Grow(maxPage)
	if err := document(v.view, title).Render(templ.WithChildren(v.Context(), body), &b); err != nil {
		return cx.Wrap("survey.write", err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	if v.Method != http.MethodHead {
		_, _ = v.w.Write(b.Bytes()) // who asked may have left
	}
	return nil
}

// redirect sends to another of our addresses, by GET.
func (v *visit) redirect(to string) error {
	http.Redirect(v.w, v.Request, to, http.StatusSeeOther)
	return nil
}
