package voice

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// passing returns the ids of the words of a filter and where all rows are that
// pass, and calls fn with them while nobody writes.
func (s *Service) passing(ctx context.Context, p cx.Principal, f Filter, fn func(x *index, at []int32)) error {
	m, err := s.matcher(ctx, p, f)
	if err != nil {
		return err
	}
	var ids []int64
	if len(m.terms) > 0 && !m.nothing {
		err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
			return found(ctx, tx, m.terms, m.high, func(id int64) bool {
				ids = append(ids, id)
				return id >= m.low
			})
		})
		if err != nil {
			return err
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	m.grow(s.index)
	fn(s.index, m.rows(s.index, ids))
	return nil
}

// tally counts texts.
type tally struct {
	n, negative, positive int64
	sentiment             float64
}

func (t *tally) add(o tally) {
	t.n, t.negative, t.positive, t.sentiment = t.n+o.n, t.negative+o.negative, t.positive+o.positive, t.sentiment+o.sentiment
}

func (t tally) mean() float64 {
	if t.n == 0 {
		return 0
	}
	return t.sentiment / float64(t.n)
}

// Count counts the texts that a filter lets through, in all and by each of the
// dimensions. It needs scores.view; who is limited to areas counts theirs.
func (s *Service) Count(ctx context.Context, p cx.Principal, f Filter, by ...Dimension) (Counts, error) {
	const op = "voice.Count"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Counts{}, cx.Wrap(op, err)
	}
	for _, d := range by {
		if !slices.Contains(dimensions, d) {
			return Counts{}, cx.Wrap(op, Filter{Where: []Condition{{By: d}}}.validate())
		}
	}
	var out Counts
	err := s.passing(ctx, p, f, func(x *index, at []int32) {
		// One pass counts what texts share; the dimensions are made of that.
		contexts, readings, scores := make([]tally, len(x.contexts.keys)), make([]tally, len(x.readings.keys)), make([]tally, len(x.scores.keys))
		var all tally
		for _, i := range at {
			r := &x.rows[i]
			one := tally{n: 1, sentiment: float64(r.sentiment)}
			switch text.Polarity(x.readings.keys[r.reading].polarity) {
			case text.Negative:
				one.negative = 1
			case text.Positive:
				one.positive = 1
			}
			contexts[r.context].add(one)
			readings[r.reading].add(one)
			scores[r.score].add(one)
			all.add(one)
		}
		out.N, out.Sentiment, out.Negative, out.Positive = all.n, all.mean(), all.negative, all.positive
		for _, d := range by {
			keys := map[string]tally{}
			put := func(key string, t tally) {
				if t.n > 0 {
					t.add(keys[key])
					keys[key] = t
				}
			}
			for i := range contexts {
				if key, ok := x.contexts.keys[i].of(d); ok {
					put(key, contexts[i])
				}
			}
			for i := range readings {
				more, _ := x.readings.keys[i].of(d)
				for _, key := range more {
					put(key, readings[i])
				}
			}
			for i := range scores {
				if d == ByBand {
					put(x.scores.keys[i].Band(), scores[i])
				}
			}
			out.Facets = append(out.Facets, Facet{d, sorted(keys)})
		}
	})
	return out, cx.Wrap(op, err)
}

func sorted(keys map[string]tally) []KeyCount {
	out := make([]KeyCount, 0, len(keys))
	for key, t := range keys {
		out = append(out, KeyCount{key, t.n, t.negative, t.positive, t.mean()})
	}
	slices.SortFunc(out, func(a, b KeyCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
	return out
}

// Tell tells of every text that a filter lets through, by time, from memory:
// without its Words and Response, and At to the millisecond. It needs
// scores.view. Fn's text is valid only during the call; an error of fn ends it.
func (s *Service) Tell(ctx context.Context, p cx.Principal, f Filter, fn func(*Text) error) error {
	const op = "voice.Tell"
	if err := account.Check(p, account.ViewScores); err != nil {
		return cx.Wrap(op, err)
	}
	var rows []row
	err := s.passing(ctx, p, f, func(x *index, at []int32) {
		rows = make([]row, len(at))
		for i, n := range at {
			rows[i] = x.rows[n]
		}
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	texts := make([]Text, min(len(rows), 4096))
	for some := range slices.Chunk(rows, max(len(texts), 1)) {
		s.mu.RLock()
		for i := range some {
			texts[i] = Text{At: timeOf(some[i].id)}
			s.index.fill(&texts[i], &some[i])
		}
		s.mu.RUnlock()
		for i := range some {
			if err := fn(&texts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// texts returns the texts that a filter and a further condition let through.
func (s *Service) texts(ctx context.Context, p cx.Principal, f Filter, also func(row) bool) ([]Text, error) {
	var ids []int64
	if err := s.passing(ctx, p, f, func(x *index, at []int32) {
		for _, n := range at {
			if also(x.rows[n]) {
				ids = append(ids, x.rows[n].id)
			}
		}
	}); err != nil || len(ids) == 0 {
		return nil, err
	}
	return s.read(ctx, ids)
}
