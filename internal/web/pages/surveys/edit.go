package surveys

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func (p page) edit(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	return p.show(q, e, http.StatusOK)
}

func (p page) show(q *web.Request, e *editor, status int) error {
	if e.part == partAsk && e.survey.Ask != nil && len(e.faults) == 0 && may(q, account.ContactCustomers) {
		o, err := p.Asks.Preview(q.Context(), q.Principal, e.survey)
		if err != nil {
			return err
		}
		e.outcome = &o
	}
	title := q.T("surveys.edit.title", "survey", e.d.name.In(q.L.Lang))
	return q.RenderStatus(status, title, editView(title, e))
}

// change edits the survey in the person's draft.
func (p page) change(q *web.Request, slug string, change func(d *draft) error) (model.Draft, error) {
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return model.Draft{}, cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	return p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		at := model.IndexOf(src, section, slug)
		if at < 0 {
			return nil, cx.Errorf(cx.NotFound, "surveys", "this is no longer in your draft")
		}
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		d := draftOf(doc.Items(section)[at])
		if err := change(&d); err != nil {
			return nil, err
		}
		out, err := model.SetItem(src, section, at, d.part())
		if err != nil || q.PostFormValue("touchpoint.given") == "" {
			return out, err
		}
		return placed(out, slug, q.PostFormValue("touchpoint"))
	})
}

// touchpointOf is the touchpoint that names the survey; "" when none does.
func touchpointOf(doc model.Document, slug string) string {
	for _, t := range doc.Items("touchpoints") {
		if surveys, _ := t.Get("surveys").([]any); slices.Contains(surveys, any(slug)) {
			return textIn(t, "slug")
		}
	}
	return ""
}

// placed puts the survey at a touchpoint, and at no other.
func placed(src []byte, slug, touchpoint string) ([]byte, error) {
	doc, err := model.Read(src)
	if err != nil || touchpointOf(doc, slug) == touchpoint {
		return src, err
	}
	for i, t := range doc.Items("touchpoints") {
		surveys, _ := t.Get("surveys").([]any)
		here, named := textIn(t, "slug") == touchpoint, slices.Contains(surveys, any(slug))
		if here == named {
			continue
		}
		list := slices.DeleteFunc(slices.Clone(surveys), func(s any) bool { return s == slug })
		if here {
			list = append(list, slug)
		}
		var value any = list
		if len(list) == 0 {
			value = nil
		}
		if src, err = model.SetItem(src, "touchpoints", i, model.Part{{Key: "surveys", Value: value}}); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// save takes the form of a part. A field that asks for one more row, or drops
// one, brings the form again.
func (p page) save(q *web.Request) error {
	slug, part, id := q.PathValue("slug"), q.PostFormValue("part"), q.PostFormValue("id")
	d, err := p.change(q, slug, func(d *draft) error {
		e := &editor{q: q, d: *d}
		if err := e.choose(part, id); err != nil {
			return err
		}
		d.take(q.PostForm, e)
		return nil
	})
	if err != nil {
		return p.refused(q, err, slug, part, id)
	}
	e, err := p.open(q, d)
	if err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(beside(e), within("#survey-outline", outline(e)), within("#survey-state", state(e)))
	}
	return q.Redirect(e.here())
}

// refused says why a change was not made, on the page that it was made on.
func (p page) refused(q *web.Request, err error, slug, part, id string) error {
	if q.HTMX() {
		return err
	}
	at := path(slug) + "/edit"
	if part != "" {
		at += "?part=" + part + "&id=" + id
	}
	return p.told(q, err, at)
}

// add puts in a question of a type, with words to begin from.
func (p page) add(q *web.Request) error {
	slug, kind := q.PathValue("slug"), q.PostFormValue("type")
	page, err := strconv.Atoi(q.PostFormValue("page"))
	if err != nil {
		page = -1
	}
	id := ""
	if _, err := p.change(q, slug, func(d *draft) error {
		question, err := beginning(q, kind, d.taken)
		id = question.id
		d.add(page, question)
		return err
	}); err != nil {
		return p.refused(q, err, slug, "", "")
	}
	return q.Redirect(path(slug) + "/edit?part=q&id=" + id)
}

// words are a key in every language.
func words(q *web.Request, key string) model.Text {
	return model.Text{ES: q.In("es").T(key), EN: q.In("en").T(key), PT: q.In("pt").T(key)}
}

// beginning is a question of a type as it is put in.
func beginning(q *web.Request, kind string, taken func(string) bool) (draftQuestion, error) {
	if !slices.Contains(model.QuestionTypes(), kind) {
		return draftQuestion{}, cx.Errorf(cx.Invalid, "surveys", "there is no such type of question; choose one of the list")
	}
	out := draftQuestion{id: model.NewSlug(kind, "q", taken), kind: kind, text: words(q, "surveys.start."+kind)}
	first := []model.Option{{ID: "price", Text: words(q, "surveys.start.option.price")}, {ID: "people", Text: words(q, "surveys.start.option.people")}, {ID: "wait", Text: words(q, "surveys.start.option.wait")}}
	switch kind {
	case model.NPS, model.CSAT, model.CES, model.Rating:
		out.required = true
	case model.Single, model.Multiple:
		out.options, out.other = first, true
	case model.Ranking:
		out.options = first
	case model.Matrix:
		out.rows = first
	case model.Consent:
		out.trait = "may_ask"
	}
	return out, nil
}

// move puts a question elsewhere: one place up or down, or where it was dropped
// ("page.place").
func (p page) move(q *web.Request) error {
	slug, id, to := q.PathValue("slug"), q.PostFormValue("id"), q.PostFormValue("to")
	if _, err := p.change(q, slug, func(d *draft) error {
		switch to {
		case "up", "down":
			d.step(id, to == "up")
			return nil
		}
		page, place, _ := strings.Cut(to, ".")
		n, err := strconv.Atoi(page)
		k, err2 := strconv.Atoi(place)
		if err != nil || err2 != nil {
			return cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
		}
		d.move(id, n, k)
		return nil
	}); err != nil {
		return p.refused(q, err, slug, "", "")
	}
	return q.Redirect(path(slug) + "/edit?part=q&id=" + id)
}

func (p page) remove(q *web.Request) error {
	slug := q.PathValue("slug")
	if _, err := p.change(q, slug, func(d *draft) error {
		d.remove(q.PostFormValue("id"))
		return nil
	}); err != nil {
		return p.refused(q, err, slug, "", "")
	}
	return q.Redirect(path(slug) + "/edit")
}

// create begins a survey in the person's draft.
func (p page) create(q *web.Request) error {
	name, kind := strings.TrimSpace(q.PostFormValue("name")), q.PostFormValue("type")
	base, err := strconv.Atoi(q.PostFormValue("base"))
	slug := ""
	if err == nil {
		_, err = p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
			if name == "" {
				return nil, cx.Errorf(cx.Invalid, "surveys", "give it a name first")
			}
			doc, err := model.Read(src)
			if err != nil {
				return nil, err
			}
			items := doc.Items(section)
			slug = model.NewSlug(name, "survey", func(s string) bool { return model.IndexOf(src, section, s) >= 0 })
			question, err := beginning(q, kind, func(string) bool { return false })
			if err != nil {
				return nil, err
			}
			d := draft{slug: slug, purpose: q.PostFormValue("purpose"), name: model.Text{ES: name, EN: name, PT: name}, thanks: words(q, "surveys.start.thanks"), pages: []draftPage{{questions: []draftQuestion{question}}}}
			if kind != model.FreeText {
				more, err := beginning(q, model.FreeText, d.taken)
				if err != nil {
					return nil, err
				}
				d.add(1, more)
			}
			out, err := model.SetItem(src, section, len(items), d.part())
			if err != nil {
				return nil, err
			}
			return placed(out, slug, q.PostFormValue("touchpoint"))
		})
	} else {
		err = cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	if err != nil {
		return p.told(q, err, "/surveys")
	}
	return q.Redirect(path(slug) + "/edit")
}

// paste takes a whole survey as JSON.
func (p page) paste(q *web.Request) error {
	slug := q.PathValue("slug")
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	_, err = p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		m, err := model.Parse(src)
		if err != nil {
			m = p.Models.Current().Model
		}
		s, err := model.ParseSurvey([]byte(q.PostFormValue("json")), m)
		if err != nil {
			return nil, err
		}
		s.Slug = slug
		return model.PutSurvey(src, s)
	})
	if err != nil {
		return p.refused(q, err, slug, "", "")
	}
	q.Flash(ui.Positive, q.T("surveys.json.taken"))
	return q.Redirect(path(slug) + "/edit")
}

// export answers with the survey as a file: what is in force.
func (p page) export(q *web.Request) error {
	s, err := p.survey(q)
	if err != nil {
		return err
	}
	q.Record("exported", "page:"+q.URL.Path)
	h := q.W.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+s.Slug+`.json"`)
	_, err = q.W.Write(s.JSON())
	return err
}

// apply puts the person's draft in force.
func (p page) apply(q *web.Request) error {
	slug := q.PathValue("slug")
	revision, err := strconv.Atoi(q.PostFormValue("revision"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	note := strings.TrimSpace(q.PostFormValue("note"))
	if note == "" {
		note = q.T("surveys.note", "survey", slug)
	}
	v, err := p.Models.ApplyDraft(q.Context(), q.Principal, revision, note)
	if err != nil {
		return p.refused(q, err, slug, "", "")
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T("surveys.applied"))
	return q.Redirect(path(slug) + "/ways")
}

// discard brings the survey back to what is in force, in the person's draft.
func (p page) discard(q *web.Request) error {
	slug := q.PathValue("slug")
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	now := p.Models.Current().Model
	s, known := now.Survey(slug)
	t, _ := now.SurveyTouchpoint(slug)
	_, err = p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		src, err := placed(src, slug, t.Slug)
		if err != nil || known {
			if err == nil {
				src, err = model.PutSurvey(src, s)
			}
			return src, err
		}
		if at := model.IndexOf(src, section, slug); at >= 0 {
			return model.RemoveItem(src, section, at)
		}
		return src, nil
	})
	if err != nil {
		return p.refused(q, err, slug, "", "")
	}
	q.Flash(ui.Positive, q.T("surveys.discarded"))
	if known {
		return q.Redirect(path(slug) + "/edit")
	}
	return q.Redirect("/surveys")
}

// preview is a page of the survey of the draft, as customers would see it. What
// depends on answers is shown as if it were so.
func (p page) preview(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(q.PathValue("page"))
	if err != nil {
		return cx.Errorf(cx.NotFound, "surveys.preview", "there is no such page")
	}
	s := e.survey
	s.Pages = slices.Clone(s.Pages)
	for i := range s.Pages {
		s.Pages[i].When = nil
		s.Pages[i].Questions = slices.Clone(s.Pages[i].Questions)
		for j := range s.Pages[i].Questions {
			s.Pages[i].Questions[j].When = nil
		}
	}
	lang := q.URL.Query().Get("l")
	if lang == "" {
		lang, _, _ = strings.Cut(q.L.Lang, "-")
	}
	p.Config.Preview(q.W, q.Request, p.Surveys.Preview(s, e.model, n, survey.Values{}, lang))
	return nil
}
