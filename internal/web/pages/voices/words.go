package voices

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reader says what texts are about in the words of who reads.
type reader struct{ reading.Reader }

func (p page) reader(q *web.Request) reader {
	return reader{reading.NewReader(q, p.models.Current().Model)}
}

// key names a key of a dimension.
func (r reader) key(d voice.Dimension, key string) string {
	if key == "" {
		if d == voice.ByTopic {
			return r.L.T("voices.topic.none")
		}
		return r.L.T("voices.none")
	}
	switch d {
	case voice.ByTouchpoint:
		return r.Touchpoint(key)
	case voice.ByStage:
		return r.L.T("ui.stage." + key)
	case voice.ByChannel:
		return r.Channel(key)
	case voice.ByArea:
		return r.Area(key)
	case voice.BySupplier:
		return r.Supplier(key)
	case voice.ByPlace:
		return r.Place(key)
	case voice.BySurvey:
		return r.survey(key)
	case voice.ByTopic:
		return r.topic(key)
	}
	if k := "voices." + string(d) + "." + key; r.L.Has(k) {
		return r.L.T(k)
	}
	return key
}

func (r reader) topic(slug string) string {
	if t, ok := r.Model.Topic(slug); ok {
		return r.Say(t.Name)
	}
	return strings.ReplaceAll(slug, "-", " ")
}

func (r reader) survey(slug string) string {
	if s, ok := r.Model.Survey(slug); ok {
		return r.Say(s.Name)
	}
	return slug
}

// from says where a text comes from: a survey, something that happened, a place in
// public.
func (r reader) from(l voice.Line) string {
	switch l.Kind {
	case voice.Answer, voice.Suspect:
		return r.survey(l.Name)
	case voice.Mention:
		return r.L.T("voices.kind.mention") + " · " + l.Source
	}
	return r.Happened(l.Name)
}

// where says at which touchpoint, place and supplier a text was said.
func (r reader) where(l voice.Line) string {
	parts := []string{r.Touchpoint(l.Touchpoint), r.Place(l.Place), r.Supplier(l.Supplier), r.from(l)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// score writes the score that came with a text: 2 de 5.
func (r reader) score(s *voice.Score) string {
	decimals := 0
	if s.Value != float64(int64(s.Value)) {
		decimals = 1
	}
	value := r.L.Number(s.Value, decimals)
	if _, most, ok := strings.Cut(s.Scale, "-"); ok {
		return r.L.T("voices.score", "value", value, "most", most)
	}
	return value
}

func scoreTone(s *voice.Score) ui.Tone {
	switch level, _ := s.Level(); level {
	case 1:
		return ui.Positive
	case -1:
		return ui.Negative
	}
	return ui.Neutral
}

// tone is how a polarity is coloured; its word carries a sign.
func tone(polarity string) ui.Tone {
	switch text.Polarity(polarity) {
	case text.Positive:
		return ui.Positive
	case text.Negative:
		return ui.Negative
	}
	return ui.Neutral
}

// part writes k of n as a share with its interval.
func (r reader) part(k, n int64) string {
	if n == 0 {
		return "–"
	}
	i := stats.Wilson(int(k), int(n))
	return r.L.T("voices.part", "share", r.L.Percent(float64(k)/float64(n), 0), "low", r.L.Percent(i.Low, 0), "high", r.L.Percent(i.High, 0), "count", r.L.Int(n))
}

// often is a share in ten, for a title.
func often(k, n int64) int64 { return (10*k + n/2) / n }

func (r reader) tabs(a question, current string) []ui.Tab {
	var tabs []ui.Tab
	for _, t := range []struct{ path, key string }{{"/voice", "voices.tab.stream"}, {"/voice/words", "voices.tab.words"}, {"/voice/topics", "voices.tab.topics"}, {"/voice/quality", "voices.tab.quality"}} {
		if t.path == "/voice" && !r.May(account.ViewCustomers) {
			continue
		}
		href := a.at(t.path)
		if t.path == "/voice/quality" {
			href = t.path
		}
		tabs = append(tabs, ui.Tab{Href: href, Text: r.L.T(t.key), Current: t.path == current})
	}
	return tabs
}

// hundred writes a share as so many of 100.
func (r reader) hundred(share float64) string { return r.L.Number(100*share, 0) }
