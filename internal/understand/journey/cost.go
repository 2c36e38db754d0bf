package journey

import (
	"cmp"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Cost compares the runs that have a finding with those that could and do not:
// those of the same place, supplier and channel that began in the same four weeks
// with one another, as long as at least half of those that have it can be.
type Cost struct {
	With, Without    int     // runs compared; 0: not known yet
	Delta, Low, High float64 // with − without
	P                float64 // 1 when it was not tested
	Clear            bool    // among all costs of all findings (Benjamini–Bogomolov, 5 %)
	Total            float64 // Delta times the runs that have it
	Alike            bool    // compared within the same place, supplier and channel
	Then             bool    // … and the same four weeks
}

// results are what runs came to, a value for each; NaN: it is not known.
type results struct {
	// felt is how much better than a usual one the run was lived, −4..+4: the mean,
	// over its events, of valence less the mean valence of that event; what the
	// script does not ask for (what is in no step, and optional steps) counts as it
	// was felt. Of runs that are over.
	felt     []float32
	score    []float32 // mean of what was answered, −2..+2
	returned []float32 // 1: bought again within HorizonDays
	spent    []float32 // minor units within HorizonDays
	took     []float32 // seconds from first to last event; of completed runs
	rank     []float32 // of took
	usual    []float64 // by activity
}

func (x *lived) results() results {
	l, n, unknown := x.log, x.log.Cases(), float32(math.NaN())
	out := results{score: make([]float32, n), returned: make([]float32, n), spent: make([]float32, n), took: make([]float32, n)}
	out.usual = x.usual()
	out.felt = x.felt(out.usual, nil)
	l.Shares(func(_, from, to int) {
		for c := from; c < to; c++ {
			out.score[c], out.returned[c], out.spent[c], out.took[c] = unknown, unknown, unknown, unknown
			first, end := l.Span(c)
			if x.states[c] == Completed {
				out.took[c] = float32(l.At[end-1]-l.At[first]) / 1e6
			}
			if l.Later != nil && l.Later[c].Known {
				out.returned[c], out.spent[c] = 0, float32(l.Later[c].Spent)
				if l.Later[c].Returned {
					out.returned[c] = 1
				}
			}
		}
	})
	for i := 0; i < len(l.Answers); {
		sum, scored, c := 0.0, 0, l.Answers[i].Case
		for ; i < len(l.Answers) && l.Answers[i].Case == c; i++ {
			if a := l.Answers[i]; a.Metric != 0 {
				sum, scored = sum+float64(a.Felt)/1000, scored+1
			}
		}
		if scored > 0 {
			out.score[c] = float32(sum / float64(scored))
		}
	}
	out.rank = ranks(out.took)
	return out
}

// felt returns how runs were felt, as results say; but for what was felt at the
// subject (nil: nothing), since that a painful step was painful says nothing.
func (x *lived) felt(usual []float64, subject []bool) []float32 {
	l := x.log
	out := make([]float32, l.Cases())
	l.Shares(func(_, from, to int) {
		for c := from; c < to; c++ {
			out[c] = float32(math.NaN())
			if l.Valence == nil || !x.over(c) {
				continue
			}
			sum, n := 0.0, 0
			for e, end := l.Span(c); e < end; e++ {
				a := l.Activity[e]
				if v := l.Valence[e]; v != eventlog.NoValence && (subject == nil || !subject[a]) {
					sum, n = sum+float64(v)/1000-usual[a], n+1
				}
			}
			if n > 0 {
				out[c] = float32(sum / float64(n))
			}
		}
	})
	return out
}

// usual is how each activity is usually felt where the script asks for it; 0 where
// it does not. Without a script every activity is asked for.
func (x *lived) usual() []float64 {
	asked := asked(nil, x.journey.Script, true)
	sums := make([]valences, len(x.log.Activities))
	for e, v := range x.log.Valence {
		if v != eventlog.NoValence {
			sums[x.log.Activity[e]].add(int64(v))
		}
	}
	out := make([]float64, len(sums))
	for a, s := range sums {
		if s.n > 0 && (len(asked) == 0 || x.stepOf[a] >= 0 && asked[x.stepOf[a]]) {
			out[a] = float64(s.sum) / float64(s.n) / 1000
		}
	}
	return out
}

// asked tells of each step, in the order of Journey.Steps, whether the script
// asks for it on its way: neither it nor what it is in is optional.
func asked(out []bool, nodes []model.Node, on bool) []bool {
	for _, n := range nodes {
		on := on && !n.Optional
		if n.Step != nil {
			out = append(out, on)
		}
		for _, branches := range [][][]model.Node{n.Parallel, n.Choice} {
			for _, branch := range branches {
				out = asked(out, branch, on)
			}
		}
	}
	return out
}

// strata numbers runs so that those of the same number are alike in what is
// known of them before anything happens.
type strata struct {
	of []uint32
	n  int
}

// costOf compares a result of the runs in with and of the others in risk, within
// the first strata that tell of at least half of the runs that have it; else all
// with all.
func costOf(values []float32, with, risk eventlog.Mask, within []strata) Cost {
	for kind, s := range append(slices.Clone(within), strata{}) {
		all := make([]stats.Stratum, max(1, s.n))
		having := 0
		for c, v := range values {
			if v != v || !risk.Has(c) { // NaN
				continue
			}
			one := &all[0]
			if s.of != nil {
				one = &all[s.of[c]]
			}
			if with.Has(c) {
				one.With.Add(float64(v))
				having++
			} else {
				one.Without.Add(float64(v))
			}
		}
		c := stats.Stratified(all)
		if s.of != nil && 2*c.With < having || min(c.With, c.Without) < leastCompared || math.IsNaN(c.P) {
			continue
		}
		return Cost{
			With: c.With, Without: c.Without, Delta: c.Delta, Low: c.Low, High: c.High, P: c.P,
			Total: c.Delta * float64(with.Count()), Alike: kind < len(within), Then: kind == 0 && len(within) > 0,
		}
	}
	return Cost{P: 1}
}

// slower compares how long completed runs took: the difference of the medians,
// its interval from theirs (Price & Bonett 2002), and as P that of the difference of
// ranks (Conover & Iman 1981).
func (r *results) slower(with, risk eventlog.Mask, within []strata) Cost {
	out := costOf(r.rank, with, risk, within)
	var times [2][]int64
	for c, v := range r.took {
		if v == v && risk.Has(c) {
			kind := 0
			if with.Has(c) {
				kind = 1
			}
			times[kind] = append(times[kind], int64(v)*1e6)
		}
	}
	if min(len(times[0]), len(times[1])) < leastCompared {
		return out
	}
	without, having := eventlog.SpreadOf(times[0]), eventlog.SpreadOf(times[1])
	half := math.Hypot((without.High-without.Low)/2, (having.High-having.Low)/2)
	out.Delta = having.Median - without.Median
	out.Low, out.High = out.Delta-half, out.Delta+half
	out.Total = out.Delta * float64(with.Count())
	return out
}

// ranks returns the ranks of values, equal ones the mean of theirs; NaN keeps
// its place.
func ranks(values []float32) []float32 {
	order := make([]int32, 0, len(values))
	out := make([]float32, len(values))
	for i, v := range values {
		if out[i] = v; v == v {
			order = append(order, int32(i)) //nolint:gosec // cases are numbered in 32 bits
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(values[a], values[b]) })
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && values[order[j]] == values[order[i]] {
			j++
		}
		for _, c := range order[i:j] {
			out[c] = float32(i+j+1) / 2
		}
		i = j
	}
	return out
}
