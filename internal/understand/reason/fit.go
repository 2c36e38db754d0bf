package reason

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The rules by which candidates become reasons.
const (
	falseRate   = .05 // of the reasons told, the share that may be none (Benjamini & Hochberg 1995)
	mostReasons = 12  // at once: LMG is exact for them
	same        = .7  // two candidates that go together like that are told as one
	likely      = .4  // … when they are of one touchpoint, and the model declares one of them
	rounds      = 300 // of the bootstrap
	mostUnclear = 5
	least       = .0005 // of the scores' variance that a reason adds: less is of no use to anybody
)

// fitted is what goes with the scores of a table.
type fitted struct {
	tested  int
	chosen  []group // by weight
	unclear []group // of one candidate each
	weights stats.Weights
}

// group is the candidates that are values of one driver: one reason.
type group struct {
	parts  []candidate    // the one that moves the score most first
	p      float64        // of all of them adding nothing beside the others: their least, times how many they are
	weight float64        // share of the scores' variance
	part   stats.Interval // of what is explained
	top3   float64
}

// candidate is a column with what is known of it.
type candidate struct {
	column
	alone, p float64 // of going with nothing: alone, and beside the others chosen
	each     slope   // in points
}

// slope is by how much the outcome differs with a column, with its standard error.
type slope struct{ value, err float64 }

// fit chooses the reasons of a table.
//
// Scores are compared within their survey, and who lived something with who could
// have lived it as often. Each candidate is tested alone, with errors that hold
// although answers of one customer go together (Liang & Zeger 1986), and that are
// never less than if all were alike: a handful that scores the same by chance would
// look surer than it is. Of those that pass at most falseRate are expected to be
// none. The one that explains most of what is not yet explained is taken, again and
// again (orthogonal matching pursuit, Pati 1993); of candidates that nearly are the
// same, the one that the model declares. What then does not hold beside the others is
// not told.
func (t *table) fit(seed uint64) fitted {
	score, points := t.centred(func(r row) float64 { return r.score }), t.centred(func(r row) float64 { return r.points })
	columns := t.columns()
	f := fitted{tested: len(columns)}
	p := make([]float64, len(columns))
	for i := range columns {
		_, p[i] = t.slope(&columns[i], score)
	}
	found := stats.BenjaminiHochberg(p, falseRate)
	var pool, unclear []candidate
	for i, c := range columns {
		switch {
		case found[i]:
			pool = append(pool, candidate{column: c, alone: p[i]})
		case p[i] < falseRate:
			unclear = append(unclear, candidate{column: c, alone: p[i], p: p[i]})
		}
	}
	critical := falseRate * float64(len(pool)) / float64(max(1, len(columns)))
	chosen := t.choose(pool, score, critical)
	for {
		_, held := t.joint(chosen, score)
		worst := -1
		for i := range chosen {
			chosen[i].p = held[i]
			if !(held[i] <= critical) && (worst < 0 || !(held[i] <= held[worst])) { // also what cannot be told
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		unclear = append(unclear, chosen[worst])
		chosen = slices.Delete(chosen, worst, worst+1)
	}
	slopes, _ := t.joint(chosen, points)
	for i, s := range slopes {
		chosen[i].each = s
	}
	f.weigh(t, chosen, score, seed)
	f.settle(t, unclear, points)
	return f
}

// centred returns a number of each row less the mean of its stratum.
func (t *table) centred(of func(row) float64) []float64 {
	strata := uint32(0)
	for _, r := range t.rows {
		strata = max(strata, r.stratum+1)
	}
	sum, n := make([]float64, strata), make([]float64, strata)
	for _, r := range t.rows {
		sum[r.stratum] += of(r)
		n[r.stratum]++
	}
	out := make([]float64, len(t.rows))
	for i, r := range t.rows {
		out[i] = of(r) - sum[r.stratum]/n[r.stratum]
	}
	return out
}

// slope returns by how much an outcome differs with one column alone, and how
// probable so strong a difference is when there is none.
func (t *table) slope(c *column, y []float64) (slope, float64) {
	var xx, xy float64
	for i, r := range c.rows {
		xx += c.x[i] * c.x[i]
		xy += c.x[i] * y[r]
	}
	if xx < 1 {
		return slope{}, math.NaN()
	}
	b := xy / xx
	var meat, part, rest float64
	customers, last := 0, uint32(math.MaxUint32)
	for i, r := range c.rows {
		if who := t.rows[r].customer; who != last {
			meat += part * part
			part, last = 0, who
			customers++
		}
		e := y[r] - b*c.x[i]
		part += c.x[i] * e
		rest += e * e
	}
	meat += part * part
	s := slope{b, math.Sqrt(max(meat/xx, rest/float64(len(c.rows))) / xx)}
	return s, studentP(s, customers-1)
}

func studentP(s slope, free int) float64 {
	switch {
	case free < 2 || math.IsNaN(s.err):
		return math.NaN()
	case s.err == 0:
		return 1
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: float64(free)}.Survival(math.Abs(s.value/s.err))
}

// choose takes candidates while they explain something that is not explained yet:
// first what was so, then where and how it was lived.
func (t *table) choose(pool []candidate, y []float64, critical float64) (chosen []candidate) {
	left, total := slices.Clone(y), 0.0
	for _, v := range y {
		total += v * v
	}
	for _, upto := range []int{rankEvent, rankTopic} {
		for len(chosen) < mostReasons {
			best, most := -1, least*total
			for i := range pool {
				if t.drivers[pool[i].driver].rank > upto {
					continue
				}
				if s, p := t.slope(&pool[i].column, left); p <= critical {
					if gain := s.value * s.value * norm(&pool[i].column); gain > most {
						best, most = i, gain
					}
				}
			}
			if best < 0 {
				break
			}
			best = t.declared(pool, best)
			taken := pool[best]
			chosen = append(chosen, taken)
			pool = slices.DeleteFunc(slices.Delete(pool, best, best+1), func(c candidate) bool {
				return t.alike(&c.column, &taken.column)
			})
			left = t.residual(chosen, y)
		}
	}
	return chosen
}

func norm(c *column) (sum float64) {
	for _, x := range c.x {
		sum += x * x
	}
	return sum
}

// declared returns, of the candidates that nearly are the best one, the one to be
// told.
func (t *table) declared(pool []candidate, best int) int {
	told := best
	for i := range pool {
		if t.drivers[pool[i].driver].rank < t.drivers[pool[told].driver].rank && t.alike(&pool[i].column, &pool[best].column) {
			told = i
		}
	}
	return told
}

// alike tells whether two columns say the same, so that one of them is told.
func (t *table) alike(a, b *column) bool {
	one, other, enough := &t.drivers[a.driver], &t.drivers[b.driver], same
	if one.touchpoint == other.touchpoint && (one.rank == rankProperty) != (other.rank == rankProperty) {
		enough = likely
	}
	return math.Abs(t.together(a, b)) >= enough
}

// together is the correlation of two columns over the rows that could have either.
func (t *table) together(a, b *column) float64 {
	var sum float64
	j := 0
	for i, r := range a.rows {
		for j < len(b.rows) && b.rows[j] < r {
			j++
		}
		if j < len(b.rows) && b.rows[j] == r {
			sum += a.x[i] * b.x[j]
		}
	}
	return sum / math.Sqrt(norm(a)*norm(b))
}

// residual is what the candidates leave of an outcome.
func (t *table) residual(chosen []candidate, y []float64) []float64 {
	slopes, _ := t.joint(chosen, y)
	left := slices.Clone(y)
	for k, c := range chosen {
		for i, r := range c.rows {
			left[r] -= slopes[k].value * c.x[i]
		}
	}
	return left
}

// joint returns by how much an outcome differs with each candidate, all others held
// equal, and how probable that is when it does not: least squares, errors by
// customer.
func (t *table) joint(chosen []candidate, y []float64) ([]slope, []float64) {
	k := len(chosen)
	slopes, p := make([]slope, k), make([]float64, k)
	if k == 0 {
		return nil, nil
	}
	xs := make([]float64, len(t.rows)*k)
	for j := range chosen {
		for i, r := range chosen[j].rows {
			xs[int(r)*k+j] = chosen[j].x[i]
		}
	}
	gram, xy := mat.NewSymDense(k, nil), make([]float64, k)
	for r := range t.rows {
		x := xs[r*k : (r+1)*k]
		for a, v := range x {
			if v == 0 {
				continue
			}
			xy[a] += v * y[r]
			for b := a; b < k; b++ {
				gram.SetSym(a, b, gram.At(a, b)+v*x[b])
			}
		}
	}
	var chol mat.Cholesky
	var inverse mat.SymDense
	if !chol.Factorize(gram) || chol.InverseTo(&inverse) != nil {
		for j := range p {
			p[j] = math.NaN()
		}
		return slopes, p
	}
	var beta mat.VecDense
	beta.MulVec(&inverse, mat.NewVecDense(k, xy))
	meat, part := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	customers, rest := 0, 0.0
	for r := 0; r < len(t.rows); {
		part.Zero()
		who := t.rows[r].customer
		for ; r < len(t.rows) && t.rows[r].customer == who; r++ {
			x := xs[r*k : (r+1)*k]
			e := y[r]
			for j, v := range x {
				e -= v * beta.AtVec(j)
			}
			rest += e * e
			for j, v := range x {
				part.SetVec(j, part.AtVec(j)+v*e)
			}
		}
		meat.SymRankOne(meat, 1, part)
		customers++
	}
	var half, cover mat.Dense
	half.Mul(&inverse, meat)
	cover.Mul(&half, &inverse)
	for j := range slopes {
		slopes[j] = slope{beta.AtVec(j), math.Sqrt(max(cover.At(j, j), inverse.At(j, j)*rest/float64(len(t.rows))))}
		p[j] = studentP(slopes[j], customers-k-1)
	}
	return slopes, p
}

// weigh puts the candidates of one property together (complaints and praise of a topic
// stay two, and so do places), tells how much of the scores'
// variance goes with each, and orders them by that.
func (f *fitted) weigh(t *table, chosen []candidate, y []float64, seed uint64) {
	for _, c := range chosen {
		i := slices.IndexFunc(f.chosen, func(g group) bool { return g.parts[0].driver == c.driver && t.drivers[c.driver].kind == "property" })
		if i < 0 {
			i = len(f.chosen)
			f.chosen = append(f.chosen, group{})
		}
		f.chosen[i].parts = append(f.chosen[i].parts, c)
	}
	if len(f.chosen) == 0 {
		return
	}
	drivers := make([]stats.Driver, len(f.chosen))
	for i := range f.chosen {
		g := &f.chosen[i]
		g.order()
		for _, c := range g.parts {
			drivers[i].Columns = append(drivers[i].Columns, c.dense(len(t.rows)))
		}
	}
	f.weights = stats.NewDesign(y, drivers).Bootstrap(rounds, seed)
	for i := range f.chosen {
		g, w := &f.chosen[i], &f.weights
		g.weight, g.top3 = w.Share[i], w.Leading[i]
		g.part = stats.Interval{Low: w.Range[i].Low / w.R2, High: math.Min(1, w.Range[i].High/w.R2)}
		if len(f.chosen) == 1 {
			g.part = stats.Interval{Low: 1, High: 1}
		}
	}
	slices.SortStableFunc(f.chosen, func(a, b group) int { return cmp.Compare(b.weight, a.weight) })
}

func (g *group) order() {
	slices.SortStableFunc(g.parts, func(a, b candidate) int {
		return cmp.Compare(math.Abs(b.each.value)*float64(b.hits), math.Abs(a.each.value)*float64(a.hits))
	})
	g.p = 1
	for _, c := range g.parts {
		g.p = min(g.p, c.p*float64(len(g.parts)))
	}
}

// settle keeps of what is unclear the likeliest, once each.
func (f *fitted) settle(t *table, unclear []candidate, points []float64) {
	slices.SortStableFunc(unclear, func(a, b candidate) int { return cmp.Compare(a.alone, b.alone) })
	for _, c := range unclear {
		known := func(g group) bool {
			return slices.ContainsFunc(g.parts, func(o candidate) bool {
				return o.driver == c.driver || t.alike(&c.column, &o.column)
			})
		}
		if len(f.unclear) < mostUnclear && !slices.ContainsFunc(f.chosen, known) && !slices.ContainsFunc(f.unclear, known) {
			c.each, _ = t.slope(&c.column, points)
			f.unclear = append(f.unclear, group{parts: []candidate{c}, p: c.p})
		}
	}
}
