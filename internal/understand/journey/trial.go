package journey

import (
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// trial counts what came of chances that were said.
type trial struct {
	odds    [][]stats.Term // that were said before calibration, of all
	badOnes []bool

	learned              int // runs learned from, the last time
	errors, usual, gains stats.Moments
	bad                  int
	marked, markedBad    int
	bins                 [10]struct {
		n, bad int
		sum    float64
	}
}

// oddsRow is a row of a calibration.
func oddsRow(odds float64) []stats.Term {
	return []stats.Term{{Column: 0, Value: 1}, {Column: 1, Value: odds}}
}

// calibration returns what makes the chances said so far come true as often as
// they say; as they are where too few were said.
func (t *trial) calibration() stats.Logistic {
	if len(t.odds) < leastTested {
		return stats.Logistic{0, 1}
	}
	return stats.FitLogistic(2, t.odds, t.badOnes)
}

// add says the chances of runs that were not learned from; counted, they are
// part of the test.
func (t *trial) add(f looking, tested []lesson, counted bool) {
	for _, r := range tested {
		odds, bad := f.weights.LogOdds(f.features(r.run, r.last, r.seen)), 0
		if r.bad {
			bad = 1
		}
		t.odds, t.badOnes = append(t.odds, oddsRow(odds)), append(t.badOnes, r.bad)
		if !counted {
			continue
		}
		chance := f.calibration.Chance(oddsRow(odds))
		ours, usual := chance-float64(bad), f.base-float64(bad)
		t.errors.Add(ours * ours)
		t.usual.Add(usual * usual)
		t.gains.Add(usual*usual - ours*ours)
		t.bad += bad
		bin := &t.bins[min(int(chance*10), 9)]
		bin.n++
		bin.bad += bad
		bin.sum += chance
		if f.marks(chance) {
			t.marked++
			t.markedBad += bad
		}
	}
}

// skill tells how well it went; nothing is known of few runs.
func (t *trial) skill() RiskSkill {
	n := t.errors.N
	s := RiskSkill{Learned: t.learned, Tested: n, Base: shareOf(t.bad, n)}
	if n < leastTested || t.bad < leastTested/10 || n-t.bad < leastTested/10 {
		return s
	}
	s.Brier, s.Gain = outcome.MeanOf(t.errors.Sample(), 0, 1), outcome.MeanOf(t.gains.Sample(), -1, 1)
	s.BaseOnly = t.usual.Sum / float64(n)
	s.Known = s.Gain.Low > 0
	s.Marked = shareOf(t.markedBad, t.marked)
	for i, b := range t.bins {
		bin := RiskBin{From: float64(i) / 10, Bad: shareOf(b.bad, b.n)}
		if b.n > 0 {
			bin.Mean = b.sum / float64(b.n)
		}
		s.Bins = append(s.Bins, bin)
	}
	return s
}
