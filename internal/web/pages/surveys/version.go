package surveys

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// release is a version of the model that changed the survey.
type release struct {
	model.Version
	changes []model.Change
}

// versions lists what changed in the survey, and when, the newest first.
func (p page) versions(q *web.Request) error {
	s, err := p.survey(q)
	if err != nil {
		return err
	}
	all, err := p.Models.Versions(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b model.Version) int { return a.Number - b.Number })
	var out []release
	before := model.Empty()
	for _, v := range all {
		if v.Model == nil { // written for another release
			continue
		}
		r := release{Version: v}
		for _, c := range model.Diff(before, v.Model) {
			if c.Path == section+"."+s.Slug || strings.HasPrefix(c.Path, section+"."+s.Slug+".") {
				r.changes = append(r.changes, c)
			}
		}
		if len(r.changes) > 0 {
			out = append(out, r)
		}
		before = v.Model
	}
	slices.Reverse(out)
	title := q.T("surveys.versions.title", "survey", s.Name.In(q.L.Lang), "n", len(out))
	return q.Render(title, versionsView(title, q, s, out, p.base(q)))
}

// changeWords says what of the survey changed.
func changeWords(q *web.Request, s model.Survey, c model.Change) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(c.Path, section+"."+s.Slug), ".")
	if id, ok := strings.CutPrefix(rest, "questions."); ok {
		id, field, _ := strings.Cut(id, ".")
		text := id
		if question, ok := s.Question(id); ok {
			text = question.Text.In(q.L.Lang)
		}
		if field == "" {
			return q.T("surveys.change.question", "question", text)
		}
		return q.T("surveys.change.field", "question", text, "field", fieldWord(q, field))
	}
	if rest == "" {
		return q.T("surveys.change.whole")
	}
	return fieldWord(q, rest)
}

func fieldWord(q *web.Request, field string) string {
	if key := "surveys.field." + field; q.L.Has(key) {
		return q.T(key)
	}
	return field
}

// restore brings the survey back to how a version of the model had it, in the
// person's draft.
func (p page) restore(q *web.Request) error {
	slug := q.PathValue("slug")
	base, err := strconv.Atoi(q.PostFormValue("base"))
	number, err2 := strconv.Atoi(q.PathValue("number"))
	if err != nil || err2 != nil {
		return cx.Errorf(cx.Invalid, "surveys", "this form is not whole; open it again")
	}
	all, err := p.Models.Versions(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(v model.Version) bool { return v.Number == number && v.Model != nil })
	if i < 0 {
		return cx.Errorf(cx.NotFound, "surveys", "there is no such version")
	}
	s, ok := all[i].Model.Survey(slug)
	if !ok {
		return cx.Errorf(cx.NotFound, "surveys", "that version has no such survey")
	}
	if _, err := p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) { return model.PutSurvey(src, s) }); err != nil {
		return p.refused(q, err, slug, "", "")
	}
	q.Flash(ui.Positive, q.T("surveys.restored", "number", number))
	return q.Redirect(path(slug) + "/edit")
}
