package outcomes

import (
	"context"
	"embed"
	"net/url"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Retention tells who stays; retention.Service does.
type Retention interface {
	Cohorts(ctx context.Context, p cx.Principal, q retention.CohortQuery) (retention.Cohorts, error)
	Survival(ctx context.Context, p cx.Principal, q retention.SurvivalQuery) (retention.Survival, error)
	Churn(ctx context.Context, p cx.Principal, q retention.ChurnQuery) (retention.Risk, error)
}

// Worth tells what customers will bring; worth.Service does.
type Worth interface {
	Fit(ctx context.Context, p cx.Principal) (worth.Fit, error)
	By(ctx context.Context, p cx.Principal, f purchases.Filter, by purchases.By) ([]worth.Group, error)
	Distribution(ctx context.Context, p cx.Principal, f purchases.Filter) (worth.Distribution, error)
}

// Chain tells how what is lived becomes money; chain.Service does.
type Chain interface {
	Chain(ctx context.Context, p cx.Principal, q chain.Query) (chain.Chain, error)
}

// Models gives the model in force; model.Service does.
type Models interface{ Current() model.Version }

// New returns the page.
func New(r Retention, w Worth, c Chain, m Models) web.Page {
	p := page{r, w, c, m}
	return web.Page{
		Name:     "outcomes",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/outcomes", Icon: "hand-coins", Label: "outcomes.menu", Group: ui.MenuImprove, Order: 60, Key: "o"},
			Action:   account.ViewScores,
		}},
		Routes: func(r *web.Router) {
			r.Get("/outcomes", account.ViewScores, p.stay)
			r.Get("/outcomes/cohorts.csv", account.ViewScores, p.cohortsCSV)
			r.Get("/outcomes/curves.csv", account.ViewScores, p.curvesCSV)
			r.Get("/outcomes/worth", account.ViewScores, p.value)
			r.Get("/outcomes/worth.csv", account.ViewScores, p.valueCSV)
			r.Get("/outcomes/leaving", account.ViewScores, p.leaving)
			r.Get("/outcomes/leaving/rows", account.ViewScores, p.leavingRows)
			r.Get("/outcomes/leaving.csv", account.ExportCustomers, p.leavingCSV)
			r.Get("/outcomes/chain", account.ViewScores, p.linked)
			r.Get("/outcomes/chain.csv", account.ViewScores, p.linkedCSV)
		},
	}
}

type page struct {
	retention Retention
	worth     Worth
	chain     Chain
	models    Models
}

// asked is a question as its address says it.
type asked struct {
	reading.Reader
	filter   purchases.Filter
	by       purchases.By
	every    retention.Every
	relative bool // ages are counted from each one's first day
	contract bool // of contracts, else of purchases
	reason   string
}

// ask reads a question; what it cannot be is as if it had not been said.
func (p page) ask(q *web.Request) asked {
	v := q.URL.Query()
	m := p.models.Current().Model
	a := asked{
		Reader: reading.NewReader(q, m),
		filter: purchases.Filter{
			Segment: v.Get("segment"), Touchpoint: v.Get("touchpoint"), Channel: v.Get("channel"), Place: v.Get("place"), Campaign: v.Get("campaign"),
		},
		by: purchases.By(v.Get("by")), every: retention.Month, relative: v.Get("age") == "own", reason: v.Get("reason"),
		contract: v.Get("of") == "contract" && m.Outcomes.Contract.Declared(),
	}
	if v.Get("every") == string(retention.Quarter) {
		a.every = retention.Quarter
	}
	if !a.by.Valid() {
		a.by = purchases.Together
	}
	return a
}

// to is the address of a path with the question in it, but with these values.
func (a asked) to(path string, pairs ...string) string {
	v := url.Values{}
	for _, x := range [][2]string{
		{"segment", a.filter.Segment},
		{"touchpoint", a.filter.Touchpoint},
		{"channel", a.filter.Channel},
		{"place", a.filter.Place},
		{"campaign", a.filter.Campaign},
		{"by", string(a.by)},
		{"reason", a.reason},
	} {
		if x[1] != "" {
			v.Set(x[0], x[1])
		}
	}
	if a.every == retention.Quarter {
		v.Set("every", string(a.every))
	}
	if a.relative {
		v.Set("age", "own")
	}
	if a.contract {
		v.Set("of", "contract")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: path, RawQuery: v.Encode()}
	return u.String()
}

// groupName is what a group is called that customers are told apart by.
func (a asked) groupName(by purchases.By, key string, name model.Text) string {
	switch {
	case key == "" && by == purchases.Together:
		return a.L.T("outcomes.everybody")
	case key == "":
		return a.L.T("outcomes.unknown." + string(by))
	case by == purchases.Channel:
		return a.Channel(key)
	}
	if s := a.Say(name); s != "" {
		return s
	}
	return key
}

// narrowed is the question of one group of it.
func (a asked) narrowed(path string, by purchases.By, key string) string {
	if key == "" || by == purchases.Together {
		return ""
	}
	return a.to(path, string(by), key, "by", "")
}

// bys are what customers can be told apart by.
func (a asked) bys() (out []ui.Option) {
	for _, by := range []purchases.By{purchases.Together, purchases.Channel, purchases.Campaign, purchases.Segment, purchases.Touchpoint, purchases.Place} {
		out = append(out, ui.Option{Value: string(by), Text: a.L.T("outcomes.by." + string(by))})
	}
	return out
}

func (a asked) segments() []ui.Option {
	out := []ui.Option{{Text: a.L.T("outcomes.everybody")}}
	for _, s := range a.Model.Segments {
		out = append(out, ui.Option{Value: s.Slug, Text: a.Say(s.Name)})
	}
	return out
}

// chosen are what the question is narrowed to besides the segment, as name and value.
func (a asked) chosen() (out [][2]string) {
	for _, x := range [][3]string{
		{"touchpoint", a.filter.Touchpoint, a.Touchpoint(a.filter.Touchpoint)},
		{"channel", a.filter.Channel, a.Channel(a.filter.Channel)},
		{"place", a.filter.Place, a.Place(a.filter.Place)},
		{"campaign", a.filter.Campaign, a.filter.Campaign},
	} {
		if x[1] != "" {
			out = append(out, [2]string{x[0], x[2]})
		}
	}
	return out
}

// between writes a share with its interval and n.
func (a asked) between(s retention.Share) string {
	return a.L.T("outcomes.between", "value", a.percent(s.Value), "low", a.percent(s.Interval.Low), "high", a.percent(s.Interval.High), "n", s.N)
}

// percent writes a share, small ones with a decimal.
func (a asked) percent(v float64) string {
	if v > 0 && v < .1 {
		return a.L.Percent(v, 1)
	}
	return a.L.Percent(v, 0)
}
