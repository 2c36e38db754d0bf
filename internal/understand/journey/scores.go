package journey

import (
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// StepScore is a score of the answers about a step: NPS −100..100, CSAT 0..1,
// CES and ratings the mean on their scale.
type StepScore struct {
	Metric outcome.Metric
	Scale  string // of CES and ratings
	outcome.Estimate
}

// scored counts answers with one score.
type scored struct {
	touchpoint string
	metric     eventlog.Metric
	scale      string
	score      float32
}

// scores returns the scores of all answers and, by touchpoint, of those there,
// each with the most answers first.
func (x *lived) scores() (all []StepScore, at map[string][]StepScore) {
	l := x.log
	counts := map[scored]int64{}
	for _, a := range l.Answers {
		if a.Metric != 0 {
			counts[scored{l.Contexts[a.Context].Touchpoint, a.Metric, l.Scales[a.Scale], a.Score}]++
		}
	}
	joined, byTouchpoint := map[scored]int64{}, map[string]map[scored]int64{}
	for s, n := range counts {
		touchpoint := s.touchpoint
		s.touchpoint = ""
		joined[s] += n
		if byTouchpoint[touchpoint] == nil {
			byTouchpoint[touchpoint] = map[scored]int64{}
		}
		byTouchpoint[touchpoint][s] += n
	}
	at = map[string][]StepScore{}
	for touchpoint, counts := range byTouchpoint {
		at[touchpoint] = scoresOf(counts)
	}
	return scoresOf(joined), at
}

func scoresOf(counts map[scored]int64) []StepScore {
	metrics := [...]outcome.Metric{eventlog.NPS: outcome.NPS, eventlog.CSAT: outcome.CSAT, eventlog.CES: outcome.CES, eventlog.Rating: outcome.Mean}
	type kind struct {
		metric outcome.Metric
		scale  string // of means
	}
	bins := map[kind][]history.Bin{}
	for s, n := range counts {
		k := kind{metric: metrics[s.metric]}
		if s.metric == eventlog.CES || s.metric == eventlog.Rating {
			k.scale = s.scale
		}
		bins[k] = append(bins[k], history.Bin{Scale: s.scale, Value: float64(s.score), N: n})
	}
	var out []StepScore
	for k, b := range bins {
		slices.SortFunc(b, func(a, b history.Bin) int {
			return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Scale, b.Scale))
		})
		out = append(out, StepScore{Metric: k.metric, Scale: k.scale, Estimate: outcome.ScoreOf(k.metric, k.scale, b)})
	}
	slices.SortFunc(out, func(a, b StepScore) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Scale, b.Scale))
	})
	return out
}
