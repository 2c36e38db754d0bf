package today

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	pageSize = 40
	exported = 5000 // lines of a CSV
)

// What a list of what was lived may be narrowed to.
const (
	onlyEvents  = "events"
	onlyAnswers = "answers"
)

// behind is which events and answers are asked for.
type behind struct {
	question
	touchpoint, stage, only string
	metric                  outcome.Metric // answers with that score
	before                  history.Cursor // of the last line of the page before; zero at the start
}

// written writes where a line stands, for an address.
func written(c history.Cursor) string {
	return strconv.FormatInt(int64(c.At), 36) + "-" + strconv.FormatUint(uint64(c.Seq), 36)
}

// behind reads the address.
func (p page) behind(q *web.Request) (behind, error) {
	const op = "today.lived"
	ask, err := p.question(q)
	if err != nil {
		return behind{}, err
	}
	v := q.URL.Query()
	b := behind{question: ask, touchpoint: v.Get("touchpoint"), stage: v.Get("stage"), only: v.Get("only"), metric: outcome.Metric(v.Get("metric"))}
	m := p.models.Current().Model
	if _, ok := m.Touchpoint(b.touchpoint); b.touchpoint != "" && !ok {
		return behind{}, cx.Errorf(cx.Invalid, op, "there is no touchpoint %q in the model", b.touchpoint)
	}
	if b.stage != "" && !slices.Contains([]string{model.Before, model.During, model.After}, b.stage) {
		return behind{}, cx.Errorf(cx.Invalid, op, "there is no such stage: before, during or after")
	}
	if b.only != "" && b.only != onlyEvents && b.only != onlyAnswers {
		return behind{}, cx.Errorf(cx.Invalid, op, "there is no such view; choose one of the tabs")
	}
	if b.metric != "" && !slices.Contains(metrics(), b.metric) {
		return behind{}, cx.Errorf(cx.Invalid, op, "there is no such score; choose one of the tabs")
	}
	if s := v.Get("to"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			return behind{}, cx.Errorf(cx.Invalid, op, "this link is not whole; go back and follow it again")
		}
		b.to = cx.Time(n)
	}
	if s := v.Get("before"); s != "" {
		at, seq, _ := strings.Cut(s, "-")
		t, err := strconv.ParseInt(at, 36, 64)
		n, err2 := strconv.ParseUint(seq, 36, 64)
		if err != nil || err2 != nil {
			return behind{}, cx.Errorf(cx.Invalid, op, "this link is not whole; go back and follow it again")
		}
		b.before = history.Cursor{At: cx.Time(t), Seq: cx.Seq(n)}
	}
	return b, nil
}

// at is an address that asks the same, but for pairs.
func (b behind) at(path string, pairs ...string) string {
	base := []string{"touchpoint", b.touchpoint, "stage", b.stage, "only", b.only, "metric", string(b.metric)}
	address := b.question.behind(append(base, pairs...)...)
	_, query, _ := strings.Cut(address, "?")
	u := url.URL{Path: path, RawQuery: query}
	return u.String()
}

// window is the period: whole days before its end, in the company's zone.
func (b behind) window(q *web.Request) cx.Window {
	to := b.to
	if to == 0 {
		to = q.Now()
	}
	return cx.Window{From: cx.TimeOf(to.Std().In(q.L.Zone()).AddDate(0, 0, -7*b.weeks)), To: to}
}

// line is an event or an answer with who lived it.
type line struct {
	history.Row
	id     cx.CustomerID
	name   string
	answer *fact.Answer
}

// lines returns the newest that were asked for, and how many there are in all.
func (p page) lines(q *web.Request, b behind, limit int) (lines []line, total int, err error) {
	f := b.filter(b.window(q))
	if b.touchpoint != "" {
		f.Where = append(f.Where, history.Condition{By: history.Touchpoint, In: []string{b.touchpoint}})
	}
	if b.stage != "" {
		f.Where = append(f.Where, history.Condition{By: history.Stage, In: []string{b.stage}})
	}
	if b.metric != "" {
		surveys, err := p.surveys(q.Context(), q.Principal, f, b.metric)
		if err != nil {
			return nil, 0, err
		}
		f.Where = append(f.Where, history.Condition{By: history.Name, In: surveys})
	}
	kinds, count := b.kinds()
	rows, err := p.facts.Newest(q.Context(), q.Principal, history.Page{Filter: f, Kinds: kinds, Before: b.before, Limit: limit})
	if err != nil {
		return nil, 0, err
	}
	all, err := p.facts.Totals(q.Context(), q.Principal, f)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		lines = append(lines, line{Row: r})
	}
	return lines, count(all), p.name(q.Context(), q.Principal, lines)
}

// kinds returns which kinds are asked for, and how many of them there are.
func (b behind) kinds() (kinds []cx.Kind, count func(history.Totals) int) {
	switch {
	case b.metric != "" || b.only == onlyAnswers:
		return []cx.Kind{cx.Answer}, func(t history.Totals) int { return int(t.Answers) }
	case b.only == onlyEvents:
		return []cx.Kind{cx.Track, cx.Identify, cx.Page, cx.Screen, cx.Group, cx.Alias}, func(t history.Totals) int { return int(t.Events) }
	}
	return nil, func(t history.Totals) int { return int(t.Events + t.Answers) }
}

// surveys returns the surveys in which a metric was answered.
func (p page) surveys(ctx context.Context, who cx.Principal, f history.Filter, m outcome.Metric) ([]string, error) {
	f.Where = append(slices.Clone(f.Where), history.Condition{By: history.Metric, In: []string{string(m)}})
	groups, err := p.facts.Breakdown(ctx, who, history.Query{Of: history.Answers, By: []history.Dimension{history.Survey}, Filter: f})
	var out []string
	for _, g := range groups {
		out = append(out, g.Key[0])
	}
	return out, err
}

// name finds who lived each line, and what they answered.
func (p page) name(ctx context.Context, who cx.Principal, lines []line) error {
	var nos []cx.CustomerNo
	for _, l := range lines {
		nos = append(nos, l.Customer)
	}
	slices.Sort(nos)
	customers, err := p.memory.CustomersByNo(ctx, who, slices.Compact(nos))
	if err != nil {
		return err
	}
	known := map[cx.CustomerNo]remember.CustomerSummary{}
	for _, c := range customers {
		known[c.No] = c
	}
	answers := map[cx.Seq]*line{}
	for i := range lines {
		l := &lines[i]
		c := known[l.Customer]
		l.id, l.name = c.ID, c.Name
		if l.Kind == cx.Answer && l.id != "" {
			answers[l.Seq] = l
		}
	}
	items, err := p.memory.EventsBySeq(ctx, who, slices.Collect(maps.Keys(answers)))
	for _, item := range items {
		answers[item.Seq].answer = item.Answer
	}
	return err
}

func (p page) lived(q *web.Request) error {
	b, err := p.behind(q)
	if err != nil {
		return err
	}
	lines, total, err := p.lines(q, b, pageSize)
	if err != nil {
		return err
	}
	r := p.reader(q)
	title := q.T("today.lived.title", "n", total, "what", r.asked(b))
	switch {
	case b.metric != "" || b.only == onlyAnswers:
		title = q.T("ui.answers", "n", total) + ": " + r.asked(b)
	case b.only == onlyEvents:
		title = q.T("today.events", "n", total) + ": " + r.asked(b)
	}
	if total == 0 {
		title = q.T("today.lived.none", "what", r.asked(b))
	}
	return q.Render(title, livedView(r, b, title, b.window(q), r.table(b, lines), may(q)))
}

func (p page) livedRows(q *web.Request) error {
	b, err := p.behind(q)
	if err != nil {
		return err
	}
	lines, _, err := p.lines(q, b, pageSize)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(p.reader(q).table(b, lines)))
}

// asked names what the list is of: Caja, Después, Recomendación, all.
func (r reader) asked(b behind) string {
	var parts []string
	if b.metric != "" {
		parts = append(parts, r.metric(b.metric))
	}
	if b.touchpoint != "" {
		name, _ := r.touchpoint(b.touchpoint)
		parts = append(parts, name)
	}
	if b.stage != "" {
		parts = append(parts, r.l.T("ui.stage."+b.stage))
	}
	if b.area != "" {
		parts = append(parts, r.area(b.area))
	}
	if len(parts) == 0 {
		parts = append(parts, r.l.T("today.lived.all"))
	}
	return strings.Join(parts, " · ")
}

func (r reader) table(b behind, lines []line) ui.Table {
	t := ui.Table{ID: "lived", Caption: r.asked(b), Columns: []ui.Column{
		{Label: r.l.T("today.lived.customer")},
		{Label: r.l.T("today.lived.what")},
		{Label: r.l.T("today.lived.where")},
		{Label: r.l.T("today.lived.how")},
		{Label: r.l.T("today.lived.when")},
	}}
	for _, l := range lines {
		t.Rows = append(t.Rows, []templ.Component{who(r, l.id, l.name), what(r, l), ui.Text(r.where(l)), felt(r, l), ui.DateTime(l.At)})
	}
	if n := len(lines); n == pageSize {
		t.Next = b.at("/today/lived/rows", "before", written(lines[n-1].Cursor()))
	}
	return t
}

func (r reader) where(l line) string {
	var parts []string
	if l.Touchpoint != "" {
		name, _ := r.touchpoint(l.Touchpoint)
		parts = append(parts, name)
	}
	if l.Place != "" {
		parts = append(parts, r.place(l.Place))
	}
	return strings.Join(parts, " · ")
}

// said is an answer's scores: 4 de 5, 9 de 10.
func (r reader) said(a *fact.Answer) string {
	var scores []string
	for _, i := range a.Items {
		if !i.HasValue {
			continue
		}
		s := r.l.Number(i.Value, decimals(i.Value))
		if scale, ok := fact.ParseScale(i.Scale); ok {
			s = r.l.T("today.answered", "value", s, "most", r.l.Number(scale.Max, 0))
		}
		scores = append(scores, s)
	}
	return strings.Join(scores, ", ")
}

func decimals(v float64) int {
	if v == float64(int64(v)) {
		return 0
	}
	return 1
}

// words is what was written in an answer.
func words(a *fact.Answer) string {
	var texts []string
	for _, i := range a.Items {
		if i.Text != "" {
			texts = append(texts, i.Text)
		}
	}
	return strings.Join(texts, " · ")
}

func (p page) livedCSV(q *web.Request) error {
	b, err := p.behind(q)
	if err != nil {
		return err
	}
	lines, _, err := p.lines(q, b, exported)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{q.T("today.lived.when"), q.T("today.lived.customer"), "id", q.T("today.lived.what"), q.T("today.csv.touchpoint"), q.T("today.csv.place"), q.T("today.csv.valence"), q.T("today.csv.answer"), q.T("today.csv.words")}
	return q.CSV("lived", header, r.records(lines))
}

func (r reader) records(lines []line) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, l := range lines {
			name, valence, score, text := "", "", "", ""
			if l.Touchpoint != "" {
				name, _ = r.touchpoint(l.Touchpoint)
			}
			if l.HasValence {
				valence = plain(l.Valence)
			}
			if l.answer != nil {
				score, text = r.said(l.answer), words(l.answer)
			}
			if !yield([]string{r.l.In(l.At).Format("2006-01-02 15:04:05"), l.name, string(l.id), l.Name, name, r.place(l.Place), valence, score, text}, nil) {
				return
			}
		}
	}
}
