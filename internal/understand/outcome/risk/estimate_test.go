package risk

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// company is customers who leave the likelier the less they bought; half could have
// lived something, a third of these did, more often those who bought little, and leave
// likelier by what is planted.
func company(r *rand.Rand, customers int, planted float64) (fates []fate, stands []uint8) {
	var often []int
	var first []int32
	var contract []bool
	for c := range customers {
		n := 1 + int(3*r.ExpFloat64())
		f := fate{no: cx.CustomerNo(c + 1), money: 500 + 400*float64(n) + 2000*r.ExpFloat64(), leave: .2 + .4/float64(min(n, 5)) + .1*r.Float64()}
		stand := uint8(away)
		if r.IntN(2) == 0 {
			stand = spared
			if r.Float64() < .2+.3/float64(n) {
				stand = touched
				f.leave += planted
			}
		}
		fates, stands = append(fates, f), append(stands, stand)
		often, first, contract = append(often, n), append(first, int32(r.IntN(700))), append(contract, r.IntN(5) == 0)
	}
	stratify(fates, often, first, contract)
	return fates, stands
}

func TestPlantedMoneyIsCovered(t *testing.T) {
	t.Parallel()
	const planted, customers, count = .08, 900, 400
	draws := resamples()
	// What companies like these have on the mean, of a million customers.
	var wantTotal, wantBeyond float64
	all, stands := company(rand.New(rand.NewPCG(1, 1)), 1_000_000, planted)
	for i, f := range all {
		wantTotal += f.money * f.leave * customers / float64(len(all))
		if stands[i] == touched {
			wantBeyond += f.money * planted * customers / float64(len(all))
		}
	}
	totals, beyonds := 0, 0
	for seed := range uint64(count) {
		fates, stands := company(rand.New(rand.NewPCG(seed, 2)), customers, planted)
		if e, _ := total(fates, 0, draws); e.Low <= wantTotal && wantTotal <= e.High {
			totals++
		}
		g, ok := group(fates, stands, 1, 0, draws)
		if !ok {
			t.Fatal("nothing is told of a third of nine hundred")
		}
		if g.Beyond.Low <= wantBeyond && wantBeyond <= g.Beyond.High {
			beyonds++
		}
	}
	if totals < .94*count || beyonds < .94*count {
		t.Errorf("of %d intervals %d hold the total and %d what is beyond", count, totals, beyonds)
	}
}

func TestWhatMovesNothingIsNotClear(t *testing.T) {
	t.Parallel()
	const count = 200
	draws, wrong := resamples(), 0
	for seed := range uint64(count) {
		var groups []Group
		for k := range uint64(5) {
			fates, stands := company(rand.New(rand.NewPCG(seed, 100+k)), 400, 0)
			g, ok := group(fates, stands, 1, 0, draws)
			if !ok {
				t.Fatal("nothing is told")
			}
			groups = append(groups, g)
		}
		if rank(groups); groups[0].Clear {
			wrong++
		}
	}
	if wrong > .05*count { // one-sided: half of the 5 %, at most
		t.Errorf("in %d of %d companies something that moves nothing is clear", wrong, count)
	}
}

// The group by a loop of its own: what is at risk beyond the rate of the others in the
// same stratum.
func TestGroupIsThatOfALoop(t *testing.T) {
	t.Parallel()
	draws := resamples()
	rapid.Check(t, func(t *rapid.T) {
		fates, stands := company(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3)), rapid.IntRange(0, 400).Draw(t, "customers"), .1)
		g, ok := group(fates, stands, 2, .1, draws)
		money, risk, beyond, n := 0.0, 0.0, 0.0, 0
		for i, f := range fates {
			if stands[i] != touched {
				continue
			}
			n++
			risk += f.money * f.leave
			rate, weight := 0.0, 0.0
			for k, o := range fates {
				if stands[k] == spared && o.stratum == f.stratum {
					rate, weight = rate+o.money*o.leave, weight+o.money
				}
			}
			if weight > 0 {
				money += f.money
				beyond += f.money * (f.leave - rate/weight)
			}
		}
		if !ok {
			if n >= 60 { // then as many did not
				t.Fatalf("%d lived it, and nothing is told", n)
			}
			return
		}
		if g.Customers != 2*n || math.Abs(g.AtRisk.Value-2*risk) > 1e-6*risk || math.Abs(g.Beyond.Value-2*beyond) > 1e-6*risk ||
			math.Abs(g.Leave.Value-g.Others.Value-beyond/money) > 1e-9 {
			t.Fatalf("%+v; by the loop %d, %v at risk, %v beyond", g, n, risk, beyond)
		}
		if half := (g.AtRisk.High - g.AtRisk.Value) / quantile; half < .1*g.AtRisk.Value {
			t.Fatalf("±%v of %v leaves out the error that all have in common", half, g.AtRisk.Value)
		}
	})
}

func TestFewAreNotCompared(t *testing.T) {
	t.Parallel()
	fates, stands := company(rand.New(rand.NewPCG(4, 4)), 600, .1)
	left := 0
	for i, s := range stands {
		if s == touched {
			if left++; left >= fewest {
				stands[i] = away
			}
		}
	}
	if g, ok := group(fates, stands, 1, 0, resamples()); ok {
		t.Errorf("of 19 customers: %+v", g)
	}
	e, all := total(nil, 0, resamples())
	if e.N != 0 || e.Value != 0 || e.High != 0 || all.Value != 0 {
		t.Errorf("nobody is worth %+v", e)
	}
}
