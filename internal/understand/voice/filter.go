package voice

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// dimensions lists them, for messages.
var dimensions = []Dimension{
	ByKind, ByTouchpoint, ByStage, ByChannel, ByMedium, ByArea, BySupplier, ByPlace, BySurvey, ByName, BySource,
	ByLanguage, ByPolarity, ByEmotion, ByTopic, ByBand,
}

// Dimensions lists the dimensions.
func Dimensions() []Dimension { return slices.Clone(dimensions) }

// The bands of a score.
const (
	Low    = "low"
	Middle = "middle"
	High   = "high"
)

// Band returns the band of a score: of nps what its groups are (0–6, 7–8, 9–10),
// of any other the outer thirds and the middle of its scale. "" of a rating
// without a scale.
func (s Score) Band() string {
	at, ok := s.Level()
	switch {
	case !ok:
		return ""
	case at < 0:
		return Low
	case at > 0:
		return High
	}
	return Middle
}

// Level returns −1, 0 or +1 for the bands; ok is false of a rating without a
// scale.
func (s Score) Level() (level int, ok bool) {
	if s.Metric == "nps" {
		switch {
		case s.Value <= 6:
			return -1, true
		case s.Value >= 9:
			return 1, true
		}
		return 0, true
	}
	scale, ok := fact.ParseScale(s.Scale)
	if !ok {
		return 0, false
	}
	switch text.PolarityOf(2*(s.Value-scale.Min)/(scale.Max-scale.Min) - 1) {
	case text.Negative:
		return -1, true
	case text.Positive:
		return 1, true
	}
	return 0, true
}

// ofWhere returns the key of a dimension that a context has.
func (k *where) of(d Dimension) (key string, ok bool) {
	switch d {
	case ByKind:
		return string(k.kind), true
	case ByTouchpoint:
		return k.touchpoint, true
	case ByStage:
		return k.stage, true
	case ByChannel:
		return k.channel, true
	case ByMedium:
		return k.medium, true
	case ByArea:
		return k.area, true
	case BySupplier:
		return k.supplier, true
	case ByPlace:
		return k.place, true
	case BySurvey:
		if k.answers() {
			return k.name, true
		}
		return "", true
	case ByName:
		if !k.answers() {
			return k.name, true
		}
		return "", true
	case BySource:
		return k.source, true
	}
	return "", false
}

func (k *where) answers() bool { return k.kind != Message && k.kind != Mention }

// of returns the keys of a dimension that a mark has.
func (m *mark) of(d Dimension) (keys []string, ok bool) {
	switch d {
	case ByLanguage:
		return []string{m.language}, true
	case ByPolarity:
		return []string{m.polarity}, true
	case ByEmotion:
		return []string{m.emotion}, true
	case ByTopic:
		if m.topics == "" {
			return []string{""}, true
		}
		return splitTopics(m.topics), true
	}
	return nil, false
}

// matcher is a filter made ready for an index.
type matcher struct {
	low, high int64 // ids: low ≤ id < high
	contexts  []bool
	readings  []bool // nil: all
	scores    []bool // nil: all
	customers numbers
	someone   bool // of customers
	seqs      []cx.Seq
	terms     []string // of the search
	nothing   bool     // what is searched holds no word
}

// match makes the filter ready for p. The caller holds mu.
func (x *index) match(p cx.Principal, f Filter, customers []cx.CustomerNo) *matcher {
	m := &matcher{low: math.MinInt64, high: math.MaxInt64, seqs: f.Seqs}
	if f.Window.From != 0 {
		m.low = firstID(f.Window.From)
	}
	if f.Window.To != 0 {
		m.high = firstID(f.Window.To)
	}
	m.terms = termsOf(f.Words)
	m.nothing = len(m.terms) == 0 && strings.TrimSpace(f.Words) != "" || f.Seqs != nil && len(f.Seqs) == 0
	if customers != nil {
		m.someone = true
		for _, c := range customers {
			m.customers.add(uint32(c))
		}
	}
	kinds := []string{string(Answer), string(Message), string(Mention)}
	m.contexts = make([]bool, len(x.contexts.keys))
	where := f.Where
	if !slices.ContainsFunc(where, func(c Condition) bool { return c.By == ByKind }) {
		where = append(slices.Clone(where), Condition{ByKind, kinds})
	}
	if p.Areas != nil {
		where = append(slices.Clone(where), Condition{ByArea, slices.DeleteFunc(slices.Clone(p.Areas), func(a string) bool { return a == "" })})
	}
	for i := 1; i < len(x.contexts.keys); i++ {
		k := &x.contexts.keys[i]
		m.contexts[i] = !slices.ContainsFunc(where, func(c Condition) bool {
			key, ok := k.of(c.By)
			return ok && !slices.Contains(c.In, key)
		})
	}
	for _, c := range where {
		if _, ok := (&mark{}).of(c.By); ok {
			m.readings = fill(m.readings, len(x.readings.keys))
			for i := range x.readings.keys {
				keys, _ := x.readings.keys[i].of(c.By)
				m.readings[i] = m.readings[i] && slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(c.In, k) })
			}
		}
		if c.By == ByBand {
			m.scores = fill(m.scores, len(x.scores.keys))
			for i, s := range x.scores.keys {
				m.scores[i] = m.scores[i] && slices.Contains(c.In, s.Band())
			}
		}
	}
	return m
}

func fill(all []bool, n int) []bool {
	if all != nil {
		return all
	}
	all = make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

// has tells whether a row passes, its words apart.
func (m *matcher) has(x *index, r *row) bool {
	if !m.contexts[r.context] || m.readings != nil && !m.readings[r.reading] || m.scores != nil && !m.scores[r.score] {
		return false
	}
	if m.someone && (r.profile == 0 || !m.customers.has(uint32(x.customerOf(r.profile)))) {
		return false
	}
	if m.seqs != nil {
		if _, ok := slices.BinarySearch(m.seqs, r.seq); !ok {
			return false
		}
	}
	return true
}

// span returns between which rows those of the window lie.
func (m *matcher) span(x *index) (from, to int) {
	from, _ = x.find(m.low)
	to, _ = x.find(m.high)
	return from, max(from, to)
}

// prefixRunes is from how many letters on the last word may be the beginning of
// one.
const prefixRunes = 3

// found calls fn with the ids of the texts that have all terms, greatest first,
// until fn says that it is enough.
func found(ctx context.Context, tx *sqldb.Tx, terms []string, below int64, fn func(id int64) (more bool)) error {
	var b strings.Builder
	query := `SELECT rowid FROM texts_fts WHERE texts_fts MATCH $1 AND rowid < $2 ORDER BY rowid DESC`
	for i, t := range terms {
		prefix := i == len(terms)-1 && len([]rune(t)) >= prefixRunes
		if tx.Dialect() == sqldb.SQLite {
			fmt.Fprintf(&b, `"%s"`, t) // a term holds no quote
			if prefix {
				b.WriteByte('*')
			}
			b.WriteByte(' ')
			continue
		}
		if i > 0 {
			b.WriteString(" & ")
		}
		fmt.Fprintf(&b, `'%s'`, fold(t)) // and no apostrophe
		if prefix {
			b.WriteString(":*")
		}
	}
	if tx.Dialect() == sqldb.Postgres {
		query = `SELECT id FROM texts WHERE search @@ to_tsquery('simple', $1) AND id < $2 ORDER BY id DESC`
	}
	rows, err := tx.Query(ctx, query, b.String(), below)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var id int64
	for rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if !fn(id) {
			return nil
		}
	}
	return rows.Err()
}

// rows returns where the rows are that pass, ascending. The caller holds mu for
// reading; ids are those of the words, descending, when there are words.
func (m *matcher) rows(x *index, ids []int64) []int32 {
	var out []int32
	if m.nothing {
		return nil
	}
	from, to := m.span(x)
	if len(m.terms) == 0 {
		for i := from; i < to; i++ {
			if m.has(x, &x.rows[i]) {
				out = append(out, int32(i))
			}
		}
		return out
	}
	slices.Reverse(ids)
	at := from
	for _, id := range ids {
		step := 1
		for at+step < to && x.rows[at+step].id < id { // most often the next one is near
			at += step
			step *= 2
		}
		at += sort.Search(min(step, to-at), func(i int) bool { return x.rows[at+i].id >= id })
		if at < to && x.rows[at].id == id && m.has(x, &x.rows[at]) {
			out = append(out, int32(at))
		}
	}
	return out
}
