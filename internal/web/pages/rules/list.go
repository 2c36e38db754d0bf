package rules

import (
	"iter"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// listed is the list of rules.
type listed struct {
	reader
	title  string
	all    []rule.Summary
	drafts []draft // those of the person's draft that are not in force yet
	base   int
}

func (v listed) finding() string {
	acted, failed := 0, 0
	for _, s := range v.all {
		acted += s.Acted
		failed += s.Failed
	}
	switch {
	case len(v.all) == 0:
		return v.L.T("rules.title.none")
	case failed > 0:
		return v.L.T("rules.title.failed", "n", acted, "failed", failed)
	case acted == 0:
		return v.L.T("rules.title.nothing")
	}
	return v.L.T("rules.title", "n", acted, "rules", len(v.all))
}

// base is the version that an edit of the model begins from: that of the person's
// draft, or what is in force.
func (p page) base(q *web.Request) int {
	if d, err := p.models.Draft(q.Context(), q.Principal); err == nil {
		return d.Base
	}
	return p.models.Current().Number
}

func (p page) list(q *web.Request) error {
	all, err := p.rules.Rules(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	m := p.models.Current().Model
	v := listed{reader: p.reader(q, m), all: all}
	if may(q, account.ApplyModel) {
		d, err := p.models.Draft(q.Context(), q.Principal)
		if err != nil {
			return err
		}
		v.base = d.Base
		if doc, err := model.Read(d.YAML); err == nil {
			for _, part := range doc.Items(section) {
				if x := draftOf(part); x.slug != "" {
					if _, inForce := m.Rule(x.slug); !inForce {
						v.drafts = append(v.drafts, x)
					}
				}
			}
		}
	}
	v.title = v.finding()
	return q.Render(v.title, listView(v))
}

func (p page) listCSV(q *web.Request) error {
	all, err := p.rules.Rules(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	r := p.reader(q, p.models.Current().Model)
	header := []string{r.L.T("rules.csv.rule"), r.L.T("rules.csv.sentence"), r.L.T("rules.csv.on"), r.L.T("rules.csv.entered"), r.L.T("rules.csv.acted"), r.L.T("rules.csv.going"), r.L.T("rules.csv.failed")}
	for _, reason := range rule.Reasons() {
		header = append(header, r.why(reason))
	}
	return q.CSV("rules", header, func() iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) {
			for _, s := range all {
				row := []string{r.Say(s.Rule.Name), r.sentence(s.Rule), strconv.FormatBool(!s.Rule.Off), strconv.Itoa(s.Entered), strconv.Itoa(s.Acted), strconv.Itoa(s.Going), strconv.Itoa(s.Failed)}
				for _, reason := range rule.Reasons() {
					row = append(row, strconv.Itoa(s.Not[reason]))
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}())
}

// one is what a rule did.
type one struct {
	reader
	title string
	d     rule.Detail
	vs    compared
	clash []rule.Conflict
	runs  []told
	more  string
	base  int
}

// told is a run, with who its customer is.
type told struct {
	rule.Run
	name string
}

func (v one) finding() string {
	name := v.Say(v.d.Rule.Name)
	switch {
	case v.d.Rule.Off:
		return v.L.T("rules.one.off", "rule", name)
	case v.vs.sure() == "more" || v.vs.sure() == "less":
		return v.L.T("rules.one."+v.vs.sure(), "rule", name, "with", v.L.Percent(v.vs.with.Rate, 0), "held", v.L.Percent(v.vs.held.Rate, 0))
	}
	if v.d.Entered == 0 {
		return v.L.T("rules.one.nothing", "rule", name)
	}
	return v.L.T("rules.one", "rule", name, "n", v.d.Entered)
}

func (p page) show(q *web.Request) error {
	d, err := p.rules.Rule(q.Context(), q.Principal, q.PathValue("slug"))
	if err != nil {
		return err
	}
	v := one{reader: p.reader(q, p.models.Current().Model), d: d, vs: compare(d), base: p.base(q)}
	if v.clash, err = p.rules.Conflicts(q.Context(), q.Principal, d.Rule); err != nil {
		return err
	}
	if may(q, account.ContactCustomers) {
		page, err := p.rules.Runs(q.Context(), q.Principal, rule.Query{Rule: d.Rule.Slug, Cursor: q.URL.Query().Get("cursor"), Limit: 25})
		if err != nil {
			return err
		}
		for _, run := range page.Runs {
			v.runs = append(v.runs, told{run, p.name(q, v.reader, run.Customer)})
		}
		if page.Next != "" {
			v.more = path(d.Rule.Slug) + q.Query("cursor", page.Next) + "#runs"
		}
	}
	v.title = v.finding()
	return q.Render(v.title, oneView(v))
}

// turn switches a rule on or off, at once when nothing else waits in the
// person's draft.
func (p page) turn(q *web.Request) error {
	slug := q.PathValue("slug")
	before, err := p.models.Draft(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	off := q.PostFormValue("off") != ""
	d, err := p.set(q, slug, func(model.Part) model.Part {
		var f fields
		f.add("off", true, !off)
		return f.Part
	})
	if err != nil {
		return p.told(q, err, path(slug))
	}
	if before.Revision > 0 {
		q.Flash(ui.Neutral, q.T("rules.switched.draft"))
		return q.Redirect(path(slug) + "/edit")
	}
	key := "rules.switched.on"
	if off {
		key = "rules.switched.off"
	}
	v, err := p.models.ApplyDraft(q.Context(), q.Principal, d.Revision, q.T(key, "rule", slug))
	if err != nil {
		return p.told(q, err, path(slug))
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T(key, "rule", p.reader(q, v.Model).name(slug)))
	return q.Redirect(path(slug))
}

// customer is the address of a customer.
func customer(id cx.CustomerID) string { return "/customers/" + string(id) }
