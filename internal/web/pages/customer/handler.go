package customer

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Memory is what the page asks of remember.Memory.
type Memory interface {
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q remember.TimelineQuery) (remember.TimelinePage, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan []remember.Lived, error)
	Graph(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Graph, error)
	Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (remember.CustomerPage, error)
	Merge(ctx context.Context, p cx.Principal, into, from cx.CustomerID, evidence string) (remember.Customer, error)
	Unmerge(ctx context.Context, p cx.Principal, mergeID int64) ([]remember.CustomerSummary, error)
	Suggestions(ctx context.Context, p cx.Principal, id cx.CustomerID, cursor string, limit int) (remember.SuggestionPage, error)
	DismissSuggestion(ctx context.Context, p cx.Principal, suggestionID int64) error
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// Forgotten tells when a customer of an id was forgotten; ok is false when none
// was.
type Forgotten func(ctx context.Context, id cx.CustomerID) (at cx.Time, ok bool, err error)

// Who names the person behind a principal's id; "" when there is none.
type Who func(ctx context.Context, principalID string) string

const (
	pageSize  = 40  // facts of a stretch of the line
	curveLook = 200 // facts that the curve looks back on
)

// New returns the page.
func New(memory Memory, models Models, who Who, forgotten Forgotten) web.Page {
	p := page{memory, models, who, forgotten}
	return web.Page{
		Name:     "customer",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/customers/{id}", account.ViewCustomers, p.show)
			r.Get("/customers/{id}/line", account.ViewCustomers, p.line)
			r.Get("/customers/{id}/live", account.ViewCustomers, p.live)
			r.Get("/customers/{id}/profile", account.ViewCustomers, p.profile)
			r.Get("/customers/{id}/identities", account.ViewCustomers, p.identities)
			r.Get("/customers/{id}/merge", account.MergeCustomers, p.confirm)
			r.Post("/customers/{id}/merge", account.MergeCustomers, p.merge)
			r.Post("/customers/{id}/unmerge", account.MergeCustomers, p.unmerge)
			r.Post("/customers/suggestions/{suggestion}/apart", account.MergeCustomers, p.keepApart)
		},
	}
}

type page struct {
	memory Memory
	models Models
	who    Who

	forgotten Forgotten
}

// Path is the address of a customer's page.
func Path(id cx.CustomerID) string { return "/customers/" + url.PathEscape(string(id)) }

func (p page) teller(q *web.Request) Teller { return NewTeller(q.L, p.models.Current().Model) }

// customer returns who the address names. moved is where to go instead when it
// was merged into another; "" otherwise.
func (p page) customer(q *web.Request) (c remember.Customer, moved string, err error) {
	id := cx.CustomerID(q.PathValue("id"))
	c, err = p.memory.Customer(q.Context(), q.Principal, id)
	if err == nil && c.MergedInto != "" {
		moved = Path(c.ID) + strings.TrimPrefix(q.URL.EscapedPath(), Path(id))
		if q.URL.RawQuery != "" {
			moved += "?" + q.URL.RawQuery
		}
	}
	return c, moved, err
}

// missing answers for who is not there: that they were forgotten, if so.
func (p page) missing(q *web.Request, err error) error {
	if cx.KindOf(err) != cx.NotFound {
		return err
	}
	at, ok, failure := p.forgotten(q.Context(), cx.CustomerID(q.PathValue("id")))
	if failure != nil {
		return failure
	}
	if !ok {
		return err
	}
	return q.RenderStatus(http.StatusGone, q.T("customer.gone"), goneView(at))
}

// rights is what the reader may do about what is kept of somebody.
type rights struct{ export, forget, share bool }

func rightsOf(q *web.Request) rights {
	return rights{
		export: account.Check(q.Principal, account.ExportCustomer) == nil,
		forget: account.Check(q.Principal, account.ForgetCustomers) == nil,
		share:  account.Check(q.Principal, account.ShareReferrals) == nil,
	}
}

func (p page) show(q *web.Request) error {
	c, moved, err := p.customer(q)
	if err != nil {
		return p.missing(q, err)
	}
	if moved != "" {
		return q.Redirect(moved)
	}
	f, err := filterOf(q)
	if err != nil {
		return err
	}
	t := p.teller(q)
	if q.HTMX() && q.Header.Get("HX-History-Restore-Request") != "true" {
		story, err := p.story(q, c.ID, f, Beginning)
		if err != nil {
			return err
		}
		return q.Fragment(livedView(t, c, f, story))
	}
	past, err := p.memory.Timeline(q.Context(), q.Principal, c.ID, remember.TimelineQuery{Limit: curveLook})
	if err != nil {
		return err
	}
	story := StoryOf(first(past, pageSize), Beginning, q.L.In)
	if f.any() {
		if story, err = p.story(q, c.ID, f, Beginning); err != nil {
			return err
		}
	}
	return q.Render(t.Name(c.Name), memoryView(t, c, f, story, curveOf(past.Episodes), latestOf(past.Items), rightsOf(q)))
}

// first returns the newest n items of a page as a page of its own.
func first(p remember.TimelinePage, n int) remember.TimelinePage {
	if len(p.Items) > n {
		p.Items = p.Items[:n]
		last := p.Items[n-1]
		p.Next = timeline.Cursor{int64(last.At), int64(last.Seq)}.String()
	}
	return p
}

func (p page) story(q *web.Request, id cx.CustomerID, f filter, after After) (Story, error) {
	query := f.query()
	query.Cursor, query.Limit = after.Cursor, pageSize
	found, err := p.memory.Timeline(q.Context(), q.Principal, id, query)
	return StoryOf(found, after, q.L.In), err
}

// line answers the stretch of the line after a place.
func (p page) line(q *web.Request) error {
	f, err := filterOf(q)
	if err != nil {
		return err
	}
	id := cx.CustomerID(q.PathValue("id"))
	story, err := p.story(q, id, f, AfterOf(q.URL.Query()))
	if err != nil {
		return err
	}
	return q.Fragment(Moments(p.teller(q), story, moreOf(Path(id)+"/line", f, story)))
}

// moreOf is where the stretch after a story comes from.
func moreOf(path string, f filter, s Story) string {
	if s.Next.Cursor == "" {
		return ""
	}
	v := f.values()
	s.Next.put(v)
	return path + "?" + v.Encode()
}

func (p page) profile(q *web.Request) error {
	c, moved, err := p.customer(q)
	if err != nil {
		return p.missing(q, err)
	}
	if moved != "" {
		return q.Redirect(moved)
	}
	t := p.teller(q)
	latest, err := p.memory.Timeline(q.Context(), q.Principal, c.ID, remember.TimelineQuery{Limit: pageSize})
	if err != nil {
		return err
	}
	return q.Render(q.T("customer.profile.title", "name", t.Name(c.Name)), profilePage(t, c, latestOf(latest.Items), rightsOf(q)))
}

// live tells of what the customer lives from now on: new moments take their
// place on the line that is shown. What came between the page and the stream,
// or while the browser was away, draws the line's first stretch again.
func (p page) live(q *web.Request) error {
	f, err := filterOf(q)
	if err != nil {
		return err
	}
	c, _, err := p.customer(q)
	if err != nil {
		return err
	}
	lived, err := p.memory.Watch(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	shown, _ := strconv.ParseUint(q.URL.Query().Get("since"), 10, 64)
	since := cx.Seq(shown)
	t := p.teller(q)
	opened := false
	return web.Stream(q, beginning(q.Context(), lived), func(all []remember.Lived) []templ.Component {
		first := !opened
		opened = true
		if !first && !slices.ContainsFunc(all, func(l remember.Lived) bool { return l.Customer == c.ID }) {
			return nil
		}
		story, err := p.story(q, c.ID, f, Beginning)
		if err != nil {
			return nil // the next event tells it
		}
		now, err := p.memory.Customer(q.Context(), q.Principal, c.ID)
		if err != nil {
			return nil
		}
		fresh := story.since(since)
		last, ok := story.last(fresh)
		if !ok {
			return nil
		}
		since = story.newest()
		parts := arrivals(t, story, fresh)
		if first {
			parts = []templ.Component{wrap(ui.Partial("#line", "innerHTML"), Moments(t, story, moreOf(Path(c.ID)+"/line", f, story)))}
		}
		return append(parts,
			wrap(ui.Partial("#line-empty", "innerHTML"), ui.Text("")),
			wrap(ui.Partial("#customer-said", "innerHTML"), ui.Text(q.T("customer.live.said", "what", t.Event(last)))),
			wrap(ui.Partial("#customer-figures", "outerHTML"), figures(now)))
	})
}

// beginning puts an empty message before those of a channel.
func beginning(ctx context.Context, in <-chan []remember.Lived) <-chan []remember.Lived {
	out := make(chan []remember.Lived, 1)
	out <- nil
	go func() {
		defer close(out)
		for lived := range in {
			select {
			case out <- lived:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// livePath is where a line that shows the story is kept live.
func livePath(id cx.CustomerID, f filter, s Story) string {
	v := f.values()
	v.Set("since", strconv.FormatUint(uint64(s.newest()), 10))
	return Path(id) + "/live?" + v.Encode()
}

// merge joins another customer to this one.
func (p page) merge(q *web.Request) error {
	into, from := cx.CustomerID(q.PathValue("id")), cx.CustomerID(strings.TrimSpace(q.PostFormValue("with")))
	c, err := p.memory.Merge(q.Context(), q.Principal, into, from, q.PostFormValue("evidence"))
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return p.confirmView(q, http.StatusUnprocessableEntity, from, message, faults)
	}
	q.Record("customers.merged", "customer:"+string(c.ID))
	q.Flash(ui.Positive, q.T("customer.merged", "name", p.teller(q).Name(c.Name)))
	return q.Redirect(backOr(q, Path(c.ID)+"/identities"))
}

func (p page) unmerge(q *web.Request) error {
	id, err := strconv.ParseInt(q.PostFormValue("merge"), 10, 64)
	if err != nil {
		return cx.Errorf(cx.NotFound, "customer.unmerge", "there is no such merge")
	}
	two, err := p.memory.Unmerge(q.Context(), q.Principal, id)
	if err != nil {
		return err
	}
	q.Record("customers.unmerged", "merge:"+strconv.FormatInt(id, 10))
	t := p.teller(q)
	q.Flash(ui.Positive, q.T("customer.unmerged", "a", t.Name(two[0].Name), "b", t.Name(two[1].Name)))
	return q.Redirect(Path(two[0].ID) + "/identities")
}

func (p page) keepApart(q *web.Request) error {
	id, err := strconv.ParseInt(q.PathValue("suggestion"), 10, 64)
	if err != nil {
		return cx.Errorf(cx.NotFound, "customer.keepApart", "there is no such suggestion")
	}
	if err := p.memory.DismissSuggestion(q.Context(), q.Principal, id); err != nil {
		return err
	}
	q.Record("customers.kept-apart", "suggestion:"+strconv.FormatInt(id, 10))
	q.Flash(ui.Neutral, q.T("customer.kept-apart"))
	return q.Redirect(backOr(q, "/customers/suggestions"))
}

// backOr is the page that a form asks to return to.
func backOr(q *web.Request, otherwise string) string {
	if back := q.PostFormValue("back"); back != "" {
		return back
	}
	return otherwise
}

// identities shows how the customer came to be one, and finds others to merge.
func (p page) identities(q *web.Request) error {
	c, moved, err := p.customer(q)
	if err != nil {
		return p.missing(q, err)
	}
	if moved != "" {
		return q.Redirect(moved)
	}
	v := identitiesPage{
		t: p.teller(q), c: c, query: strings.TrimSpace(q.URL.Query().Get("q")),
		may: account.Check(q.Principal, account.MergeCustomers) == nil,
	}
	if v.query != "" {
		found, err := p.memory.Search(q.Context(), q.Principal, v.query, "", mostOthers+1)
		if err != nil {
			return err
		}
		for _, o := range found.Customers {
			if o.ID != c.ID && len(v.others) < mostOthers {
				v.others = append(v.others, o)
			}
		}
	}
	if q.HTMX() && q.Header.Get("HX-History-Restore-Request") != "true" {
		return q.Fragment(othersView(v))
	}
	graph, err := p.memory.Graph(q.Context(), q.Principal, c.ID)
	if err != nil {
		return err
	}
	v.rows = rowsOf(graph)
	v.who = func(id string) string { return p.who(q.Context(), id) }
	suggested, err := p.memory.Suggestions(q.Context(), q.Principal, c.ID, "", 20)
	if err != nil {
		return err
	}
	v.suggestions = suggested.Suggestions
	return q.Render(q.T("customer.identities.title", "name", v.t.Name(c.Name)), identitiesView(v))
}

const mostOthers = 8

// confirm asks before two customers become one.
func (p page) confirm(q *web.Request) error {
	return p.confirmView(q, http.StatusOK, cx.CustomerID(q.URL.Query().Get("with")), "", nil)
}

func (p page) confirmView(q *web.Request, status int, with cx.CustomerID, message string, faults []cx.Fault) error {
	c, _, err := p.customer(q)
	if err != nil {
		return err
	}
	other, err := p.memory.Customer(q.Context(), q.Principal, with)
	if err != nil {
		return err
	}
	return q.RenderStatus(status, q.T("customer.merge.title"), confirmPage(p.teller(q), c, other, q.PostFormValue("evidence"), message, faults))
}
