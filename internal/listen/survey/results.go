package survey

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Results is what became of a survey in a stretch of time: of the links made and
// the responses begun then.
type Results struct {
	Survey    string           `json:"survey"`
	Ways      []WayResult      `json:"ways"`      // the sum of all first, its way "all"
	Questions []QuestionResult `json:"questions"` // in the order of the survey
}

// Responses returns the sum over all ways.
func (r Results) Responses() WayResult { return r.Ways[0] }

// AllWays is the way of the sum in Results.
const AllWays Way = "all"

// WayResult counts links and responses of one way.
type WayResult struct {
	Way       Way     `json:"way"`
	Sent      int     `json:"sent"`    // personal links made
	Opened    int     `json:"opened"`  // of these, looked at at least once (a mail scanner looks too)
	Started   int     `json:"started"` // a page answered
	Completed int     `json:"completed"`
	Partial   int     `json:"partial"` // started and not completed
	Suspect   int     `json:"suspect"` // as a program would; in none of the other counts
	LastAt    cx.Time `json:"-"`       // of the newest response that is not suspect; 0: none
	// Rate is the share of sent links that were completed with its 95 % interval
	// (Wilson 1927); nil where nothing was sent.
	Rate *Estimate `json:"rate,omitzero"`
}

// Estimate is a figure with its 95 % interval and how many it stands on.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// QuestionResult counts the answers to one question, suspect ones left out.
type QuestionResult struct {
	ID      string        `json:"id"`
	Row     string        `json:"row,omitzero"` // of matrix
	Type    string        `json:"type"`
	N       int           `json:"n"`       // answered
	Skipped int           `json:"skipped"` // shown and left out
	Options []OptionCount `json:"options,omitzero"`
	// Score is, of nps, the Net Promoter Score from -100 to 100 (Rocks 2016); of
	// other scales and of numbers the mean (Student 1908). Nil where there is no interval:
	// without answers, and of a number with one.
	Score *Estimate `json:"score,omitzero"`
}

// OptionCount is how often an option, a point of a scale, an emotion or a place in
// a ranking's first line was chosen.
type OptionCount struct {
	ID    string   `json:"id"`
	N     int      `json:"n"`
	Share Estimate `json:"share"` // of who answered (Wilson 1927)
}

// Results tells what became of a survey, of what was answered at the touchpoints
// that p may see. Needs account.ViewScores; NotFound when the model declares no
// such survey, Forbidden when
// the team answers it.
func (s *Service) Results(ctx context.Context, p cx.Principal, slug string, w cx.Window) (Results, error) {
	const op = "survey.Results"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Results{}, cx.Wrap(op, err)
	}
	m := s.Models.Current().Model
	survey, ok := m.Survey(slug)
	if !ok {
		return Results{}, cx.Errorf(cx.NotFound, op, "there is no survey %q", slug)
	}
	if survey.Team() { // who chooses a stretch of time could single somebody out
		return Results{}, cx.Errorf(cx.Forbidden, op, "what the team answers is told in groups of five and more: look at the team's voice")
	}
	c := &counting{model: m, survey: survey, principal: p, ways: map[Way]*WayResult{AllWays: {Way: AllWays}}}
	for _, q := range survey.Questions() {
		c.declare(q)
	}
	if w.To == 0 {
		w.To = math.MaxInt64
	}
	if err := s.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.noteOpened(ctx, tx) }); err != nil {
		return Results{}, cx.Wrap(op, err)
	}
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT way, touchpoint, COUNT(*), SUM(CASE WHEN opened_at > 0 THEN 1 ELSE 0 END)
			FROM survey_links WHERE survey = $1 AND customer <> '' AND made_at >= $2 AND made_at < $3 GROUP BY way, touchpoint`, slug, int64(w.From), int64(w.To))
		if err != nil {
			return err
		}
		if _, err := sqldb.Collect(rows, c.links); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `SELECT `+responseColumns+` FROM survey_responses WHERE survey = $1 AND begun_at >= $2 AND begun_at < $3`, slug, int64(w.From), int64(w.To))
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, c.response)
		return err
	})
	if err != nil {
		return Results{}, cx.Wrap(op, err)
	}
	return c.results(), nil
}

// counting adds up rows.
type counting struct {
	model     *model.Model
	survey    model.Survey
	principal cx.Principal
	ways      map[Way]*WayResult
	tallies   []*tally
}

// tally counts the answers to one question, or row of a matrix.
type tally struct {
	q            model.Question
	row          string
	n, skipped   int
	chosen       map[string]int
	sum, squares float64
}

func (c *counting) declare(q model.Question) {
	if q.Type != model.Matrix {
		c.tallies = append(c.tallies, &tally{q: q, chosen: map[string]int{}})
	}
	for _, row := range q.Rows {
		c.tallies = append(c.tallies, &tally{q: q, row: row.ID, chosen: map[string]int{}})
	}
}

// sees tells whether the principal may see what was answered at a touchpoint.
func (c *counting) sees(touchpoint string) bool {
	if c.principal.Areas == nil {
		return true
	}
	t, ok := c.model.Touchpoint(touchpoint)
	if touchpoint == "" {
		t, ok = c.model.SurveyTouchpoint(c.survey.Slug)
	}
	return ok && slices.Contains(c.principal.Areas, t.Area)
}

func (c *counting) way(w Way) []*WayResult {
	if c.ways[w] == nil {
		c.ways[w] = &WayResult{Way: w}
	}
	return []*WayResult{c.ways[AllWays], c.ways[w]}
}

func (c *counting) links(rows *sql.Rows) (none struct{}, err error) {
	var way Way
	var touchpoint string
	var sent, opened int
	if err := rows.Scan(&way, &touchpoint, &sent, &opened); err != nil || !c.sees(touchpoint) {
		return none, err
	}
	for _, w := range c.way(way) {
		w.Sent += sent
		w.Opened += opened
	}
	return none, nil
}

func (c *counting) response(rows *sql.Rows) (none struct{}, err error) {
	var r response
	if err := r.scan(rows); err != nil || !c.sees(r.touchpoint) {
		return none, err
	}
	for _, w := range c.way(r.way) {
		switch {
		case r.suspect:
			w.Suspect++
			continue
		case r.completedAt != 0:
			w.Completed++
		default:
			w.Partial++
		}
		w.Started++
		w.LastAt = max(w.LastAt, r.begunAt)
	}
	if !r.suspect {
		for _, t := range c.tallies {
			if a, shown := r.given[t.q.ID]; shown {
				t.add(a)
			}
		}
	}
	return none, nil
}

func (t *tally) add(a answer) {
	values := a.Values
	if t.row != "" {
		values = nil
		if v := a.Rows[t.row]; v != "" {
			values = []string{v}
		}
	}
	if len(values) == 0 {
		t.skipped++
		return
	}
	t.n++
	switch t.q.Type {
	case model.FreeText, model.Date:
		return
	case model.Ranking:
		values = values[:1]
	}
	for _, v := range values {
		if n := number(v); n != nil && (t.q.Scale != "" || t.q.Type == model.Number) {
			t.sum += *n
			t.squares += *n * *n
		}
		if t.q.Type != model.Number {
			t.chosen[v]++
		}
	}
}

func (c *counting) results() Results {
	out := Results{Survey: c.survey.Slug, Ways: []WayResult{}, Questions: []QuestionResult{}}
	for _, w := range append([]Way{AllWays}, Ways()...) {
		r, ok := c.ways[w]
		if !ok {
			continue
		}
		if r.Sent > 0 {
			answered := min(r.Completed, r.Sent)
			r.Rate = share(answered, r.Sent)
		}
		out.Ways = append(out.Ways, *r)
	}
	for _, t := range c.tallies {
		out.Questions = append(out.Questions, t.result())
	}
	return out
}

func share(k, n int) *Estimate {
	i := stats.Wilson(k, n)
	return &Estimate{float64(k) / float64(n), i.Low, i.High, n}
}

// choices lists the ids that an answer may be, in the order of the question.
func (t *tally) choices() (ids []string) {
	for _, o := range t.q.Options {
		ids = append(ids, o.ID)
	}
	for _, n := range points(t.q.Scale) {
		ids = append(ids, itoa(n))
	}
	switch t.q.Type {
	case model.Emotion:
		ids = model.Emotions()
	case model.Consent:
		ids = []string{"true", "false"}
	}
	if t.q.Other {
		ids = append(ids, OtherOption)
	}
	return ids
}

func (t *tally) result() QuestionResult {
	out := QuestionResult{ID: t.q.ID, Row: t.row, Type: t.q.Type, N: t.n, Skipped: t.skipped}
	if t.n == 0 {
		return out
	}
	for _, id := range t.choices() {
		out.Options = append(out.Options, OptionCount{id, t.chosen[id], *share(t.chosen[id], t.n)})
	}
	switch {
	case t.q.Type == model.NPS:
		r := stats.Recommenders{}
		for id, n := range t.chosen {
			switch id {
			case "9", "10":
				r.Promoters += n
			case "7", "8":
				r.Passives += n
			default:
				r.Detractors += n
			}
		}
		i := r.Interval()
		out.Score = &Estimate{r.Score(), i.Low, i.High, t.n}
	case t.q.Scale != "" || t.q.Type == model.Number:
		sample := stats.SampleOf(t.n, t.sum, t.squares)
		i := stats.MeanInterval(sample)
		sc, scaled := fact.ParseScale(t.q.Scale)
		switch {
		case t.n == 1 && !scaled:
			return out // the next one may be anything
		case t.n == 1:
			i = stats.Interval{Low: sc.Min, High: sc.Max}
		case scaled:
			i = i.Clip(sc.Min, sc.Max)
		}
		out.Score = &Estimate{sample.Mean, i.Low, i.High, t.n}
	}
	return out
}
