package journey

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// told is a run in words (eventlogtest.Told).
type told string

// walked makes runs, by time, of a journey whose script is a list of steps, each named as
// its touchpoint, which is lived by any of its events.
func walked(t rapid.TB, script string, runs ...told) *lived {
	t.Helper()
	x := &lived{model: &model.Model{}, now: cx.Time(1000 * 60e6), zone: time.UTC, memos: &memos{}}
	for _, slug := range strings.Fields(script) {
		n := model.Node{Optional: strings.HasSuffix(slug, "?"), Repeatable: strings.HasSuffix(slug, "*")}
		slug = strings.TrimRight(slug, "?*")
		n.Step = &model.Step{Slug: slug, Touchpoint: slug, Name: model.Text{EN: slug}}
		x.journey.Script = append(x.journey.Script, n)
	}
	x.steps = x.journey.Steps()
	x.log = eventlogtest.Told(t, runs...)
	for range runs {
		x.states = append(x.states, Completed)
	}
	for _, a := range x.log.Activities {
		x.stepOf = append(x.stepOf, slices.IndexFunc(x.steps, func(s model.Step) bool { return canBe(s, a) }))
	}
	return x
}

var orders = []told{
	"basket.Filled@0+ pay.Paid@5 ship.Sent@60 door.Delivered@1500+",
	"basket.Filled@0+ pay.Failed@4! pay.Paid@6 ship.Sent@60 door.Delivered@1500+",
	"basket.Filled@0 pay.Failed@4! pay.Failed@5! help.Called@7! pay.Paid@9",
	"basket.Filled@0 help.Called@2 basket.Filled@3",
}

func TestGraphByStepEventAndTouchpoint(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay* ship gift door", orders...)
	g, err := graphOf(x, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var nodes, edges, order []string
	for _, n := range g.Nodes {
		order = append(order, n.ID)
		nodes = append(nodes, fmt.Sprintf("%s %d %d/%d again %d", n.ID, n.Count, n.Runs.K, n.Runs.N, n.Again.K))
	}
	for _, e := range g.Edges {
		edges = append(edges, fmt.Sprintf("%s>%s %d back %d %v %v", g.Nodes[e.From].ID, g.Nodes[e.To].ID, e.Count, e.Back, e.Time.Median, e.Designed))
	}
	same(t, nodes, []string{
		"basket 5 4/4 again 1", "pay 5 3/4 again 1", "help 2 2/4 again 0", "ship 2 2/4 again 0", "gift 0 0/4 again 0", "door 2 2/4 again 0",
	}, func(s string) string { return strings.Replace(s, "Called@help", "help", 1) })
	if want := []string{"basket", "pay", "Called@help", "ship", "gift", "door"}; !slices.Equal(order, want) {
		t.Errorf("in the order %v, want %v", order, want)
	}
	same(t, edges, []string{
		"basket>help 1 back 1 2m0s false", "basket>pay 3 back 0 4m0s true", "help>basket 1 back 0 1m0s false",
		"help>pay 1 back 0 2m0s false", "pay>help 1 back 1 2m0s false", "pay>pay 1 back 0 1m0s true",
		"pay>ship 2 back 0 55m30s true", "ship>door 2 back 0 24h0m0s false",
	}, func(s string) string { return strings.ReplaceAll(s, "Called@help", "help") })

	byEvent, err := graphOf(x, ByEvent, 0)
	if err != nil || len(byEvent.Nodes) != 6 {
		t.Errorf("%d events, %v", len(byEvent.Nodes), err)
	}
	if g, err := graphOf(walked(t, "", orders...), "", .5); err != nil || g.By != ByTouchpoint || g.Drawn.K != 2 || g.Drawn.N != 4 || g.Variants != 1 {
		t.Errorf("half of the runs: %+v, %v", g.Drawn, err)
	}
	if _, err := graphOf(x, "weather", 0); cx.KindOf(err) != cx.Invalid {
		t.Errorf("%v", err)
	}
	if g, err := graphOf(walked(t, "basket pay"), "", .8); err != nil || len(g.Nodes) != 2 || len(g.Edges) != 0 {
		t.Errorf("of no runs: %+v, %v", g, err)
	}
}

func same(t *testing.T, got, want []string, short func(string) string) {
	t.Helper()
	for i, g := range got {
		got[i] = short(g)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVariantsTellHowTheyWereLived(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay", append(orders, orders[1])...)
	x.states[4] = Abandoned
	x.log.Answers = []eventlog.Answer{{Case: 1, Metric: eventlog.CSAT, Felt: 2000}, {Case: 4, Metric: eventlog.CSAT, Felt: -1000}, {Case: 4}}
	v := variantsOf(x)
	first := v.List[0]
	if v.N != 4 || v.Runs != 5 || first.Runs.K != 2 || first.Covered.K != 2 || v.List[3].Covered.K != 5 {
		t.Errorf("%+v", v)
	}
	if first.Duration.Median != 25*time.Hour || first.Felt.N != 2 || math.Abs(first.Felt.Value-.5) > 1e-9 || first.Answers.N != 2 || first.Answers.Value != .5 {
		t.Errorf("%+v", first)
	}
	if first.States[0].K != 1 || first.States[3].K != 1 || first.Length != 5 || first.Stops[1].ID != "Failed@pay" || first.Stops[1].Step != "pay" {
		t.Errorf("%+v", first)
	}
	again := walked(t, "", orders[1], orders[2])
	if id := variantsOf(again).List[0].ID; id != first.ID {
		t.Errorf("the id is %s, and %s in other company", first.ID, id)
	}
	long := told(strings.Repeat("basket.Filled@0 ", 1000))
	if one := variantsOf(walked(t, "", long)).List[0]; one.Length != 1000 || len(one.Stops) != mostStops {
		t.Errorf("%d stops of %d", len(one.Stops), one.Length)
	}
}

func TestFunnel(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay ship gift? door", orders...)
	x.states[2] = Running
	stops, err := x.funnelSteps(FunnelQuery{})
	if err != nil {
		t.Fatal(err)
	}
	f := funnelOf(x, stops, 0)
	var got []string
	for _, s := range f.Steps {
		got = append(got, fmt.Sprintf("%s %d/%d came %d/%d in %v open %d lost %d", s.ID, s.Reached.K, s.Reached.N, s.Came.K, s.Came.N, s.Time.Median, s.Open, s.Lost))
	}
	same(t, got, []string{
		"basket 4/4 came 4/4 in 0s open 0 lost 1", "pay 3/4 came 3/4 in 4m0s open 1 lost 0",
		"ship 2/4 came 2/3 in 55m30s open 0 lost 0", "door 2/4 came 2/2 in 24h0m0s open 0 lost 0",
	}, func(s string) string { return s })
	if instead := f.Steps[0].Instead; len(instead) != 1 || instead[0].ID != "Called@help" || instead[0].Runs.N != 1 {
		t.Errorf("%+v", instead)
	}
	// Out of time, the running one is lost too.
	late := funnelOf(x, stops, 30*time.Minute)
	if late.Steps[1].Lost != 3 || late.Steps[1].Open != 0 || late.Steps[2].Reached.K != 0 {
		t.Errorf("%+v", late.Steps)
	}
	for _, q := range []FunnelQuery{{Steps: []string{"basket"}}, {Steps: []string{"basket", "moon"}}, {Within: -1}, {Steps: make([]string, 21)}} {
		if _, err := x.funnelSteps(q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := x.funnelSteps(FunnelQuery{Steps: []string{"Filled@basket", "pay"}}); err != nil {
		t.Error(err)
	}
	for script, want := range map[string]int{"": 0, "basket? moon?": 0, "basket? moon? pay?": 2, "basket pay? ship?": 3} {
		if stops, err := walked(t, script, orders...).funnelSteps(FunnelQuery{}); err != nil || len(stops) != want {
			t.Errorf("by itself %q asks for %v, %v", script, stops, err)
		}
	}
}

// Against every way of choosing events for the steps.
func TestFunnelAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stops := []string{"a", "b", "a", "c"}[:rapid.IntRange(2, 4).Draw(t, "steps")]
		within := rapid.IntRange(0, 6).Draw(t, "within")
		var run []string
		for range rapid.IntRange(1, 10).Draw(t, "events") {
			run = append(run, fmt.Sprintf("%s.E@%d", rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "where"), rapid.IntRange(0, 9).Draw(t, "at")))
		}
		x := walked(t, "a b c d", told(strings.Join(run, " ")))
		var furthest func(step, from int, began int64) int
		furthest = func(step, from int, began int64) int {
			best := step
			for e := from; step < len(stops) && e < x.log.Events(); e++ {
				at := x.log.At[e]
				if step == 0 {
					began = at
				}
				if x.log.Activities[x.log.Activity[e]].Touchpoint == stops[step] && (within == 0 || at-began <= int64(within)*60e6) {
					best = max(best, furthest(step+1, e+1, began))
				}
			}
			return best
		}
		asked, err := x.funnelSteps(FunnelQuery{Steps: stops})
		if err != nil {
			t.Fatal(err)
		}
		reached := 0
		for _, s := range funnelOf(x, asked, time.Duration(within)*time.Minute).Steps {
			reached += s.Reached.K
		}
		if want := furthest(0, 0, 0); reached != want {
			t.Fatalf("%d steps of %v in %v, want %d", reached, stops, run, want)
		}
	})
}

func TestWaitsCountEachMomentOnce(t *testing.T) {
	t.Parallel()
	x := walked(t, "",
		"desk.Repair_Started@0 shop.Called@10 desk.Repair_Completed@30 door.Collected@90",
		"desk.Repair_Started@0 door.Collected@60",
	)
	for i := range x.log.Activities {
		x.log.Activities[i].Name = strings.ReplaceAll(x.log.Activities[i].Name, "_", " ")
	}
	told, err := x.paths("")
	if err != nil {
		t.Fatal(err)
	}
	w := waitsOf(x, told)
	if !w.WorkKnown || w.Total != 150*60 || math.Abs(w.Working.Value-30./150) > 1e-12 || w.Working.N != 2 {
		t.Errorf("%+v", w)
	}
	var got []string
	share := 0.
	for _, one := range w.List {
		share += one.Share.Value
		got = append(got, fmt.Sprintf("%s>%s work %v: %d of %v, %v min, %d/%d", one.From.ID, one.To.ID, one.Working, one.Times.N, one.Times.Median, one.Total/60, one.Runs.K, one.Runs.N))
	}
	same(t, got, []string{
		"desk>desk work true: 1 of 30m0s, 30 min, 1/2", "desk>door work false: 2 of 1h0m0s, 120 min, 2/2",
	}, func(s string) string { return s })
	if math.Abs(share-1) > 1e-9 {
		t.Errorf("the shares add up to %v", share)
	}
}

// Phases of a file: against a check of each moment by the pairs that a brute
// force finds. The parts add up to the whole.
func TestWaitsAgainstAnOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b eventlog.Builder
		for range rapid.IntRange(1, 14).Draw(t, "events") {
			if err := b.Add(eventlog.Row{
				Case:     rapid.SampledFrom([]string{"1", "2"}).Draw(t, "case"),
				Activity: eventlog.Activity{Name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "activity")},
				At:       rapid.Int64Range(0, 20).Draw(t, "at") * 60e6,
				Phase:    rapid.SampledFrom([]eventlog.Phase{eventlog.Whole, eventlog.Begun, eventlog.Done}).Draw(t, "phase"),
			}); err != nil {
				t.Fatal(err)
			}
		}
		x := &lived{model: &model.Model{}, log: b.Build(), memos: &memos{}}
		x.states, x.stepOf = make([]State, x.log.Cases()), []int{-1, -1, -1}[:len(x.log.Activities)]
		told, err := x.paths(ByEvent)
		if err != nil {
			t.Fatal(err)
		}
		w := waitsOf(x, told)

		atWork, total := 0., 0.
		for c := range x.log.Cases() {
			from, to := x.log.Span(c)
			doneBy := map[int]int{}
			taken := map[int]bool{}
			for d := from; d < to && x.log.Phase != nil; d++ {
				for e := from; e < d && x.log.Phase[d] == eventlog.Done; e++ {
					if x.log.Phase[e] == eventlog.Begun && x.log.Activity[e] == x.log.Activity[d] && !taken[e] {
						taken[e], doneBy[e] = true, d
						break
					}
				}
			}
			for e := from + 1; e < to; e++ {
				gap := float64(x.log.At[e]-x.log.At[e-1]) / 1e6
				total += gap
				for begun, done := range doneBy {
					if begun < e && done >= e {
						atWork += gap
						break
					}
				}
			}
		}
		sum := 0.
		for _, one := range w.List {
			sum += one.Total
		}
		if math.Abs(w.Total-total) > 1e-6 || math.Abs(sum-total) > 1e-6 || math.Abs(w.Working.Value*total-atWork) > 1e-6 {
			t.Fatalf("%v in all, %v in parts, %v at work; want %v, %v", w.Total, sum, w.Working.Value*total, total, atWork)
		}
	})
}

func TestCompareFindsWhatDiffersAndNothingElse(t *testing.T) {
	t.Parallel()
	runs := func(fails, n int) (out []told) {
		for i := range n {
			pay := "pay.Paid@5"
			if i%10 < fails {
				pay = fmt.Sprintf("pay.Failed@4! pay.Paid@%d", 30+i)
			}
			out = append(out, told(fmt.Sprintf("basket.Filled@0 %s ship.Sent@%d door.Delivered@%d", pay, 300+i%17, 1500+i%13)))
		}
		return out
	}
	a, b := walked(t, "basket pay ship door", runs(1, 200)...), walked(t, "basket pay ship door", runs(4, 300)...)
	c, err := compare(a, b, ByEvent)
	if err != nil {
		t.Fatal(err)
	}
	clear := map[string]Difference{}
	for i, d := range c.Of {
		if d.Clear {
			name := string(d.In)
			if d.From != nil {
				name += " " + d.From.ID
			}
			if d.To != nil {
				name += ">" + d.To.ID
			}
			clear[name] = d
		}
		if i > 0 && c.Of[i-1].P > d.P {
			t.Error("not in the order of p")
		}
	}
	failed, ok := clear["stop Failed@pay"]
	if !ok || failed.A.K != 20 || failed.B.K != 120 || math.Abs(failed.Delta-.3) > 1e-12 || !(failed.Low > .2 && failed.Low < .3 && failed.High > .3 && failed.High < .4) {
		t.Errorf("%+v", failed)
	}
	for _, want := range []string{"edge Failed@pay>Paid@pay", "edge Filled@basket>Paid@pay"} {
		if _, ok := clear[want]; !ok {
			t.Errorf("%s is not clear: %v", want, clear)
		}
	}
	if _, ok := clear["stop Delivered@door"]; ok {
		t.Error("all are delivered in both, and it differs")
	}
	// The same runs twice differ in nothing.
	same, err := compare(a, walked(t, "basket pay ship door", runs(1, 200)...), ByEvent)
	if err != nil || slices.ContainsFunc(same.Of, func(d Difference) bool { return d.Clear || d.Delta != 0 }) {
		t.Errorf("%+v, %v", same, err)
	}
	// A group of none is compared with nothing.
	none, err := compare(a, walked(t, "basket pay ship door"), "")
	if err != nil || len(none.Of) != 0 || none.B != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// Of groups that are drawn alike, at most one comparison in twenty says that
// anything differs (Benjamini–Hochberg at 5 %); a few more by chance.
func TestCompareHoldsTheFalseDiscoveryRate(t *testing.T) {
	t.Parallel()
	random := uint64(11)
	draw := func(n uint64) uint64 {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		return random % n
	}
	group := func() *lived {
		var runs []told
		for range 150 {
			var run []string
			for i, stop := range []string{"basket", "pay", "ship", "door", "help"} {
				if draw(3) > 0 {
					run = append(run, fmt.Sprintf("%s.E%d@%d", stop, draw(2), 100*i+int(draw(100))))
				}
			}
			runs = append(runs, told(cmp.Or(strings.Join(run, " "), "basket.E0@0")))
		}
		return walked(t, "", runs...)
	}
	found := 0
	const rounds = 60
	for range rounds {
		c, err := compare(group(), group(), ByEvent)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(c.Of, func(d Difference) bool { return d.Clear }) {
			found++
		}
	}
	if found > 7 { // 3 are expected; more than 7 in one of a hundred
		t.Errorf("%d of %d comparisons of alike groups find a difference", found, rounds)
	}
}
