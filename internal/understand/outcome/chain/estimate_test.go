package chain

import (
	"math"
	"math/rand/v2"
	"testing"
)

// planted are the slopes that a panel is drawn with.
type planted struct {
	memory, satisfaction, remembered, scored, stayed float64
}

var null, real = planted{}, planted{memory: .6, satisfaction: 9, remembered: .05, scored: .002, stayed: 4000}

// draw makes the months of customers of whom each has a liking and a purse of their own,
// which nobody sees: one goes with staying, one with what they spend, neither with what
// they lived.
func draw(r *rand.Rand, customers int, is planted) *panel {
	p := &panel{steps: map[Step][]float64{}, equal: make([][]float64, 1), bought: make([][]float64, 2), brought: make([][]float64, 2)}
	for c := range customers {
		liking, purse, last := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		for m := range 2 + r.IntN(6) {
			if r.IntN(3) == 0 {
				continue
			}
			lived := math.Max(-2, math.Min(2, .5*last+r.NormFloat64()))
			last = lived
			often := float64(r.IntN(4))
			memory := is.memory*lived + .5*r.NormFloat64()
			satisfaction := 55 + float64(m) + is.satisfaction*lived + 12*r.NormFloat64()
			chance := .35 + .01*float64(m) + .03*often + .06*math.Tanh(liking) + is.remembered*memory + is.scored*(satisfaction-55)
			stays := 0.0
			if r.Float64() < chance {
				stays = 1
			}
			brings := 1500 + 200*often + 300*purse + is.stayed*stays + 900*r.NormFloat64()
			if r.IntN(2) == 0 {
				satisfaction = math.NaN() // most say nothing
			}
			p.customer, p.month = append(p.customer, uint32(c)), append(p.month, uint32(m))
			for step, v := range map[Step]float64{Lived: lived, Memory: memory, Satisfaction: satisfaction, Retention: stays, Revenue: brings} {
				p.steps[step] = append(p.steps[step], v)
			}
			p.equal[0] = append(p.equal[0], often)
			for k := range p.bought {
				p.bought[k], p.brought[k] = append(p.bought[k], stays), append(p.brought[k], brings/2)
			}
		}
	}
	return p
}

// truths are the slopes that links fitted one by one should find: memory and
// satisfaction both follow from what was lived, so each carries a part of the other.
func truths(is planted) map[[2]Step]float64 {
	// Of lived its variance is that of a normal one clipped to ±2 that remembers a
	// half of the one before; drawn once.
	r, n, squares, last := rand.New(rand.NewPCG(9, 9)), 0.0, 0.0, 0.0
	for i := range 2_000_000 {
		if i%4 == 0 { // as long as customers have
			last = r.NormFloat64()
		}
		last = math.Max(-2, math.Min(2, .5*last+r.NormFloat64()))
		n, squares = n+1, squares+last*last
	}
	v := squares / n
	both := is.memory * is.satisfaction * v
	varM, varS := is.memory*is.memory*v+.25, is.satisfaction*is.satisfaction*v+144
	return map[[2]Step]float64{
		{Lived, Memory}: is.memory, {Lived, Satisfaction}: is.satisfaction,
		{Memory, Retention}:       is.remembered + is.scored*both/varM,
		{Satisfaction, Retention}: is.scored + is.remembered*both/varS,
		{Retention, Revenue}:      is.stayed,
		{Satisfaction, Revenue}:   is.stayed * (is.scored + is.remembered*both/varS),
	}
}

func TestPlantedSlopesAreCovered(t *testing.T) {
	t.Parallel()
	const rounds = 400
	want, covered, all := truths(real), 0, 0
	each := map[[2]Step]int{}
	for seed := range uint64(rounds) {
		chain, whole := draw(rand.New(rand.NewPCG(seed, 11)), 250, real).estimate(1000, .4)
		for _, l := range append(chain, whole) {
			key := [2]Step{l.From, l.To}
			all++
			if l.Slope.Low <= want[key] && want[key] <= l.Slope.High {
				each[key]++
				covered++
			}
		}
	}
	if share := float64(covered) / float64(all); share < .94 {
		t.Errorf("%.1f %% of %d intervals hold what was planted: %v of %d", 100*share, all, each, rounds)
	}
}

func TestNullChainIsNotTold(t *testing.T) {
	t.Parallel()
	const rounds = 1000
	told, any := 0, 0
	for seed := range uint64(rounds) {
		c := Chain{}
		c.Links, c.Whole = draw(rand.New(rand.NewPCG(seed, 77)), 120, null).estimate(1000, .4)
		if c.Told() {
			told++
		}
		for _, l := range append(c.Links, c.Whole) {
			if l.Clear {
				any++
				break
			}
		}
	}
	if told > 0 || float64(any) > .06*rounds {
		t.Errorf("of %d chains without a link %d are told as one, and %d have a clear link", rounds, told, any)
	}
}

func TestChainIsToldWithItsMoney(t *testing.T) {
	t.Parallel()
	c := Chain{}
	c.Links, c.Whole = draw(rand.New(rand.NewPCG(1, 13)), 4000, real).estimate(1000, .4)
	if !c.Told() {
		t.Fatalf("a chain of 4,000 customers is not told: %+v", c.Links)
	}
	stays, _ := c.Link(Satisfaction, Retention)
	brings, _ := c.Link(Retention, Revenue)
	if want := stays.Slope.Value * brings.Slope.Value * 1000 * .4; math.Abs(stays.Worth.Value-want) > 1e-6 {
		t.Errorf("one point is worth %.0f, not %.0f", stays.Worth.Value, want)
	}
	want := 1000 * .4 * truths(real)[[2]Step{Satisfaction, Revenue}]
	for name, worth := range map[string]struct{ Low, High float64 }{"through staying": {stays.Worth.Low, stays.Worth.High}, "straight": {c.Whole.Worth.Low, c.Whole.Worth.High}} {
		if want < worth.Low || want > worth.High {
			t.Errorf("%s: one point is worth %.0f to %.0f; planted were %.0f", name, worth.Low, worth.High, want)
		}
	}
	if len(stays.ByMonth) != 2 || len(brings.ByMonth) != 2 || math.Abs(brings.ByMonth[0].Value+brings.ByMonth[1].Value-brings.Slope.Value) > 1e-6 {
		t.Errorf("the months after do not add up: %+v", brings.ByMonth)
	}
}

func TestLinksThatCannotBeTold(t *testing.T) {
	t.Parallel()
	why := func(change func(*panel)) map[[2]Step]Why {
		p := draw(rand.New(rand.NewPCG(2, 14)), 120, real)
		change(p)
		out := map[[2]Step]Why{}
		links, whole := p.estimate(1000, .4)
		for _, l := range append(links, whole) {
			out[[2]Step{l.From, l.To}] = l.Why
			if l.Slope.N == 0 && (l.Clear || l.P != 1 && !math.IsNaN(l.P)) {
				t.Errorf("%s to %s is told without a slope", l.From, l.To)
			}
		}
		return out
	}
	unknown := func(s Step) func(*panel) {
		return func(p *panel) {
			for i := range p.steps[s] {
				p.steps[s][i] = math.NaN()
			}
		}
	}
	if got := why(unknown(Satisfaction)); got[[2]Step{Satisfaction, Retention}] != Few || got[[2]Step{Lived, Satisfaction}] != Few || got[[2]Step{Retention, Revenue}] != "" {
		t.Errorf("nobody answered: %v", got)
	}
	if got := why(func(p *panel) { clear(p.steps[Lived]) }); got[[2]Step{Lived, Memory}] != Same {
		t.Errorf("all lived the same: %v", got)
	}
	few := draw(rand.New(rand.NewPCG(3, 15)), 10, real)
	links, _ := few.estimate(1000, .4)
	for _, l := range links {
		if l.Why != Few || l.Clear {
			t.Errorf("ten customers: %+v", l)
		}
	}
}
