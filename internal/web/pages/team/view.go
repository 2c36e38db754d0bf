package team

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is the page.
type view struct {
	team.Overview
	m        *model.Model
	l        *i18n.Locale
	title    string
	said     said
	where    []ui.Option // touchpoints
	places   []ui.Option
	asked    []model.Survey // that the team may answer now
	mayReply bool
}

func (p page) viewOf(q *web.Request, o team.Overview, s said) view {
	m := p.models.Current().Model
	v := view{Overview: o, m: m, l: q.L, said: s, mayReply: account.Check(q.Principal, account.AnswerTeam) == nil}
	v.where = append([]ui.Option{{Text: q.T("team.choose")}}, p.options(q, m)...)
	v.places = []ui.Option{{Text: q.T("team.anywhere")}}
	for _, place := range m.Places {
		v.places = append(v.places, ui.Option{Value: place.Slug, Text: place.Name.In(q.L.Lang)})
	}
	for _, survey := range m.Surveys {
		if survey.Team() {
			v.asked = append(v.asked, survey)
		}
	}
	v.title = v.finding()
	return v
}

// finding is the page's title: what keeps most from serving well.
func (v view) finding() string {
	if len(v.Obstacles) == 0 {
		return v.l.T("team.title.none")
	}
	most := v.Obstacles[0]
	return v.l.T("team.title", "where", v.touchpoint(most.Touchpoint), "what", v.what(most.What[0].Key), "n", most.N, "of", v.l.Int(int64(most.Share.N)))
}

func (v view) touchpoint(slug string) string {
	if t, ok := v.m.Touchpoint(slug); ok {
		return t.Name.In(v.l.Lang)
	}
	return slug
}

func (v view) what(key string) string { return v.l.T("team.what." + key) }

// whats tells the kinds of obstacles, most first: "falta gente 31, un sistema 4".
func (v view) whats(counts []team.Count) string {
	parts := make([]string, len(counts))
	for i, c := range counts {
		parts[i] = v.what(c.Key) + " " + v.l.Int(int64(c.N))
	}
	return strings.Join(parts, ", ")
}

func (v view) placesOf(counts []team.Count) string {
	var parts []string
	for _, c := range counts {
		if place, ok := v.m.Place(c.Key); ok {
			parts = append(parts, place.Name.In(v.l.Lang)+" "+v.l.Int(int64(c.N)))
		}
	}
	return strings.Join(parts, ", ")
}

// whysOf names what the model holds to be behind the same.
func (v view) whysOf(slugs []string) (names []string) {
	for _, slug := range slugs {
		for _, w := range v.m.Whys {
			if w.Slug == slug {
				names = append(names, w.Name.In(v.l.Lang))
			}
		}
	}
	return names
}

// percent writes a share with its interval: "43 % (36–50)".
func (v view) percent(e outcome.Estimate) string {
	return v.l.Percent(e.Value, 0) + " (" + v.l.Number(100*e.Low, 0) + "–" + v.l.Number(100*e.High, 0) + ")"
}

// points writes a difference of shares in points: "−12 (−15 a −9)".
func (v view) points(e outcome.Estimate) string {
	return v.l.T("team.points", "value", v.l.Signed(100*e.Value, 0), "low", v.l.Signed(100*e.Low, 0), "high", v.l.Signed(100*e.High, 0))
}

// area names an area; the whole team has none.
func (v view) area(slug string) string {
	if slug == "" {
		return v.l.T("team.everybody")
	}
	if a, ok := v.m.Area(slug); ok {
		return a.Name.In(v.l.Lang)
	}
	return slug
}

func (v view) survey(slug string) model.Survey {
	s, _ := v.m.Survey(slug)
	return s
}

// question names a question of a survey, or the touchpoint that its row is.
func (v view) question(survey string, q team.QuestionVoice) string {
	s := v.survey(survey)
	declared, _ := s.Question(q.ID)
	for _, row := range declared.Rows {
		if row.ID == q.Row {
			return row.Text.In(v.l.Lang)
		}
	}
	return declared.Text.In(v.l.Lang)
}

func (v view) option(survey, question, id string) string {
	s := v.survey(survey)
	declared, _ := s.Question(question)
	for _, o := range declared.Options {
		if o.ID == id {
			return o.Text.In(v.l.Lang)
		}
	}
	return id
}

// quizzes are the surveys that tell whether the team speaks one language.
func (v view) quizzes() (out []team.SurveyVoice) {
	for _, s := range v.Surveys {
		if s.Purpose == model.Quiz {
			out = append(out, s)
		}
	}
	return out
}

// answered are the other surveys, with what is not told elsewhere on the page.
func (v view) answered() (out []team.SurveyVoice) {
	for _, s := range v.Surveys {
		if s.Purpose != model.Quiz {
			out = append(out, s)
		}
	}
	return out
}
