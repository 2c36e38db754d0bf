package wall

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

const (
	every   = 3 * time.Second // between two looks
	refresh = "900"           // seconds, after which a browser loads the page anew, whatever happened to it
	dawn    = 7               // the hours of the day between which a wall is light
	dusk    = 20
)

// Walls is what the page asks of notify.Service.
type Walls interface {
	MakeWall(ctx context.Context, p cx.Principal, w notify.Wall) (notify.Wall, error)
	Walls(ctx context.Context, p cx.Principal) ([]notify.Wall, error)
	RevokeWall(ctx context.Context, p cx.Principal, id string) error
	WallByToken(ctx context.Context, token string) (notify.Wall, error)
}

// Boards tells what a wall shows, as somebody may see it.
type Boards interface {
	Board(ctx context.Context, p cx.Principal, area, place string) (notify.Board, error)
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

type page struct {
	walls  Walls
	boards Boards
	models Models
	base   func() string
}

// New returns the page; base is the address that people reach the product at.
func New(w Walls, b Boards, m Models, base func() string) web.Page {
	p := page{w, b, m, base}
	return web.Page{
		Name: "wall", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/walls", Icon: "radio", Label: "wall.menu", Group: ui.MenuSettings, Order: 70, Also: "/wall"},
			Action:   account.ManageWalls,
		}},
		Routes: func(r *web.Router) {
			r.Get("/walls", account.ManageWalls, p.list)
			r.Post("/walls", account.ManageWalls, p.make)
			r.Post("/walls/{id}/revoke", account.ManageWalls, p.revoke)
			r.Get("/wall", account.ViewScores, p.mine)
			r.Get("/wall/live", account.ViewScores, p.mineLive)
			r.GetPublic("/wall/{token}", p.public)
			r.GetPublic("/wall/{token}/live", p.publicLive)
		},
	}
}

// screen is one wall as it is looked at.
type screen struct {
	board       notify.Board
	name, where string
	live        string // where it is told what changes
}

func (p page) mine(q *web.Request) error {
	query := q.URL.Query()
	live := "/wall/live?" + url.Values{"area": {query.Get("area")}, "place": {query.Get("place")}}.Encode()
	return p.show(q, q.Principal, notify.Wall{Area: query.Get("area"), Place: query.Get("place")}, live)
}

func (p page) public(q *web.Request) error {
	w, err := p.enter(q)
	if err != nil {
		return err
	}
	return p.show(q, w.Principal(), w, "/wall/"+w.Token+"/live")
}

// enter finds the wall of a link, and speaks its language.
func (p page) enter(q *web.Request) (notify.Wall, error) {
	w, err := p.walls.WallByToken(q.Context(), q.PathValue("token"))
	if err == nil {
		q.L = q.In(w.Language)
		q.Request = q.WithContext(i18n.With(q.Context(), q.L))
		q.W.Header().Set("X-Robots-Tag", "noindex, nofollow")
		q.W.Header().Set("Referrer-Policy", "no-referrer")
	}
	return w, err
}

func (p page) show(q *web.Request, who cx.Principal, w notify.Wall, live string) error {
	b, err := p.boards.Board(q.Context(), who, w.Area, w.Place)
	if err != nil {
		return err
	}
	if hour := q.L.Now().Hour(); hour < dawn || hour >= dusk {
		ui.FrameOf(q.Context()).Theme = "dark"
	} else {
		ui.FrameOf(q.Context()).Theme = "light"
	}
	q.W.Header().Set("Refresh", refresh)
	q.W.Header().Set("Cache-Control", "no-store")
	s := screen{b, w.Name, p.where(w, q.L.Lang), live}
	return q.Fragment(whole(q.T("wall.title"), s))
}

// where names what a wall shows.
func (p page) where(w notify.Wall, lang string) string {
	m := p.models.Current().Model
	if place, ok := m.Place(w.Place); ok {
		return place.Name.In(lang)
	}
	if i := slices.IndexFunc(m.Areas, func(a model.Area) bool { return a.Slug == w.Area }); i >= 0 {
		return m.Areas[i].Name.In(lang)
	}
	return m.Company.Name
}

func (p page) mineLive(q *web.Request) error {
	w := notify.Wall{Area: q.URL.Query().Get("area"), Place: q.URL.Query().Get("place")}
	return p.stream(q, q.Principal, func() (notify.Wall, error) { return w, nil })
}

func (p page) publicLive(q *web.Request) error {
	w, err := p.enter(q)
	if err != nil {
		return err
	}
	return p.stream(q, w.Principal(), func() (notify.Wall, error) { return p.walls.WallByToken(q.Context(), w.Token) })
}

// stream tells a wall what changes, until its link is taken back.
func (p page) stream(q *web.Request, who cx.Principal, wall func() (notify.Wall, error)) error {
	ctx, stop := context.WithCancel(q.Context())
	defer stop()
	looks := make(chan notify.Board)
	go func() {
		defer close(looks)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			w, err := wall()
			if err != nil {
				return
			}
			b, err := p.boards.Board(ctx, who, w.Area, w.Place)
			if err != nil {
				return
			}
			select {
			case looks <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	return web.Stream(q, looks, func(b notify.Board) []templ.Component { return []templ.Component{now(b)} })
}

type listView struct {
	walls   []notify.Wall
	model   *model.Model
	own     []string // the areas of who is limited to some
	base    string
	wall    notify.Wall
	message string
	faults  []cx.Fault
}

func (v listView) fault(field string) string {
	if i := slices.IndexFunc(v.faults, func(f cx.Fault) bool { return f.Field == field }); i >= 0 {
		return v.faults[i].Message
	}
	return ""
}

func (p page) list(q *web.Request) error {
	return p.listWith(q, http.StatusOK, listView{wall: notify.Wall{Language: q.L.Lang}})
}

func (p page) listWith(q *web.Request, status int, v listView) (err error) {
	if v.walls, err = p.walls.Walls(q.Context(), q.Principal); err != nil {
		return err
	}
	v.model, v.own, v.base = p.models.Current().Model, q.Principal.Areas, p.base()
	title := q.T("wall.list.title", "n", len(v.walls))
	if len(v.walls) == 0 {
		title = q.T("wall.list.none")
	}
	return q.RenderStatus(status, title, list(title, v))
}

func (p page) make(q *web.Request) error {
	w := notify.Wall{Name: q.PostFormValue("name"), Area: q.PostFormValue("area"), Place: q.PostFormValue("place"), Language: q.PostFormValue("language")}
	if _, err := p.walls.MakeWall(q.Context(), q.Principal, w); err != nil {
		v := listView{wall: w}
		var failure error
		if v.message, v.faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		return p.listWith(q, http.StatusUnprocessableEntity, v)
	}
	q.Flash(ui.Positive, q.T("wall.made"))
	return q.Redirect("/walls")
}

func (p page) revoke(q *web.Request) error {
	if err := p.walls.RevokeWall(q.Context(), q.Principal, q.PathValue("id")); err != nil {
		return err
	}
	q.Record("wall.revoked", "wall:"+q.PathValue("id"))
	q.Flash(ui.Neutral, q.T("wall.revoked"))
	return q.Redirect("/walls")
}
