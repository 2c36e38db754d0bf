package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Append stores a batch.
func (s *Store) Append(ctx context.Context, b history.Batch) error {
	defer s.summariseWhenDue()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return tell("duckdb.Append", err)
	}
	if b.Last <= s.file.state.Position {
		return nil
	}
	err := s.write(ctx, func(f *file, t *tables) (history.State, error) { return s.append(ctx, f, t, b) })
	if err != nil {
		var full *history.VocabularyFullError
		if errors.As(err, &full) {
			return full
		}
		return tell("duckdb.Append", err)
	}
	s.file.merge(b.Clusters)
	if slices.ContainsFunc(b.Facts, func(f history.Fact) bool { return len(f.Corrects) > 0 }) {
		s.rewritten.Add(1)
	}
	maps.DeleteFunc(s.coming, func(seq cx.Seq, _ struct{}) bool { return seq <= b.Last })
	maps.DeleteFunc(s.snapshots, func(seq cx.Seq, _ []byte) bool { return seq <= b.Last })
	return nil
}

func (s *Store) append(ctx context.Context, f *file, t *tables, b history.Batch) (history.State, error) {
	state := f.state
	if b.Model != state.Model {
		state.Model, state.Done, state.Upto = b.Model, 0, state.Position
	}
	state.Position = b.Last
	isNew := func(seq cx.Seq) bool {
		_, erased := s.coming[seq]
		return seq > f.state.Position && !erased
	}
	for i := range b.Facts {
		if fact := &b.Facts[i]; isNew(fact.Seq) {
			if traits, ok := s.snapshots[fact.Seq]; ok {
				left := *fact
				left.Traits, fact = history.Plain(traits), &left
			}
			// Before a question sees it; nobody else writes.
			f.most.Store(max(f.most.Load(), uint32(fact.Profile)))
			if err := t.fact(fact); err != nil {
				return state, err
			}
		}
	}
	for i := range b.Facts {
		if fact := &b.Facts[i]; isNew(fact.Seq) {
			if err := t.correct(ctx, fact); err != nil {
				return state, err
			}
		}
	}
	for _, c := range b.Circumstances {
		if isNew(c.Seq) {
			if err := t.circumstance(c); err != nil {
				return state, err
			}
		}
	}
	return state, t.clusters(ctx, f.customers, b.Clusters)
}

// tables appends rows within one transaction.
type tables struct {
	conn  driver.Conn
	words *words
	open  map[string]*duckdb.Appender
}

func (t *tables) row(table string, values ...driver.Value) error {
	a := t.open[table]
	if a == nil {
		var err error
		in := catalog
		if strings.HasPrefix(table, "said") || table == "erased" {
			in = "temp"
		}
		if a, err = duckdb.NewAppender(t.conn, in, "", table); err != nil {
			return fmt.Errorf("appending to %s: %w", table, err)
		}
		if t.open == nil {
			t.open = map[string]*duckdb.Appender{}
		}
		t.open[table] = a
	}
	return a.AppendRow(values...)
}

// close flushes the rows, or drops them when err is not nil, and returns err or
// what went wrong.
func (t *tables) close(err error) error {
	for _, a := range t.open {
		if err != nil {
			_ = a.Clear()
		}
		err = errors.Join(err, a.Close())
	}
	t.open = nil
	return err
}

// exec runs a statement after flushing what was appended so far.
func (t *tables) exec(ctx context.Context, query string) error {
	if err := t.close(nil); err != nil {
		return err
	}
	_, err := t.conn.(driver.ExecerContext).ExecContext(ctx, query, nil)
	return err
}

func (t *tables) storeWords() error {
	for _, n := range t.words.pending {
		if err := t.row("words", uint8(n.kind), n.no, n.word); err != nil {
			return err
		}
	}
	return nil
}

func (t *tables) fact(f *history.Fact) error {
	w := numbering{t.words, f.Seq, nil}
	name, source := w.no(nameWord, f.Name), w.no(sourceWord, f.Source)
	c := w.class(&f.Said.Class)
	if w.err != nil {
		return w.err
	}
	properties := text(f.Properties)
	err := t.row("events", uint64(f.Seq), uint32(f.Profile), uint8(f.Kind), name, source, int64(f.At), int64(f.ReceivedAt),
		c.touchpoint, c.stage, c.channel, c.medium, c.area, c.supplier, c.place, c.valence, c.revenue, c.currency, properties)
	if err != nil {
		return err
	}
	for _, says := range f.Says {
		if err := t.row("traits", uint64(f.Seq), uint32(f.Profile), int64(f.At), says.Name, says.Value); err != nil {
			return err
		}
	}
	if f.Answer != nil {
		traits := text(f.Traits)
		for i := range f.Answer.Items {
			it := &f.Answer.Items[i]
			question, metric, scale := w.no(questionWord, it.Question), w.no(metricWord, it.Metric), w.no(scaleWord, it.Scale)
			if w.err != nil {
				return w.err
			}
			var value, choice driver.Value
			if it.HasValue {
				value = int64(math.Round(it.Value * scoreUnit))
			}
			if it.Choice != "" {
				choice = it.Choice
			}
			err := t.row("answers", uint64(f.Seq), uint32(f.Profile), name, source, int64(f.At), int64(f.ReceivedAt),
				c.touchpoint, c.stage, c.channel, c.medium, c.area, c.supplier, c.place,
				uint8(i), question, metric, scale, value, it.Text != "", choice, properties, traits)
			if err != nil {
				return err
			}
		}
	}
	return t.said("", f.Seq, &f.Said)
}

// correct lets what a fact corrects count no more. Summaries do not add up
// answered items, so they stay.
func (t *tables) correct(ctx context.Context, f *history.Fact) error {
	if len(f.Corrects) == 0 || f.Answer == nil {
		return nil
	}
	w := numbering{t.words, f.Seq, nil}
	seqs, questions := make([]string, len(f.Corrects)), make([]string, len(f.Answer.Items))
	for i, seq := range f.Corrects {
		seqs[i] = fmt.Sprint(uint64(seq))
	}
	for i, it := range f.Answer.Items {
		questions[i] = fmt.Sprint(w.no(questionWord, it.Question))
	}
	if w.err != nil {
		return w.err
	}
	return t.exec(ctx, fmt.Sprintf(`UPDATE answers SET metric = 0, scale = 0, value = NULL, texted = false, choice = NULL
		WHERE seq IN (%s) AND seq < %d AND profile_no = %d AND question IN (%s)`,
		strings.Join(seqs, ", "), uint64(f.Seq), uint32(f.Profile), strings.Join(questions, ", ")))
}

// said appends the links and the derived values of a fact to the tables with
// the prefix.
func (t *tables) said(prefix string, seq cx.Seq, s *history.Said) error {
	w := numbering{t.words, seq, nil}
	for _, o := range s.Class.Objects {
		typ := w.no(objectWord, o.Type)
		if w.err != nil {
			return w.err
		}
		if err := t.row(prefix+"links", uint64(seq), typ, o.Number()); err != nil {
			return err
		}
	}
	for _, d := range s.Derived {
		property, typ := w.no(propertyWord, d.Property), w.no(objectWord, d.Object.Type)
		if w.err != nil {
			return w.err
		}
		var object driver.Value
		if typ != 0 {
			object = d.Object.Number()
		}
		if err := t.row(prefix+"derived", uint64(seq), property, d.Value, typ, object); err != nil {
			return err
		}
	}
	return nil
}

func (t *tables) circumstance(c history.Circumstance) error {
	w := numbering{t.words, c.Seq, nil}
	kind, place := w.no(circumstanceWord, c.Kind), w.no(placeWord, c.Place)
	touchpoint, supplier := w.no(touchpointWord, c.Touchpoint), w.no(supplierWord, c.Supplier)
	if w.err != nil {
		return w.err
	}
	var until driver.Value
	if c.Until != 0 {
		until = int64(c.Until)
	}
	return t.row("circumstances", uint64(c.Seq), kind, place, touchpoint, supplier, c.Product, int64(c.From), until, c.Value)
}

// clusters stores the clusters that differ from what is stored.
func (t *tables) clusters(ctx context.Context, stored map[cx.ProfileNo]cx.CustomerNo, clusters []history.Cluster) error {
	newest := map[cx.ProfileNo]cx.CustomerNo{}
	for _, c := range clusters {
		newest[c.Profile] = c.Customer
	}
	var gone []string
	for profile, customer := range newest {
		before, had := stored[profile]
		if had && before != customer {
			gone = append(gone, fmt.Sprint(profile))
		}
		if had && before == customer {
			delete(newest, profile)
		}
	}
	if len(gone) > 0 {
		if err := t.exec(ctx, "DELETE FROM customers WHERE profile_no IN ("+strings.Join(gone, ",")+")"); err != nil {
			return err
		}
	}
	for profile, customer := range newest {
		if profile == customer {
			continue
		}
		if err := t.row("customers", uint32(profile), uint32(customer)); err != nil {
			return err
		}
	}
	return nil
}

// Sums are of whole numbers of these units.
const (
	valenceUnit = 1_000
	scoreUnit   = 1_000_000
)

// numbering numbers the words of one fact and keeps the first error.
type numbering struct {
	words *words
	seq   cx.Seq
	err   error
}

func (n *numbering) no(kind wordKind, word string) uint16 {
	if n.err != nil {
		return 0
	}
	var no uint16
	no, n.err = n.words.number(kind, word, n.seq)
	return no
}

type class struct {
	touchpoint, stage, channel, medium, area, supplier, place uint16
	valence, revenue                                          driver.Value // int16, int64
	currency                                                  uint16
}

func (n *numbering) class(c *model.Class) class {
	out := class{
		touchpoint: n.no(touchpointWord, c.Touchpoint), stage: n.no(stageWord, c.Stage), channel: n.no(channelWord, c.Channel),
		medium: n.no(mediumWord, c.Medium), area: n.no(areaWord, c.Area), supplier: n.no(supplierWord, c.Supplier), place: n.no(placeWord, c.Place),
	}
	if c.HasValence {
		out.valence = int16(math.Round(max(-2, min(2, c.Valence)) * valenceUnit))
	}
	if c.HasRevenue {
		out.revenue, out.currency = c.Revenue.Minor, n.no(currencyWord, c.Revenue.Currency)
	}
	return out
}

func text(json []byte) driver.Value {
	if len(json) == 0 {
		return nil
	}
	return string(json)
}
