package rules

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// editor is one look at a rule of somebody's draft.
type editor struct {
	reader
	q      *web.Request
	now    model.Version
	draft  model.Draft
	d      draft
	rule   model.Rule // as far as it can be read
	faults []cx.Fault // with paths below the rule
	clash  []rule.Conflict
	tested *rule.Tested
	trial  *rule.Trial
	why    string // the test was not made
}

func (p page) editor(q *web.Request) (*editor, error) {
	d, err := p.models.Draft(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	return p.open(q, d)
}

// open reads the rule that the address names from a draft.
func (p page) open(q *web.Request, d model.Draft) (*editor, error) {
	const op = "rules.open"
	doc, err := model.Read(d.YAML)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, op, "your draft cannot be read: mend its text first, under Model")
	}
	at := model.IndexOf(d.YAML, section, q.PathValue("slug"))
	if at < 0 {
		return nil, cx.Errorf(cx.NotFound, op, "there is no such rule")
	}
	e := &editor{q: q, now: p.models.Current(), draft: d, d: draftOf(doc.Items(section)[at])}
	m, err := model.Parse(d.YAML)
	if err != nil {
		m = e.now.Model
	}
	e.reader = p.reader(q, m)
	e.rule, e.faults = e.d.read(m)
	for i := range e.faults {
		e.faults[i].Message = q.Said(e.faults[i].Message)
	}
	if len(e.faults) == 0 {
		e.clash, err = p.rules.Conflicts(q.Context(), q.Principal, e.rule)
		return e, err
	}
	return e, nil
}

func (e *editor) path() string { return path(e.d.slug) + "/edit" }

// fault is what is wrong with a field.
func (e *editor) fault(at string) string {
	for _, f := range e.faults {
		if f.Field == at || strings.HasPrefix(f.Field, at+".") || strings.HasPrefix(f.Field, at+"[") {
			return f.Message
		}
	}
	return ""
}

// stepFault is what is wrong with a step: then.1.else.0 of a form is
// then[1].wait.else[0] of the model.
func (e *editor) stepFault(at string) string {
	var b strings.Builder
	for i, part := range strings.Split(at, ".") {
		switch {
		case i == 0:
			b.WriteString(part)
		case part == "else":
			b.WriteString(".wait.else")
		default:
			b.WriteString("[" + part + "]")
		}
	}
	return e.fault(b.String())
}

// circular tells whether the rule would start itself for ever.
func (e *editor) circular() bool {
	return slices.ContainsFunc(e.clash, func(c rule.Conflict) bool { return c.Clash == rule.Circle })
}

// changed tells whether the draft says anything else than what is in force, and
// how often about other things than this rule.
func (e *editor) changed() (here bool, elsewhere int) {
	if e.draft.Revision == 0 {
		return false, 0
	}
	m, err := model.Parse(e.draft.YAML)
	if err != nil {
		return true, 0
	}
	for _, c := range model.Diff(e.now.Model, m) {
		if c.Path == section+"."+e.d.slug || strings.HasPrefix(c.Path, section+"."+e.d.slug+".") {
			here = true
		} else {
			elsewhere++
		}
	}
	return here, elsewhere
}

// behind tells whether another version came into force since the draft was begun.
func (e *editor) behind() bool { return e.draft.Base != e.now.Number }

func (e *editor) inForce() bool {
	_, ok := e.now.Model.Rule(e.d.slug)
	return ok
}

// testedDays is how far back a rule is tried on the past.
const testedDays = 30

func (p page) edit(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	ask := q.URL.Query()
	switch {
	case len(e.faults) > 0 || !may(q, account.ContactCustomers):
	case ask.Get("test") != "":
		now := q.Now()
		tested, err := p.rules.Backtest(q.Context(), q.Principal, e.rule, cx.Window{From: now.Add(-testedDays * 24 * time.Hour), To: now})
		if err == nil {
			e.tested = &tested
		} else if e.why, err = whyNot(q, err); err != nil {
			return err
		}
	case ask.Get("trial") != "":
		trial, err := p.rules.Trial(q.Context(), q.Principal, ask.Get("trial"))
		if err == nil {
			e.trial = &trial
		} else if e.why, err = whyNot(q, err); err != nil {
			return err
		}
	}
	title := q.T("rules.edit.title", "rule", e.Say(e.d.name))
	return q.Render(title, editView(title, e))
}

// whyNot says why something was refused; what is no refusal is an error.
func whyNot(q *web.Request, err error) (string, error) {
	if cx.KindOf(err) == cx.NotFound { // a dry run that was over long ago
		return q.Said(cx.MessageOf(err)), nil
	}
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return "", failure
	}
	for _, f := range faults {
		message += " " + f.Message
	}
	return message, nil
}

// trial is how far a dry run is, asked again while it goes on.
func (p page) trial(q *web.Request) error {
	t, err := p.rules.Trial(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	e := &editor{reader: p.reader(q, p.models.Current().Model), q: q, d: draft{slug: q.PathValue("slug")}, trial: &t}
	return q.Fragment(trialView(e))
}

// set sets fields of the rule in the person's draft, from what it says there.
func (p page) set(q *web.Request, slug string, fields func(item model.Part) model.Part) (model.Draft, error) {
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return model.Draft{}, cx.Errorf(cx.Invalid, "rules", "this form is not whole; open it again")
	}
	return p.models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		at := model.IndexOf(src, section, slug)
		if at < 0 {
			return nil, cx.Errorf(cx.NotFound, "rules", "this is no longer in your draft")
		}
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		return model.SetItem(src, section, at, fields(doc.Items(section)[at]))
	})
}

// tryFor is how long a dry run lasts.
const tryFor = 10 * time.Minute

// save takes the form, does what its button asks, and shows the rule again.
func (p page) save(q *web.Request) error {
	slug := q.PathValue("slug")
	verb, at, _ := strings.Cut(q.PostFormValue("do"), ":")
	d, err := p.set(q, slug, func(item model.Part) model.Part {
		d := draftOf(item)
		d.take(q.PostForm)
		if steps := d.list(at); verb == "add" && steps != nil {
			*steps = append(*steps, beginning(q, p.models.Current().Model, q.PostFormValue(at+".add")))
		}
		return d.part()
	})
	if err != nil {
		if q.HTMX() {
			return err
		}
		return p.told(q, err, path(slug)+"/edit")
	}
	e, err := p.open(q, d)
	if err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(beside(e), within("#rules-state", state(e)), within("#rules-sentence", sentenceOf(e)))
	}
	switch {
	case verb == "test":
		return q.Redirect(e.path() + "?test=1#tried")
	case verb == "try" && len(e.faults) == 0 && may(q, account.ContactCustomers):
		t, err := p.rules.Try(q.Context(), q.Principal, e.rule, tryFor)
		if err != nil {
			return p.told(q, err, e.path())
		}
		return q.Redirect(e.path() + "?trial=" + t.ID + "#tried")
	case verb == "add" || verb == "up" || verb == "down" || verb == "drop":
		return q.Redirect(e.path() + "#then")
	}
	return q.Redirect(e.path())
}

// create begins a rule in the person's draft: when an event happens, somebody is
// told.
func (p page) create(q *web.Request) error {
	name := strings.TrimSpace(q.PostFormValue("name"))
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "rules", "this form is not whole; open it again")
	}
	slug, m := "", p.models.Current().Model
	_, err = p.models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		if name == "" {
			return nil, cx.Errorf(cx.Invalid, "rules", "give it a name first")
		}
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		slug = model.NewSlug(name, "rule", func(s string) bool { return model.IndexOf(src, section, s) >= 0 })
		d := draft{slug: slug, name: model.Text{ES: name, EN: name, PT: name}, then: []step{beginning(q, m, model.DoNotify)}}
		d.when = trigger{kind: model.WhenEvent}
		if all := events(m); len(all) > 0 {
			d.when.of = all[0]
		}
		if len(m.Promises) > 0 {
			d.when = trigger{kind: model.WhenPromise, of: m.Promises[0].Slug, state: "at-risk"}
		}
		if len(m.Areas) > 0 {
			d.area = m.Areas[0].Slug
		}
		return model.SetItem(src, section, len(doc.Items(section)), d.part())
	})
	if err != nil {
		return p.told(q, err, "/rules")
	}
	return q.Redirect(path(slug) + "/edit")
}

// events are those that happen at touchpoints.
func events(m *model.Model) (names []string) {
	for _, t := range m.Touchpoints {
		for _, e := range t.Events {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// apply puts the person's draft in force.
func (p page) apply(q *web.Request) error {
	slug := q.PathValue("slug")
	revision, err := strconv.Atoi(q.PostFormValue("revision"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "rules", "this form is not whole; open it again")
	}
	v, err := p.models.ApplyDraft(q.Context(), q.Principal, revision, q.T("rules.note", "rule", slug))
	if err != nil {
		return p.told(q, err, path(slug)+"/edit")
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T("rules.applied"))
	return q.Redirect(path(slug))
}

// discard brings the rule back to what is in force, in the person's draft; a rule
// that never was goes.
func (p page) discard(q *web.Request) error {
	slug := q.PathValue("slug")
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "rules", "this form is not whole; open it again")
	}
	now := p.models.Current()
	before := model.IndexOf(now.YAML, section, slug)
	_, err = p.models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		at := model.IndexOf(src, section, slug)
		if at < 0 {
			return src, nil
		}
		if before < 0 {
			return model.RemoveItem(src, section, at)
		}
		doc, err := model.Read(now.YAML)
		if err != nil {
			return nil, err
		}
		return model.SetItem(src, section, at, draftOf(doc.Items(section)[before]).part())
	})
	if err != nil {
		return p.told(q, err, path(slug)+"/edit")
	}
	q.Flash(ui.Neutral, q.T("rules.discarded"))
	if before < 0 {
		return q.Redirect("/rules")
	}
	return q.Redirect(path(slug) + "/edit")
}
