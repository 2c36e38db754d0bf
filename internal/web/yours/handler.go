package yours

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

//go:embed messages.*.yaml
var messages embed.FS

// Dialogue knows choices and messages; dialogue.Service does.
type Dialogue interface {
	Offered(ctx context.Context, token, lang string) (dialogue.OfferPage, error)
	Choose(ctx context.Context, token, option, lang string) (dialogue.OfferPage, error)
	Reply(ctx context.Context, token, key, text string) (dialogue.Message, error)
}

// Cases knows what somebody must make right; cases.Service does.
type Cases interface {
	Yours(ctx context.Context, token, lang string) (cases.Yours, error)
	Confirm(ctx context.Context, token string, right bool, words string) error
	Thank(ctx context.Context, token, text string) error
	Help(ctx context.Context, token, lang string) (cases.Help, error)
	OpenAt(ctx context.Context, token string, p cx.Principal, r cases.Request) (cases.Case, error)
	MayGive(ctx context.Context, p cx.Principal) (cases.Allowance, error)
	Round(ctx context.Context, token, lang string) (cases.Round, error)
	Report(ctx context.Context, token string, r cases.Report) error
}

// Referrals knows who brings whom; referral.Service does.
type Referrals interface {
	Land(ctx context.Context, code, lang string) (referral.Landing, error)
	Yours(ctx context.Context, token, lang string) (referral.Own, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// Config is what the pages stand on.
type Config struct {
	Dialogue  Dialogue
	Cases     Cases
	Data      Data
	Referrals Referrals
	Changes   Changes
	Models    Models
	Company   func() web.Company
	Speaker   func(*http.Request) cx.Principal // who is signed in to the company; zero: nobody
	Address   func(*http.Request) string       // who calls; "": this machine, behind which everybody may stand
	Clock     cx.Clock
	Logger    *slog.Logger
	Secure    bool        // people come over TLS
	Framed    func() bool // whether our own pages may show them (the demo does); nil: never
}

// Handler serves the pages.
type Handler struct {
	Config
	site  *leaf.Site
	pages http.Handler
	posts *limits
	plain leaf.Sheet // of every page but the driver's
	round leaf.Sheet
}

// maxBody bounds what a page may be sent.
const maxBody = 64 << 10

// New returns the handler. It reports every fault of the catalogues.
func New(c Config) (*Handler, error) {
	h := &Handler{Config: c, posts: newLimits()}
	var err error
	h.site, err = leaf.New(leaf.Config{
		Name: "yours", Messages: []fs.FS{messages, customer.Messages()}, Company: c.Company,
		Clock: c.Clock, Logger: c.Logger, Secure: c.Secure, MaxBody: maxBody,
	})
	if err != nil {
		return nil, cx.Wrap("yours.New", err)
	}
	h.plain, h.round = leaf.SheetOf("yours.css"), leaf.SheetOf("round.css")
	mux := http.NewServeMux()
	for _, r := range h.routes() {
		mux.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) { h.serve(w, req, r.answer) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		h.serve(w, req, func(v *visit) error { return v.Unknown() })
	})
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, cx.Wrap("yours.New", err)
	}
	h.pages = compress(mux)
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.pages.ServeHTTP(w, r) }

// Busy answers who comes too often.
func (h *Handler) Busy(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(v *visit) error { return v.TooMany() })
}

// route is one address and what answers it.
type route struct {
	pattern string
	answer  func(*visit) error
}

func (h *Handler) routes() []route {
	return []route{
		{"GET /o/{token}", (*visit).offered},
		{"POST /o/{token}", (*visit).choose},
		{"GET /case/{token}", (*visit).yours},
		{"POST /case/{token}/reply", (*visit).reply},
		{"POST /case/{token}/right", (*visit).right},
		{"POST /case/{token}/thanks", (*visit).thank},
		{"GET /case/{token}/data", (*visit).data},
		{"POST /case/{token}/data", (*visit).correct},
		{"POST /case/{token}/data/everything", (*visit).everything},
		{"POST /case/{token}/data/mail", (*visit).mail},
		{"GET /case/{token}/data/forget", (*visit).forgetting},
		{"POST /case/{token}/data/forget", (*visit).forget},
		{"GET /help/{token}", (*visit).help},
		{"POST /help/{token}", (*visit).open},
		{"GET /friends/{token}", (*visit).friends},
		{"GET /i/{token}", (*visit).landed},
		{"GET /said-done", (*visit).changes},
		{"GET /round/{token}", (*visit).round},
		{"POST /round/{token}", (*visit).report},
		{"GET /round/worker.js", (*visit).worker},
	}
}

// Prefixes are the addresses that belong to these pages.
func Prefixes() []string {
	return []string{"/o/", "/case/", "/help/", "/round/", "/friends/", "/i/", "/said-done"}
}

// Routes lists every address of these pages, as patterns of http.ServeMux: they
// are everybody's who has a link.
func Routes() (patterns []string) {
	for _, r := range (&Handler{}).routes() {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

// visit is one request.
type visit struct {
	*leaf.Visit
	h *Handler
}

// serve answers a request. A link that was good once says that it is no more.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, answer func(*visit) error) {
	h.site.Serve(w, r, h.plain, func(l *leaf.Visit) error {
		v := &visit{Visit: l, h: h}
		v.Allow(v.may(leaf.Policy{}))
		err := answer(v)
		if cx.KindOf(err) == cx.Gone {
			return v.Say(http.StatusGone, leaf.Saying{Title: v.T("yours.gone.title"), Text: v.T("yours.gone.text", "company", v.Company)})
		}
		return err
	})
}

// may adds to a policy that our own pages may show the page.
func (v *visit) may(p leaf.Policy) leaf.Policy {
	p.Framed = v.h.Framed != nil && v.h.Framed()
	return p
}

func (v *visit) token() string { return v.PathValue("token") }

// form reads what was posted from our own page, unless there is too much of it.
func (v *visit) form(most int) error {
	if err := v.OwnForm(); err != nil {
		return err
	}
	now := v.h.Clock.Now()
	address := v.h.Address(v.Request)
	if v.h.posts.count("token "+v.token(), now) > most || address != "" && v.h.posts.count("address "+address, now) > postsAnAddress {
		return cx.Errorf(cx.Busy, "yours.form", "too much was sent: wait a minute")
	}
	return nil
}

// spoken is a sentence of the catalogue as the company speaks to its customers:
// what differs with usted has a key of its own.
func spoken(ctx context.Context, key, address string, args ...any) string {
	if address == string(model.Usted) && i18n.From(ctx).Lang == "es" {
		key += ".usted"
	}
	return i18n.T(ctx, key, args...)
}

// paragraphs are the stretches of a text that empty lines part.
func paragraphs(text string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n\n"), func(p string) bool { return strings.TrimSpace(p) == "" })
}
