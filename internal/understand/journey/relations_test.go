package journey

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// made is an event of a run that a test makes.
type made struct {
	name string
	at   time.Duration // since the run began
	in   eventlog.Context
	felt float64 // unfelt: not known
}

const unfelt = -9

// madeRun is a run that a test makes.
type madeRun struct {
	began   time.Time
	state   State
	events  []made
	answers []eventlog.Answer // Case is filled in
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// livedOf lays runs out as a log. Activities are events at their touchpoints.
func livedOf(j model.Journey, now time.Time, runs []madeRun) *lived {
	x := &lived{journey: j, log: &eventlog.Log{}, now: cx.TimeOf(now), zone: time.UTC, steps: j.Steps(), memos: &memos{}}
	l := x.log
	l.Contexts = []eventlog.Context{{}}
	contexts, activities := map[eventlog.Context]uint32{{}: 0}, map[eventlog.Activity]uint16{}
	for c, r := range runs {
		l.First = append(l.First, uint32(len(l.Activity)))
		l.Key = append(l.Key, uint64(c)*1000003+7)
		l.Customer = append(l.Customer, uint32(c)+1)
		ending := eventlog.Open
		if r.state == Completed {
			ending = eventlog.Reached
		}
		l.Ending = append(l.Ending, ending)
		x.states = append(x.states, r.state)
		for _, e := range r.events {
			if _, ok := contexts[e.in]; !ok {
				contexts[e.in] = uint32(len(l.Contexts))
				l.Contexts = append(l.Contexts, e.in)
			}
			a := eventlog.Activity{Name: e.name, Touchpoint: e.in.Touchpoint}
			if _, ok := activities[a]; !ok {
				activities[a] = uint16(len(l.Activities))
				l.Activities = append(l.Activities, a)
				step := -1
				for i := len(x.steps) - 1; i >= 0; i-- {
					if canBe(x.steps[i], a) {
						step = i
					}
				}
				x.stepOf = append(x.stepOf, step)
			}
			l.Activity = append(l.Activity, activities[a])
			l.Context = append(l.Context, contexts[e.in])
			l.At = append(l.At, r.began.Add(e.at).UnixMicro())
			felt := int16(eventlog.NoValence)
			if e.felt != unfelt {
				felt = int16(math.Round(e.felt * 1000))
			}
			l.Valence = append(l.Valence, felt)
		}
		for _, a := range r.answers {
			a.Case = uint32(c)
			l.Answers = append(l.Answers, a)
		}
	}
	l.First = append(l.First, uint32(len(l.Activity)))
	return x
}

func at(touchpoint string) eventlog.Context { return eventlog.Context{Touchpoint: touchpoint} }

// wayOf is a run that goes through touchpoints, an hour apart.
func wayOf(state State, touchpoints ...string) madeRun {
	r := madeRun{began: monday, state: state}
	for i, t := range touchpoints {
		r.events = append(r.events, made{t, time.Duration(i) * time.Hour, at(t), unfelt})
	}
	return r
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-9) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The example by which removal effects are usually explained: three customers,
// of whom one buys. Worked out by hand: P = 1/3; without C1, 1/6; without C2 or
// C3, 0.
func TestAttributionOfTheTextbook(t *testing.T) {
	t.Parallel()
	runs := []madeRun{wayOf(Completed, "C1", "C2", "C3", "sale"), wayOf(Abandoned, "C1"), wayOf(Abandoned, "C2", "C3")}
	j := model.Journey{End: []model.Mark{{Event: "sale"}}}
	a := attributionOf(livedOf(j, monday, runs), Completed)
	want := map[string]struct{ removal, credit, reaches float64 }{"C1": {.5, .2, .25}, "C2": {1, .4, .5}, "C3": {1, .4, .5}}
	if len(a.Touchpoints) != len(want) || a.Reached.K != 1 || a.Reached.N != 3 {
		t.Fatalf("%+v", a)
	}
	for _, one := range a.Touchpoints {
		w := want[one.Touchpoint]
		near(t, "removal of "+one.Touchpoint, one.Removal.Value, w.removal)
		near(t, "credit of "+one.Touchpoint, one.Credit.Value, w.credit)
		near(t, "chance from "+one.Touchpoint, one.Reaches, w.reaches)
		if c := one.Credit; c.Low > c.Value || c.High < c.Value || c.Low < 0 || c.High > 1 {
			t.Errorf("interval %+v", c)
		}
	}
}

func TestHandoffsBetweenAreasAndSuppliers(t *testing.T) {
	t.Parallel()
	web, home := eventlog.Context{Touchpoint: "web", Area: "web"}, eventlog.Context{Touchpoint: "courier", Area: "logistics", Supplier: "azahar"}
	var runs []madeRun
	for i := range 20 { // handed over after two hours, and it feels two points worse
		runs = append(runs, madeRun{monday, Completed, []made{
			{"look", 0, web, unfelt},
			{"buy", time.Hour, web, 1},
			{"news", 2 * time.Hour, eventlog.Context{}, unfelt}, // nobody's: it parts no stretch
			{"get", 3 * time.Hour, home, -1 + float64(i%2)/100},
		}, nil})
	}
	for range 30 {
		runs = append(runs, madeRun{monday, Completed, []made{{"look", 0, web, 1}, {"buy", time.Hour, web, 1}}, nil})
	}
	h := handoffsOf(livedOf(model.Journey{}, monday, runs))
	if len(h.Areas) != 1 || len(h.Suppliers) != 1 || h.Runs != 50 {
		t.Fatalf("%+v", h)
	}
	a := h.Areas[0]
	if a.From != "web" || a.To != "logistics" || a.N != 20 || a.Runs.K != 20 || a.Runs.N != 50 || a.Times.Median != 2*time.Hour {
		t.Errorf("%+v", a)
	}
	near(t, "before", a.Before.Value, 1)
	near(t, "felt", a.Felt.Delta, -1.995)
	near(t, "cost", a.Cost.Delta, .0025-1)
	near(t, "days longer", a.Longer.Delta, 2./24)
	if !a.Felt.Clear || !a.Cost.Clear || a.Cost.With != 20 || a.Cost.Without != 30 {
		t.Errorf("%+v", a)
	}
	if s := h.Suppliers[0]; s.From != "" || s.To != "azahar" || s.N != 20 {
		t.Errorf("%+v", s)
	}
}

// help is a journey in which one writes or calls.
var help = model.Journey{Script: []model.Node{{Choice: [][]model.Node{
	{{Step: &model.Step{Slug: "mail", Touchpoint: "mail"}}},
	{{Step: &model.Step{Slug: "call", Touchpoint: "phone"}}},
}}, {Step: &model.Step{Slug: "look", Touchpoint: "status"}, Repeatable: true}}}

func TestPassagesLoseTheContext(t *testing.T) {
	t.Parallel()
	mail := eventlog.Context{Touchpoint: "mail", Channel: "mail", Medium: "digital"}
	phone := eventlog.Context{Touchpoint: "phone", Channel: "phone", Medium: "physical"}
	web := eventlog.Context{Touchpoint: "status", Channel: "web", Medium: "digital"}
	var runs []madeRun
	for range 12 { // another branch of the choice: they say it all again
		runs = append(runs, madeRun{monday, Completed, []made{{"sent", 0, mail, unfelt}, {"called", time.Hour, phone, -1}}, nil})
	}
	for range 12 { // what may be repeated is no repetition, nor is what was not said
		runs = append(runs, madeRun{monday, Completed, []made{
			{"looked", 0, web, unfelt}, {"called", time.Hour, phone, 1}, {"looked", 2 * time.Hour, web, unfelt},
		}, nil})
	}
	// The same event in another channel.
	form := eventlog.Context{Touchpoint: "form", Channel: "web", Medium: "digital"}
	runs = append(runs, madeRun{monday, Completed, []made{{"asked", 0, form, unfelt}, {"asked", time.Hour, mail, unfelt}}, nil})
	p := passagesOf(livedOf(help, monday, runs))
	got := map[string]Share{}
	for _, c := range p.Channels {
		got[c.From+">"+c.To] = c.Lost
	}
	for passage, want := range map[string][2]int{"mail>phone": {12, 12}, "web>phone": {0, 12}, "phone>web": {0, 12}, "web>mail": {1, 1}} {
		if s := got[passage]; s.K != want[0] || s.N != want[1] {
			t.Errorf("%s: lost %d of %d, want %v", passage, s.K, s.N, want)
		}
	}
	for _, m := range p.Media {
		if m.From == "digital" && m.To == "physical" {
			near(t, "felt where it is lost", m.Felt.Delta, -2)
			if m.N != 24 || m.Lost.K != 12 {
				t.Errorf("%+v", m)
			}
		}
	}
}

func TestVariationFindsWhoItDependsOn(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var runs []madeRun
	for i := range 900 {
		shop := fmt.Sprintf("shop-%d", i%6)
		felt := r.NormFloat64() * .5
		if i%6 == 5 {
			felt -= 1
		}
		if i%6 == 4 && i > 60 {
			shop = "shop-3" // eleven are left in shop-4: their mean moves towards all
		}
		in := eventlog.Context{Touchpoint: "till", Place: shop, Supplier: fmt.Sprintf("s%d", r.IntN(2))}
		began := monday.Add(time.Duration(r.IntN(24*365)) * time.Hour)
		runs = append(runs, madeRun{began, Completed, []made{
			{"enter", 0, eventlog.Context{}, unfelt},
			{"pay", time.Duration(1+r.IntN(50)) * time.Minute, in, math.Round(min(max(felt, -2), 2)*1000) / 1000},
		}, nil})
	}
	v := variationOf(livedOf(model.Journey{}, monday, runs))
	for _, d := range v.Of {
		if want := d.By == ByPlace && d.Measured == MeasuredValence; d.Clear != want {
			t.Errorf("%s %s by %s: clear %v, p %v", d.Touchpoint, d.Measured, d.By, d.Clear, d.P)
		}
		for _, g := range d.Groups {
			if g.Value.N < leastGroup || math.Abs(g.Value.Value-d.Mean.Value) > math.Abs(g.Raw-d.Mean.Value)+.01 {
				t.Errorf("%s by %s: group %+v of mean %v", d.Measured, d.By, g, d.Mean.Value)
			}
		}
	}
	if top := v.Of[0]; top.By != ByPlace || top.Groups[0].Name != "shop-5" || top.Share.Low > .27 || top.Share.High < .27 {
		t.Errorf("%+v", top)
	}
}

// Where nothing depends on anything, little is said to: one answer in twenty at
// most has anything clear.
func TestVariationKeepsTheRateOfFalseDiscoveries(t *testing.T) {
	t.Parallel()
	wrong := 0
	const answers = 60
	for seed := range uint64(answers) {
		r := rand.New(rand.NewPCG(seed, 7))
		var runs []madeRun
		for range 400 {
			in := eventlog.Context{Touchpoint: "till", Place: fmt.Sprintf("p%d", int(r.ExpFloat64()*3)), Supplier: fmt.Sprintf("s%d", r.IntN(3)), Source: "pos"}
			runs = append(runs, madeRun{monday.Add(time.Duration(r.IntN(9000)) * time.Hour), Completed, []made{
				{"enter", 0, eventlog.Context{}, unfelt}, {"pay", time.Duration(r.ExpFloat64() * float64(time.Hour)), in, []float64{-1.5, -.5, .5}[r.IntN(3)]},
			}, nil})
		}
		for _, d := range variationOf(livedOf(model.Journey{}, monday, runs)).Of {
			if d.Clear {
				wrong++
				break
			}
		}
	}
	if wrong > 7 { // of 60 at 5 %: more than 7 come once in a hundred
		t.Errorf("%d of %d answers say that something depends on nothing", wrong, answers)
	}
}

func TestNextFollowsWhatOthersDid(t *testing.T) {
	t.Parallel()
	var runs []madeRun
	for i := range 40 { // a, b, then c after 2 h (30 times) or d after 10 h (10 times)
		last := made{"c", 3 * time.Hour, at("c"), unfelt}
		if i >= 30 {
			last = made{"d", 11 * time.Hour, at("d"), unfelt}
		}
		runs = append(runs, madeRun{monday, Completed, []made{{"a", 0, at("a"), unfelt}, {"b", time.Hour, at("b"), unfelt}, last}, nil})
	}
	runs = append(runs, madeRun{monday, Abandoned, []made{{"a", 0, at("a"), unfelt}, {"b", time.Hour, at("b"), unfelt}}, nil})
	running := madeRun{monday.Add(30 * 24 * time.Hour), Running, []made{{"a", 0, at("a"), unfelt}, {"b", time.Hour, at("b"), unfelt}}, nil}
	began := running.began
	x := livedOf(model.Journey{}, began.Add(90*time.Minute), append(runs, running))
	n := nextOf(x, 41)
	if n.Over || n.Seen != 41 || len(n.After) != 2 || n.Nothing.K != 1 || n.Waited != 30*time.Minute {
		t.Fatalf("%+v", n)
	}
	if s := n.Steps[0]; s.Activity.Name != "c" || s.Share.K != 30 || s.Median != cx.TimeOf(began.Add(3*time.Hour)) {
		t.Errorf("%+v", s)
	}
	// After five hours without anything, c is over.
	x.now = cx.TimeOf(began.Add(6 * time.Hour))
	if n = nextOf(x, 41); n.Seen != 11 || len(n.Steps) != 1 || n.Steps[0].Activity.Name != "d" || len(n.After) != 1 {
		t.Errorf("%+v", n)
	}
	if n = nextOf(x, 0); !n.Over || n.Steps != nil {
		t.Errorf("of one that is over: %+v", n)
	}
}

// gambled makes runs that end badly more often after a bad beginning, by a
// difference of chance.
func gambled(seed uint64, difference float64) *lived {
	r := rand.New(rand.NewPCG(seed, 9))
	var runs []madeRun
	for range 3000 {
		start, end, bad := 1.0, 1.0, .2-difference/2
		if r.IntN(2) == 0 {
			start, bad = -1, .2+difference/2
		}
		if r.Float64() < bad {
			end = -1.5
		}
		began := monday.Add(time.Duration(r.IntN(365*24*60)) * time.Minute)
		runs = append(runs, madeRun{began, Completed, []made{
			{"begin", 0, at("a"), start}, {"wait", time.Hour, at("b"), unfelt}, {"end", time.Duration(2+r.IntN(3)) * time.Hour, at("c"), end},
		}, nil})
	}
	now := monday.Add(365 * 24 * time.Hour)
	runs = append(runs,
		madeRun{now.Add(-90 * time.Minute), Running, []made{{"begin", 0, at("a"), -1}, {"wait", time.Hour, at("b"), unfelt}}, nil},
		madeRun{now.Add(-90 * time.Minute), Running, []made{{"begin", 0, at("a"), 1}, {"wait", time.Hour, at("b"), unfelt}}, nil})
	return livedOf(model.Journey{}, now, runs)
}

func TestForesightIsCalibrated(t *testing.T) {
	t.Parallel()
	x := gambled(1, .36)
	f := learn(x).look(x)
	if s := f.skill; !s.Known || s.Tested < 500 || s.Brier.Value >= s.BaseOnly {
		t.Fatalf("%+v", s)
	}
	for _, b := range f.skill.Bins {
		if b.Bad.N > 50 && (b.Mean < b.Bad.Low-.05 || b.Mean > b.Bad.High+.05) {
			t.Errorf("said %.2f, came %.2f (%d of %d)", b.Mean, b.Bad.Value(), b.Bad.K, b.Bad.N)
		}
	}
	bad, good := f.of(3000), f.of(3001)
	if !bad.Known || math.Abs(bad.Chance-.38) > .06 || math.Abs(good.Chance-.02) > .04 || good.Marked {
		t.Errorf("after a bad beginning %+v, after a good one %+v", bad, good)
	}
	if over := f.of(0); over.Known {
		t.Errorf("a run that is over: %+v", over)
	}
}

func TestForesightSaysWhenItCannotTell(t *testing.T) {
	t.Parallel()
	known := 0
	for seed := range uint64(20) {
		if learn(gambled(seed, 0)).skill.Known {
			known++
		}
	}
	if known > 2 {
		t.Errorf("of 20 gambles %d are foretold", known)
	}
	x := livedOf(model.Journey{}, monday, []madeRun{wayOf(Completed, "a", "b"), wayOf(Running, "a")})
	if f := learn(x).look(x); f.skill.Known || f.of(1).Known {
		t.Errorf("of two runs: %+v", f.skill)
	}
}
