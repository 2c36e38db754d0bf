package stats

import (
	"iter"
	"math"
	"math/bits"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// randomGroups is above how many rows groups of them are drawn instead.
const randomGroups = 2000

// products are the sums of a design's columns, the outcome's last, and of their
// products in the lower triangle, over n rows.
type products struct {
	n        float64
	sum      []float64
	triangle []float64
}

func newProducts(columns int) products {
	return products{0, make([]float64, columns), make([]float64, columns*(columns+1)/2)}
}

func (p *products) add(row []float64) {
	p.n++
	i := 0
	for a, v := range row {
		p.sum[a] += v
		for _, w := range row[:a+1] {
			p.triangle[i] += v * w
			i++
		}
	}
}

func (p *products) join(o products, times float64) {
	p.n += times * o.n
	for i, v := range o.sum {
		p.sum[i] += times * v
	}
	for i, v := range o.triangle {
		p.triangle[i] += times * v
	}
}

func (p *products) clear() {
	p.n = 0
	clear(p.sum)
	clear(p.triangle)
}

// moments returns the products of all rows.
func (d *Design) moments() products {
	p := newProducts(len(d.means))
	for _, row := range d.rows {
		p.add(row)
	}
	return p
}

// resample yields the products of bootstrap samples; each is valid until the next.
func (d *Design) resample(rounds int, seed uint64) iter.Seq[products] {
	return func(yield func(products) bool) {
		r := rand.New(rand.NewPCG(seed, 0x5eed))
		units := make([]products, min(len(d.rows), randomGroups))
		for i := range units {
			units[i] = newProducts(len(d.means))
		}
		for i, row := range r.Perm(len(d.rows)) {
			units[i%len(units)].add(d.rows[row])
		}
		sample, times := newProducts(len(d.means)), make([]float64, len(units))
		for range rounds {
			clear(times)
			for range units {
				times[r.IntN(len(units))]++
			}
			sample.clear()
			for i, n := range times {
				if n > 0 {
					sample.join(units[i], n)
				}
			}
			if !yield(sample) {
				return
			}
		}
	}
}

// symmetric is a symmetric matrix of the columns of a design, the outcome's last.
type symmetric struct {
	columns int
	cells   []float64 // columns × columns
}

func (s symmetric) at(a, b int) float64 { return s.cells[a*s.columns+b] }

// covariance returns the sums of squared deviations from the means and of their
// products: of a column that does not vary, 0.
func (p products) covariance() symmetric {
	k := len(p.sum)
	s, i := symmetric{k, make([]float64, k*k)}, 0
	for a := range k {
		for b := range a + 1 {
			v := 0.0
			if p.n > 0 {
				v = p.triangle[i] - p.sum[a]*p.sum[b]/p.n
			}
			if a == b && v <= 1e-12*p.triangle[i] {
				v = 0
			}
			s.cells[a*k+b], s.cells[b*k+a] = v, v
			i++
		}
	}
	return s
}

// told is the share of a column's variance that the columns before it must leave
// for it to tell anything.
const told = 1e-10

// sweep takes out of the cells of the columns from `from` on what goes with column
// c, reading from one matrix and writing to another of the same shape (they may be
// the same). It does nothing but copy, and returns false, where c is told by those
// that were taken out before.
func (s symmetric) sweep(c, from int, whole float64, to symmetric) bool {
	k := s.columns
	pivot := s.at(c, c)
	tells := pivot > told*whole
	for a := from; a < k; a++ {
		by := 0.0
		if tells {
			by = s.cells[c*k+a] / pivot
		}
		row, out, with := s.cells[a*k:a*k+k], to.cells[a*k:a*k+k], s.cells[c*k:c*k+k]
		for b := from; b < k; b++ {
			out[b] = row[b] - by*with[b]
		}
	}
	return tells
}

// regress returns the R² of the outcome on the columns of the groups, how many of
// them tell anything, and the least squares weights of all columns: 0 of those that
// do not. It is Gauss's elimination with what is told by earlier columns left out.
func (s symmetric) regress(groups []span) (r2 float64, rank int, weights []float64) {
	y := s.columns - 1
	weights = make([]float64, y)
	whole := s.at(y, y)
	if whole <= 0 {
		return 0, 0, weights
	}
	left := symmetric{s.columns, append([]float64(nil), s.cells...)}
	var used []int
	for _, g := range groups {
		for c := g.from; c < g.to; c++ {
			pivot := left.at(c, c)
			if pivot <= told*s.at(c, c) {
				continue
			}
			used = append(used, c)
			// Rows of columns used before keep what they were: they are solved backwards.
			for _, h := range groups {
				for a := h.from; a < h.to; a++ {
					left.eliminate(c, a, used)
				}
			}
			left.eliminate(c, y, used)
		}
	}
	for i := len(used) - 1; i >= 0; i-- {
		c := used[i]
		v := left.at(c, y)
		for _, later := range used[i+1:] {
			v -= left.at(c, later) * weights[later]
		}
		weights[c] = v / left.at(c, c)
	}
	return math.Min(1, math.Max(0, 1-left.at(y, y)/whole)), len(used), weights
}

// eliminate takes out of row a what goes with column c.
func (s symmetric) eliminate(c, a int, used []int) {
	for _, u := range used {
		if u == a {
			return
		}
	}
	by := s.at(a, c) / s.at(c, c)
	if by == 0 {
		return
	}
	k := s.columns
	row, with := s.cells[a*k:a*k+k], s.cells[c*k:c*k+k]
	for b := range row {
		row[b] -= by * with[b]
	}
}

// solver shares R² among drivers, with memory of its own.
type solver struct {
	groups []span
	levels []symmetric // of each driver, what is left when it is taken out
	r2     []float64   // of each set of drivers
	weight []float64   // of a set of so many drivers, in Shapley's value
}

func (d *Design) newSolver() *solver {
	s, k := &solver{groups: d.groups}, len(d.groups)
	if k > MostExact {
		return s
	}
	for range k {
		s.levels = append(s.levels, symmetric{len(d.means), make([]float64, len(d.means)*len(d.means))})
	}
	s.r2, s.weight = make([]float64, 1<<k), make([]float64, k)
	for size := range k { // size!·(k−size−1)!/k!
		s.weight[size] = 1 / float64(k)
		for i := range size {
			s.weight[size] *= float64(i+1) / float64(k-1-i)
		}
	}
	return s
}

func (s *solver) shares(cov symmetric) Shares {
	if len(s.groups) <= MostExact {
		return s.lmg(cov)
	}
	return s.johnson(cov)
}

func (s *solver) lmg(cov symmetric) Shares {
	out := Shares{Method: MethodLMG, Share: make([]float64, len(s.groups))}
	y := cov.columns - 1
	if cov.at(y, y) <= 0 {
		return out
	}
	s.visit(cov, cov, 0, 0)
	out.R2 = s.r2[len(s.r2)-1]
	for g := range out.Share {
		bit := 1 << g
		for set, r2 := range s.r2 {
			if set&bit == 0 {
				out.Share[g] += s.weight[bits.OnesCount(uint(set))] * (s.r2[set|bit] - r2)
			}
		}
		out.Share[g] = math.Max(0, out.Share[g])
	}
	return out
}

// visit finds the R² of all sets that have the drivers of set and any from g on;
// left is what the set leaves of the columns from g's on.
func (s *solver) visit(cov, left symmetric, g, set int) {
	if g == len(s.groups) {
		y := cov.columns - 1
		s.r2[set] = math.Min(1, math.Max(0, 1-left.at(y, y)/cov.at(y, y)))
		return
	}
	s.visit(cov, left, g+1, set)
	to := s.levels[g]
	for c := s.groups[g].from; c < s.groups[g].to; c++ {
		left.sweep(c, c+1, cov.at(c, c), to)
		left = to
	}
	s.visit(cov, left, g+1, set|1<<g)
}

func (s *solver) johnson(cov symmetric) Shares {
	out := Shares{Method: MethodJohnson, Share: make([]float64, len(s.groups))}
	y := cov.columns - 1
	var varies []int
	for c := range y {
		if cov.at(c, c) > 0 {
			varies = append(varies, c)
		}
	}
	if len(varies) == 0 || cov.at(y, y) <= 0 {
		return out
	}
	k := len(varies)
	x, xy := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for i, a := range varies {
		for j, b := range varies[:i+1] {
			x.SetSym(i, j, cov.at(a, b)/math.Sqrt(cov.at(a, a)*cov.at(b, b)))
		}
		xy.SetVec(i, cov.at(a, y)/math.Sqrt(cov.at(a, a)*cov.at(y, y)))
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(x, true) {
		return out
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	root, beta := mat.NewDense(k, k, nil), mat.NewVecDense(k, nil) // Λ and Λ⁻¹ r
	for e, value := range eigen.Values(nil) {
		if value <= told*float64(k) {
			continue
		}
		v := vectors.ColView(e)
		root.RankOne(root, math.Sqrt(value), v, v)
		beta.AddScaledVec(beta, mat.Dot(v, xy)/math.Sqrt(value), v)
	}
	by := make([]float64, y)
	for i, c := range varies {
		for j := range k {
			by[c] += root.At(i, j) * root.At(i, j) * beta.AtVec(j) * beta.AtVec(j)
		}
	}
	for g, span := range s.groups {
		for _, v := range by[span.from:span.to] {
			out.Share[g] += v
			out.R2 += v
		}
	}
	return out
}
