package contradictions

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// found is what is to be said of a policy or goal before it is saved.
type found struct {
	reader
	conflicts []policy.Conflict
	overlaps  []policy.Overlap
	slug      string
}

// contradicts counts the contradictions that somebody would have to decide about.
func (f *found) contradicts() (n int) {
	for i := range f.conflicts {
		if f.conflicts[i].Open() {
			n++
		}
	}
	return n
}

// overlap says which of two rows decides, and in which situation.
func (f *found) overlap(o policy.Overlap) string {
	return f.L.T("contradictions.overlap", "above", o.Above+1, "below", o.Below+1, "situation", f.situation(policy.Conflict{Kind: policy.Shadowed, Policy: f.slug, Situation: o.Situation}))
}

// overview lists the policies and goals.
func (p page) overview(q *web.Request) error {
	o, err := p.policies.Overview(q.Context(), q.Principal, policy.Query{})
	if err != nil {
		return err
	}
	open := 0
	for _, l := range slices.Concat(o.Policies, o.Goals) {
		if l.Open > 0 {
			open++
		}
	}
	title := q.T("contradictions.policies.title", "n", open, "of", len(o.Policies)+len(o.Goals))
	if open == 0 {
		title = q.T("contradictions.policies.title.none", "n", len(o.Policies)+len(o.Goals))
	}
	return q.Render(title, overviewView(p.reader(q), title, o))
}

func (p page) overviewCSV(q *web.Request) error {
	o, err := p.policies.Overview(q.Context(), q.Principal, policy.Query{})
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{"id", q.T("contradictions.rule"), q.T("contradictions.owner"), q.T("contradictions.on"), q.T("contradictions.customers"), q.T("contradictions.times"), q.T("contradictions.menu")}
	return q.CSV("politicas", header, sheet.Rows(slices.Concat(o.Policies, o.Goals), func(l policy.Line) []string {
		return []string{l.Slug, r.Say(l.Name), r.Area(l.Area), r.Happened(l.On), strconv.Itoa(l.Customers), strconv.Itoa(l.Times), strconv.Itoa(l.Open)}
	}))
}

func (p page) newPolicy(q *web.Request) error {
	e := p.writing(q, url.Values{"base": {strconv.Itoa(p.models.Current().Number)}, "rows": {"1"}, "cols": {"1"}})
	e.title = q.T("contradictions.policies.new")
	return q.Render(e.title, policyView(e))
}

func (p page) policy(q *web.Request) error {
	x, ok := p.models.Current().Model.Policy(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "contradictions.policy", "there is no such policy")
	}
	e := p.writing(q, url.Values{"base": {strconv.Itoa(p.models.Current().Number)}})
	e.open(x)
	if err := p.look(q, e); err != nil {
		return err
	}
	e.title = e.heading("policies")
	return q.Render(e.title, policyView(e))
}

// heading is the sentence above a form.
func (e *writing) heading(what string) string {
	name := compose.TextOf("name", e.get).In(e.L.Lang)
	switch {
	case e.found != nil && e.found.contradicts() > 0:
		return e.L.T("contradictions.writing.title", "rule", cmp.Or(name, "…"), "n", e.found.contradicts())
	case name != "":
		return name
	}
	return e.L.T("contradictions." + what + ".new")
}

// changeTable does what a button of the table says; nothing is saved.
func (p page) changeTable(q *web.Request) error {
	e := p.writing(q, q.PostForm)
	e.do(q.PostFormValue("do"))
	e.title = e.heading("policies")
	if q.HTMX() {
		return q.Fragment(rowsView(e))
	}
	return q.Render(e.title, policyView(e))
}

// slugOf is what the policy is called by machines; a new one gets it of its name.
func (e *writing) slugOf(otherwise string, taken func(string) bool) string {
	name := compose.TextOf("name", e.get)
	return cmp.Or(e.slug, model.NewSlug(cmp.Or(name.ES, name.EN, name.PT), otherwise, taken))
}

// look finds what the policy would contradict; what is wrong with it goes into the
// form.
func (p page) look(q *web.Request, e *writing) error {
	m := *p.models.Current().Model
	slug := e.slugOf("policy", func(s string) bool { _, taken := m.Policy(s); return taken })
	item := e.item(slug)
	if len(e.faults) > 0 {
		return nil
	}
	a, err := p.policies.Preview(q.Context(), q.Principal, item)
	if err != nil {
		return e.refused(q, err)
	}
	m.Policies = append(slices.DeleteFunc(slices.Clone(m.Policies), func(x model.Policy) bool { return x.Slug == slug }), a.Policy)
	r := p.reader(q)
	r.Model = &m
	e.found = &found{r, a.Conflicts, a.Overlaps, slug}
	return nil
}

func (p page) checkPolicy(q *web.Request) error {
	e := p.writing(q, q.PostForm)
	if err := p.look(q, e); err != nil {
		return err
	}
	return p.told(q, e, "policies", policyView(e))
}

// told answers a form that was looked at, whole or what stands beside it.
func (p page) told(q *web.Request, e *writing, what string, whole templ.Component) error {
	e.title = e.heading(what)
	status := http.StatusOK
	if len(e.faults) > 0 || e.message != "" {
		status = http.StatusUnprocessableEntity
	}
	if e.beside = q.HTMX(); e.beside {
		return q.Fragment(analysisView(e))
	}
	return q.RenderStatus(status, e.title, whole)
}

// savePolicy puts a policy in force: the model gets another version. What it
// contradicts is said, and stays to be decided about.
func (p page) savePolicy(q *web.Request) error {
	e := p.writing(q, q.PostForm)
	if err := p.look(q, e); err != nil {
		return err
	}
	if e.found == nil {
		return p.told(q, e, "policies", policyView(e))
	}
	current := p.models.Current()
	at := model.IndexOf(current.YAML, "policies", e.found.slug)
	if at < 0 {
		at = len(current.Model.Policies)
	}
	return p.put(q, e, "policies", at, e.item(e.found.slug), policyView(e))
}

// put saves an item of a section.
func (p page) put(q *web.Request, e *writing, section string, at int, item model.Part, whole templ.Component) error {
	current := p.models.Current()
	err := error(cx.Errorf(cx.Conflict, "contradictions.put", "the company was changed meanwhile; open it again"))
	name := compose.TextOf("name", e.get).In(q.L.Lang)
	if e.get("base") == strconv.Itoa(current.Number) {
		var yaml []byte
		if yaml, err = model.SetItem(current.YAML, section, at, item); err == nil {
			_, err = p.models.Apply(q.Context(), q.Principal, yaml, name)
		}
	}
	if err != nil {
		if err := e.refused(q, err); err != nil {
			return err
		}
		return p.told(q, e, section, whole)
	}
	if n := e.found.contradicts(); n > 0 {
		q.Flash(ui.Negative, q.T("contradictions.saved.open", "rule", name, "n", n))
	} else {
		q.Flash(ui.Positive, q.T("contradictions.saved", "rule", name))
	}
	return q.Redirect("/contradictions/policies")
}

var (
	ofItem = regexp.MustCompile(`^(?:policies|goals)(?:\[\d+\]|\.\d+)\.?`)
	ofCell = regexp.MustCompile(`^when\[(\d+)\]\.?(?:(then)\.?)?(.*)$`)
	ofList = regexp.MustCompile(`\[(\d+)\]`)
)

// refused takes what is wrong into the form: each fault at its field. The error is
// what no form can tell.
func (e *writing) refused(q *web.Request, err error) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	for _, f := range faults {
		if ofItem.MatchString(f.Field) {
			f.Field, f.Line, f.Column = e.place(ofItem.ReplaceAllString(f.Field, "")), 0, 0
		}
		e.faults = append(e.faults, f)
	}
	if len(e.faults) == 0 {
		e.message = message
	}
	return nil
}

// place is the field of the form at which a fault of the model is mended.
func (e *writing) place(field string) string {
	prefix := ""
	if m := ofCell.FindStringSubmatch(field); m != nil {
		prefix, field = "row."+m[1]+".", m[3]
		if m[2] == "" {
			for j := range e.columns() {
				if field != "" && e.w.Path(e.get(columnName(j))) == field {
					return prefix + strconv.Itoa(j) + ".value"
				}
			}
			return prefix + "cel"
		}
	}
	switch field {
	case "", "name", "reason", "bonus":
		return prefix + cmp.Or(field, "name") + "." + compose.Lang(e.L.Lang)
	case "prevents":
		field = "prevents.0"
	case "delays", "delays.by":
		field = "delays.n"
	case "sets":
		field = "sets.event"
	case "when":
		field = "rows"
	case "metric":
		field = "metric.event"
	case "target":
		field = "target.value"
	}
	return prefix + ofList.ReplaceAllString(field, ".$1")
}

// removePolicy takes a policy out of the model.
func (p page) removePolicy(q *web.Request) error {
	x, ok := p.models.Current().Model.Policy(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "contradictions.removePolicy", "there is no such policy")
	}
	return p.removeItem(q, "policies", x.Slug, x.Name.In(q.L.Lang))
}

func (p page) removeItem(q *web.Request, section, slug, name string) error {
	current := p.models.Current()
	yaml, err := model.RemoveItem(current.YAML, section, model.IndexOf(current.YAML, section, slug))
	if err == nil {
		_, err = p.models.Apply(q.Context(), q.Principal, yaml, q.T("contradictions.note.removed", "rule", name))
	}
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("contradictions.removed", "rule", name))
	return q.Redirect("/contradictions/policies")
}

func (r reader) mayApply() bool { return r.May(account.ApplyModel) }

// does says what a policy does, in a word.
func (r reader) does(effect string) string {
	if effect == "" {
		return ""
	}
	return r.L.T("contradictions.effect." + strings.TrimSpace(effect))
}
