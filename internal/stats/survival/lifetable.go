package survival

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Period is one row of a life table: what became, within it, of those who had lasted
// until its start.
type Period struct {
	From, To        float64
	AtRisk          int // at its start
	Ended, Censored int
	Chance          float64 // of ending within it; NaN when nobody was at risk
	ChanceInterval  stats.Interval
	S               float64 // the share that lasts to its end
	Interval        stats.Interval
}

// LifeTable tells the first so many periods of one cohort, each of that width: the
// actuarial table (Cutler & Ederer 1958), by which who is censored within a period was
// at risk for half of it. Shares have intervals as those of KaplanMeier, chances
// Wilson's. It ends with the last period at whose start somebody was at risk.
func LifeTable(spells []Spell, width float64, periods int) []Period {
	if !(width > 0) {
		return nil
	}
	spells = ordered(spells)
	var table []Period
	s, sum, at := 1.0, 0.0, 0
	for i := range periods {
		if at == len(spells) {
			break
		}
		p := Period{From: float64(i) * width, To: float64(i+1) * width, AtRisk: len(spells) - at}
		for ; at < len(spells) && spells[at].Duration < p.To; at++ {
			if spells[at].Ended {
				p.Ended++
			} else {
				p.Censored++
			}
		}
		exposed := float64(p.AtRisk) - float64(p.Censored)/2
		p.Chance = float64(p.Ended) / exposed
		p.ChanceInterval = stats.Wilson(p.Ended, max(p.Ended, int(math.Round(exposed))))
		s *= 1 - p.Chance
		if s < 1e-12 {
			s = 0
		}
		sum += p.Chance / (exposed - float64(p.Ended))
		p.S, p.Interval = s, logLog(s, sum)
		table = append(table, p)
	}
	return table
}
