package causal

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Arm is one of the ways that units are dealt to. Shares need not add up to 1: an
// arm gets its share of their sum. An arm whose share is not above 0 gets nobody.
type Arm struct {
	Name  string
	Share float64
}

// Assign returns the name of the arm to which a unit is dealt: always the same for the
// same salt, unit and arms, whatever their order; of different salts independent.
// Every arm draws a number from SHA-256 of salt, unit and arm, and the greatest by
// share wins (weighted rendezvous hashing; Thaler & Ravishankar 1998, Schindelhauer &
// Schomaker 2005): when a share grows, units move to that arm only, and no others.
// Without an arm that has a share it returns "".
func Assign(salt, unit string, arms []Arm) string {
	best, least := "", math.Inf(1)
	for _, a := range arms {
		if !(a.Share > 0) {
			continue
		}
		// An exponential draw of the rate share: the least of them is an arm's as often as its share.
		if v := -math.Log(draw(salt, unit, a.Name)) / a.Share; v < least || v == least && a.Name < best {
			best, least = a.Name, v
		}
	}
	return best
}

// draw returns a number in (0, 1). The parts are told apart by their lengths.
func draw(parts ...string) float64 {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return (float64(binary.BigEndian.Uint64(sum[:])>>11) + .5) / (1 << 53)
}

// MismatchBelow is the p of SampleRatio below which arms are not of the sizes that
// were meant, so that no comparison of them is to be trusted (Fabijan et al. 2019).
const MismatchBelow = .01

// SampleRatio tests whether units fell to the arms by their shares: p of Pearson's χ².
// A small p means that something other than chance chose who is in which arm, or
// whose outcome is known. NaN with fewer than two arms that have a share; 0 where
// an arm without one has units.
func SampleRatio(counts []int, shares []float64) (p float64) {
	total, whole, arms := 0.0, 0.0, 0
	for i, share := range shares {
		total += float64(counts[i])
		if share > 0 {
			whole += share
			arms++
		} else if counts[i] > 0 {
			return 0
		}
	}
	if arms < 2 || total == 0 {
		return math.NaN()
	}
	chi := 0.0
	for i, share := range shares {
		if share > 0 {
			expected := total * share / whole
			chi += (float64(counts[i]) - expected) * (float64(counts[i]) - expected) / expected
		}
	}
	return distuv.ChiSquared{K: float64(arms - 1)}.Survival(chi)
}
