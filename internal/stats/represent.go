package stats

import "math"

// Answered is a stratum of a population and who of it answered.
type Answered struct {
	Population float64 // how many there are; any unit
	Sample             // who answered
}

// Represented is a mean that stands for a population.
type Represented struct {
	Value float64
	Interval
	N         int     // answers
	Effective float64 // how many answers of a simple sample would tell as much (Kish 1965)
	Covered   float64 // the share of the population in strata that answered, 0..1
}

// Poststratify weighs the means of strata by how many there are of each (Holt &
// Smith 1979). Of strata in which nobody answered nothing is known: the others stand
// for them, and Covered tells of how many that is. Strata with one answer take the
// variance of all. NaN when nobody answered.
func Poststratify(strata []Answered) Represented {
	var whole, population float64
	var all Moments
	for _, s := range strata {
		whole += s.Population
		if s.N > 0 && s.Population > 0 {
			population += s.Population
			all.Join(s.moments())
		}
	}
	out := Represented{N: all.N, Value: math.NaN(), Interval: noInterval()}
	if all.N == 0 {
		return out
	}
	out.Covered, out.Value = population/whole, 0
	pooled := all.Sample().Variance
	variance, squares := 0.0, 0.0
	for _, s := range strata {
		if s.N == 0 || s.Population <= 0 {
			continue
		}
		share, own := s.Population/population, s.Variance
		if s.N < 2 {
			own = pooled
		}
		out.Value += share * s.Mean
		variance += share * share * own / float64(s.N)
		squares += share * share / float64(s.N)
	}
	out.Effective = 1 / squares
	half := studentQuantile(math.Max(1, out.Effective-1)) * math.Sqrt(variance)
	out.Interval = Interval{out.Value - half, out.Value + half}
	return out
}

// moments returns the sums that the sample was made of, without cubes.
func (s Sample) moments() Moments {
	variance := s.Variance
	if s.N < 2 {
		variance = 0
	}
	n := float64(s.N)
	return Moments{N: s.N, Sum: n * s.Mean, Squares: variance*(n-1) + n*s.Mean*s.Mean}
}

// Kish returns how many equal weights would tell as much as these: (Σw)² / Σw²
// (Kish 1965). 0 of none.
func Kish(weights []float64) float64 {
	var sum, squares float64
	for _, w := range weights {
		sum, squares = sum+w, squares+w*w
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// Margin is one thing by which answers are raked: of each answer its level, and of
// each level how many there are in the population.
type Margin struct {
	Level  []int
	Target []float64
}

// Rake returns weights of n answers, of mean 1, with which each margin has the shares of its
// targets: iterative proportional fitting (Deming & Stephan 1940). Levels without an
// answer or without a target are left out of it, and answers of the latter weigh 0.
// ok is false when the margins do not agree within 1000 rounds.
func Rake(n int, margins []Margin) (weights []float64, ok bool) {
	weights = make([]float64, n)
	for i := range weights {
		weights[i] = 1
	}
	for range 1000 {
		off := 0.0
		for _, m := range margins {
			sums := make([]float64, len(m.Target))
			for i, level := range m.Level {
				sums[level] += weights[i]
			}
			var have, want float64
			for level, target := range m.Target {
				if sums[level] > 0 {
					have, want = have+sums[level], want+target
				}
			}
			if want <= 0 {
				continue
			}
			for i, level := range m.Level {
				by := m.Target[level] / want / (sums[level] / have)
				if weights[i] > 0 && m.Target[level] > 0 {
					off = math.Max(off, math.Abs(by-1))
				}
				if weights[i] > 0 {
					weights[i] *= by
				}
			}
		}
		if off < 1e-10 {
			ok = true
			break
		}
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		weights[i] *= float64(n) / sum
	}
	return weights, ok
}

// WeightedMean returns the mean of weighted values and its interval by linearisation
// (Särndal, Swensson & Wretman 1992), with Kish's n. NaN below two of them.
func WeightedMean(values, weights []float64) Represented {
	var r Ratio
	for i, v := range values {
		r.Add(weights[i]*v, weights[i])
	}
	return Represented{Value: r.Value(), Interval: r.Interval(), N: len(values), Effective: Kish(weights), Covered: 1}
}

// Part is a group in one period: how many it had and how they felt.
type Part struct {
	N    float64
	Mean float64 // of no account when N is 0
}

// Moved is what a group does to the change of a mean.
type Moved struct {
	Mix  float64 // since more or fewer of the answers are the group's
	Rate float64 // since the group feels otherwise
}

// Split tells a change of a mean over groups exactly as what is due to who answered
// (mix) and to how they felt (rate): with the shares and means of both periods
// averaged (Kitagawa 1955), so that nothing is left over. A group that grew adds as
// much as it lies above all. Where a group is of one period only, all is mix. The
// effects add up to the change; without answers in either period, they are NaN.
func Split(before, after []Part) []Moved {
	n0, n1, m0, m1 := 0.0, 0.0, 0.0, 0.0
	for i := range before {
		n0, n1 = n0+before[i].N, n1+after[i].N
		if before[i].N > 0 {
			m0 += before[i].N * before[i].Mean
		}
		if after[i].N > 0 {
			m1 += after[i].N * after[i].Mean
		}
	}
	out := make([]Moved, len(before))
	overall := (m0/n0 + m1/n1) / 2
	for i, b := range before {
		a := after[i]
		switch {
		case n0 == 0 || n1 == 0:
			out[i] = Moved{math.NaN(), math.NaN()}
			continue
		case a.N == 0 && b.N == 0:
			continue
		case a.N == 0:
			a.Mean = b.Mean
		case b.N == 0:
			b.Mean = a.Mean
		}
		s0, s1 := b.N/n0, a.N/n1
		out[i] = Moved{(s1 - s0) * ((a.Mean+b.Mean)/2 - overall), (s0 + s1) / 2 * (a.Mean - b.Mean)}
	}
	return out
}
