package today

import (
	"context"
	"embed"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Outcomes takes the pulse; outcome.Service does.
type Outcomes interface {
	Pulse(ctx context.Context, p cx.Principal, q outcome.PulseQuery) (outcome.Pulse, error)
}

// Facts is what lies behind a figure; history.Store has it.
type Facts interface {
	Totals(ctx context.Context, p cx.Principal, f history.Filter) (history.Totals, error)
	Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error)
	Newest(ctx context.Context, p cx.Principal, page history.Page) ([]history.Row, error)
}

// Memory knows who lived it and what is lived now; remember.Memory is one.
type Memory interface {
	Recent(ctx context.Context, p cx.Principal, limit int) ([]remember.Lived, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan []remember.Lived, error)
	Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error)
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
	EventsBySeq(ctx context.Context, p cx.Principal, seqs []cx.Seq) ([]remember.Item, error)
}

// Segments tells who is in a segment; segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(o Outcomes, f Facts, m Memory, s Segments, models Models, led Led) web.Page {
	p := page{o, f, m, s, models, led}
	return web.Page{
		Name:     "today",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/today", Icon: "activity", Label: "today.menu", Group: ui.MenuMain, Order: 0, Key: "h", Tab: true},
			Action:   account.ViewScores,
			Home:     []cx.Role{cx.Admin, cx.Board, cx.Analyst, cx.Lead},
		}},
		Routes: func(r *web.Router) {
			r.Get("/today", account.ViewScores, p.show)
			r.Get("/today/live", account.ViewEvents, p.live)
			r.Get("/today/board", account.ViewScores, p.boardAnew)
			r.Get("/today/board.csv", account.ViewScores, p.boardCSV)
			r.Get("/today/weeks.csv", account.ViewScores, p.weeksCSV)
			r.Get("/today/touchpoints.csv", account.ViewScores, p.touchpointsCSV)
			r.Get("/today/lived", account.ViewEvents, p.lived)
			r.Get("/today/lived/rows", account.ViewEvents, p.livedRows)
			r.Get("/today/lived.csv", account.ExportCustomers, p.livedCSV)
		},
	}
}

type page struct {
	outcomes Outcomes
	facts    Facts
	memory   Memory
	segments Segments
	models   Models
	led      Led
}

func (p page) show(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	r := p.reader(q)
	if ask.whom == forBoard {
		v, err := p.lead(q, r, ask)
		if err != nil {
			return err
		}
		if !v.nothing() {
			return q.Render(v.title, boardView(v))
		}
	}
	pulse, err := p.outcomes.Pulse(q.Context(), q.Principal, ask.pulse())
	if err != nil {
		return err
	}
	if pulse.Lived == (outcome.Lived{}) && len(pulse.Indicators) == 0 {
		return p.empty(q, r, ask)
	}
	if q.Now().Sub(pulse.Now.To) > time.Minute {
		ask.to = pulse.Now.To
	}
	now, err := p.happening(q, r, ask)
	if err != nil {
		return err
	}
	v := view{reader: r, ask: ask, pulse: pulse, now: now, title: r.finding(pulse)}
	return q.Render(v.title, pulseView(v))
}

// empty tells why there is nothing to tell: nothing was ever lived, or nothing
// in this area and period.
func (p page) empty(q *web.Request, r reader, ask question) error {
	all, err := p.facts.Totals(q.Context(), q.Principal, history.Filter{})
	if err != nil {
		return err
	}
	if all.Events+all.Answers > 0 {
		title := q.T("today.nothing.title")
		return q.Render(title, nothingView(view{reader: r, ask: ask, title: title}))
	}
	title := q.T("today.first.title")
	return q.Render(title, firstView(title, firstSteps(q, p.models.Current().Number > 0)))
}

// step is one of the first steps of a company.
type step struct {
	icon, title, text, href, link string
	done                          bool
}

// firstSteps leads to what the person may do; the rest is told without a link.
func firstSteps(q *web.Request, declared bool) []step {
	steps := []step{
		{icon: "store", title: q.T("today.first.model"), text: q.T("today.first.model.text"), href: "/model", link: q.T("today.first.model.link"), done: declared},
		{icon: "radio", title: q.T("today.first.source"), text: q.T("today.first.source.text"), href: "/settings", link: q.T("today.first.source.link")},
		{icon: "upload", title: q.T("today.first.import"), text: q.T("today.first.import.text"), href: "/bring", link: q.T("today.first.import.link")},
	}
	may := map[string]bool{}
	for _, i := range q.Menu() {
		may[i.Href] = true
	}
	for i := range steps {
		if !may[steps[i].href] {
			steps[i].href = ""
		}
	}
	return steps
}
