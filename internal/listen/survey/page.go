package survey

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Page returns the page that a request is at, in the language lang ("es", "en",
// "pt"; "" for the link's, the browser's or the company's own). It writes
// nothing. What a person is to be told is the form's State; an error is of a
// store.
func (s *Service) Page(ctx context.Context, ref Ref, lang string) (Form, error) {
	v, state, err := s.meet(ctx, ref, lang)
	if err != nil {
		return Form{}, cx.Wrap("survey.Page", err)
	}
	if state != Asking {
		return v.told(state), nil
	}
	s.seen(&v.link, v.unjoined(v.now))
	pages := v.pages()
	at := v.reached(pages)
	if i := slices.IndexFunc(pages, func(p asked) bool { return p.number == ref.Page }); i >= 0 && i <= at {
		return v.form(pages, i), nil
	}
	if v.response.completedAt != 0 || at == len(pages) {
		return v.told(Answered), nil
	}
	return v.form(pages, at), nil
}

// Preview returns a page of a survey that nobody answers yet: nothing is kept,
// nobody is known. Values, which may be nil, are what pages before would have
// been answered.
func (s *Service) Preview(survey model.Survey, m *model.Model, page int, values Values, lang string) Form {
	v := &visit{model: m, survey: survey, way: Anonymous, now: s.Clock.Now(), response: response{id: "preview", given: given{}}}
	v.person = s.personOf(context.Background(), "")
	v.lang = s.language(v, Ref{}, lang)
	r := reader{values, spoken(v.lang)}
	for _, q := range survey.Questions() {
		if a, fault := r.read(q); fault == "" && !a.empty() {
			v.response.given[q.ID] = a
		}
	}
	pages := v.pages()
	if len(pages) == 0 {
		return v.told(Thanks)
	}
	at := slices.IndexFunc(pages, func(p asked) bool { return p.number >= page })
	if at < 0 {
		return v.told(Thanks)
	}
	return v.form(pages, at)
}

// told is a form without questions.
func (v *visit) told(state State) Form {
	f := Form{State: state, Way: v.way, Language: v.lang, Survey: v.survey.Slug}
	if v.survey.Slug == "" {
		return f
	}
	f.Version, f.Anonymous, f.Team, f.Response = v.survey.Version(), v.survey.Anonymous, v.survey.Team(), v.token
	f.Redirect = v.survey.Redirect
	if v.survey.Thanks != (model.Text{}) {
		f.Thanks = v.survey.Thanks.Fill(v.lang, v.model.Company.Zone(), v.known)
	}
	if until := v.correctUntil(); v.response.completedAt != 0 && v.now < until {
		f.CorrectUntil = until
	}
	return f
}

// form is a page as it is to be shown.
func (v *visit) form(pages []asked, at int) Form {
	page := pages[at]
	f := v.told(Asking)
	f.Page, f.Step, f.Steps = page.number, at+1, len(pages)
	f.Title = v.fill(page.title)
	if at > 0 {
		f.Back = pages[at-1].number
	}
	for _, q := range page.questions {
		f.Questions = append(f.Questions, v.question(q))
	}
	return f
}

func (v *visit) fill(t model.Text) string {
	if t == (model.Text{}) {
		return ""
	}
	return t.Fill(v.lang, v.model.Company.Zone(), v.known)
}

func (v *visit) question(q model.Question) Question {
	out := Question{
		ID: q.ID, Type: q.Type, Text: v.fill(q.Text), Help: v.fill(q.Help), Required: q.Required,
		Scale: points(q.Scale), Other: q.Other, MaxLength: q.MaxLength, Min: q.Min, Max: q.Max,
	}
	for _, o := range v.order(q, q.Options) {
		out.Options = append(out.Options, Option{o.ID, v.fill(o.Text)})
	}
	for _, row := range q.Rows {
		out.Rows = append(out.Rows, Option{row.ID, v.fill(row.Text)})
	}
	if q.Type == model.Emotion {
		for _, e := range model.Emotions() {
			out.Options = append(out.Options, Option{ID: e})
		}
	}
	if len(out.Scale) > 0 {
		usual := q.Type
		if q.Type == model.Matrix {
			usual = model.Rating
		}
		w := spoken(v.lang)
		ends := w.ends[usual]
		out.Low, out.High = ends[0], ends[1]
		if len(out.Scale) == len(w.five[usual]) && q.Labels == (model.Labels{}) {
			out.Words = w.five[usual]
		}
		if q.Labels.Low != (model.Text{}) {
			out.Low = q.Labels.Low.In(v.lang)
		}
		if q.Labels.High != (model.Text{}) {
			out.High = q.Labels.High.In(v.lang)
		}
	}
	out.put(v.response.given[q.ID])
	return out
}

// put shows what was answered.
func (q *Question) put(a answer) {
	q.Given, q.GivenRow, q.GivenOther = a.Values, a.Rows, a.Other
	if q.Type == model.Ranking {
		q.GivenRow = map[string]string{}
		for i, o := range a.Values {
			q.GivenRow[o] = itoa(i + 1)
		}
	}
}
