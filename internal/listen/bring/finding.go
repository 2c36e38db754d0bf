package bring

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Finding is what the answers of a file say first. A Mean is of the file's most
// frequent scale, with its interval of 95 %.
type Finding struct {
	Scale     string
	N         int // scored answers
	Mean      float64
	Low, High float64

	// The value that pulls the mean down most; Column is "" when none surely
	// does.
	Column, Value          string
	ValueN                 int
	ValueMean              float64
	ValueLow, ValueHigh    float64
	RestN                  int // the other answers
	RestMean               float64
	RestLow, RestHigh      float64
	Points                 float64 // by how much the mean would be higher if the value's answers were as the rest
	Compared               int     // values that were compared
	Quote                  string  // of those answers, else of the worst; "" when nobody wrote; addresses and numbers masked
	QuoteScore             float64
	From, To               string // the first and the last day, 2025-03-04
	Customers, Scored, All int    // all: rows of answers and events
}

// Bounds of what is compared.
const (
	maxValues = 40 // of a column: one with more tells no groups apart
	minGroup  = 10 // answers of a value, and of the rest
	oneIn20   = .05
)

// watcher passes records on and adds up what their answers say.
type watcher struct {
	importer.Sink
	never  map[string]bool   // properties that name people of the company
	labels map[string]string // of properties: their columns' headers
	scales map[string]*scaleTally
	who    map[string]struct{}
	all    int
	from   string
	to     string
}

type scaleTally struct {
	tally
	columns map[string]map[string]*tally // nil for a column with too many values
}

type tally struct {
	n            int
	sum, squares float64
	quote        string
	quoted       float64
}

func newWatcher(next importer.Sink, p Proposal) *watcher {
	w := &watcher{Sink: next, never: map[string]bool{}, labels: map[string]string{}, scales: map[string]*scaleTally{}, who: map[string]struct{}{}}
	for _, c := range p.Columns {
		if key := keyOf(c.Name); c.Role == Property {
			w.labels[key] = c.Name
		} else if slices.Contains(once, c.Role) {
			w.labels[string(c.Role)] = c.Name
		}
		if c.Person || c.Role == ID || c.Role == Object {
			w.never[keyOf(c.Name)] = true
		}
	}
	return w
}

// Write implements importer.Sink.
func (w *watcher) Write(ctx context.Context, records []importer.Record) (importer.Result, error) {
	res, err := w.Sink.Write(ctx, records)
	if err != nil {
		return res, err
	}
	for i := range records {
		if m, ok := readMessage(records[i].Message); ok && records[i].Message != nil {
			w.add(m)
		}
	}
	return res, nil
}

func (w *watcher) add(m message) {
	w.all++
	if day, _, ok := strings.Cut(m.Timestamp, "T"); ok {
		if w.from == "" || day < w.from {
			w.from = day
		}
		w.to = max(w.to, day)
	}
	if m.UserID != "" {
		w.who[m.UserID] = struct{}{}
	}
	value, scale := m.score()
	if value == nil {
		return
	}
	s := w.scales[scale]
	if s == nil {
		s = &scaleTally{columns: map[string]map[string]*tally{}}
		w.scales[scale] = s
	}
	text := m.text()
	s.add(*value, text)
	if m.Touchpoint != "" {
		s.of("touchpoint", m.Touchpoint, *value, text)
	}
	for name, v := range m.Properties {
		switch v := v.(type) {
		case string:
			if !w.never[name] && v != "" && len(v) <= 80 {
				s.of(name, v, *value, text)
			}
		case bool:
			s.of(name, map[bool]string{true: "true", false: "false"}[v], *value, text)
		}
	}
}

func (s *scaleTally) of(column, value string, score float64, text string) {
	values, known := s.columns[column]
	if known && values == nil {
		return
	}
	if values == nil {
		values = map[string]*tally{}
		s.columns[column] = values
	}
	t := values[value]
	if t == nil {
		if len(values) == maxValues {
			s.columns[column] = nil
			return
		}
		t = &tally{}
		values[value] = t
	}
	t.add(score, text)
}

// add counts a score and keeps the words of the worst, of several those that
// say enough in few.
func (t *tally) add(score float64, text string) {
	t.n, t.sum, t.squares = t.n+1, t.sum+score, t.squares+score*score
	if worth(text) > 0 && (t.quote == "" || score < t.quoted || score == t.quoted && worth(text) > worth(t.quote)) {
		t.quote, t.quoted = text, score
	}
}

// worth prefers a sentence or two.
func worth(text string) int {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	switch {
	case n < 12:
		return 0
	case n <= 160:
		return n
	}
	return max(1, 160-(n-160)/8)
}

func (t *tally) sample() stats.Sample { return stats.SampleOf(t.n, t.sum, t.squares) }

// finding returns what was seen; nil when nothing was.
func (w *watcher) finding() *Finding {
	if w.all == 0 {
		return nil
	}
	f := &Finding{All: w.all, Customers: len(w.who), From: w.from, To: w.to}
	var s *scaleTally
	for scale, t := range w.scales {
		f.Scored += t.n
		if s == nil || t.n > s.n || t.n == s.n && scale < f.Scale {
			s, f.Scale = t, scale
		}
	}
	if s == nil {
		return f
	}
	limits, _ := fact.ParseScale(f.Scale)
	bounded := func(t *tally) (mean, low, high float64) {
		i := stats.MeanInterval(t.sample())
		if f.Scale != "" {
			i = i.Clip(limits.Min, limits.Max)
		}
		return t.sum / float64(t.n), i.Low, i.High
	}
	f.N = s.n
	f.Mean, f.Low, f.High = bounded(&s.tally)
	f.Quote, f.QuoteScore = s.quote, s.quoted
	f.worst(s, bounded)
	if label := w.labels[f.Column]; label != "" {
		f.Column = label
	}
	f.Quote = masked(f.Quote)
	return f
}

// worst finds the value that pulls the mean down most, among those that are
// surely lower than the rest.
func (f *Finding) worst(s *scaleTally, bounded func(*tally) (mean, low, high float64)) {
	type group struct {
		column, value string
		t             *tally
		rest          *tally
		points        float64
	}
	var groups []group
	var p []float64
	for column, values := range s.columns {
		for value, t := range values {
			if t.n < minGroup || s.n-t.n < minGroup {
				continue
			}
			rest := &tally{n: s.n - t.n, sum: s.sum - t.sum, squares: s.squares - t.squares}
			test := stats.Welch(rest.sample(), t.sample())
			if math.IsNaN(test.P) {
				continue
			}
			mean := rest.sum / float64(rest.n)
			groups = append(groups, group{column, value, t, rest, (mean - t.sum/float64(t.n)) * float64(t.n) / float64(s.n)})
			p = append(p, test.P)
		}
	}
	f.Compared = len(groups)
	holds := stats.BenjaminiHochberg(p, oneIn20)
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := groups[b].points - groups[a].points; c != 0 {
			return int(math.Copysign(1, c))
		}
		return strings.Compare(groups[a].column+groups[a].value, groups[b].column+groups[b].value)
	})
	for _, i := range order {
		g := groups[i]
		if !holds[i] || g.points <= 0 {
			continue
		}
		f.Column, f.Value, f.ValueN, f.RestN, f.Points = g.column, g.value, g.t.n, g.rest.n, g.points
		f.RestMean, f.RestLow, f.RestHigh = bounded(g.rest)
		f.ValueMean, f.ValueLow, f.ValueHigh = bounded(g.t)
		if g.t.quote != "" {
			f.Quote, f.QuoteScore = g.t.quote, g.t.quoted
		}
		return
	}
}

var personal = regexp.MustCompile(`[^\s@]+@[^\s@]+\.[^\s@]+|\+?[0-9][0-9 ().-]{6,}[0-9]|https?://\S+`)

// masked hides addresses and long numbers, and shortens what is long.
func masked(s string) string {
	s = strings.Join(strings.Fields(personal.ReplaceAllString(s, "•••")), " ")
	const most = 280
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return s
}
