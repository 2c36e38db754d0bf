package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// surveyLine is a survey in a list.
type surveyLine struct {
	Slug       string            `json:"slug"`
	Name       map[string]string `json:"name"`
	Purpose    string            `json:"purpose"`
	Audience   string            `json:"audience"`
	Touchpoint *string           `json:"touchpoint"`
	Version    string            `json:"version"`
	Questions  int               `json:"questions"`
}

func (s *server) listSurveys(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	m := s.Models.Current().Model
	return listOf(m.Surveys, func(v model.Survey) surveyLine {
		t, _ := m.SurveyTouchpoint(v.Slug)
		name := map[string]string{"es": v.Name.In("es"), "en": v.Name.In("en"), "pt": v.Name.In("pt")}
		return surveyLine{v.Slug, name, v.Purpose, v.Audience, word(t.Slug), v.Version(), len(v.Questions())}
	}), nil
}

// survey returns the survey that the path names.
func (s *server) survey(q *request) (model.Survey, error) {
	v, ok := s.Models.Current().Model.Survey(q.PathValue("slug"))
	if !ok {
		return v, cx.Errorf(cx.NotFound, "api.survey", "there is no survey %q", q.PathValue("slug"))
	}
	return v, nil
}

func (s *server) showSurvey(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	v, err := s.survey(q)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(v.JSON()), nil
}

// putSurvey declares the survey in the model, or replaces it, and applies that.
func (s *server) putSurvey(q *request) (any, error) {
	const op = "api.putSurvey"
	var in json.RawMessage
	if err := q.body(&in); err != nil {
		return nil, err
	}
	current := s.Models.Current()
	v, err := model.ParseSurvey(in, current.Model)
	if err != nil {
		return nil, err
	}
	if v.Slug != q.PathValue("slug") {
		return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "slug", Message: "is another than the address names: a survey keeps its slug for ever"}})
	}
	yaml, err := model.PutSurvey(current.YAML, v)
	if err != nil {
		return nil, err
	}
	applied, err := s.Models.Apply(q.Context(), q.principal, yaml, "")
	if err != nil {
		return nil, err
	}
	if applied.Number != current.Number {
		s.record(q, "survey.put", "survey:"+v.Slug)
		s.settle(q.Context(), applied.Seq)
	}
	return modelVersionOf(applied), nil
}

type linkInput struct {
	Way        survey.Way        `json:"way"`
	Customer   cx.CustomerID     `json:"customer"`
	About      map[string]string `json:"about"`
	Event      string            `json:"event"`
	At         string            `json:"at"`
	Touchpoint string            `json:"touchpoint"`
	Place      string            `json:"place"`
	Language   string            `json:"language"`
	Days       int               `json:"days"`
}

type surveyLink struct {
	survey.Link
	ExpiresAt *string `json:"expires_at"`
}

func (s *server) linkSurvey(q *request) (any, error) {
	var in linkInput
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if _, err := s.survey(q); err != nil {
		return nil, err
	}
	at := q.moment("at", in.At)
	if in.Days < 0 || in.Days > 366 {
		q.fault("days", "must be 1 to 366, or left out")
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	l, err := s.Surveys.Link(q.Context(), q.principal, survey.LinkRequest{
		Survey: q.PathValue("slug"), Way: in.Way, Customer: in.Customer, About: in.About, Event: in.Event, At: at,
		Touchpoint: in.Touchpoint, Place: in.Place, Language: in.Language, Expire: time.Duration(in.Days) * 24 * time.Hour,
	})
	if err != nil {
		return nil, err
	}
	if l.ID != "" {
		s.record(q, "survey.linked", "survey:"+q.PathValue("slug"))
	}
	return reply{http.StatusCreated, l.Path, surveyLink{l, instant(l.ExpiresAt)}}, nil
}

// moment reads a time of a body; 0 when it is empty.
func (q *request) moment(field, text string) cx.Time {
	if text == "" {
		return 0
	}
	at, ok := cx.ParseTime(text)
	if !ok {
		q.fault(field, "is a time such as 2026-11-22T10:00:00Z")
	}
	return at
}

func (s *server) revokeSurveyLink(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	if err := s.Surveys.Revoke(q.Context(), q.principal, q.PathValue("id")); err != nil {
		return nil, err
	}
	s.record(q, "survey.link.revoked", "link:"+q.PathValue("id"))
	return nil, nil
}

func (s *server) surveyResults(q *request) (any, error) {
	w := q.window()
	if err := q.finish(); err != nil {
		return nil, err
	}
	return s.Surveys.Results(q.Context(), q.principal, q.PathValue("slug"), w)
}

type responseInput struct {
	Response    string              `json:"response"`
	UserID      string              `json:"user_id"`
	AnonymousID string              `json:"anonymous_id"`
	About       map[string]string   `json:"about"`
	Language    string              `json:"language"`
	Values      map[string][]string `json:"values"`
}

type responseOutput struct {
	Response string       `json:"response"`
	State    survey.State `json:"state"`
	Page     *int         `json:"page"`
}

func (s *server) answerSurvey(q *request) (any, error) {
	var in responseInput
	if err := q.body(&in); err != nil {
		return nil, err
	}
	f, err := s.Surveys.Answer(q.Context(), q.principal, survey.Ref{
		Survey: q.PathValue("slug"), Response: in.Response, UserID: in.UserID, AnonymousID: in.AnonymousID, About: in.About,
	}, in.Values, in.Language)
	if err != nil {
		return nil, err
	}
	out := responseOutput{Response: f.Response, State: f.State}
	if f.State == survey.Asking {
		out.Page = &f.Page
	}
	return out, nil
}
