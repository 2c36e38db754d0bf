package stats

import "math"

// Recommenders counts answers from 0 to 10: promoters gave 9 or 10, passives 7
// or 8, detractors 0 to 6.
type Recommenders struct{ Promoters, Passives, Detractors int }

// N is how many answered.
func (r Recommenders) N() int { return r.Promoters + r.Passives + r.Detractors }

// Score returns the net promoter score, −100..100. NaN when nobody answered.
func (r Recommenders) Score() float64 {
	return 100 * float64(r.Promoters-r.Detractors) / float64(r.N())
}

// Interval returns the adjusted Wald interval of the score (Rocks 2016, "Interval
// Estimation for the Net Promoter Score"): three answers are added, ¾ to the
// promoters and to the detractors, 1½ to the passives. It is cut to −100..100,
// and widened to hold the score where a handful of equal answers lie outside.
func (r Recommenders) Interval() Interval {
	if r.N() <= 0 || min(r.Promoters, r.Passives, r.Detractors) < 0 {
		return noInterval()
	}
	mean, variance := r.adjusted()
	half := z * math.Sqrt(variance)
	i := Interval{100 * (mean - half), 100 * (mean + half)}.Clip(-100, 100)
	return Interval{math.Min(i.Low, r.Score()), math.Max(i.High, r.Score())}
}

// adjusted returns the adjusted score in −1..1 and the variance of it.
func (r Recommenders) adjusted() (mean, variance float64) {
	n := float64(r.N()) + 3
	p, d := float64(r.Promoters)+.75, float64(r.Detractors)+.75
	mean = (p - d) / n
	return mean, ((p+d)/n - mean*mean) / n
}

// variance returns the variance of the raw score in −1..1; of the adjusted one
// where all answers are equal and the raw one would be zero.
func (r Recommenders) variance() float64 {
	n, score := float64(r.N()), r.Score()/100
	v := (float64(r.Promoters+r.Detractors)/n - score*score) / n
	if v <= 0 {
		_, v = r.adjusted()
	}
	return v
}
