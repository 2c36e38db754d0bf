package surveys

import (
	"math"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// resultsPage is what came back of a survey.
type resultsPage struct {
	q       *web.Request
	title   string
	survey  model.Survey
	weeks   int
	segment string
	by      history.Dimension

	score     score
	series    []outcome.Week
	found     survey.Results
	questions []questionResult
	groups    []outcome.Group
	who       *outcome.Represented
	gap       *expectation.Gap
	names     map[cx.CustomerNo][2]string // of the pairs' customers: id and name
	topics    []voice.KeyCount
	quotes    []voice.Quote
	texts     int64
	segments  []model.Segment
	model     *model.Model
}

// questionResult is one question with its picture.
type questionResult struct {
	question model.Question
	row      string // of a matrix, its text
	n        int
	skipped  int
	score    score
	bars     []bar
}

// bar is how often one thing was chosen.
type bar struct {
	id, label string
	n         int
	share     stats.Interval
	value     float64
}

// dimensions are what a score may be split by.
func dimensions() []history.Dimension {
	return []history.Dimension{history.Touchpoint, history.Place, history.Channel, history.Area, history.Supplier}
}

func (p page) results(q *web.Request) error {
	v, err := p.look(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, resultsView(v))
}

// look gathers what a survey's page tells.
func (p page) look(q *web.Request) (v resultsPage, err error) {
	v = resultsPage{q: q, model: p.Models.Current().Model, segment: q.URL.Query().Get("segment"), by: history.Touchpoint}
	v.segments = v.model.Segments
	if v.survey, err = p.survey(q); err != nil {
		return v, err
	}
	var w cx.Window
	if v.weeks, w, err = period(q); err != nil {
		return v, err
	}
	if by := history.Dimension(q.URL.Query().Get("by")); by != "" {
		if !slices.Contains(dimensions(), by) {
			return v, cx.Errorf(cx.Invalid, "surveys", "there is no such view; choose one of the list")
		}
		v.by = by
	}
	if v.survey.Team() { // told in groups, on the team's page
		v.title = q.T("surveys.finding.team", "survey", v.survey.Name.In(q.L.Lang))
		return v, nil
	}
	var customers []cx.CustomerNo
	if v.segment != "" {
		if customers, err = p.Segments.Customers(q.Context(), q.Principal, v.segment); err != nil {
			return v, err
		}
		if customers == nil {
			customers = []cx.CustomerNo{}
		}
	}
	if v.found, err = p.Surveys.Results(q.Context(), q.Principal, v.survey.Slug, w); err != nil {
		return v, err
	}
	counted, err := p.distribution(q, history.Filter{Window: w, Customers: customers, Where: []history.Condition{{By: history.Name, In: []string{v.survey.Slug}}}})
	if err != nil {
		return v, err
	}
	v.ask(counted)
	if question, ok := v.survey.Score(); ok {
		v.score = scored(question, counted[[2]string{v.survey.Slug, question.ID}])
		if v.score.N > 0 {
			if err := p.split(q, &v, question, w, customers); err != nil {
				return v, err
			}
		}
	}
	if err := p.said(q, &v, w); err != nil {
		return v, err
	}
	if v.survey.Purpose == model.Expectation {
		if err := p.paired(q, &v, w); err != nil {
			return v, err
		}
	}
	v.title = v.finding()
	return v, nil
}

// split tells the score by period and by what was chosen, and who answers.
func (p page) split(q *web.Request, v *resultsPage, question model.Question, w cx.Window, customers []cx.CustomerNo) error {
	every := history.Week
	if v.weeks > 26 {
		every = history.Month
	}
	// Only the score: another question of the survey may be of the same metric.
	only := []outcome.Condition{{By: history.Question, In: []string{question.ID}}, {By: history.Scale, In: []string{question.Scale}}}
	r, err := p.Outcomes.Scores(q.Context(), q.Principal, outcome.Query{Metric: v.score.metric, Survey: v.survey.Slug, By: v.by, Every: every, Window: w, Where: only, Customers: customers})
	if err != nil {
		return err
	}
	v.series, v.groups = r.Points, r.Groups
	if customers != nil {
		return nil
	}
	groups, err := p.populations(q)
	if err != nil || len(groups) < 2 {
		return err
	}
	who, err := p.Outcomes.Represented(q.Context(), q.Principal, outcome.RepresentedQuery{Metric: v.score.metric, Survey: v.survey.Slug, Window: w, Groups: groups})
	if cx.KindOf(err) == cx.Invalid { // answers on more than one scale, from another version of the survey
		return nil
	}
	if err == nil && who.Raw.N > 0 {
		who.Groups = slices.DeleteFunc(who.Groups, func(g outcome.Respondents) bool { return g.Lived == 0 })
		v.who = &who
	}
	return err
}

// populations parts customers by the segments.
func (p page) populations(q *web.Request) (out []outcome.Population, err error) {
	parts, err := p.Segments.Partition(q.Context(), q.Principal)
	for _, part := range parts {
		out = append(out, outcome.Population{Key: part.Slug, Customers: part.Customers})
	}
	return out, err
}

// said tells what is said in the survey's texts.
func (p page) said(q *web.Request, v *resultsPage, w cx.Window) error {
	if v.survey.Team() || !slices.ContainsFunc(v.survey.Questions(), func(q model.Question) bool { return q.Type == model.FreeText }) {
		return nil
	}
	f := voice.Filter{Window: w, Segment: v.segment, Where: []voice.Condition{{By: voice.BySurvey, In: []string{v.survey.Slug}}}}
	counts, err := p.Voice.Count(q.Context(), q.Principal, f, voice.ByTopic)
	if err != nil {
		return err
	}
	v.texts = counts.N
	if len(counts.Facets) > 0 {
		v.topics = counts.Facets[0].Keys[:min(6, len(counts.Facets[0].Keys))]
	}
	if v.texts > 0 {
		quotes, err := p.Voice.Quotes(q.Context(), q.Principal, voice.QuoteQuery{Filter: f, Limit: 3})
		if err != nil {
			return err
		}
		v.quotes = quotes.Representative
	}
	at, texts := 0, 0
	for i, r := range v.questions {
		if r.question.Type == model.FreeText {
			at, texts = i, texts+1
		}
	}
	if texts == 1 { // then whatever is said answers it, however it came in
		v.questions[at].n = max(v.questions[at].n, int(v.texts))
	}
	return nil
}

// paired tells what was expected against what was lived.
func (p page) paired(q *web.Request, v *resultsPage, w cx.Window) error {
	gap, err := p.Expectations.Gap(q.Context(), q.Principal, v.survey.Slug, w)
	if err != nil {
		return err
	}
	v.gap, v.names = &gap, map[cx.CustomerNo][2]string{}
	gap.Pairs = gap.Pairs[:min(10, len(gap.Pairs))]
	nos := make([]cx.CustomerNo, len(gap.Pairs))
	for i, pair := range gap.Pairs {
		nos[i] = pair.Customer
	}
	if len(nos) == 0 {
		return nil
	}
	slices.Sort(nos)
	known, err := p.Memory.CustomersByNo(q.Context(), q.Principal, slices.Compact(nos))
	for _, c := range known {
		v.names[c.No] = [2]string{string(c.ID), c.Name}
	}
	return err
}

// ask makes each question's result: of scores all that history has, however they
// came in; of the rest what came through our pages.
func (v *resultsPage) ask(counted map[[2]string][]history.Bin) {
	lang := v.q.L.Lang
	for _, r := range v.found.Questions {
		question, ok := v.survey.Question(r.ID)
		if !ok {
			continue
		}
		out := questionResult{question: question, n: r.N, skipped: r.Skipped}
		if r.Row != "" {
			out.row = textOf(question.Rows, r.Row, lang)
		}
		for _, o := range r.Options {
			out.bars = append(out.bars, bar{o.ID, v.optionText(question, o.ID), o.N, stats.Interval{Low: o.Share.Low, High: o.Share.High}, o.Share.Value})
		}
		if r.Score != nil {
			out.score = score{outcome.Estimate(*r.Score), outcome.Mean, question.Scale}
			if question.Type == model.NPS {
				out.score.metric = outcome.NPS
			}
		}
		if bins := counted[[2]string{v.survey.Slug, r.ID}]; metricOf(question.Type) != "" && len(bins) > 0 {
			out.score = scored(question, bins)
			out.spread(points(question), bins)
		}
		v.questions = append(v.questions, out)
	}
}

// spread counts the answers at each point of the scale.
func (r *questionResult) spread(points []string, bins []history.Bin) {
	at, n := map[string]int{}, 0
	for _, b := range bins {
		if b.Scale == r.question.Scale {
			at[strconv.FormatFloat(b.Value, 'f', -1, 64)] += int(b.N)
			n += int(b.N)
		}
	}
	if n == 0 {
		return
	}
	r.n, r.bars = n, nil
	for _, id := range points {
		r.bars = append(r.bars, bar{id, id, at[id], stats.Wilson(at[id], n), float64(at[id]) / float64(n)})
	}
}

// points lists the points of a question's scale, the best first.
func points(q model.Question) (out []string) {
	sc, ok := fact.ParseScale(q.Scale)
	for n := int(sc.Max); ok && n >= int(sc.Min); n-- {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

func textOf(options []model.Option, id, lang string) string {
	for _, o := range options {
		if o.ID == id {
			return o.Text.In(lang)
		}
	}
	return id
}

// optionText is what a thing to choose is called.
func (v *resultsPage) optionText(q model.Question, id string) string {
	switch {
	case q.Type == model.Emotion:
		return v.q.T("surveys.emotion." + id)
	case q.Type == model.Consent:
		return v.q.T("surveys.consent." + id)
	case id == model.OtherOption:
		return v.q.T("surveys.other")
	}
	return textOf(q.Options, id, v.q.L.Lang)
}

// finding is the page's title: how it came out.
func (v *resultsPage) finding() string {
	l, name := v.q.L, v.survey.Name.In(v.q.L.Lang)
	r := v.found.Responses()
	switch {
	case v.gap != nil && v.gap.Difference.N > 0:
		key := "surveys.finding.gap.same"
		if v.gap.Difference.High < 0 {
			key = "surveys.finding.gap.worse"
		} else if v.gap.Difference.Low > 0 {
			key = "surveys.finding.gap.better"
		}
		return l.T(key, "survey", name, "points", l.Number(abs(v.gap.Difference.Value), 1), "n", v.gap.Difference.N)
	case v.score.N > 0:
		return l.T("surveys.finding."+string(v.score.metric), "survey", name, "score", v.score.figure(l, v.score.Value), "n", v.score.N)
	case r.Started > 0:
		return l.T("surveys.finding.answers", "survey", name, "n", r.Started)
	}
	return l.T("surveys.finding.none", "survey", name)
}

func abs(v float64) float64 { return max(v, -v) }

// line is the score by period.
func (v resultsPage) line() chart.Line {
	l := v.q.L
	out := chart.Line{ID: "score", Title: v.q.T("surveys.series"), Format: func(f float64) string { return v.score.figure(l, f) }}
	for _, w := range v.series {
		pt := chart.Point{Label: l.Date(w.From), Value: w.Value, Low: w.Low, High: w.High, N: w.N}
		if w.N == 0 {
			pt.Value = math.NaN()
		}
		out.Points = append(out.Points, pt)
	}
	out.Description = chart.Small(l, out.Points, out.Format)
	return out
}

// steps are how far people came, each with the share of the one before.
func (v resultsPage) steps() []bar {
	r := v.found.Responses()
	var out []bar
	all := max(r.Sent, r.Started)
	add := func(name string, n int) {
		share := 0.0
		if all > 0 {
			share = float64(n) / float64(all)
		}
		out = append(out, bar{name, v.q.T("surveys.step." + name), n, stats.Wilson(min(n, all), max(all, 1)), min(share, 1)})
	}
	if r.Sent > 0 {
		add("sent", r.Sent)
		add("opened", r.Opened)
	}
	add("started", r.Started)
	add("completed", r.Completed)
	return out
}

// groupName is what a group of the split is called.
func (v resultsPage) groupName(key string) string {
	lang, m := v.q.L.Lang, v.model
	switch v.by {
	case history.Touchpoint:
		if t, ok := m.Touchpoint(key); ok {
			return t.Name.In(lang)
		}
	case history.Place:
		if t, ok := m.Place(key); ok {
			return t.Name.In(lang)
		}
	case history.Area:
		if t, ok := m.Area(key); ok {
			return t.Name.In(lang)
		}
	case history.Supplier:
		if t, ok := m.Supplier(key); ok {
			return t.Name.In(lang)
		}
	}
	if key == "" {
		return v.q.T("surveys.group.none")
	}
	return key
}

// clear says how a group answers against all others.
func (v resultsPage) clear(g outcome.Respondents) string {
	lived, answered := 0.0, 0.0
	for _, o := range v.who.Groups {
		if o.Key != g.Key {
			lived += float64(o.Lived)
			answered += o.Answered.Value * float64(o.Lived)
		}
	}
	if g.Answered.Value*lived > answered {
		return v.q.T("surveys.who.more")
	}
	return v.q.T("surveys.who.less")
}

func (v resultsPage) segmentName(slug string) string {
	if s, ok := v.model.Segment(slug); ok {
		return s.Name.In(v.q.L.Lang)
	}
	return slug
}

func (v resultsPage) segmentOptions() []ui.Option {
	out := []ui.Option{{Text: v.q.T("surveys.everybody")}}
	for _, s := range v.segments {
		out = append(out, ui.Option{Value: s.Slug, Text: s.Name.In(v.q.L.Lang)})
	}
	return out
}

func (v resultsPage) byOptions() (out []ui.Option) {
	for _, d := range dimensions() {
		out = append(out, ui.Option{Value: string(d), Text: v.q.T("surveys.by." + string(d))})
	}
	return out
}

func (p page) resultsCSV(q *web.Request) error {
	v, err := p.look(q)
	if err != nil {
		return err
	}
	head := []string{q.T("surveys.csv.question"), q.T("surveys.csv.row"), q.T("surveys.csv.option"), q.T("surveys.csv.answers"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), q.T("ui.chart.column.n")}
	return q.CSV(v.survey.Slug, head, func(yield func([]string, error) bool) {
		for _, r := range v.questions {
			if !yield(append([]string{r.question.Text.In(q.L.Lang), r.row, "", strconv.Itoa(r.n)}, columns(r.score.Value, r.score.Low, r.score.High, r.score.N)...), nil) {
				return
			}
			for _, b := range r.bars {
				if !yield(append([]string{r.question.Text.In(q.L.Lang), r.row, b.label, strconv.Itoa(b.n)}, columns(b.value, b.share.Low, b.share.High, r.n)...), nil) {
					return
				}
			}
		}
		for _, g := range v.groups {
			if !yield(append([]string{q.T("surveys.by." + string(v.by)), "", v.groupName(g.Key), strconv.Itoa(g.N)}, columns(g.Value, g.Low, g.High, g.N)...), nil) {
				return
			}
		}
	})
}

// count is how many a share is of those that it stands on.
func count(share outcome.Estimate) int { return int(math.Round(share.Value * float64(share.N))) }

func (v resultsPage) nameOf(c cx.CustomerNo) string {
	if name := v.names[c][1]; name != "" {
		return name
	}
	return v.q.T("surveys.nameless")
}
