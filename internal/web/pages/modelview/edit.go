package modelview

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// editor is one look at somebody's draft.
type editor struct {
	q      *web.Request
	now    model.Version // in force
	draft  model.Draft
	doc    model.Document
	parsed *model.Model // nil while it has faults
	faults []cx.Fault

	section string
	at      int // of the item in its section; -1 for the section itself
	items   []model.Part
	form    string     // whose inputs are asked for: the section's, or a node's
	fields  model.Part // of the item, of a section that is a mapping, or of the node

	script      []node       // of the journey that is looked at
	touchpoints []model.Part // that its steps may be at
	node        *node        // of the script, when one is looked at

	text      string // the part's lines
	firstLine int
	onText    bool // which half a phone shows
	shut      bool // the draft cannot be read: only its text can be edited

	against []string // what contradicts a promise because of the draft
}

func (p page) editor(q *web.Request) (*editor, error) {
	d, err := p.models.Draft(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	return p.look(q, d)
}

// look reads a draft.
func (p page) look(q *web.Request, d model.Draft) (*editor, error) {
	e := &editor{q: q, now: p.models.Current(), draft: d, at: -1, onText: q.FormValue("view") == "text"}
	var err error
	if e.doc, err = model.Read(d.YAML); err != nil {
		e.shut = true
	}
	if d.Revision == 0 {
		e.parsed = e.now.Model
		return e, nil
	}
	if e.parsed, err = model.Parse(d.YAML); err != nil {
		var failure error
		if _, e.faults, failure = q.Explain(err); failure != nil {
			return nil, failure
		}
	}
	return e, nil
}

// open finds the part that an address names.
func (e *editor) open(section, item string) (err error) {
	if !hasForms(section) || item != "" && single(section) {
		return cx.Errorf(cx.NotFound, "modelview", "a model has no such part")
	}
	e.section, e.form = section, section
	if single(section) {
		e.fields = e.doc.Fields(section)
	} else {
		e.items = e.doc.Items(section)
	}
	if item != "" {
		if e.at, err = locate(e.items, item); err != nil {
			return err
		}
		e.fields = e.items[e.at]
		if section == "journeys" {
			e.openScript()
		}
	}
	e.text, e.firstLine, err = e.doc.Source(section, e.at)
	return err
}

// bySlug returns the first item of a slug; -1 when there is none.
func bySlug(items []model.Part, slug any) int {
	return slices.IndexFunc(items, func(p model.Part) bool { return p.Get("slug") == slug })
}

// locate finds an item by its slug, or by its place (@3).
func locate(items []model.Part, item string) (int, error) {
	at := bySlug(items, item)
	if place, ok := strings.CutPrefix(item, "@"); ok {
		if n, err := strconv.Atoi(place); err == nil && n >= 0 && n < len(items) {
			at = n
		}
	}
	if at < 0 {
		return -1, cx.Errorf(cx.NotFound, "modelview", "this is no longer in your draft")
	}
	return at, nil
}

// located is locate in a text.
func located(src []byte, section, item string) (items []model.Part, at int, err error) {
	doc, err := model.Read(src)
	if err != nil {
		return nil, -1, err
	}
	items = doc.Items(section)
	at, err = locate(items, item)
	return items, at, err
}

// name is how an address names the item at a place.
func (e *editor) name(at int) string {
	slug, _ := e.items[at].Get("slug").(string)
	if slug != "" && slugOf(slug) == slug && bySlug(e.items, slug) == at {
		return slug
	}
	return "@" + strconv.Itoa(at)
}

// path is the address of what is looked at.
func (e *editor) path() string {
	path := e.itemPath()
	if e.node != nil {
		path += "/steps/" + e.node.path.String()
	}
	return path
}

// itemPath is the address of the item that is looked at, or that holds it.
func (e *editor) itemPath() string {
	path := "/model/edit/" + e.section
	if e.at >= 0 {
		path += "/" + e.name(e.at)
	}
	return path
}

// frozen tells whether the slug is in force: it is for ever.
func (e *editor) frozen() bool {
	if e.section == "company" {
		return e.now.Number > 0
	}
	slug, _ := e.fields.Get("slug").(string)
	if e.node != nil {
		journey, _ := e.items[e.at].Get("slug").(string)
		j, _ := e.now.Model.Journey(journey)
		return slices.ContainsFunc(j.Steps(), func(s model.Step) bool { return s.Slug == slug })
	}
	return e.at >= 0 && nameOf(e.q.L.Lang, e.now.Model, e.section, slug) != ""
}

// behind tells whether another version came into force since the draft was
// begun.
func (e *editor) behind() bool { return e.draft.Base != e.now.Number }

// changes is how many things the draft changes; 0 while it has faults.
func (e *editor) changes() int {
	if e.parsed == nil || e.draft.Revision == 0 {
		return 0
	}
	return len(model.Diff(e.now.Model, e.parsed))
}

func (p page) edit(q *web.Request) error {
	if p.models.Current().Number == 0 {
		return q.Redirect("/model/edit/company")
	}
	return q.Redirect("/model/edit/touchpoints")
}

// part shows a section, or an item of one, as a form beside its text.
func (p page) part(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.shut {
		return q.Redirect("/model/draft/text")
	}
	if err := e.open(q.PathValue("section"), q.PathValue("item")); err != nil {
		return err
	}
	return q.Render(e.title(), partView(e))
}

// adding shows the form of an item that is not there yet.
func (p page) adding(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.shut {
		return q.Redirect("/model/draft/text")
	}
	if err := e.open(q.PathValue("section"), ""); err != nil {
		return err
	}
	if single(e.section) {
		return q.Redirect(e.path())
	}
	return q.Render(q.T("modelview.add."+e.section), newView(e))
}

// changeDraft changes the draft of who asks by what a form says, and tells what
// could not be.
func (p page) changeDraft(q *web.Request, revision int, back string, change func(src []byte) ([]byte, error)) (model.Draft, bool, error) {
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return model.Draft{}, false, cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	}
	d, err := p.models.EditDraft(q.Context(), q.Principal, base, revision, change)
	if err == nil {
		return d, true, nil
	}
	return d, false, p.told(q, err, back)
}

// told says why something was refused, on the page that it was asked on.
func (p page) told(q *web.Request, err error, back string) error {
	message, faults, failure := q.Explain(err)
	if failure != nil || q.HTMX() {
		return err
	}
	for _, f := range faults {
		message = strings.TrimSpace(message + " " + f.Message)
	}
	q.Flash(ui.Negative, message)
	return q.Redirect(back)
}

// save takes the form of a part.
func (p page) save(q *web.Request) error {
	section, item := q.PathValue("section"), q.PathValue("item")
	back := "/model/edit/" + section
	if item != "" {
		back += "/" + item
	}
	at := -1
	d, ok, err := p.changeDraft(q, model.AnyRevision, back, func(src []byte) ([]byte, error) {
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		e := &editor{q: q, now: p.models.Current(), doc: doc, at: -1}
		if err := e.open(section, item); err != nil {
			return nil, err
		}
		at = e.at
		fields := edited(section, e.fields, q.PostForm, e.frozen())
		switch {
		case !single(section) && item == "":
			return nil, cx.Errorf(cx.NotFound, "modelview", "a model has no such part")
		case len(fields) == 0:
			return src, nil
		case single(section):
			return model.SetFields(src, section, fields)
		}
		return model.SetItem(src, section, e.at, fields)
	})
	if !ok {
		return err
	}
	e, err := p.look(q, d)
	if err != nil {
		return err
	}
	if err := e.open(section, placed(at)); err != nil {
		return err
	}
	if to := e.path(); !q.HTMX() || to != back && !strings.HasPrefix(item, "@") {
		return q.Redirect(to)
	}
	return q.Fragment(beside(e), wrap(ui.Partial("#model-state", "innerHTML"), state(e)))
}

func placed(at int) string {
	if at < 0 {
		return ""
	}
	return "@" + strconv.Itoa(at)
}

// add takes the form of a new item.
func (p page) add(q *web.Request) error {
	section := q.PathValue("section")
	slug := ""
	_, ok, err := p.changeDraft(q, model.AnyRevision, "/model/new/"+section, func(src []byte) ([]byte, error) {
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		items := doc.Items(section)
		fields := edited(section, nil, q.PostForm, false)
		if section == "retention" {
			slug = placed(len(items))
			return model.SetItem(src, section, len(items), fields)
		}
		if slug = slugOf(q.PostFormValue("slug")); slug == "" {
			in := input{"name", asWords, true}.from(q.PostForm)
			slug = newSlug(items, in.words.In(q.L.Lang))
		}
		switch {
		case slug == "":
			return nil, cx.Errorf(cx.Invalid, "modelview", "give it a name first")
		case bySlug(items, slug) >= 0:
			return nil, cx.Errorf(cx.Conflict, "modelview", "there is one with this identifier already; give it another")
		}
		fields = slices.DeleteFunc(fields, func(f model.Field) bool { return f.Key == "slug" })
		return model.SetItem(src, section, len(items), append(model.Part{{Key: "slug", Value: slug}}, fields...))
	})
	if !ok {
		return err
	}
	q.Flash(ui.Positive, q.T("modelview.added.draft"))
	return q.Redirect("/model/edit/" + section + "/" + slug)
}

func (p page) remove(q *web.Request) error {
	section, item := q.PathValue("section"), q.PathValue("item")
	_, ok, err := p.changeDraft(q, model.AnyRevision, "/model/edit/"+section, func(src []byte) ([]byte, error) {
		_, at, err := located(src, section, item)
		if err != nil {
			return nil, err
		}
		return model.RemoveItem(src, section, at)
	})
	if !ok {
		return err
	}
	q.Flash(ui.Positive, q.T("modelview.removed.draft"))
	return q.Redirect("/model/edit/" + section)
}

// move moves an item one place up or down: the first that fits an event wins.
func (p page) move(q *web.Request) error {
	section, item := q.PathValue("section"), q.PathValue("item")
	back := "/model/edit/" + section
	_, ok, err := p.changeDraft(q, model.AnyRevision, back, func(src []byte) ([]byte, error) {
		items, at, err := located(src, section, item)
		if err != nil {
			return nil, err
		}
		to := at + 1
		if q.PostFormValue("to") == "up" {
			to = at - 1
		}
		if to < 0 || to >= len(items) {
			return src, nil
		}
		return model.MoveItem(src, section, at, to)
	})
	if !ok {
		return err
	}
	return q.Redirect(back)
}

// sourceDraft takes a part's text as it was written.
func (p page) sourceDraft(q *web.Request) error {
	section, item := q.PathValue("section"), q.PathValue("item")
	back := "/model/edit/" + section
	if item != "" {
		back += "/" + item
	}
	revision, err := strconv.Atoi(q.PostFormValue("revision"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	}
	at := -1
	d, ok, err := p.changeDraft(q, revision, back+"?view=text", func(src []byte) (_ []byte, err error) {
		if item != "" {
			if _, at, err = located(src, section, item); err != nil {
				return nil, err
			}
		}
		return model.SetSource(src, section, at, unixLines(q.PostFormValue("text")))
	})
	if !ok {
		return err
	}
	e, err := p.look(q, d)
	switch {
	case err != nil:
		return err
	case e.shut:
		return q.Redirect("/model/draft/text")
	case e.open(section, placed(at)) != nil: // the text took it away
		return q.Redirect("/model/edit/" + section + "?view=text")
	}
	return q.Redirect(e.path() + "?view=text")
}

// unixLines undoes what browsers do to the lines of a form.
func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func (e *editor) title() string {
	if e.node != nil {
		return e.stepName(*e.node)
	}
	if e.at >= 0 {
		return e.called(e.at)
	}
	if single(e.section) {
		return e.q.T("modelview.edit.title." + e.section)
	}
	return e.q.T("modelview.edit.title."+e.section, "n", len(e.items))
}

// called is what people call the item at a place.
func (e *editor) called(at int) string {
	item := e.items[at]
	if name := model.TextOf(item.Get("name")).In(e.q.L.Lang); name != "" {
		return name
	}
	if e.section == "retention" {
		return e.q.T("modelview.edit.rule", "n", at+1)
	}
	return e.name(at)
}
