package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// panel draws clusters of rows in four strata, whose outcome has a slope on x, one on a
// column that goes with x, and a part that the rows of a cluster share.
func panel(r *rand.Rand, clusters int, slope float64) stats.Clustered {
	c := stats.Clustered{X: make([][]float64, 2)}
	for g := range clusters {
		own, level := r.NormFloat64(), r.NormFloat64()
		for range 1 + r.IntN(6) {
			s := r.IntN(4)
			other := r.NormFloat64() + float64(s)
			x := .5*level + r.NormFloat64() + .4*other
			y := slope*x - .7*other + 3*float64(s) + own + r.NormFloat64()*(1+.3*math.Abs(x))
			c.Cluster, c.Stratum, c.Y = append(c.Cluster, uint32(g)), append(c.Stratum, uint32(s)), append(c.Y, y)
			c.X[0], c.X[1] = append(c.X[0], x), append(c.X[1], other)
		}
	}
	return c
}

// sandwich is the same by matrices: a column for each stratum, and the whole variance.
func sandwich(c stats.Clustered) (value, err float64) {
	n, strata := len(c.Y), 4
	k := len(c.X) + strata
	x := mat.NewDense(n, k, nil)
	for i := range n {
		for j := range c.X {
			x.Set(i, j, c.X[j][i])
		}
		x.Set(i, len(c.X)+int(c.Stratum[i]), 1)
	}
	var gram, bread, beta, meat, both mat.Dense
	gram.Mul(x.T(), x)
	if bread.Inverse(&gram) != nil {
		return math.NaN(), math.NaN()
	}
	var moment mat.Dense
	moment.Mul(x.T(), mat.NewVecDense(n, c.Y))
	beta.Mul(&bread, &moment)
	meat.CloneFrom(&gram)
	meat.Zero()
	clusters, own := 0.0, mat.NewVecDense(k, nil)
	for i := range n {
		e := c.Y[i]
		for j := range k {
			e -= x.At(i, j) * beta.At(j, 0)
		}
		own.AddScaledVec(own, e, x.RowView(i))
		if i+1 == n || c.Cluster[i+1] != c.Cluster[i] {
			var outer mat.Dense
			outer.Outer(1, own, own)
			meat.Add(&meat, &outer)
			own.Zero()
			clusters++
		}
	}
	both.Product(&bread, &meat, &bread)
	return beta.At(0, 0), math.Sqrt(both.At(0, 0) * clusters / (clusters - 1) * float64(n-1) / float64(n-k))
}

func TestClusteredSlopeIsTheSandwich(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		c := panel(rand.New(rand.NewPCG(seed, 1)), 30, .4)
		value, err := sandwich(c)
		if got := c.Slope(); math.Abs(got.Value-value) > 1e-9 || math.Abs(got.Err-err) > 1e-9 {
			t.Errorf("seed %d: %.9f ± %.9f, by matrices %.9f ± %.9f", seed, got.Value, got.Err, value, err)
		}
	}
}

func TestClusteredSlopeCovers(t *testing.T) {
	t.Parallel()
	const rounds = 2000
	covered := 0
	for seed := range uint64(rounds) {
		s := panel(rand.New(rand.NewPCG(seed, 2)), 120, .4).Slope()
		if s.Low <= .4 && .4 <= s.High {
			covered++
		}
	}
	if share := float64(covered) / rounds; share < .94 || share > .965 {
		t.Errorf("the interval holds the slope in %.1f %% of the panels", 100*share)
	}
}

func TestClusteredSlopeOfNothing(t *testing.T) {
	t.Parallel()
	of := func(change func(*stats.Clustered)) stats.WithinSlope {
		c := panel(rand.New(rand.NewPCG(3, 3)), 40, .4)
		change(&c)
		return c.Slope()
	}
	for name, s := range map[string]stats.WithinSlope{
		"nothing": stats.Clustered{X: [][]float64{nil}}.Slope(),
		"a few clusters": of(func(c *stats.Clustered) {
			for i := range c.Cluster {
				c.Cluster[i] /= 10
			}
		}),
		"the same for all":          of(func(c *stats.Clustered) { clear(c.X[0]) }),
		"what another column tells": of(func(c *stats.Clustered) { c.X[1] = c.X[0] }),
		"what the stratum tells": of(func(c *stats.Clustered) {
			for i, s := range c.Stratum {
				c.X[0][i] = float64(s)
			}
		}),
	} {
		if !math.IsNaN(s.Value) || !math.IsNaN(s.Low) || !math.IsNaN(s.P) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := of(func(c *stats.Clustered) { clear(c.X[1]) }); math.IsNaN(s.Value) {
		t.Error("a column that is the same for all takes the slope of another away")
	}
}
