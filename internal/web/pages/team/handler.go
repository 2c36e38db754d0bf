package team

import (
	"cmp"
	"context"
	"embed"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Team is what the page asks of understand/team's Service.
type Team interface {
	Overview(ctx context.Context, p cx.Principal) (team.Overview, error)
	Obstruct(ctx context.Context, p cx.Principal, r team.ObstacleReport) error
	Suggest(ctx context.Context, p cx.Principal, r team.IdeaReport) error
	Reply(ctx context.Context, p cx.Principal, id, state, reply string) error
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(t Team, m Models) web.Page {
	p := page{t, m}
	return web.Page{
		Name:     "team",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/team", Icon: "megaphone", Label: "team.menu", Group: ui.MenuListen, Order: 27},
			Action:   account.ViewTeam,
		}},
		Routes: func(r *web.Router) {
			r.Get("/team", account.ViewTeam, p.show)
			r.Get("/team/{list}", account.ViewTeam, p.export)
			r.Post("/team/obstacle", account.SpeakForTeam, p.obstruct)
			r.Post("/team/idea", account.SpeakForTeam, p.suggest)
			r.Post("/team/ideas/{id}", account.AnswerTeam, p.reply)
		},
	}
}

type page struct {
	team   Team
	models Models
}

// said is what somebody began to say, and what is wrong with it.
type said struct {
	obstacle team.ObstacleReport
	idea     team.IdeaReport
	message  string
	faults   []cx.Fault
}

func (s said) fault(field string) string {
	if i := slices.IndexFunc(s.faults, func(f cx.Fault) bool { return f.Field == field }); i >= 0 {
		return s.faults[i].Message
	}
	return ""
}

// show keeps in its address where the person is, so that the next report takes
// one touch.
func (p page) show(q *web.Request) error {
	query := q.URL.Query()
	return p.showWith(q, http.StatusOK, said{obstacle: team.ObstacleReport{Touchpoint: query.Get("at"), Place: query.Get("in")}})
}

func (p page) showWith(q *web.Request, status int, s said) error {
	o, err := p.team.Overview(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := p.viewOf(q, o, s)
	return q.RenderStatus(status, v.title, show(v))
}

// again shows the page with what is wrong with what was said.
func (p page) again(q *web.Request, s said, err error) error {
	var failure error
	if s.message, s.faults, failure = q.Explain(err); failure != nil {
		return failure
	}
	return p.showWith(q, http.StatusUnprocessableEntity, s)
}

func (p page) obstruct(q *web.Request) error {
	r := team.ObstacleReport{Touchpoint: q.PostFormValue("touchpoint"), Place: q.PostFormValue("place"), What: q.PostFormValue("what"), Words: q.PostFormValue("words")}
	if err := p.team.Obstruct(q.Context(), q.Principal, r); err != nil {
		return p.again(q, said{obstacle: r}, err)
	}
	q.Flash(ui.Positive, q.T("team.said"))
	return q.Redirect("/team?" + url.Values{"at": {r.Touchpoint}, "in": {r.Place}}.Encode())
}

func (p page) suggest(q *web.Request) error {
	r := team.IdeaReport{Touchpoint: q.PostFormValue("about"), Words: q.PostFormValue("idea")}
	if err := p.team.Suggest(q.Context(), q.Principal, r); err != nil {
		return p.again(q, said{idea: r}, err)
	}
	q.Flash(ui.Positive, q.T("team.said"))
	return q.Redirect("/team")
}

func (p page) reply(q *web.Request) error {
	if err := p.team.Reply(q.Context(), q.Principal, q.PathValue("id"), q.PostFormValue("state"), q.PostFormValue("reply")); err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("team.replied"))
	return q.Redirect("/team#ideas")
}

// export answers one of the page's lists as a table.
func (p page) export(q *web.Request) error {
	o, err := p.team.Overview(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := p.viewOf(q, o, said{})
	var header []string
	var rows [][]string
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
	switch name := q.PathValue("list"); name {
	case "obstacles.csv":
		header = []string{q.T("team.where"), q.T("team.reports"), q.T("team.share"), q.T("team.low"), q.T("team.high"), q.T("team.what"), q.T("team.words")}
		for _, l := range o.Obstacles {
			rows = append(rows, []string{
				v.touchpoint(l.Touchpoint), strconv.Itoa(l.N), number(l.Share.Value), number(l.Share.Low), number(l.Share.High), v.whats(l.What), strings.Join(l.Words, " · "),
			})
		}
	case "ideas.csv":
		header = []string{q.T("team.idea"), q.T("team.where"), q.T("team.state"), q.T("team.reply")}
		for _, i := range o.Ideas {
			rows = append(rows, []string{i.Words, v.touchpoint(i.Touchpoint), q.T("team.state." + i.State), i.Reply})
		}
	case "differences.csv":
		header = []string{q.T("team.where"), q.T("team.ours"), "n", q.T("team.theirs"), "n", q.T("team.difference"), q.T("team.low"), q.T("team.high"), q.T("team.clear")}
		for _, d := range o.Differences {
			rows = append(rows, []string{
				v.touchpoint(d.Touchpoint), number(d.Team.Value), strconv.Itoa(d.Team.N), number(d.Customers.Value), strconv.Itoa(d.Customers.N),
				number(d.Difference.Value), number(d.Difference.Low), number(d.Difference.High), strconv.FormatBool(d.Clear),
			})
		}
	default:
		return cx.Errorf(cx.NotFound, "team.export", "there is no list %q", name)
	}
	return q.CSV(strings.TrimSuffix(q.PathValue("list"), ".csv"), header, each(rows))
}

func each(rows [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// options lists where something can happen: what the person's own areas answer
// for first.
func (p page) options(q *web.Request, m *model.Model) []ui.Option {
	all := slices.Clone(m.Touchpoints)
	mine := func(t model.Touchpoint) int {
		if slices.Contains(q.Principal.Areas, t.Area) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b model.Touchpoint) int { return cmp.Compare(mine(a), mine(b)) })
	out := make([]ui.Option, len(all))
	for i, t := range all {
		out[i] = ui.Option{Value: t.Slug, Text: t.Name.In(q.L.Lang)}
	}
	return out
}
