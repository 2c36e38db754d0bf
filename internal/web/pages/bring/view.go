package bring

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is a file that waits for a person's word.
type view struct {
	file     bring.File
	check    bring.Check
	problems []bring.Problem
	reasons  []count // of rows that would wait to be reviewed
	fault    string
}

func field(name string, i int) string { return name + "-" + strconv.Itoa(i) }

// proposed is the finding in a sentence: what the file seems to be.
func proposed(q *web.Request, v view) string {
	p := v.file.Proposal
	if len(v.problems) > 0 {
		return q.T("bring.problem." + string(v.problems[0]))
	}
	if v.fault != "" {
		return q.T("bring.wrong")
	}
	key := "bring.ready."
	if !v.check.Whole {
		key = "bring.ready.more."
	}
	return q.T(key+string(p.Kind), "n", v.check.Ready)
}

// sentence says what a row will become.
func sentence(l *i18n.Locale, line bring.Line) string {
	who := cmp.Or(line.Who, l.T("bring.someone"))
	date := l.Date(line.At)
	switch {
	case line.Score != nil:
		_, most, _ := strings.Cut(line.Scale, "-")
		return l.T("bring.line.score", "who", who, "score", score(l, *line.Score), "most", most, "date", date)
	case line.Answer:
		return l.T("bring.line.wrote", "who", who, "date", date)
	case line.Amount != nil:
		return l.T("bring.line.paid", "who", who, "amount", l.Number(*line.Amount, 2), "date", date)
	}
	return l.T("bring.line.lived", "who", who, "what", line.Name, "date", date)
}

// score writes a whole score without decimals.
func score(l *i18n.Locale, v float64) string {
	if v == float64(int64(v)) {
		return l.Int(int64(v))
	}
	return l.Number(v, 1)
}

// count is one kind of rows, of the reasons that hold them back the most
// frequent first.
type count struct {
	n    int
	text string
}

var (
	path      = regexp.MustCompile(`^[a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*: `)
	ofColumn  = regexp.MustCompile(`^column (.+) is (no time|not a number|neither true nor false)`)
	offScale  = regexp.MustCompile(`(.+) lies outside the scale (.+)$`)
	ofNumbers = map[string]string{"no time": "time", "not a number": "number", "neither true nor false": "bool"}
)

// reasons puts what holds rows back into words. Reasons that only differ in
// their figures become one.
func reasons(q *web.Request, counted map[string]int) (out []count) {
	sums := map[string]int{}
	for reason, n := range counted {
		first, _, _ := strings.Cut(reason, "; ")
		bare := path.ReplaceAllString(first, "")
		switch {
		case ofColumn.MatchString(bare):
			m := ofColumn.FindStringSubmatch(bare)
			bare = q.T("bring.bad."+ofNumbers[m[2]], "column", m[1])
		case offScale.MatchString(bare):
			bare = q.T("bring.bad.scale", "scale", offScale.FindStringSubmatch(bare)[2])
		default:
			bare = quarantine.Said(q, first)
		}
		sums[bare] += n
	}
	for _, text := range slices.Sorted(maps.Keys(sums)) {
		out = append(out, count{sums[text], text})
	}
	slices.SortStableFunc(out, func(a, b count) int { return b.n - a.n })
	return out[:min(len(out), 8)]
}

func tone(c bring.Certainty) ui.Tone {
	if c == bring.Sure {
		return ui.Positive
	}
	return ui.Neutral
}

func roles(l *i18n.Locale) (out []ui.Option) {
	for _, r := range bring.Roles() {
		out = append(out, ui.Option{Value: string(r), Text: l.T("bring.role." + string(r))})
	}
	return out
}

func scaleOptions(l *i18n.Locale, now string) (out []ui.Option) {
	for _, s := range scales {
		low, high, _ := strings.Cut(s, "-")
		out = append(out, ui.Option{Value: s, Text: l.T("bring.scale", "low", low, "high", high)})
	}
	if !slices.Contains(scales, now) {
		low, high, _ := strings.Cut(now, "-")
		out = append(out, ui.Option{Value: now, Text: l.T("bring.scale", "low", low, "high", high)})
	}
	return out
}

// orders are the ways to read a date with both day and month in figures.
func orders(l *i18n.Locale) []ui.Option {
	return []ui.Option{{Value: "dmy", Text: l.T("bring.order.dmy")}, {Value: "mdy", Text: l.T("bring.order.mdy")}}
}

func order(c bring.Column) string {
	switch {
	case c.Type != "time" || !strings.Contains(c.Format, "%m") || !strings.Contains(c.Format, "%d"):
		return ""
	case strings.HasPrefix(c.Format, "%d"):
		return "dmy"
	case strings.HasPrefix(c.Format, "%m"):
		return "mdy"
	}
	return ""
}

func examples(c bring.Column) string {
	short := make([]string, len(c.Examples))
	for i, e := range c.Examples {
		if r := []rune(e); len(r) > 32 {
			e = string(r[:31]) + "…"
		}
		short[i] = e
	}
	return strings.Join(short, " · ")
}

// progress is an import that runs or has ended.
type progress struct {
	file    bring.File
	title   string
	share   float64 // of the file read; 0 when unknown
	lead    string  // the first reason in a sentence
	figures string  // their intervals
	note    string  // what it is compared with
	quote   string
	scored  string
	failure string
	reasons []count
}

func progressOf(q *web.Request, f bring.File) progress {
	v := progress{file: f, reasons: reasons(q, f.Report.Reasons)}
	switch f.State {
	case bring.Importing:
		v.title = q.T("bring.importing", "name", f.Name)
		if f.Progress.BytesTotal > 0 {
			v.share = float64(f.Progress.BytesRead) / float64(f.Progress.BytesTotal)
		}
	case bring.Showing:
		v.title, v.share = q.T("bring.showing"), 1
	case bring.Cancelled:
		v.title = q.T("bring.cancelled")
	case bring.Failed:
		v.title = q.T("bring.failed")
		v.failure = plain(q, cmp.Or(cx.MessageOf(f.Err), q.T("bring.failed.text")))
	default:
		v.title = q.T("bring.done")
		v.found(q)
	}
	return v
}

// better lets the reasons of what came in take the finding's place, once they are
// found and when there are any: they weigh all that was lived, not this file's
// columns alone.
func (v progress) better(ctx context.Context) templ.Attributes {
	if v.file.Finding == nil || v.file.Finding.Scored == 0 || !ui.InMenu(ctx, "/reasons") {
		return nil
	}
	at := url.URL{Path: "/reasons/first", RawQuery: url.Values{"source": {v.file.Proposal.Source}}.Encode()}
	return templ.Attributes{"hx-get": at.String(), "hx-trigger": "load", "hx-swap": "outerHTML"}
}

// found says the first reason.
func (v *progress) found(q *web.Request) {
	f := v.file.Finding
	if f == nil {
		v.title, v.lead = q.T("bring.nothing"), q.T("bring.nothing.text")
		return
	}
	if f.Scored == 0 {
		v.title = q.T("bring.in")
		return
	}
	_, most, _ := strings.Cut(f.Scale, "-")
	l := q.L
	if f.Quote != "" {
		v.quote, v.scored = f.Quote, q.T("bring.scored", "score", score(l, f.QuoteScore), "most", most)
	}
	mean := []any{"mean", l.Number(f.Mean, 1), "low", l.Number(f.Low, 1), "high", l.Number(f.High, 1), "most", most, "n", f.N}
	if f.Column == "" {
		v.lead, v.note = q.T("bring.mean", mean...), q.T("bring.not-known", "n", f.Compared)
		return
	}
	what := q.T("bring.when", "column", f.Column, "value", f.Value)
	switch {
	case f.Column == "late" && f.Value == "true":
		what = q.T("bring.when.late")
	case f.Value == "true", f.Value == "false":
		what = q.T("bring.when."+f.Value, "column", f.Column)
	}
	v.lead = q.T("bring.reason", "what", what, "mean", l.Number(f.ValueMean, 1), "most", most, "rest", l.Number(f.RestMean, 1))
	v.figures = q.T("bring.figures", "low", l.Number(f.ValueLow, 1), "high", l.Number(f.ValueHigh, 1), "n", f.ValueN,
		"rlow", l.Number(f.RestLow, 1), "rhigh", l.Number(f.RestHigh, 1), "rn", l.Int(int64(f.RestN)))
	v.note = q.T("bring.points", "points", l.Number(f.Points, 2), "mean", l.Number(f.Mean, 1), "low", l.Number(f.Low, 1), "high", l.Number(f.High, 1),
		"n", f.N, "compared", f.Compared)
}

func kinds(l *i18n.Locale) (out []ui.Option) {
	for _, k := range bring.Kinds() {
		out = append(out, ui.Option{Value: string(k), Text: l.T("bring.kind." + string(k))})
	}
	return out
}

func sheets(p bring.Proposal) (out []ui.Option) {
	for _, s := range p.Head.Sheets {
		out = append(out, ui.Option{Value: s, Text: s})
	}
	return out
}

// calledWhat tells whether a survey or what was lived has a name.
func calledWhat(k bring.Kind) string {
	if k == bring.Answers || k == bring.Reviews {
		return "survey"
	}
	return "event"
}

// dayAsked tells whether no column says when.
func dayAsked(p bring.Proposal) bool {
	return !slices.ContainsFunc(p.Columns, func(c bring.Column) bool { return c.Role == bring.At })
}

// cut shortens what somebody wrote to a glimpse.
func cut(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 160 {
		return string(r[:159]) + "…"
	}
	return text
}

// took says how long it lasted from the click until every page shows it.
func took(l *i18n.Locale, f bring.File) string {
	if f.State != bring.Done {
		return ""
	}
	return l.T("bring.took", "seconds", l.Number(f.Took.Seconds(), 1))
}
