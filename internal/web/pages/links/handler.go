package links

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/posters"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Links makes links and takes them back; dialogue.Service does.
type Links interface {
	MakeLink(ctx context.Context, p cx.Principal, r dialogue.LinkRequest) (dialogue.Link, error)
	Links(ctx context.Context, p cx.Principal, kind dialogue.LinkKind) ([]dialogue.Link, error)
	Revoke(ctx context.Context, p cx.Principal, id string) error
}

// Models tells the model in force; model.Service does.
type Models interface{ Current() model.Version }

type page struct {
	links  Links
	models Models
}

// New returns the page.
func New(l Links, m Models) web.Page {
	p := page{l, m}
	return web.Page{
		Name: "links", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/links", Icon: "link", Label: "links.menu", Group: ui.MenuSettings, Order: 7},
			Action:   account.LinkCases,
		}},
		Routes: func(r *web.Router) {
			r.Get("/links", account.LinkCases, p.list)
			r.Post("/links", account.LinkCases, p.make)
			r.Post("/links/{id}/revoke", account.LinkCases, p.revoke)
			r.Get("/links/{id}/poster.svg", account.LinkCases, posters.SVG(p.poster))
			r.Get("/links/{id}/poster.pdf", account.LinkCases, posters.PDF(p.poster))
		},
	}
}

// view is what the page shows.
type view struct {
	m       *model.Model
	now     cx.Time
	help    []dialogue.Link // newest first
	round   []dialogue.Link
	values  dialogue.LinkRequest
	days    string
	fresh   string // the id of the one just made
	message string
	faults  []cx.Fault
}

// lives are how long a link can be good, in days.
var lives = []int{1, 7, 30, 90, 365}

func (p page) list(q *web.Request) error {
	kind := dialogue.LinkKind(q.URL.Query().Get("kind"))
	v := view{values: dialogue.LinkRequest{Kind: kind}, fresh: q.URL.Query().Get("made"), days: "365"}
	if kind == dialogue.RoundLink {
		v.days = "7"
	}
	return p.show(q, http.StatusOK, v)
}

func (p page) show(q *web.Request, status int, v view) error {
	all, err := p.links.Links(q.Context(), q.Principal, "")
	if err != nil {
		return err
	}
	v.m, v.now = p.models.Current().Model, q.Now()
	for _, l := range all {
		switch {
		case !v.good(l) && !recent(l, v.now):
		case l.Kind == dialogue.HelpLink:
			v.help = append(v.help, l)
		default:
			v.round = append(v.round, l)
		}
	}
	if v.values.Kind != dialogue.RoundLink {
		v.values.Kind = dialogue.HelpLink
	}
	return q.RenderStatus(status, v.title(q.L), linksView(v))
}

// recent tells whether a link ended so lately that it is still of interest.
func recent(l dialogue.Link, now cx.Time) bool {
	const interest = 7 * 24 * time.Hour
	end := l.ExpiresAt
	if l.RevokedAt != 0 {
		end = l.RevokedAt
	}
	return end.Add(interest) > now
}

func (v view) good(l dialogue.Link) bool {
	return l.RevokedAt == 0 && (l.ExpiresAt == 0 || l.ExpiresAt > v.now)
}

// title says how many links are good.
func (v view) title(l *i18n.Locale) string {
	n := 0
	for _, link := range slices.Concat(v.help, v.round) {
		if v.good(link) {
			n++
		}
	}
	if n == 0 {
		return l.T("links.title-none")
	}
	return l.T("links.title", "n", n)
}

func (p page) make(q *web.Request) error {
	f := q.PostForm
	days, _ := strconv.Atoi(f.Get("days"))
	if !slices.Contains(lives, days) {
		days = lives[len(lives)-1]
	}
	r := dialogue.LinkRequest{
		Kind: dialogue.LinkKind(f.Get("kind")), Name: f.Get("name"), Area: f.Get("area"), Place: f.Get("place"), Touchpoint: f.Get("touchpoint"), Supplier: f.Get("supplier"),
		Expire: time.Duration(days) * 24 * time.Hour,
	}
	made, err := p.links.MakeLink(q.Context(), q.Principal, r)
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return p.show(q, http.StatusUnprocessableEntity, view{values: r, days: strconv.Itoa(days), message: message, faults: faults})
	}
	q.Record("links.made", "link:"+made.ID)
	q.Flash(ui.Positive, q.T("links.made"))
	return q.Redirect("/links?made=" + made.ID)
}

func (p page) revoke(q *web.Request) error {
	id := q.PathValue("id")
	if err := p.links.Revoke(q.Context(), q.Principal, id); err != nil {
		return err
	}
	q.Record("links.revoked", "link:"+id)
	q.Flash(ui.Positive, q.T("links.revoked-done"))
	return q.Redirect("/links")
}

// poster is what hangs where anybody may open a case; see posters.Paper for what
// its address may ask.
func (p page) poster(q *web.Request) (posters.Poster, string, error) {
	all, err := p.links.Links(q.Context(), q.Principal, dialogue.HelpLink)
	if err != nil {
		return posters.Poster{}, "", err
	}
	i := slices.IndexFunc(all, func(l dialogue.Link) bool { return l.ID == q.PathValue("id") && l.RevokedAt == 0 })
	if i < 0 {
		return posters.Poster{}, "", cx.Errorf(cx.NotFound, "links.poster", "there is no such link")
	}
	lang, size := posters.Paper(q)
	m, l := p.models.Current().Model, q.In(lang)
	return posters.Poster{
		Company: m.Company.Name, Question: l.T("links.poster.question"), Call: l.T("links.poster.call"), Or: l.T("posters.or"),
		Address: all[i].URL, Place: posters.Where(m, all[i].Place, all[i].Touchpoint, lang), Lang: lang, Size: size,
	}, strings.Join([]string{"help", all[i].ID, lang, string(size)}, "-"), nil
}

// where is what a link belongs to, in words.
func (v view) where(l dialogue.Link, lang string) (names []string) {
	if p, ok := v.m.Place(l.Place); ok {
		names = append(names, p.Name.In(lang))
	}
	if t, ok := v.m.Touchpoint(l.Touchpoint); ok {
		names = append(names, t.Name.In(lang))
	}
	if s, ok := v.m.Supplier(l.Supplier); ok {
		names = append(names, s.Name.In(lang))
	}
	if a, ok := v.m.Area(l.Area); ok {
		names = append(names, a.Name.In(lang))
	}
	return names
}

// fault is what is wrong with a field; "" when nothing is.
func (v view) fault(field string) string {
	for _, f := range v.faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// options are what a field may be, after nothing in particular.
func options[T any](nothing string, all []T, of func(T) ui.Option) []ui.Option {
	out := []ui.Option{{Text: nothing}}
	for _, one := range all {
		out = append(out, of(one))
	}
	return out
}
