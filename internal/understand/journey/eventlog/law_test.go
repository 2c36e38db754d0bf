package eventlog_test

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// rows draws the rows of a file in any order, of few names and times, so that
// everything ties with everything.
func rows(t *rapid.T) []eventlog.Row {
	row := rapid.Custom(func(t *rapid.T) eventlog.Row {
		return eventlog.Row{
			Case:     fmt.Sprint(rapid.IntRange(0, 6).Draw(t, "case")),
			Activity: eventlog.Activity{Name: string(rapid.RuneFrom([]rune("abcd")).Draw(t, "activity"))},
			At:       rapid.Int64Range(-3, 3).Draw(t, "at") * rapid.SampledFrom([]int64{1, 1e6, 86400e6}).Draw(t, "unit"),
			Phase:    rapid.SampledFrom([]eventlog.Phase{eventlog.Whole, eventlog.Begun, eventlog.Done}).Draw(t, "phase"),
			Context:  eventlog.Context{Place: rapid.SampledFrom([]string{"", "north"}).Draw(t, "place")},
		}
	})
	return rapid.SliceOfN(row, 1, 60).Draw(t, "rows")
}

func build(t rapid.TB, rows []eventlog.Row) *eventlog.Log {
	t.Helper()
	var b eventlog.Builder
	for _, r := range rows {
		if err := b.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

// cases is the oracle: the rows of each case, by first appearance, then time.
func cases(rows []eventlog.Row) (names []string, of map[string][]eventlog.Row) {
	of = map[string][]eventlog.Row{}
	for _, r := range rows {
		if of[r.Case] == nil {
			names = append(names, r.Case)
		}
		of[r.Case] = append(of[r.Case], r)
	}
	for _, events := range of {
		sort.SliceStable(events, func(i, j int) bool { return events[i].At < events[j].At })
	}
	return names, of
}

// told returns the log's events as rows.
func told(l *eventlog.Log) []eventlog.Row {
	var out []eventlog.Row
	for c := range l.Cases() {
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			r := eventlog.Row{Case: l.Names[c], Activity: l.Activities[l.Activity[e]], At: l.At[e], Context: l.Where(e)}
			if l.Phase != nil {
				r.Phase = l.Phase[e]
			}
			out = append(out, r)
		}
	}
	return out
}

func TestBuilderSorts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rows(t)
		names, of := cases(in)
		var want []eventlog.Row
		for _, name := range names {
			want = append(want, of[name]...)
		}
		if got := told(build(t, in)); !slices.Equal(got, want) {
			t.Fatalf("%v\nwant %v", got, want)
		}
	})
}

func TestPickingCases(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := build(t, rows(t))
		for c := range l.Cases() {
			for range rapid.IntRange(0, 2).Draw(t, "answers") {
				l.Answers = append(l.Answers, eventlog.Answer{Case: uint32(c), Seq: uint64(c)})
			}
		}
		some := eventlog.MaskOf(l.Cases(), func(int) bool { return rapid.Bool().Draw(t, "case") })
		only := l.Only(some)
		var want []eventlog.Row
		for _, r := range told(l) {
			if some.Has(slices.Index(l.Names, r.Case)) {
				want = append(want, r)
			}
		}
		if got := told(only); !slices.Equal(got, want) || only.Cases() != some.Count() {
			t.Fatalf("%v\nwant %v", got, want)
		}
		answers := 0
		for _, a := range l.Answers {
			if some.Has(int(a.Case)) {
				answers++
			}
		}
		for _, a := range only.Answers {
			if only.Names[a.Case] != l.Names[a.Seq] {
				t.Fatalf("an answer of case %s is now of %s", l.Names[a.Seq], only.Names[a.Case])
			}
		}
		if len(only.Answers) != answers {
			t.Fatalf("%d answers, want %d", len(only.Answers), answers)
		}
	})
}

func TestVariantsAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := build(t, rows(t))
		v := eventlog.VariantsOf(l)
		count := map[string]int{}
		for c := range l.Cases() {
			count[trace(l, c)]++
		}
		if len(count) != len(v.List) {
			t.Fatalf("%d variants, want %d", len(v.List), len(count))
		}
		for i, one := range v.List {
			if one.Cases != count[trace(l, one.First)] {
				t.Fatalf("%d cases, want %d", one.Cases, count[trace(l, one.First)])
			}
			if i > 0 && (v.List[i-1].Cases < one.Cases || v.List[i-1].Cases == one.Cases && v.List[i-1].First > one.First) {
				t.Fatalf("%d stands behind %d", i, i-1)
			}
			if k, ok := v.Find(v.ID(i)); !ok || k != i {
				t.Fatalf("the id of %d finds %d", i, k)
			}
		}
		for c, i := range v.Of {
			if trace(l, c) != trace(l, v.List[i].First) || v.List[i].First > c {
				t.Fatalf("case %d is not of variant %d", c, i)
			}
		}
	})
}

func trace(l *eventlog.Log, c int) string {
	from, to := l.Span(c)
	return fmt.Sprint(l.Activity[from:to])
}

func TestGraphAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := build(t, rows(t))
		checkGraph(t, l)
	})
}

func checkGraph(t rapid.TB, l *eventlog.Log) {
	t.Helper()
	g := eventlog.GraphOf(l)
	type pair struct{ from, to uint16 }
	edges, inCases, times := map[pair]eventlog.Edge{}, map[pair]map[int]bool{}, map[pair][]int64{}
	nodes := make([]eventlog.Node, len(l.Activities))
	for c := range l.Cases() {
		from, to := l.Span(c)
		seen := map[uint16]int{}
		for e := from; e < to; e++ {
			seen[l.Activity[e]]++
			nodes[l.Activity[e]].Count++
			if e == from {
				continue
			}
			p := pair{l.Activity[e-1], l.Activity[e]}
			edge := edges[p]
			edge.From, edge.To = p.from, p.to
			edge.Count++
			if e+1 < to && l.Activity[e+1] == p.from && p.from != p.to {
				edge.Back++
			}
			edges[p] = edge
			if inCases[p] == nil {
				inCases[p] = map[int]bool{}
			}
			inCases[p][c] = true
			times[p] = append(times[p], l.At[e]-l.At[e-1])
		}
		nodes[l.Activity[from]].Starts++
		nodes[l.Activity[to-1]].Ends++
		for a, n := range seen {
			nodes[a].Cases++
			if n > 1 {
				nodes[a].Again++
			}
		}
	}
	if !slices.Equal(g.Nodes, nodes) {
		t.Fatalf("nodes %v\nwant  %v", g.Nodes, nodes)
	}
	if len(g.Edges) != len(edges) {
		t.Fatalf("%d edges, want %d", len(g.Edges), len(edges))
	}
	for i, e := range g.Edges {
		p := pair{e.From, e.To}
		want := edges[p]
		want.Cases, want.Time = len(inCases[p]), e.Time
		if e != want {
			t.Fatalf("edge %+v, want %+v", e, want)
		}
		checkSpread(t, e.Time, times[p])
		if i > 0 && g.Edges[i-1].Count < e.Count {
			t.Fatal("edges out of order")
		}
	}
}

func checkSpread(t rapid.TB, s eventlog.Spread, us []int64) {
	t.Helper()
	slices.Sort(us)
	at := func(q float64) float64 {
		h := q * float64(len(us)-1)
		low := float64(us[int(h)])
		return (low + (h-math.Floor(h))*(float64(us[min(int(h)+1, len(us)-1)])-low)) / 1e6
	}
	sum := 0.0
	for _, d := range us {
		sum += float64(d) / 1e6
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }
	low, high := stats.MedianRanks(len(us))
	if !near(s.Low, float64(us[low])/1e6) || !near(s.High, float64(us[high])/1e6) {
		t.Fatalf("the median of %v in %v..%v", us, s.Low, s.High)
	}
	if s.N != len(us) || !near(s.Median, at(.5)) || !near(s.P90, at(.9)) || !near(s.Mean, sum/float64(len(us))) {
		t.Fatalf("%+v of %v", s, us)
	}
}

func TestSpreadAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		most := rapid.SampledFrom([]int64{0, 5, 300, 4e15}).Draw(t, "most")
		us := rapid.SliceOfN(rapid.Int64Range(0, most), n, n).Draw(t, "µs")
		checkSpread(t, eventlog.SpreadOf(slices.Clone(us)), us)
	})
	if s := eventlog.SpreadOf(nil); s != (eventlog.Spread{}) {
		t.Errorf("of nothing: %+v", s)
	}
}

// A log of more events than one goroutine takes, and of more names than fit in a
// dense table, against the same oracle.
func TestGraphOfManyNamesInParts(t *testing.T) {
	t.Parallel()
	for _, names := range []int{30, 5000} {
		l := eventlogtest.Made(60_000, 3000, names)
		checkGraph(t, l)
		v := eventlog.VariantsOf(l)
		for c, i := range v.Of {
			if trace(l, c) != trace(l, v.List[i].First) {
				t.Fatalf("case %d is not of variant %d", c, i)
			}
		}
	}
}

func TestHostileLogs(t *testing.T) {
	t.Parallel()
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		l := build(t, nil)
		if g, v := eventlog.GraphOf(l), eventlog.VariantsOf(l); len(g.Edges)+len(g.Nodes)+len(v.List)+l.Cases() != 0 {
			t.Error("something of nothing")
		}
		empty := &eventlog.Log{}
		eventlog.GraphOf(empty)
		eventlog.VariantsOf(empty)
		if n := empty.Only(nil).Cases(); n != 0 {
			t.Errorf("%d cases of nothing", n)
		}
	})
	t.Run("a clock that runs backwards", func(t *testing.T) {
		t.Parallel()
		var in []eventlog.Row
		for i := range 100 {
			in = append(in, eventlog.Row{Case: "1", Activity: eventlog.Activity{Name: fmt.Sprint(i % 3)}, At: int64(-i)})
		}
		for _, e := range eventlog.GraphOf(build(t, in)).Edges {
			if e.Time.Median != 1e-6 {
				t.Errorf("%+v", e)
			}
		}
	})
	t.Run("a case of 100,000 events", func(t *testing.T) {
		t.Parallel()
		l := eventlogtest.Made(100_000, 1, 7)
		checkGraph(t, l)
		if v := eventlog.VariantsOf(l); len(v.List) != 1 || len(v.List[0].Activities) != 100_000 {
			t.Error("it is not one variant")
		}
	})
	t.Run("an id in the name", func(t *testing.T) {
		t.Parallel()
		var b eventlog.Builder
		for i := range eventlog.MaxActivities {
			if err := b.Add(eventlog.Row{Activity: eventlog.Activity{Name: fmt.Sprint(i)}}); err != nil {
				t.Fatal(err)
			}
		}
		err := b.Add(eventlog.Row{Activity: eventlog.Activity{Name: "one more"}})
		if cx.KindOf(err) != cx.TooLarge {
			t.Fatalf("%v", err)
		}
		if l := b.Build(); l.Events() != eventlog.MaxActivities || len(eventlog.GraphOf(l).Edges) != eventlog.MaxActivities-1 {
			t.Error("the rest is not whole")
		}
	})
}
