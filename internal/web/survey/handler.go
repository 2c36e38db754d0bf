package survey

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
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
	site  *leaf.Site
	pages http.Handler
	plain leaf.Sheet // of every page but the kiosk's
	kiosk leaf.Sheet
}

// maxBody bounds what a page may be sent: every text of a survey at its
// longest, several times.
const maxBody = 2 << 20

// New returns the handler. It reports every fault of the catalogues.
func New(c Config) (*Handler, error) {
	h := &Handler{Config: c}
	var err error
	h.site, err = leaf.New(leaf.Config{Name: "survey", Messages: []fs.FS{messages}, Company: c.Company, Clock: c.Clock, Logger: c.Logger, Secure: c.Secure, MaxBody: maxBody})
	if err != nil {
		return nil, cx.Wrap("survey.New", err)
	}
	h.plain, h.kiosk = leaf.SheetOf("survey.css"), leaf.SheetOf("kiosk.css")
	mux := http.NewServeMux()
	for _, r := range h.routes() {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r.answer) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		h.serve(w, req, func(v *visit) error { return v.Unknown() })
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
	*leaf.Visit
	h    *Handler
	view view
}

// serve answers a request, whatever goes wrong.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, answer func(*visit) error) {
	h.site.Serve(w, r, h.plain, func(v *leaf.Visit) error {
		return answer(&visit{Visit: v, h: h, view: view{Page: &v.Page}})
	})
}
