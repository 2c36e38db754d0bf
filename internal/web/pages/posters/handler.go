package posters

import (
	"context"
	"embed"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
)

//go:embed messages.*.yaml
var messages embed.FS

// Surveys makes links and pages; listen/survey's Service does.
type Surveys interface {
	Link(ctx context.Context, p cx.Principal, r survey.LinkRequest) (survey.Link, error)
	Preview(s model.Survey, m *model.Model, page int, values survey.Values, lang string) survey.Form
}

// Models tells the model in force; model.Service does.
type Models interface {
	Current() model.Version
}

type page struct {
	surveys Surveys
	models  Models
}

// New returns the files:
//
//	/surveys/{slug}/poster.svg, /surveys/{slug}/poster.pdf
//	  ?touchpoint=SLUG &place=SLUG &size=a4|a6 &lang=es|en|pt   all may be left out
func New(s Surveys, m Models) web.Page {
	p := page{s, m}
	return web.Page{Name: "posters", Messages: messages, Routes: func(r *web.Router) {
		r.Get("/surveys/{slug}/poster.svg", account.LinkSurveys, SVG(p.poster))
		r.Get("/surveys/{slug}/poster.pdf", account.LinkSurveys, PDF(p.poster))
	}}
}

// Making makes the poster that a request asks for, and says what its file is called.
type Making func(q *web.Request) (Poster, string, error)

// SVG answers with a poster as an SVG file.
func SVG(poster Making) web.Handler {
	return func(q *web.Request) error {
		poster, name, err := poster(q)
		if err != nil {
			return err
		}
		picture, err := poster.SVG()
		if err != nil {
			return err
		}
		return q.SVG(name, picture)
	}
}

// PDF answers with a poster as a PDF, and puts that on record.
func PDF(poster Making) web.Handler {
	return func(q *web.Request) error {
		poster, name, err := poster(q)
		if err != nil {
			return err
		}
		file, err := poster.PDF()
		if err != nil {
			return err
		}
		q.Record("exported", "page:"+q.URL.Path)
		q.W.Header().Set("Content-Type", "application/pdf")
		q.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`.pdf"`)
		_, err = q.W.Write(file)
		return err
	}
}

// Paper is the language (?lang) and the size (?size) that an address asks for.
func Paper(q *web.Request) (lang string, size Size) {
	lang, size = q.URL.Query().Get("lang"), Size(q.URL.Query().Get("size"))
	if !slices.Contains([]string{"es", "en", "pt"}, lang) {
		lang = q.L.Lang
	}
	if size != A6 {
		size = A4
	}
	return lang, size
}

// Where is a place and a touchpoint in words, for the foot of a poster.
func Where(m *model.Model, place, touchpoint, lang string) string {
	names := make([]string, 0, 2)
	if place, ok := m.Place(place); ok {
		names = append(names, place.Name.In(lang))
	}
	if t, ok := m.Touchpoint(touchpoint); ok {
		names = append(names, t.Name.In(lang))
	}
	return strings.Join(names, " · ")
}

// poster is the poster of a survey.
func (p page) poster(q *web.Request) (Poster, string, error) {
	const op = "posters.poster"
	m := p.models.Current().Model
	s, ok := m.Survey(q.PathValue("slug"))
	if !ok {
		return Poster{}, "", cx.Errorf(cx.NotFound, op, "there is no such survey")
	}
	values := q.URL.Query()
	lang, size := Paper(q)
	link, err := p.surveys.Link(q.Context(), q.Principal, survey.LinkRequest{
		Survey: s.Slug, Way: survey.ByQR, Touchpoint: values.Get("touchpoint"), Place: values.Get("place"),
	})
	if err != nil {
		return Poster{}, "", err
	}
	form := p.surveys.Preview(s, m, 1, nil, lang)
	question := s.Name.In(lang)
	if len(form.Questions) > 0 {
		question = form.Questions[0].Text
	}
	name := strings.Join(slices.DeleteFunc([]string{s.Slug, values.Get("touchpoint"), values.Get("place"), lang, string(size)}, func(part string) bool { return part == "" }), "-")
	l := q.In(lang)
	return Poster{
		Company: m.Company.Name, Question: question, Call: l.T("posters.call"), Or: l.T("posters.or"),
		Address: link.URL, Place: Where(m, values.Get("place"), values.Get("touchpoint"), lang), Lang: lang, Size: size,
	}, name, nil
}
