package programme

import (
	"context"
	"embed"
	"iter"
	"net/http"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Programme is what the pages ask of improve/programme's Service.
type Programme interface {
	Health(ctx context.Context, p cx.Principal) (programme.Health, error)
	Commitments(ctx context.Context, p cx.Principal) ([]programme.Commitment, error)
	Commit(ctx context.Context, p cx.Principal, n programme.NewCommitment) (programme.Commitment, error)
	Fulfil(ctx context.Context, p cx.Principal, id int64) (programme.Commitment, error)
	Withdraw(ctx context.Context, p cx.Principal, id int64) (programme.Commitment, error)
	Maturity(ctx context.Context, p cx.Principal) (programme.Maturity, error)
	Assess(ctx context.Context, p cx.Principal, levels map[string]int) error
	Week() programme.Week
	Did(ctx context.Context, p cx.Principal, week programme.Week) ([]programme.Done, error)
	Sheet(ctx context.Context, p cx.Principal, week programme.Week, area string) (programme.Sheet, error)
	Say(ctx context.Context, p cx.Principal, week programme.Week, area, words string) error
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// New returns the pages.
func New(s Programme, m Models) web.Page {
	p := page{s, m}
	return web.Page{
		Name:     "programme",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/programme", Icon: "activity", Label: "programme.menu", Group: ui.MenuImprove, Order: 63},
			Action:   account.ViewImprovement,
		}},
		Routes: func(r *web.Router) {
			r.Get("/programme", account.ViewImprovement, p.health)
			r.Get("/programme/weeks.csv", account.ViewImprovement, p.weeksCSV)
			r.Get("/programme/commitments.csv", account.ViewImprovement, p.commitmentsCSV)
			r.Post("/programme/commitments", account.JoinImprovement, p.commit)
			r.Post("/programme/commitments/{id}/{action}", account.JoinImprovement, p.settle)
			r.Get("/programme/maturity", account.ViewImprovement, p.maturity)
			r.Post("/programme/maturity", account.JoinImprovement, p.assess)
			r.Get("/programme/five", account.ViewImprovement, p.five)
			r.Post("/programme/five", account.JoinImprovement, p.say)
		},
	}
}

type page struct {
	programme Programme
	models    Models
}

func (p page) health(q *web.Request) error {
	return p.healthWith(q, http.StatusOK, promised{})
}

// promised is what somebody began to commit to, and what is wrong with it.
type promised struct {
	programme.NewCommitment
	message string
	faults  []cx.Fault
}

func (p page) healthWith(q *web.Request, status int, n promised) error {
	h, err := p.programme.Health(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	all, err := p.programme.Commitments(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := healthy{view: p.view(q), Health: h, commitments: all, new: n}
	return q.RenderStatus(status, v.finding(), healthView(v))
}

func (p page) commit(q *web.Request) error {
	target, err := strconv.Atoi(q.PostFormValue("target"))
	if err != nil {
		target = -1
	}
	n := promised{NewCommitment: programme.NewCommitment{Kind: programme.Kind(q.PostFormValue("kind")), Target: target, Words: q.PostFormValue("words"), Due: q.PostFormValue("due")}}
	if _, err := p.programme.Commit(q.Context(), q.Principal, n.NewCommitment); err != nil {
		var failure error
		if n.message, n.faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		return p.healthWith(q, http.StatusUnprocessableEntity, n)
	}
	q.Flash(ui.Positive, q.T("programme.committed"))
	return q.Redirect("/programme#commitments")
}

func (p page) settle(q *web.Request) error {
	id, err := strconv.ParseInt(q.PathValue("id"), 10, 64)
	do := map[string]func(context.Context, cx.Principal, int64) (programme.Commitment, error){"fulfil": p.programme.Fulfil, "withdraw": p.programme.Withdraw}[q.PathValue("action")]
	if err != nil || do == nil {
		return cx.Errorf(cx.NotFound, "programme.settle", "you have no such commitment")
	}
	c, err := do(q.Context(), q.Principal, id)
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("programme.settled."+string(c.State)))
	return q.Redirect("/programme#commitments")
}

func (p page) weeksCSV(q *web.Request) error {
	h, err := p.programme.Health(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	header := []string{q.T("programme.week"), q.T("programme.steps"), q.T("programme.sheets"), q.T("programme.kept")}
	return q.CSV("programme", header, func(yield func([]string, error) bool) {
		for _, w := range h.Weeks {
			if !yield([]string{string(w.Week), strconv.Itoa(w.Steps), strconv.Itoa(w.Sheets), strconv.Itoa(w.Kept)}, nil) {
				return
			}
		}
	})
}

func (p page) commitmentsCSV(q *web.Request) error {
	all, err := p.programme.Commitments(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := p.view(q)
	header := []string{q.T("programme.who"), q.T("programme.what"), q.T("programme.due"), q.T("programme.state"), q.T("programme.done"), q.T("programme.evidence")}
	var rows iter.Seq2[[]string, error] = func(yield func([]string, error) bool) {
		for _, c := range all {
			if !yield([]string{c.Name, v.what(c), v.lastDay(c), q.T("programme.state." + string(c.State)), strconv.Itoa(c.Done), v.evidence(c)}, nil) {
				return
			}
		}
	}
	return q.CSV("commitments", header, rows)
}

func (p page) maturity(q *web.Request) error {
	return p.maturityWith(q, http.StatusOK, nil, nil)
}

func (p page) maturityWith(q *web.Request, status int, chosen map[string]int, faults []cx.Fault) error {
	m, err := p.programme.Maturity(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := mature{view: p.view(q), Maturity: m, chosen: chosen, faults: faults}
	return q.RenderStatus(status, v.finding(), maturityView(v))
}

func (p page) assess(q *web.Request) error {
	levels := map[string]int{}
	for _, side := range programme.Sides() {
		levels[side], _ = strconv.Atoi(q.PostFormValue(side)) // what is no number is no level
	}
	if err := p.programme.Assess(q.Context(), q.Principal, levels); err != nil {
		_, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return p.maturityWith(q, http.StatusUnprocessableEntity, levels, faults)
	}
	q.Flash(ui.Positive, q.T("programme.assessed"))
	return q.Redirect("/programme/maturity")
}

func (p page) five(q *web.Request) error {
	return p.fiveWith(q, http.StatusOK, "", nil)
}

// fiveWith shows the sheet of the week and area of the address: by themselves this
// week's, of one's own area first.
func (p page) fiveWith(q *web.Request, status int, words string, faults []cx.Fault) error {
	week, area := p.programme.Week(), q.FormValue("area")
	if said := q.FormValue("week"); said != "" {
		var err error
		if week, err = programme.ParseWeek(said); err != nil {
			return err
		}
	}
	done, err := p.programme.Did(q.Context(), q.Principal, week)
	if err != nil {
		return err
	}
	v := five{view: p.view(q), now: p.programme.Week(), week: week, done: done, words: words, faults: faults}
	if area == "" && len(done) > 0 {
		area = done[0].Area
		if i := slices.IndexFunc(done, func(d programme.Done) bool { return slices.Contains(q.Principal.Areas, d.Area) }); i >= 0 {
			area = done[i].Area
		}
	}
	if area != "" {
		if v.Sheet, err = p.programme.Sheet(q.Context(), q.Principal, week, area); err != nil {
			return err
		}
	}
	return q.RenderStatus(status, v.finding(), fiveView(v))
}

func (p page) say(q *web.Request) error {
	week, err := programme.ParseWeek(q.PostFormValue("week"))
	if err != nil {
		return err
	}
	area, words := q.PostFormValue("area"), q.PostFormValue("words")
	if err := p.programme.Say(q.Context(), q.Principal, week, area, words); err != nil {
		_, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		return p.fiveWith(q, http.StatusUnprocessableEntity, words, faults)
	}
	q.Flash(ui.Positive, q.T("programme.five.thanks"))
	return q.Redirect(fiveAt(week, area))
}
