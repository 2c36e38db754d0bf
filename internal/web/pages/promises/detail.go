package promises

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	pageSize = 25
	weeks    = 26
)

// shown is one promise as somebody looks at it.
type shown struct {
	reader
	title  string
	s      promise.Standing
	at     asked
	weeks  []promise.Week
	groups []promise.Group
	table  ui.Table
	gap    *expectation.Gap
	export bool
}

// asked is what of a promise is looked at: its view is in the address.
type asked struct {
	slug  string
	by    promise.Dimension
	state promise.State
	where []promise.Is
}

func (p page) asked(q *web.Request) asked {
	form := q.URL.Query()
	a := asked{slug: q.PathValue("slug"), by: promise.BySupplier}
	for _, d := range promise.Dimensions() {
		if form.Get("by") == string(d) {
			a.by = d
		}
		if form.Has(string(d)) {
			a.where = append(a.where, promise.Is{By: d, Value: form.Get(string(d))})
		}
	}
	switch s := promise.State(form.Get("state")); s {
	case promise.Waiting, promise.AtRisk, promise.Kept, promise.Broken, promise.Void:
		a.state = s
	}
	return a
}

// to is the address of the promise seen otherwise: below it, with what is asked
// for changed in pairs; "" takes a part out.
func (a asked) to(below string, pairs ...string) string {
	form := url.Values{}
	if a.by != promise.BySupplier {
		form.Set("by", string(a.by))
	}
	if a.state != "" {
		form.Set("state", string(a.state))
	}
	for _, w := range a.where {
		form.Set(string(w.By), w.Value)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		} else {
			form.Set(pairs[i], pairs[i+1])
		}
	}
	to := "/promises/of/" + a.slug + below
	if len(form) > 0 {
		to += "?" + form.Encode()
	}
	return to
}

func (a asked) filter(cursor string) promise.Filter {
	f := promise.Filter{Where: a.where, Cursor: cursor, Limit: pageSize}
	if a.state != "" {
		f.States = []promise.State{a.state}
	}
	return f
}

func (p page) show(q *web.Request) error {
	a := p.asked(q)
	s, err := p.promises.Promise(q.Context(), q.Principal, a.slug, promise.Query{Where: a.where})
	if err != nil {
		return err
	}
	v := shown{reader: p.reader(q), s: s, at: a, export: account.Check(q.Principal, account.ExportCustomers) == nil}
	v.title = v.one(s)
	if v.weeks, err = p.promises.Weeks(q.Context(), q.Principal, a.slug, a.where, weeks); err != nil {
		return err
	}
	if v.groups, err = p.groups(q, a); err != nil {
		return err
	}
	if v.table, err = p.table(q, v.reader, a, ""); err != nil {
		return err
	}
	if s.Promise.Expectation != "" && len(a.where) == 0 {
		gap, err := p.expectations.Gap(q.Context(), q.Principal, s.Promise.Expectation, cx.Window{From: q.Now().Add(-weeks * 7 * 24 * time.Hour)})
		switch kind := cx.KindOf(err); {
		case err == nil && gap.Difference.N > 0:
			v.gap = &gap
		case err != nil && kind != cx.Invalid && kind != cx.NotFound && kind != cx.Forbidden:
			return err
		}
	}
	return q.Render(v.title, showView(v))
}

// groups returns the promise by a dimension, the most at stake first.
func (p page) groups(q *web.Request, a asked) ([]promise.Group, error) {
	all, err := p.promises.By(q.Context(), q.Principal, a.slug, a.by, promise.Query{Where: a.where})
	if a.by != promise.ByWeekday {
		slices.SortStableFunc(all, func(x, y promise.Group) int { return y.Broken - x.Broken })
	}
	return all, err
}

func (p page) rows(q *web.Request) error {
	t, err := p.table(q, p.reader(q), p.asked(q), q.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(t))
}

// table lists the promises to single customers.
func (p page) table(q *web.Request, r reader, a asked, cursor string) (ui.Table, error) {
	t := ui.Table{ID: "instances", Caption: q.T("promises.instances"), Columns: []ui.Column{
		{Label: q.T("promises.customer")}, {Label: q.T("promises.about")}, {Label: q.T("promises.made")}, {Label: q.T("promises.due")}, {Label: q.T("promises.state")}, {Label: q.T("promises.where")},
	}}
	found, err := p.promises.Instances(q.Context(), q.Principal, a.slug, a.filter(cursor))
	if err != nil {
		return t, err
	}
	for _, i := range found.Instances {
		who, err := p.who(q, i)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, []templ.Component{who, ui.Text(i.About.ID), ui.Text(q.L.DateTime(i.Made)), ui.Text(q.L.DateTime(i.Due)), stateView(r, i), ui.Text(r.spot(i))})
	}
	if found.Next != "" {
		t.Next = a.to("/rows", "cursor", found.Next)
	}
	return t, nil
}

// who names the customer of an instance, if the reader may know.
func (p page) who(q *web.Request, i promise.Instance) (templ.Component, error) {
	may := account.Check(q.Principal, account.ViewCustomers) == nil
	var c remember.Customer
	var err error
	if i.Customer != "" && may {
		c, err = p.memory.Customer(q.Context(), q.Principal, i.Customer)
		if kind := cx.KindOf(err); err != nil && (kind == cx.NotFound || kind == cx.Gone || kind == cx.Forbidden) {
			c, err = remember.Customer{}, nil
		}
	}
	if c.ID == "" {
		return ui.Text(q.T("promises.somebody")), err
	}
	return ui.Link("/customers/"+string(c.ID), cmp.Or(c.Name, q.T("promises.somebody"))), err
}

// spot says where an instance was lived, and with whom.
func (r reader) spot(i promise.Instance) string {
	var parts []string
	for _, s := range []string{r.Place(i.Place), r.Supplier(i.Supplier), reading.Capital(strings.ReplaceAll(i.Region, "-", " "))} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// late says by how much what was promised came late; "" when it did not.
func (r reader) late(i promise.Instance) string {
	if i.Ended > i.Due && i.State == promise.Broken {
		return r.L.T("promises.late", "time", r.L.Lasting(i.Ended.Sub(i.Due)))
	}
	return ""
}

// line draws the promise week by week.
func (v shown) line() chart.Line {
	l := chart.Line{
		ID: "weeks", Title: v.L.T("promises.weeks"), Format: func(x float64) string { return v.L.Percent(x, 0) },
		Target: &chart.Target{Value: v.s.Objective, Label: v.L.T("promises.objective", "objective", v.share(v.s.Objective))},
	}
	n := 0
	for _, w := range v.weeks {
		l.Points = append(l.Points, chart.Point{Label: v.L.Date(w.From), Value: w.Rate, Low: w.Low, High: w.High, N: w.Share.N})
		if !math.IsNaN(w.Rate) {
			n++
		}
	}
	l.Description = v.L.T("promises.weeks.description", "n", n, "rate", v.between(v.s.Share))
	return l
}

// tabs are the dimensions by which the promise can be seen.
func (v shown) tabs() (tabs []ui.Tab) {
	for _, d := range promise.Dimensions() {
		if d == promise.ByArea { // a promise has one
			continue
		}
		by := string(d)
		if d == promise.BySupplier {
			by = ""
		}
		tabs = append(tabs, ui.Tab{Href: v.at.to("", "by", by) + "#groups", Text: v.L.T("promises.by." + string(d)), Current: d == v.at.by})
	}
	return tabs
}

// states are those by which the instances can be narrowed.
func (v shown) states() (tabs []ui.Tab) {
	tabs = append(tabs, ui.Tab{Href: v.at.to("", "state", "") + "#instances-of", Text: v.L.T("promises.state.all"), Current: v.at.state == ""})
	for _, s := range []promise.State{promise.AtRisk, promise.Waiting, promise.Broken, promise.Kept, promise.Void} {
		tabs = append(tabs, ui.Tab{Href: v.at.to("", "state", string(s)) + "#instances-of", Text: v.L.T("promises.state." + string(s)), Current: v.at.state == s})
	}
	return tabs
}

// madeIn says where the promise was made.
func (v shown) madeIn(m model.Made) string {
	var parts []string
	for _, s := range []string{v.Channel(m.Channel), m.Campaign, v.Say(m.Words)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}
