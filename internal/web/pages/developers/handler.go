package developers

import (
	"context"
	"embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Accounts knows the sources; account.Service does.
type Accounts interface {
	Sources(ctx context.Context, p cx.Principal) ([]account.Source, error)
}

// Memory tells what was accepted; remember.Memory does.
type Memory interface {
	Recent(ctx context.Context, p cx.Principal, limit int) ([]remember.Lived, error)
	Events(ctx context.Context, p cx.Principal, q remember.EventQuery) (remember.EventPage, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan []remember.Lived, error)
	WaitFor(ctx context.Context, seq cx.Seq) error
}

// Queue tells what was not; quarantine.Queue does.
type Queue interface {
	List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]quarantine.Item, error)
}

// Gate takes the test event; intake.Service does.
type Gate interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// New returns the page. publicURL is where systems reach the product, for the
// snippets; empty: the address of the request.
func New(accounts Accounts, memory Memory, queue Queue, gate Gate, publicURL string) web.Page {
	p := page{accounts, memory, queue, gate, strings.TrimSuffix(publicURL, "/")}
	return web.Page{
		Name:     "developers",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/developers", Icon: "code-xml", Label: "developers.menu", Group: ui.MenuSettings, Order: 20, Key: "d"},
			Action:   account.ViewSources,
		}},
		Routes: func(r *web.Router) {
			r.Get("/developers", account.ViewSources, p.show)
			r.Get("/developers/live", account.ViewSources, p.live)
			r.Post("/developers/test", account.Import, p.test)
		},
	}
}

type page struct {
	accounts  Accounts
	memory    Memory
	queue     Queue
	gate      Gate
	publicURL string
}

// question is the page's state, all of it in its address.
type question struct {
	source string // whose key the snippets carry
	way    string // which snippet
	from   string // whose arrivals are shown; "": everybody's
	still  bool   // paused
}

func read(q *web.Request) question {
	v := q.URL.Query()
	return question{v.Get("source"), v.Get("way"), v.Get("from"), v.Get("live") == "off"}
}

// at returns the address of path in this state with some values changed.
func (a question) at(path string, pairs ...string) string {
	values := map[string]string{"source": a.source, "way": a.way, "from": a.from}
	if a.still {
		values["live"] = "off"
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	v := url.Values{}
	for name, value := range values {
		if value != "" {
			v.Set(name, value)
		}
	}
	return (&url.URL{Path: path, RawQuery: v.Encode()}).String()
}

// view is what the page shows.
type view struct {
	question
	base     string
	sources  []account.Source // in use
	chosen   account.Source
	snippet  snippet
	arrivals []arrival
	mayMake  bool // a source
	mayTest  bool
	title    string
}

func (p page) show(q *web.Request) error {
	v := view{
		question: read(q), base: p.publicURL,
		mayMake: account.Check(q.Principal, account.ManageSources) == nil,
		mayTest: account.Check(q.Principal, account.Import) == nil,
	}
	if v.base == "" {
		v.base = "http://" + q.Host
	}
	var err error
	if v.sources, err = p.sources(q); err != nil {
		return err
	}
	if v.arrivals, err = p.arrivals(q, v.from, names(v.sources)); err != nil {
		return err
	}
	if len(v.sources) > 0 {
		v.chosen = v.sources[max(0, slices.IndexFunc(v.sources, func(s account.Source) bool { return s.Slug == v.source }))]
		all := snippets(v.base, v.chosen)
		v.snippet = all[max(0, slices.IndexFunc(all, func(s snippet) bool { return s.way == v.way }))]
	}
	v.title = title(q, v)
	return q.Render(v.title, pageView(v))
}

// title tells how the sending goes.
func title(q *web.Request, v view) string {
	refused := 0
	for _, a := range v.arrivals {
		if a.refused() {
			refused++
		}
	}
	switch {
	case len(v.sources) == 0:
		return q.T("developers.title.no-source")
	case len(v.arrivals) == 0:
		return q.T("developers.title.nothing")
	case refused == 0:
		return q.T("developers.title.well")
	case refused == len(v.arrivals):
		return q.T("developers.title.badly")
	}
	return q.T("developers.title.review", "n", refused, "all", len(v.arrivals))
}

// sources lists the sources that may send.
func (p page) sources(q *web.Request) ([]account.Source, error) {
	all, err := p.accounts.Sources(q.Context(), q.Principal)
	return slices.DeleteFunc(all, func(s account.Source) bool { return s.RevokedAt != 0 }), err
}

func names(sources []account.Source) map[string]string {
	out := make(map[string]string, len(sources))
	for _, s := range sources {
		out[s.Slug] = s.Name
	}
	return out
}

// test sends an event of a customer made up for who asks, by the way that all
// events take.
func (p page) test(q *web.Request) error {
	const op = "developers.test"
	slug := q.PostFormValue("source")
	sources, err := p.sources(q)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(sources, func(s account.Source) bool { return s.Slug == slug }) {
		return cx.Errorf(cx.NotFound, op, "there is no source %q in use", slug)
	}
	message, err := json.Marshal(map[string]any{
		"type": "track", "event": testEvent,
		"userId":     "test-" + strings.ReplaceAll(q.Principal.ID, ":", "-"),
		"properties": map[string]any{"sent_from": "/developers"},
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	receipt, err := p.gate.Accept(q.Context(), intake.Batch{Source: slug, Way: "test", Messages: [][]byte{message}})
	if err != nil {
		return err
	}
	if receipt.Accepted != 1 {
		return cx.Errorf(cx.Internal, op, "the test event was refused: %s", receipt.Refused[0].Reason)
	}
	if q.HTMX() {
		return q.Fragment(q.Toast(ui.Positive, q.T("developers.test.sent")))
	}
	if err := p.memory.WaitFor(q.Context(), receipt.Last); err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("developers.test.sent"))
	return q.Redirect("/developers")
}

const testEvent = "Test Event"
