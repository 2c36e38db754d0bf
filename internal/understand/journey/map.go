package journey

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// MapQuery asks for the map of a journey.
type MapQuery struct{ Filter Filter }

// Map is a journey as it was lived, step by step, against its design.
type Map struct {
	Journey    model.Journey
	Period     cx.Window // from when its first run began to after its last event
	Runs       int
	States     []StateShare
	Felt       outcome.Estimate // mean over runs of the mean valence of their events
	Steps      []MapStep        // by stage, then in the script's order; without a script the touchpoints in their usual order
	Unexpected []MapStep        // what was lived and is no step of the script; most lived first. nil without a script
	Worst      int              // index into Steps of the one that surely hurts most, over all runs; −1: none is known to hurt
	Scores     []StepScore      // of all answers about the runs
	Limited    bool             // only facts of some areas were seen: Reached, Kept and Repeated are of these alone

	said [][]said // by step: the newest answers about it
}

// MapStep is how one step was lived. Of a step that the script lacks, Step is
// made of where it happened: its Slug is the touchpoint's or, where there is none,
// the event's; its Events are what happened there, the most lived first.
type MapStep struct {
	Step     model.Step
	Name     model.Text // of the step, or of its touchpoint
	Channel  string
	Area     string
	Supplier string // that of the touchpoint; "": none, or several
	Icon     string
	Designed bool // it is in the script

	N        int // events
	Reached  Share
	Repeated Share // of the runs that reached it: lived it again
	Kept     Share // of the times that the next step came, or is overdue in a run that goes on: it came within the expected time. N = 0: none is expected
	Wait     Times // from the step to what was lived next

	Felt   outcome.Estimate // mean valence, −2..+2
	Before outcome.Estimate // in the period before, as long as the filter's; without one, from eight to four weeks ago
	Change outcome.Change   // from Before to the period; without one, to the last four weeks
	Clear  bool             // the change stays clear among all steps (Benjamini–Hochberg, 5 %)
	Since  Since            // when Felt changed; Known is false when it did not
	Gap    Gap              // between design and what was lived
	Scores []StepScore      // what was answered there; most answers first. Of several steps at a touchpoint the moment of truth has them, else the last

	Words []Quote // newest first, the worst felt before the others; only for who may see their customers

	Peak bool // where the typical run feels most, for better or worse
	End  bool // where most completed runs end

	sample stats.Sample // of Felt
	place  float64      // where in its run it is on average, in thousandths
}

// Gap is how much better (or worse) a step was lived than it is designed.
type Gap struct {
	Delta, Low, High float64 // lived − designed, with its interval; N of Felt
	Known            bool    // the step has a designed valence and was felt
	Clear            bool    // stays clear among all steps (Benjamini–Hochberg, 5 %)
}

// Quote is what a customer wrote about a step.
type Quote struct {
	Text     string
	Seq      cx.Seq
	Customer cx.CustomerID // "" for who may not see customers
	Case     string        // of the run that it is about
	At       cx.Time
	Felt     float64 // the score that came with it, −2..+2
	HasFelt  bool
	Place    string
	Area     string

	who cx.CustomerNo
}

// Map draws the journey as it was lived. It needs the right scores.view; the
// words of customers need events.view besides, and their customers in reach.
func (s *Service) Map(ctx context.Context, p cx.Principal, slug string, q MapQuery) (Map, error) {
	m, err := s.drawn(ctx, p, slug, q)
	return m, cx.Wrap("journey.Map", err)
}

func (s *Service) drawn(ctx context.Context, p cx.Principal, slug string, q MapQuery) (Map, error) {
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Map{}, err
	}
	all, err := s.mapOf(ctx, x)
	if err != nil {
		return Map{}, err
	}
	out := *all
	out.Steps, out.Unexpected = slices.Clone(all.Steps), slices.Clone(all.Unexpected)
	if q.Filter.Window = before(q.Filter.Window, x.now); q.Filter.Window.From != 0 {
		y, err := s.lived(ctx, p, slug, q.Filter)
		if err != nil {
			return Map{}, err
		}
		earlier, err := s.mapOf(ctx, y)
		if err != nil {
			return Map{}, err
		}
		out.compare(earlier)
	}
	return out, s.quote(ctx, p, &out)
}

// before returns the period of the same length before one that has a beginning.
func before(w cx.Window, now cx.Time) cx.Window {
	if w.From == 0 {
		return cx.Window{}
	}
	to := cmp.Or(w.To, now)
	return cx.Window{From: max(1, 2*w.From-to), To: w.From}
}

func (s *Service) mapOf(ctx context.Context, x *lived) (*Map, error) {
	return lately(ctx, s, x, "map", func(context.Context) (*Map, error) { return x.draw(), nil })
}

// draw draws the map without words; only the last four weeks are compared.
func (x *lived) draw() *Map {
	s, k := x.slots(), x.calendar()
	t := x.tallies(s, k)
	out := &Map{Journey: x.journey, Period: x.period(), Runs: x.log.Cases(), Felt: felt(t.runs.sample()), Limited: x.limited}
	for _, state := range []State{Running, Stuck, Completed, Abandoned} {
		n := 0
		for _, s := range x.states {
			if s == state {
				n++
			}
		}
		out.States = append(out.States, StateShare{state, shareOf(n, out.Runs)})
	}
	var scores map[string][]StepScore
	out.Scores, scores = x.scores()
	about := asks(s.steps)
	for i := range s.steps {
		step := &s.steps[i]
		step.tell(&t.steps[i], out.Runs)
		days := make([]stats.Moments, k.days())
		for d := range days {
			days[d] = t.days[i*k.days()+d].moments()
		}
		step.Since = k.changedSince(days)
		if at := step.Step.Touchpoint; about[at] == i {
			step.Scores = scores[at]
		}
	}
	typical(s, t)
	out.Steps, out.Unexpected = s.steps[:s.script:s.script], s.steps[s.script:]
	if s.script == 0 {
		out.Steps, out.Unexpected = s.steps, nil
		slices.SortStableFunc(out.Steps, func(a, b MapStep) int { return cmp.Compare(a.place, b.place) })
	}
	slices.SortStableFunc(out.Steps, func(a, b MapStep) int { return cmp.Compare(rank(a.Step.Stage), rank(b.Step.Stage)) })
	out.judge()
	out.listen(x)
	return out
}

// tell sets how the step was lived.
func (s *MapStep) tell(t *stepTally, runs int) {
	s.N = t.events
	s.Reached, s.Repeated, s.Kept = shareOf(t.reached, runs), shareOf(t.repeated, t.reached), shareOf(t.kept, t.due)
	s.Wait = timesOf(t.waits)
	s.sample = t.felt.sample()
	s.Felt, s.Before = felt(s.sample), felt(t.past[0].sample())
	s.Change = outcome.MeanChange(t.past[0].sample(), t.past[1].sample())
	s.place = float64(t.place) / float64(max(1, t.events))
	if by := s.Step.Valence; s.Step.HasValence && s.Felt.N > 1 {
		s.Gap = Gap{Delta: s.Felt.Value - by, Low: s.Felt.Low - by, High: s.Felt.High - by, Known: true}
	}
}

// rank orders the stages; what has none comes with what is lived during.
func rank(stage string) int {
	switch stage {
	case model.Before:
		return 0
	case model.After:
		return 2
	}
	return 1
}

// typical marks what the typical run is remembered by: of the steps that at least
// half of the runs reach the one that is felt most, and the one where most
// completed runs end.
func typical(s slots, t tally) {
	peak, end := -1, -1
	for i := range s.designed() {
		step := &s.steps[i]
		if 2*step.Reached.K >= step.Reached.N && step.Felt.N > 0 && (peak < 0 || math.Abs(step.Felt.Value) > math.Abs(s.steps[peak].Felt.Value)) {
			peak = i
		}
		if t.steps[i].last > 0 && (end < 0 || t.steps[i].last > t.steps[end].last) {
			end = i
		}
	}
	if peak >= 0 {
		s.steps[peak].Peak = true
	}
	if end >= 0 {
		s.steps[end].End = true
	}
}

// judge marks what stays clear among all steps, and the one that surely hurts
// most: by how far below zero, or clearly below its design, it is lived at best,
// times the share of the runs that reach it.
func (m *Map) judge() {
	gaps, changes := make([]float64, len(m.Steps)), make([]float64, len(m.Steps))
	for i := range m.Steps {
		s := &m.Steps[i]
		gaps[i], changes[i] = math.NaN(), math.NaN()
		if s.Gap.Known && s.Felt.N >= leastCompared {
			against := s.sample
			against.Mean -= s.Step.Valence
			gaps[i] = stats.MeanTest(against).P
		}
		if s.Change.Verdict != outcome.NoComparison {
			changes[i] = s.Change.P
		}
	}
	clearGap, clearChange := stats.BenjaminiHochberg(gaps, falseRate), stats.BenjaminiHochberg(changes, falseRate)
	m.Worst = -1
	most := 0.0
	for i := range m.Steps {
		s := &m.Steps[i]
		s.Gap.Clear, s.Clear = clearGap[i], clearChange[i]
		if s.Felt.N < leastCompared {
			continue
		}
		hurts := s.Felt.High
		if s.Gap.Clear {
			hurts = min(hurts, s.Gap.High)
		}
		if hurts *= s.Reached.Value(); hurts < most {
			m.Worst, most = i, hurts
		}
	}
}

// compare tells how the steps were felt in the period before.
func (m *Map) compare(earlier *Map) {
	of := map[string]*MapStep{}
	for i := range earlier.Steps {
		of[earlier.Steps[i].Step.Slug] = &earlier.Steps[i]
	}
	for i := range m.Steps {
		s := &m.Steps[i]
		s.Before, s.Change = outcome.Estimate{}, outcome.Change{P: 1, Verdict: outcome.NoComparison}
		if b := of[s.Step.Slug]; b != nil {
			s.Before, s.Change = b.Felt, outcome.MeanChange(b.sample, s.sample)
		}
	}
	m.judge()
}

// asks returns, by touchpoint, the step that answers there are about: its
// moment of truth, else the last one.
func asks(steps []MapStep) map[string]int {
	of := map[string]int{}
	for i, s := range steps {
		before, ok := of[s.Step.Touchpoint]
		if s.Step.Touchpoint != "" && (!ok || s.Step.Truth || !steps[before].Step.Truth) {
			of[s.Step.Touchpoint] = i
		}
	}
	return of
}

// How many answers about a step are looked at for words, and how many are told.
const (
	lookedAt   = 24
	mostQuotes = 3
)

// listen keeps the newest answers about each step.
func (m *Map) listen(x *lived) {
	about := asks(m.Steps)
	m.said = make([][]said, len(m.Steps))
	for _, v := range x.voices() {
		if i, ok := about[x.log.Contexts[v.context].Touchpoint]; ok && len(m.said[i]) < lookedAt {
			m.said[i] = append(m.said[i], v.whole(x))
		}
	}
}

// quote adds the words to the steps: of answers that felt as the step does (good
// where it is lived well, bad where it is not) before the others, what says more
// than "ok" before what does not, the newest first.
func (s *Service) quote(ctx context.Context, p cx.Principal, m *Map) error {
	quotes, err := s.quotes(ctx, p, slices.Concat(m.said...))
	if err != nil {
		return err
	}
	var told []*Quote
	for i := range m.Steps {
		step := &m.Steps[i]
		var words []Quote
		for _, v := range m.said[i] {
			if q, ok := quotes[v.seq]; ok {
				words = append(words, q)
			}
		}
		fits := func(q Quote) int {
			n := 0
			if q.HasFelt && (q.Felt < 0) != (step.Felt.Value < 0) {
				n += 2
			}
			if !saysMore(q.Text) {
				n++
			}
			return n
		}
		slices.SortStableFunc(words, func(a, b Quote) int { return cmp.Compare(fits(a), fits(b)) })
		step.Words = words[:min(len(words), mostQuotes)]
		for k := range step.Words {
			told = append(told, &step.Words[k])
		}
	}
	return s.sign(ctx, p, told)
}
