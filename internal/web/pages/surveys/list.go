package surveys

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// line is a survey in the list.
type line struct {
	survey     model.Survey
	touchpoint model.Touchpoint // zero when it has none
	responses  survey.WayResult
	answers    int // in the period, however they came in
	score      score
	last       cx.Time
}

// score is how the score of a survey, or of one question, came out.
type score struct {
	outcome.Estimate
	metric outcome.Metric
	scale  string
}

// metricOf is how answers to a question are scored; "" when they are none.
func metricOf(kind string) outcome.Metric {
	switch kind {
	case model.NPS:
		return outcome.NPS
	case model.CSAT:
		return outcome.CSAT
	case model.CES:
		return outcome.CES
	case model.Rating:
		return outcome.Mean
	}
	return ""
}

// figure writes a score as people read it.
func (s score) figure(l *i18n.Locale, v float64) string {
	switch s.metric {
	case outcome.NPS:
		return l.Number(v, 0)
	case outcome.CSAT:
		return l.Percent(v, 0)
	}
	return l.Number(v, 1)
}

// interval writes its interval: 75–81 %.
func (s score) interval(l *i18n.Locale) string {
	return l.T("surveys.between", "low", s.figure(l, s.Low), "high", s.figure(l, s.High))
}

// distribution counts the scores of surveys by survey and question.
func (p page) distribution(q *web.Request, f history.Filter) (map[[2]string][]history.Bin, error) {
	bins, err := p.Facts.Distribution(q.Context(), q.Principal, history.Query{Of: history.Answers, By: []history.Dimension{history.Survey, history.Question}, Filter: f})
	out := map[[2]string][]history.Bin{}
	for _, b := range bins {
		key := [2]string{b.Key[0], b.Key[1]}
		out[key] = append(out[key], b)
	}
	return out, err
}

// scored scores the answers to a question.
func scored(question model.Question, bins []history.Bin) score {
	s := score{metric: metricOf(question.Type), scale: question.Scale}
	if s.metric != "" && len(bins) > 0 {
		if s.metric == outcome.CES || s.metric == outcome.Mean {
			bins = slices.DeleteFunc(slices.Clone(bins), func(b history.Bin) bool { return b.Scale != question.Scale })
		}
		s.Estimate = outcome.ScoreOf(s.metric, question.Scale, bins)
	}
	return s
}

// lines lists the surveys of a period, those that are answered most first.
func (p page) lines(q *web.Request, w cx.Window) ([]line, error) {
	m := p.Models.Current().Model
	counted, err := p.distribution(q, history.Filter{Window: w})
	if err != nil {
		return nil, err
	}
	var out []line
	for _, s := range m.Surveys {
		l := line{survey: s}
		l.touchpoint, _ = m.SurveyTouchpoint(s.Slug)
		if s.Team() { // told in groups, on the team's page
			out = append(out, l)
			continue
		}
		found, err := p.Surveys.Results(q.Context(), q.Principal, s.Slug, w)
		if err != nil {
			return nil, err
		}
		l.responses = found.Responses()
		l.answers, l.last = l.responses.Started, l.responses.LastAt
		if question, ok := s.Score(); ok {
			l.score = scored(question, counted[[2]string{s.Slug, question.ID}])
			l.answers = max(l.answers, l.score.N)
		}
		if l.score.N > 0 {
			newest, err := p.Facts.Newest(q.Context(), q.Principal, history.Page{
				Filter: history.Filter{Window: w, Where: []history.Condition{{By: history.Name, In: []string{s.Slug}}}}, Kinds: []cx.Kind{cx.Answer}, Limit: 1,
			})
			if err != nil {
				return nil, err
			}
			if len(newest) > 0 {
				l.last = max(l.last, newest[0].At)
			}
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(b.answers, a.answers) })
	return out, nil
}

func (p page) list(q *web.Request) error {
	weeks, w, err := period(q)
	if err != nil {
		return err
	}
	lines, err := p.lines(q, w)
	if err != nil {
		return err
	}
	total, by := 0, 0
	for _, l := range lines {
		total += l.answers
		if l.answers > 0 {
			by++
		}
	}
	title := q.T("surveys.title", "n", total, "weeks", weeks, "surveys", by)
	switch {
	case len(lines) == 0:
		title = q.T("surveys.title.none")
	case total == 0:
		title = q.T("surveys.title.silent", "weeks", weeks)
	}
	drafts, err := p.drafts(q)
	if err != nil {
		return err
	}
	return q.Render(title, listView(listPage{
		q: q, drafts: drafts, title: title, lines: lines, weeks: weeks, mail: p.Mail(), byMail: slices.ContainsFunc(lines, func(l line) bool {
			return l.survey.Ask != nil && slices.Contains(l.survey.Ask.Ways, model.AskByMail)
		}),
		touchpoints: p.Models.Current().Model.Touchpoints, base: p.base(q),
	}))
}

// drafts are the surveys that the person's draft has and the model in force has
// not.
func (p page) drafts(q *web.Request) (out []draft, err error) {
	if !may(q, account.ApplyModel) {
		return nil, nil
	}
	d, err := p.Models.Draft(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	doc, err := model.Read(d.YAML)
	if err != nil {
		return nil, nil //nolint:nilerr // the model's own page says what is wrong with the text
	}
	now := p.Models.Current().Model
	for _, item := range doc.Items(section) {
		s := draftOf(item)
		if _, ok := now.Survey(s.slug); !ok && s.slug != "" {
			out = append(out, s)
		}
	}
	return out, nil
}

// base is the version that the person's draft was begun from.
func (p page) base(q *web.Request) int {
	if d, err := p.Models.Draft(q.Context(), q.Principal); err == nil && d.Revision > 0 {
		return d.Base
	}
	return p.Models.Current().Number
}

// listPage is what the list shows.
type listPage struct {
	q            *web.Request
	title        string
	lines        []line
	weeks        int
	mail, byMail bool
	touchpoints  []model.Touchpoint
	base         int     // that a draft of the person begins from
	drafts       []draft // surveys that only their draft has
}

func (v listPage) mayApply() bool { return may(v.q, account.ApplyModel) }

func touchpointOptions(q *web.Request, all []model.Touchpoint) []ui.Option {
	out := []ui.Option{{Text: q.T("surveys.touchpoint.none")}}
	for _, t := range all {
		out = append(out, ui.Option{Value: t.Slug, Text: t.Name.In(q.L.Lang)})
	}
	return out
}

// when says in a sentence when a survey is put to people.
func when(l *i18n.Locale, s model.Survey) string {
	switch {
	case s.Team():
		return l.T("surveys.when.team")
	case s.Ask == nil:
		return l.T("surveys.when.link")
	case s.Ask.Delay == 0:
		return l.T("surveys.when.at-once", "event", s.Ask.Event)
	}
	return l.T("surveys.when.after", "delay", l.Lasting(s.Ask.Delay), "event", s.Ask.Event)
}

func (p page) listCSV(q *web.Request) error {
	_, w, err := period(q)
	if err != nil {
		return err
	}
	lines, err := p.lines(q, w)
	if err != nil {
		return err
	}
	head := []string{
		"slug", q.T("surveys.csv.survey"), q.T("surveys.csv.touchpoint"), q.T("surveys.step.sent"), q.T("surveys.step.opened"), q.T("surveys.step.started"), q.T("surveys.step.completed"),
		q.T("surveys.suspect.short"), q.T("surveys.csv.metric"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("ui.chart.column.n"), q.T("surveys.last"),
	}
	return q.CSV("surveys", head, func(yield func([]string, error) bool) {
		for _, l := range lines {
			r, last := l.responses, ""
			if l.last != 0 {
				last = q.L.In(l.last).Format(time.DateTime)
			}
			row := []string{l.survey.Slug, l.survey.Name.In(q.L.Lang), l.touchpoint.Slug, strconv.Itoa(r.Sent), strconv.Itoa(r.Opened), strconv.Itoa(r.Started), strconv.Itoa(r.Completed), strconv.Itoa(r.Suspect), strings.ToUpper(string(l.score.metric))}
			if !yield(append(append(row, columns(l.score.Value, l.score.Low, l.score.High, l.score.N)...), last), nil) {
				return
			}
		}
	})
}

// columns are a figure with its interval in a file; blank when there is none.
func columns(v, low, high float64, n int) []string {
	if n == 0 {
		return []string{"", "", "", "0"}
	}
	plain := func(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }
	return []string{plain(v), plain(low), plain(high), strconv.Itoa(n)}
}
