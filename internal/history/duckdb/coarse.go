package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// A coarse question asks for events (and answers, not their items) by what the
// model says of them only. It is answered by the summaries of the buckets that
// lie wholly within its time, and by the facts of the rest.
type coarse struct {
	*question
	bits       int
	summarised cx.Seq
	stretches  []cx.Window
}

// mostStretches is how many cuts a coarse question may have: the bitmaps of all
// of them are in memory.
const mostStretches = 8

// isCoarse tells whether q is a coarse question.
func isCoarse(q history.Query) bool {
	coarse := func(d history.Dimension) bool {
		switch d {
		case history.Touchpoint, history.Stage, history.Channel, history.Medium, history.Area, history.Supplier:
			return true
		}
		return false
	}
	for _, c := range q.Filter.Where {
		if !coarse(c.By) {
			return false
		}
	}
	for _, d := range q.By {
		if !coarse(d) {
			return false
		}
	}
	return q.Of == history.Events && q.Filter.Customers == nil && len(q.Cuts) <= mostStretches+1 && (len(q.Cuts) == 0 || q.Cuts[0] > 0)
}

// coarse begins the coarse question q. It is nil when there are too many
// profiles for it.
func (tx snapshot) coarse(ctx context.Context, p cx.Principal, q history.Query) (*coarse, error) {
	a := &coarse{question: &question{words: tx.words, of: q.Of, props: map[string]string{}}}
	if err := tx.QueryRowContext(ctx, "SELECT seq FROM summarised").Scan(&a.summarised); err != nil {
		return nil, err
	}
	// After the first query, which begins the snapshot.
	if a.bits = tx.bits(); a.bits > mostProfiles {
		return nil, nil //nolint:nilnil // as told above
	}
	window := q.Filter.Window
	q.Filter.Window = cx.Window{}
	a.filter(p, q.Filter)
	for _, d := range q.By {
		a.keys = append(a.keys, a.key(d))
	}
	if len(q.Cuts) == 0 {
		a.stretches = []cx.Window{window}
	}
	for i := 1; i < len(q.Cuts); i++ {
		w := cx.Window{From: q.Cuts[i-1], To: q.Cuts[i]}
		if window.From != 0 {
			w.From = max(w.From, window.From)
		}
		if window.To != 0 {
			w.To = min(w.To, window.To)
		}
		a.stretches = append(a.stretches, w)
	}
	return a, nil
}

// partial is what some facts of a group add up to.
type partial struct {
	cut          int
	answers      bool
	n, valued    int64
	sum, squares int64
	first, last  cx.Time
	profiles     []byte
}

// each calls fn with the partials of the groups, several for a group.
func (a *coarse) each(ctx context.Context, tx snapshot, answers bool, fn func(p *partial, key []string)) error {
	var facts, whole []string
	for i, w := range a.stretches {
		a.stretch(i, w, answers, &facts, &whole)
	}
	targets, keys := a.keyScan()
	var p partial
	var profiles sql.RawBytes
	targets = append([]any{&p.cut, &p.answers}, targets...)
	targets = append(targets, &p.n, &p.valued, &p.sum, &p.squares, &p.first, &p.last, &profiles)
	if len(facts) == 0 {
		return nil
	}
	err := each(ctx, tx, strings.Join(facts, " UNION ALL "), nil, func(rows *sql.Rows) error {
		err := rows.Scan(targets...)
		if p.profiles = profiles; err == nil {
			fn(&p, keys())
		}
		return err
	})
	if err != nil || len(whole) == 0 {
		return err
	}
	type summary struct {
		partial
		key []string
	}
	missing := map[uint64]summary{}
	var id uint64
	targets[len(targets)-1] = &id
	err = each(ctx, tx, strings.Join(whole, " UNION ALL "), nil, func(rows *sql.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if p.profiles = tx.kept.get(id); p.profiles != nil {
			fn(&p, keys())
		} else {
			missing[id] = summary{p, keys()}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	query := "SELECT id, profiles FROM summaries WHERE " + in("id", numbers(slices.Collect(maps.Keys(missing))))
	return each(ctx, tx, query, nil, func(rows *sql.Rows) error {
		if err := rows.Scan(&id, &profiles); err != nil {
			return err
		}
		s := missing[id]
		s.profiles = profiles
		fn(&s.partial, s.key)
		tx.kept.put(id, profiles)
		return nil
	})
}

// stretch adds the SELECTs of a stretch of time: of the buckets within it, and
// of the facts that no summary tells of.
func (a *coarse) stretch(cut int, w cx.Window, answers bool, facts, whole *[]string) {
	if w.To != 0 && w.To <= w.From {
		return
	}
	keys := ""
	for i, k := range a.keys {
		keys += fmt.Sprintf("%s AS key%d, ", k.expr, i)
	}
	single := func(from, to cx.Time, after cx.Seq) {
		b := &question{where: slices.Clone(a.where)}
		b.within(cx.Window{From: from, To: to})
		if !answers {
			b.where = append(b.where, fmt.Sprintf("f.kind <> %d", cx.Answer))
		}
		b.where = append(b.where, fmt.Sprintf("f.seq > %d", after))
		*facts = append(*facts, fmt.Sprintf("SELECT %d AS cut, f.kind = %d AS answers, %s%s FROM events f WHERE %s GROUP BY ALL HAVING count(*) > 0",
			cut, cx.Answer, keys, summed(a.bits), strings.Join(b.where, " AND ")))
	}
	// Times before 1970 are in no bucket, and a zero in a window is no time.
	first, last := max((max(w.From, 0)+1<<bucketBits-1)>>bucketBits, 1), cx.Time(1<<22)
	if w.To != 0 {
		last = w.To >> bucketBits
	}
	if a.summarised == 0 || first >= last {
		single(w.From, w.To, 0)
		return
	}
	from, to := first<<bucketBits, last<<bucketBits
	single(w.From, from, 0)
	single(from, to, a.summarised)
	if w.To != 0 {
		single(to, w.To, 0)
	}
	where := append(slices.Clone(a.where), fmt.Sprintf("f.bucket >= %d AND f.bucket < %d", first, last))
	if !answers {
		where = append(where, "NOT f.answers")
	}
	*whole = append(*whole, fmt.Sprintf("SELECT %d AS cut, f.answers, %sn, valued, total, squares, earliest, latest, id FROM summaries f WHERE %s", cut, keys, strings.Join(where, " AND ")))
}

// totals adds up everything.
func (a *coarse) totals(ctx context.Context, tx snapshot, t *history.Totals) error {
	var who bitmap
	err := a.each(ctx, tx, true, func(p *partial, _ []string) {
		if p.answers {
			t.Answers += p.n
		} else {
			t.Events += p.n
		}
		if t.First == 0 || p.first < t.First {
			t.First = p.first
		}
		t.Last = max(t.Last, p.last)
		who.add(p.profiles)
	})
	t.Customers = who.customers(*tx.merged.Load())
	return err
}

// tallied is a group while it is added up.
type tallied struct {
	history.Point
	sum, squares int64
	who          bitmap
}

// points adds up the groups of each stretch, by the dimensions of each level;
// the first has all of them.
func (a *coarse) points(ctx context.Context, tx snapshot, levels [][]history.Dimension) ([]history.Point, error) {
	groups := make([]map[string]*tallied, len(levels))
	group := func(level, cut int, key []string) *tallied {
		if groups[level] == nil {
			groups[level] = map[string]*tallied{}
		}
		id := fmt.Sprint(cut, "\x00", strings.Join(key, "\x00"))
		g := groups[level][id]
		if g == nil {
			g = &tallied{Point: history.Point{Cut: cut, Group: history.Group{Key: key}}}
			groups[level][id] = g
		}
		return g
	}
	err := a.each(ctx, tx, false, func(p *partial, key []string) {
		g := group(0, p.cut, key)
		g.N, g.Valued = g.N+p.n, g.Valued+p.valued
		g.sum, g.squares = g.sum+p.sum, g.squares+p.squares
		g.who.add(p.profiles)
	})
	for i, by := range levels[1:] {
		for _, g := range groups[0] {
			sub := group(i+1, g.Cut, g.Key[:len(by)])
			sub.N, sub.Valued = sub.N+g.N, sub.Valued+g.Valued
			sub.sum, sub.squares = sub.sum+g.sum, sub.squares+g.squares
			sub.who.add(g.who)
		}
	}
	var points []history.Point
	merged := *tx.merged.Load()
	for _, level := range groups {
		for _, g := range level {
			g.Sum, g.SumSquares = float64(g.sum)/valenceUnit, float64(g.squares)/(valenceUnit*valenceUnit)
			g.Customers = g.who.customers(merged)
			points = append(points, g.Point)
		}
	}
	return points, err
}
