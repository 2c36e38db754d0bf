package causal

import "math"

// Trial is a randomised comparison to be planned.
type Trial struct {
	Alpha, Power float64 // such as .05 and .8
	Share        float64 // of all units that are treated, such as .5
	Continuous   bool    // the verdict is a Sequence's with this Alpha, not a look at the end
	ClusterSize  float64 // units that are dealt together; 0 and 1: each alone
	ICC          float64 // how alike those are, 0 to 1: the intraclass correlation
}

// DesignEffect returns by how much more units it takes since they are dealt in
// clusters: 1 + (size − 1)·ICC (Kish 1965).
func (t Trial) DesignEffect() float64 { return 1 + math.Max(0, t.ClusterSize-1)*t.ICC }

// factor is of how many standard errors an effect must be to be found: by a Sequence
// at the number that it expects, it is wider than by one look.
func (t Trial) factor() float64 {
	at := quantile(1-t.Alpha/2, math.Inf(1))
	if t.Continuous {
		const any = 1 << 20 // the width at the expected number is the same for each
		at = Sequence{t.Alpha, any}.Width(any)
	}
	return at + quantile(t.Power, math.Inf(1))
}

// Units returns how many units each arm needs so that an effect on a mean is found
// with the trial's power, sd being the outcome's standard deviation. 0 and 0 where no
// number is enough, or none can be told: no effect, a share that is not inside 0 to 1.
func (t Trial) Units(effect, sd float64) (control, treated int) {
	return t.arms(effect, sd*sd, sd*sd)
}

// UnitsOfShare returns it for an effect on a share that is before without the change.
func (t Trial) UnitsOfShare(before, effect float64) (control, treated int) {
	after := before + effect
	if !(before >= 0 && before <= 1 && after >= 0 && after <= 1) {
		return 0, 0
	}
	return t.arms(effect, before*(1-before), after*(1-after))
}

func (t Trial) arms(effect, control, treated float64) (int, int) {
	n := t.factor() * t.factor() / (effect * effect) * (control/(1-t.Share) + treated/t.Share) * t.DesignEffect()
	if !(t.Share > 0 && t.Share < 1 && n > 0) || n > 1e15 {
		return 0, 0
	}
	return int(math.Ceil(n * (1 - t.Share))), int(math.Ceil(n * t.Share))
}

// Minimal returns the least effect on a mean that so many units find with the
// trial's power. Infinite with an empty arm.
func (t Trial) Minimal(control, treated int, sd float64) float64 {
	return t.factor() * sd * math.Sqrt(t.DesignEffect()*(1/float64(control)+1/float64(treated)))
}

// MinimalOfShare returns the least growth of a share that is before without the
// change. NaN where even all of them would not be found.
func (t Trial) MinimalOfShare(control, treated int, before float64) float64 {
	found := func(effect float64) bool {
		after := before + effect
		return effect >= t.factor()*math.Sqrt(t.DesignEffect()*(before*(1-before)/float64(control)+after*(1-after)/float64(treated)))
	}
	low, high := 0.0, 1-before
	if !found(high) {
		return math.NaN()
	}
	for range 60 {
		if at := (low + high) / 2; found(at) {
			high = at
		} else {
			low = at
		}
	}
	return high
}
