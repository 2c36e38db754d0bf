package team

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// SurveyVoice is what the team answers to a survey.
type SurveyVoice struct {
	Survey    string
	Purpose   string
	N         int // responses
	Questions []QuestionVoice
	Agreement []Agreement // of a quiz: the whole team first (area ""), then by area, the least agreed first
}

// QuestionVoice is what the team answers to one question.
type QuestionVoice struct {
	ID      string
	Row     string // of a matrix; else ""
	N       int
	Options []Option          // most first
	Score   *outcome.Estimate // mean, on the question's scale; null without one
	Words   []string          // personal data masked, in an order that tells nothing
}

// Option is how often an option was chosen, of who answered the question.
type Option struct {
	ID    string
	N     int
	Share outcome.Estimate // Wilson's interval
}

// Agreement is whether an area speaks one language: how likely two of its people,
// drawn at random, give the same answer to a question of the quiz (P of Fleiss
// 1971, the mean over the questions), with the jackknife's interval over
// responses. Fleiss's κ is not given: it sets the chance by what all questions
// share, and here each has options of its own.
type Agreement struct {
	Area string
	Same outcome.Estimate
}

// response is what one response says within a batch: the last answer to each
// question.
type response struct {
	area  string
	items map[string]fact.AnswerItem
}

// responses joins the events of a batch that are of one response.
func (b *batch) responses() []response {
	var out []response
	at := map[string]int{}
	for _, r := range b.reports {
		i, ok := at[r.key]
		if !ok || r.key == "" {
			i = len(out)
			at[r.key] = i
			out = append(out, response{b.group.Area, map[string]fact.AnswerItem{}})
		}
		for _, it := range r.items {
			out[i].items[it.Question] = it
		}
	}
	return out
}

// responsesTo returns the responses to a survey that may be shown.
func responsesTo(closed []*batch, survey string) (out []response) {
	for _, b := range closed {
		if b.group.Survey == survey {
			out = append(out, b.responses()...)
		}
	}
	return out
}

// surveys adds up the answers to the model's surveys of the team, in its order;
// those that nobody may see yet are left out.
func surveys(closed []*batch, m *model.Model) []SurveyVoice {
	out := []SurveyVoice{}
	for i := range m.Surveys {
		s := &m.Surveys[i]
		if !s.Team() {
			continue
		}
		all := responsesTo(closed, s.Slug)
		if len(all) == 0 {
			continue
		}
		v := SurveyVoice{Survey: s.Slug, Purpose: s.Purpose, N: len(all), Agreement: []Agreement{}}
		for _, q := range s.Questions() {
			if q.Type == model.Matrix {
				for _, row := range q.Rows {
					v.Questions = append(v.Questions, voiceOf(q, row.ID, all))
				}
			} else {
				v.Questions = append(v.Questions, voiceOf(q, "", all))
			}
		}
		if s.Purpose == model.Quiz {
			v.Agreement = agreements(s, all)
		}
		out = append(out, v)
	}
	return out
}

func voiceOf(q model.Question, row string, all []response) QuestionVoice {
	v := QuestionVoice{ID: q.ID, Row: row, Options: []Option{}}
	key := q.ID
	if row != "" {
		key += "." + row
	}
	var counts []Count
	var values stats.Moments
	for _, r := range all {
		it, ok := r.items[key]
		if !ok || !it.HasValue && it.Choice == "" && it.Text == "" {
			continue
		}
		v.N++
		if it.HasValue {
			values.Add(it.Value)
		}
		for _, chosen := range choices(it.Choice) {
			counts = counted(counts, chosen)
		}
		if words := masked(strings.TrimSpace(it.Text)); words != "" {
			v.Words = append(v.Words, words)
		}
	}
	sortCounts(counts)
	for _, c := range counts {
		v.Options = append(v.Options, Option{c.Key, c.N, shareOf(c.N, v.N)})
	}
	if scale, ok := fact.ParseScale(q.Scale); ok && values.N >= MinPeople {
		mean := outcome.MeanOf(values.Sample(), scale.Min, scale.Max)
		v.Score = &mean
	}
	v.Words = shuffled(v.Words)
	return v
}

// choices reads what was chosen: one option, or a JSON list of several.
func choices(s string) []string {
	if s == "" {
		return nil
	}
	var several []string
	if strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &several) == nil {
		return several
	}
	return []string{s}
}

func agreements(s *model.Survey, all []response) []Agreement {
	by := map[string][]response{}
	for _, r := range all {
		by[r.area] = append(by[r.area], r)
	}
	out := []Agreement{}
	for area, some := range by {
		if area == "" { // nobody knows whose these are: they count in the whole only
			continue
		}
		if a, ok := agreement(s, some); ok {
			out = append(out, Agreement{area, a})
		}
	}
	slices.SortFunc(out, func(a, b Agreement) int {
		return cmp.Or(cmp.Compare(a.Same.Value, b.Same.Value), cmp.Compare(a.Area, b.Area))
	})
	if a, ok := agreement(s, all); ok {
		out = slices.Insert(out, 0, Agreement{"", a})
	}
	return out
}

// agreement is Fleiss's P over the questions that have options.
func agreement(s *model.Survey, all []response) (outcome.Estimate, bool) {
	type question struct {
		id     string
		counts map[string]int
		n      int
	}
	var questions []question
	for _, q := range s.Questions() {
		if q.Type != model.Single {
			continue
		}
		one := question{q.ID, map[string]int{}, 0}
		for _, r := range all {
			if c := r.items[q.ID].Choice; c != "" {
				one.counts[c]++
				one.n++
			}
		}
		questions = append(questions, one)
	}
	// same is the mean over the questions, leaving one response out.
	same := func(without map[string]fact.AnswerItem) (float64, bool) {
		sum, asked := 0.0, 0
		for _, q := range questions {
			out := ""
			if without != nil {
				out = without[q.id].Choice
			}
			n, pairs := q.n, 0
			for c, k := range q.counts {
				if c == out {
					k--
				}
				pairs += k * (k - 1)
			}
			if out != "" {
				n--
			}
			if n >= 2 {
				sum += float64(pairs) / float64(n*(n-1))
				asked++
			}
		}
		return sum / float64(max(asked, 1)), asked > 0
	}
	value, ok := same(nil)
	if !ok || len(all) < MinPeople {
		return outcome.Estimate{}, false
	}
	left := make([]float64, len(all))
	for i, r := range all {
		left[i], _ = same(r.items)
	}
	i := stats.Jackknife(value, left).Clip(0, 1)
	return outcome.Estimate{Value: value, Low: i.Low, High: i.High, N: len(all)}, true
}
