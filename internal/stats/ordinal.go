package stats

// Ordinal is a proportional-odds logit: the log odds of an outcome at or below level
// j are Cuts[j] − Σ weight·value.
type Ordinal struct {
	Cuts     []float64 // ascending; one fewer than the levels
	Weights  []float64 // by column: above 0, more of it goes with higher levels
	Errors   []float64 // standard errors of the weights
	Deviance float64   // −2 log likelihood
}

// ProportionalOdds finds the proportional-odds logit (McCullagh 1980) with the
// greatest likelihood by Newton's method. Levels are 0, 1, … of so many; count is how
// often each row was seen (nil: once). The weights are NaN where the data tell none,
// as when a column does not vary or tells the level exactly.
func ProportionalOdds(rows [][]float64, levels []int, of int, count []float64) Ordinal {
	return Ordinal{}
}
