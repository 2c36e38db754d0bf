package cut

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// lively is a fact as the brute force sees it: seq is where it is in its slice.
type lively struct {
	key      uint64 // by key: 0 without one
	customer uint32
	at       int64
	activity uint16
	mark     mark
}

// plainRun is a run as the brute force makes it.
type plainRun struct {
	Key      uint64
	Customer uint32
	Seqs     []int
	Ending   eventlog.Ending
	Answers  []int

	keyed []int // the seqs that carry the key
	ended int64
}

// bruteRuns cuts facts into runs by the words of the contract, one after another.
func bruteRuns(r rules, facts []lively, answers []lively) (runs []plainRun, withoutKey int64) {
	var seqs []int
	for i := range facts {
		seqs = append(seqs, i)
	}
	slices.SortStableFunc(seqs, func(a, b int) int { return cmp.Compare(facts[a].at, facts[b].at) })
	groupOf := func(f lively) uint64 {
		if r.byKey {
			return f.key
		}
		return uint64(f.customer)
	}
	var keys []uint64
	for _, f := range facts {
		if g := groupOf(f); g != 0 && !slices.Contains(keys, g) {
			keys = append(keys, g)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		open := false
		for _, seq := range seqs {
			f := facts[seq]
			if groupOf(f) != key {
				continue
			}
			var now *plainRun
			if open {
				now = &runs[len(runs)-1]
			}
			if now != nil && !r.byKey {
				if f.at-facts[now.keyed[len(now.keyed)-1]].at >= r.gap.Microseconds() || now.ended != maxTime && !r.afterStep[f.activity] {
					now, open = nil, false
				}
			}
			if now == nil {
				if r.starts && f.mark&begins == 0 {
					continue
				}
				runs = append(runs, plainRun{Key: key, Customer: f.customer, ended: maxTime})
				now, open = &runs[len(runs)-1], true
			} else if now.ended != maxTime && !r.afterStep[f.activity] {
				continue
			}
			now.keyed = append(now.keyed, seq)
			if now.ended == maxTime && f.mark&(reaches|abandons) != 0 {
				now.ended, now.Ending = f.at, eventlog.Abandoned
				if f.mark&reaches != 0 {
					now.Ending = eventlog.Reached
				}
			}
		}
	}
	if !r.byKey {
		last := map[uint32]uint64{}
		for i := range runs {
			key := uint64(runs[i].Customer)<<32 | uint64(facts[runs[i].keyed[0]].at/1e6)
			if before, ok := last[runs[i].Customer]; ok {
				key = max(key, before+1)
			}
			runs[i].Key, last[runs[i].Customer] = key, key
		}
	}
	nearest := func(f lively, canFollow bool) int {
		before, after := r.before.Microseconds(), r.after.Microseconds()
		if !r.byKey {
			before, after = 0, r.gap.Microseconds()-1
		}
		best, distance := -1, int64(maxTime)
		for i, run := range runs {
			first, last := facts[run.keyed[0]].at, facts[run.keyed[len(run.keyed)-1]].at
			d := int64(maxTime)
			switch {
			case run.Customer != f.customer:
			case f.at < first && first-f.at <= before:
				d = first - f.at
			case f.at >= first && f.at-last <= after && (canFollow || f.at <= run.ended):
				d = max(0, f.at-last)
			}
			if d == maxTime || d > distance {
				continue
			}
			if d == distance {
				// The one that began last; of those at once the last by key, of those to
				// come the first.
				if began := facts[runs[best].keyed[0]].at; first < began || first == began && first > f.at {
					continue
				}
			}
			best, distance = i, d
		}
		return best
	}
	for i := range runs {
		runs[i].Seqs = slices.Clone(runs[i].keyed)
	}
	for seq, f := range facts {
		if !r.byKey || f.key != 0 || !r.inStep[f.activity] {
			continue
		}
		n := -1
		if r.attaches() {
			n = nearest(f, r.afterStep[f.activity])
		}
		if n < 0 {
			if slices.ContainsFunc(facts, func(other lively) bool { return other.key != 0 && other.activity == f.activity }) {
				withoutKey++
			}
			continue
		}
		runs[n].Seqs = append(runs[n].Seqs, seq)
	}
	for i := range runs {
		slices.SortFunc(runs[i].Seqs, func(a, b int) int { return cmp.Or(cmp.Compare(facts[a].at, facts[b].at), cmp.Compare(a, b)) })
	}
	for seq, a := range answers {
		n := -1
		switch {
		case r.byKey && a.key != 0:
			n = slices.IndexFunc(runs, func(run plainRun) bool { return run.Key == a.key })
		case !r.byKey || r.attaches():
			n = nearest(a, true)
		}
		if n >= 0 {
			runs[n].Answers = append(runs[n].Answers, seq)
		}
	}
	for i := range runs {
		slices.SortStableFunc(runs[i].Answers, func(a, b int) int { return cmp.Compare(answers[a].at, answers[b].at) })
	}
	return runs, withoutKey
}

// materialOf makes columns of facts. The context of an event is its seq.
func materialOf(r rules, facts, answers []lively) *material {
	m := &material{}
	groups := map[uint64]uint32{}
	group := func(f lively) uint32 {
		key := uint64(f.customer)
		if r.byKey {
			key = f.key
		}
		if key == 0 {
			return loose
		}
		g, ok := groups[key]
		if !ok {
			g = uint32(len(m.keys))
			groups[key] = g
			m.keys = append(m.keys, key)
		}
		return g
	}
	for seq, f := range facts {
		m.group, m.customer, m.at = append(m.group, group(f)), append(m.customer, f.customer), append(m.at, f.at)
		m.activity, m.context = append(m.activity, f.activity), append(m.context, uint32(seq))
		m.valence, m.mark = append(m.valence, int16(seq)), append(m.mark, f.mark)
	}
	for seq, a := range answers {
		m.answers = append(m.answers, answered{Answer: eventlog.Answer{At: a.at, Seq: uint64(seq)}, group: group(a), customer: a.customer})
	}
	return m
}

func runsOf(l *eventlog.Log) (runs []plainRun) {
	for c := range l.Cases() {
		from, to := l.Span(c)
		run := plainRun{Key: l.Key[c], Customer: l.Customer[c], Ending: l.Ending[c]}
		for e := from; e < to; e++ {
			run.Seqs = append(run.Seqs, int(l.Context[e]))
		}
		for _, a := range l.Answers {
			if int(a.Case) == c {
				run.Answers = append(run.Answers, int(a.Seq))
			}
		}
		runs = append(runs, run)
	}
	return runs
}

func drawRules(t *rapid.T) rules {
	r := rules{
		byKey: rapid.Bool().Draw(t, "by key"), starts: rapid.Bool().Draw(t, "starts"),
		inStep: make([]bool, 5), afterStep: make([]bool, 5),
	}
	for a := range r.inStep {
		r.inStep[a] = rapid.Bool().Draw(t, "in a step")
		r.afterStep[a] = r.inStep[a] && rapid.Bool().Draw(t, "of stage after")
	}
	span := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(0, 12).Draw(t, name)) * time.Second
	}
	if r.byKey {
		r.before, r.after = span("before"), span("after")
	} else {
		r.gap = span("gap") + time.Second
	}
	return r
}

func drawFact(t *rapid.T) lively {
	return lively{
		key: rapid.Uint64Range(0, 4).Draw(t, "key"), customer: rapid.Uint32Range(1, 3).Draw(t, "customer"),
		at: rapid.Int64Range(0, 40).Draw(t, "at") * 500_000, activity: rapid.Uint16Range(0, 4).Draw(t, "activity"),
		mark: rapid.SampledFrom([]mark{0, 0, 0, begins, begins | reaches, reaches, abandons}).Draw(t, "mark"),
	}
}

// Facts are cut into the runs that the contract says.
func TestCut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		facts := rapid.SliceOfN(rapid.Custom(drawFact), 0, 40).Draw(t, "facts")
		answers := rapid.SliceOfN(rapid.Custom(drawFact), 0, 6).Draw(t, "answers")
		want, wantWithout := bruteRuns(r, facts, answers)
		l, without := materialOf(r, facts, answers).cut(r, 0)
		if diff := gocmp.Diff(want, runsOf(l), cmpopts.IgnoreUnexported(plainRun{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("runs (-brute force +cut):\n%s", diff)
		}
		if without != wantWithout {
			t.Fatalf("%d facts without a key, want %d", without, wantWithout)
		}
		if !slices.IsSorted(l.Key) {
			t.Fatalf("keys %x", l.Key)
		}
	})
}

// To cut some of the runs anew and put them into the log gives the log of all.
func TestSplice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := drawRules(t)
		facts := rapid.SliceOfN(rapid.Custom(drawFact), 0, 30).Draw(t, "facts")
		more := append(slices.Clone(facts), rapid.SliceOfN(rapid.Custom(drawFact), 0, 8).Draw(t, "more")...)
		answers := rapid.SliceOfN(rapid.Custom(drawFact), 0, 6).Draw(t, "answers")
		before, _ := materialOf(r, facts, answers).cut(r, 0)
		want, _ := materialOf(r, more, answers).cut(r, 0)
		gone := map[uint64]struct{}{}
		for c := range want.Cases() { // what differs, and as much that does not
			if i, ok := slices.BinarySearch(before.Key, want.Key[c]); !ok || c%2 == 0 || !gocmp.Equal(runsOf(before)[i], runsOf(want)[c], cmpopts.IgnoreUnexported(plainRun{})) {
				gone[want.Key[c]] = struct{}{}
			}
		}
		for _, key := range before.Key {
			if _, ok := slices.BinarySearch(want.Key, key); !ok {
				gone[key] = struct{}{}
			}
		}
		patch := want.Only(eventlog.MaskOf(want.Cases(), func(c int) bool { _, ok := gone[want.Key[c]]; return ok }))
		if diff := gocmp.Diff(want, splice(before, patch, gone), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("log (-cut as a whole +put together):\n%s", diff)
		}
	})
}

func TestLater(t *testing.T) {
	t.Parallel()
	const day = 24 * int64(time.Hour/time.Microsecond)
	r := rules{byKey: true, inStep: []bool{true}, afterStep: []bool{false}}
	m := materialOf(r, []lively{{key: 1, customer: 1, at: 0}, {key: 2, customer: 2, at: 80 * day}, {key: 3, customer: 3}}, nil)
	m.bought = []purchase{{1, 30 * day, 500}, {1, 31 * day, 7}, {1, 0, 3}, {1, 10 * day, -200}, {3, 5 * day, -100}, {2, 81 * day, 9}}
	l, _ := m.cut(r, cx.Time(100*day))
	want := []eventlog.Afterwards{{Known: true, Returned: true, Spent: 300}, {}, {Known: true, Spent: -100}}
	if diff := gocmp.Diff(want, l.Later); diff != "" {
		t.Error(diff)
	}
}
