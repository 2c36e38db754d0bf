package journey

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// MomentsQuery asks for the moments of a journey.
type MomentsQuery struct {
	Filter Filter
	Limit  int // of Wow; 0: 12, at most 100
}

// Moments is what is remembered of a journey: of its typical run (what at least
// half of the runs that are over lived), and what was unusually good.
type Moments struct {
	Journey model.Journey
	Typical []Moment // the steps of the typical run, in order
	Peak    int      // index into Typical of what is felt most, for better or worse; −1: nothing is felt
	End     int      // index into Typical of the last felt step; −1
	Wow     []Wow    // what was lived unusually well: those told in most words first, the newest first; no two by one customer, nor in the same words
	Where   []WowAt  // where unusually good moments come from, most first
	Limited bool
}

// Moment is a step of the typical run.
type Moment struct {
	Step  model.Step
	Name  model.Text
	Felt  outcome.Estimate
	Truth bool
}

// Wow is one moment that was lived unusually well: the best score of its scale,
// with words, or a valence of +1.5 or more that at most three in a hundred such
// events reach.
type Wow struct {
	Step       string // slug; "" in no step
	Touchpoint string
	Area       string
	Place      string
	At         cx.Time
	Felt       float64 // −2..+2
	Quote      *Quote  // nil: without words, or not for who asks
}

// WowAt counts unusually good moments of an area, at a touchpoint, in a place.
type WowAt struct {
	Touchpoint, Area, Place string
	Share                   // of what was felt there
}

// Moments tells what is remembered of a journey. It needs the right scores.view;
// words need events.view besides, and their customers in reach.
func (s *Service) Moments(ctx context.Context, p cx.Principal, slug string, q MomentsQuery) (Moments, error) {
	const op = "journey.Moments"
	limit := cmp.Or(q.Limit, 12)
	if limit < 1 || limit > mostWow {
		return Moments{}, cx.Errorf(cx.Invalid, op, "a gallery has 1 to %d moments", mostWow)
	}
	x, err := s.lived(ctx, p, slug, q.Filter)
	if err != nil {
		return Moments{}, cx.Wrap(op, err)
	}
	all, err := lately(ctx, s, x, "moments", func(context.Context) (moments, error) {
		m, err := memo(x, "map", func() (*Map, error) { return x.draw(), nil })
		if err != nil {
			return moments{}, err
		}
		return x.moments(m), nil
	})
	if err != nil {
		return Moments{}, cx.Wrap(op, err)
	}
	out := all.Moments
	out.Wow, err = s.wow(ctx, p, all, limit)
	return out, cx.Wrap(op, err)
}

const (
	mostWow = 100
	// wowFelt is from which valence on, in thousandths, a moment can be unusually
	// good, and wowRate the share of what is felt at a step that may be.
	wowFelt = 1500
	wowRate = .03
	// wowVoices is how many of the best answers are looked at for words.
	wowVoices = 300
)

// moments are the moments of a journey before anybody's words are read.
type moments struct {
	Moments
	voices []said            // answers with the best score, the newest first
	felt   []Wow             // of events, the best first, the newest first
	by     []cx.CustomerNo   // whose they are; 0: nobody's
	about  map[string]string // step that answers at a touchpoint are about
}

func (x *lived) moments(m *Map) moments {
	out := moments{Moments: Moments{Journey: x.journey, Peak: -1, End: -1, Limited: x.limited}, about: map[string]string{}}
	for _, s := range m.Steps {
		if 2*s.Reached.K < s.Reached.N || s.N == 0 {
			continue
		}
		if s.Peak {
			out.Peak = len(out.Typical)
		}
		if s.Felt.N > 0 {
			out.End = len(out.Typical)
		}
		out.Typical = append(out.Typical, Moment{s.Step, s.Name, s.Felt, s.Step.Truth})
	}
	if len(x.steps) > 0 {
		for touchpoint, i := range asks(m.Steps) {
			out.about[touchpoint] = m.Steps[i].Step.Slug
		}
	}
	count := map[WowAt]*[2]int{} // unusually good ones, of all
	at := func(c uint32, good, all int) {
		where := x.log.Contexts[c]
		key := WowAt{Touchpoint: where.Touchpoint, Area: where.Area, Place: where.Place}
		if count[key] == nil {
			count[key] = &[2]int{}
		}
		count[key][0] += good
		count[key][1] += all
	}
	for _, v := range x.voices() {
		if v.scored == 0 {
			continue
		}
		if v.felt < 2 {
			at(v.context, 0, 1)
			continue
		}
		at(v.context, 1, 1)
		if len(out.voices) < wowVoices {
			out.voices = append(out.voices, v.whole(x))
		}
	}
	x.wow(&out, at)
	for where, n := range count {
		if n[0] > 0 {
			where.Share = shareOf(n[0], n[1])
			out.Where = append(out.Where, where)
		}
	}
	slices.SortFunc(out.Where, func(a, b WowAt) int {
		return cmp.Or(cmp.Compare(b.K, a.K), cmp.Compare(b.Low, a.Low), cmp.Compare(a.Touchpoint, b.Touchpoint), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Area, b.Area))
	})
	return out
}

// wow finds the events that were felt unusually well for their activity, and tells
// at how many there are in each context, of all that were felt.
func (x *lived) wow(out *moments, at func(context uint32, good, all int)) {
	l := x.log
	if l.Valence == nil {
		return
	}
	least := x.unusual()
	contexts := make([][2]int, len(l.Contexts))
	var best []int // events
	for e, v := range l.Valence {
		if v == eventlog.NoValence {
			continue
		}
		c := uint32(0)
		if l.Context != nil {
			c = l.Context[e]
		}
		contexts[c][1]++
		if v >= least[l.Activity[e]] {
			contexts[c][0]++
			best = append(best, e)
		}
	}
	for c, n := range contexts {
		at(uint32(c), n[0], n[1]) //nolint:gosec // contexts are numbered in 32 bits
	}
	slices.SortFunc(best, func(a, b int) int {
		return cmp.Or(cmp.Compare(l.Valence[b], l.Valence[a]), cmp.Compare(l.At[b], l.At[a]))
	})
	for _, e := range best[:min(len(best), wowVoices)] {
		where := l.Where(e)
		w := Wow{Touchpoint: cmp.Or(where.Touchpoint, l.Activities[l.Activity[e]].Touchpoint), Area: where.Area, Place: where.Place, At: cx.Time(l.At[e]), Felt: float64(l.Valence[e]) / 1000}
		if s := x.stepOf[l.Activity[e]]; s >= 0 {
			w.Step = x.steps[s].Slug
		}
		out.felt = append(out.felt, w)
		out.by = append(out.by, x.customer(x.of(e)))
	}
}

// unusual returns from which valence on an event of each activity is unusually
// good: what at most wowRate of them reach.
func (x *lived) unusual() []int16 {
	const bins, wide = 81, 50 // of thousandths, from −2000 on
	l := x.log
	counts := make([][bins]int, len(l.Activities))
	for e, v := range l.Valence {
		if v != eventlog.NoValence {
			counts[l.Activity[e]][(int(v)+2000)/wide]++
		}
	}
	out := make([]int16, len(counts))
	for a := range counts {
		all, good, bin := 0, 0, bins
		for _, n := range counts[a] {
			all += n
		}
		for bin > 0 && float64(good+counts[a][bin-1]) <= wowRate*float64(all) {
			bin--
			good += counts[a][bin]
		}
		out[a] = int16(max(wowFelt, bin*wide-2000))
	}
	return out
}

// of returns the case of an event.
func (x *lived) of(e int) int {
	c, _ := slices.BinarySearch(x.log.First, uint32(e)+1) //nolint:gosec // events are numbered in 32 bits
	return c - 1
}

// wow fills the gallery: who said most about it comes first, then what was only
// felt; one moment of each customer.
func (s *Service) wow(ctx context.Context, p cx.Principal, m moments, limit int) ([]Wow, error) {
	quotes, err := s.quotes(ctx, p, m.voices)
	if err != nil {
		return nil, err
	}
	var out []Wow
	seen, heard := map[cx.CustomerNo]bool{}, map[string]bool{}
	for _, v := range m.voices {
		q, ok := quotes[v.seq]
		if !ok || !saysMore(q.Text) || seen[v.who] || heard[q.Text] {
			continue
		}
		seen[v.who], heard[q.Text] = v.who != 0, true
		out = append(out, Wow{Step: m.about[v.where.Touchpoint], Touchpoint: v.where.Touchpoint, Area: v.where.Area, Place: v.where.Place, At: v.at, Felt: v.felt, Quote: &q})
	}
	// Who had something to tell wrote more than who only filled the box in.
	slices.SortStableFunc(out, func(a, b Wow) int { return cmp.Compare(len(b.Quote.Text), len(a.Quote.Text)) })
	out = out[:min(len(out), limit)]
	slices.SortStableFunc(out, func(a, b Wow) int { return cmp.Compare(b.At, a.At) })
	var told []*Quote
	for _, w := range out {
		told = append(told, w.Quote)
	}
	for i, w := range m.felt {
		if len(out) < limit && !seen[m.by[i]] {
			seen[m.by[i]] = m.by[i] != 0
			out = append(out, w)
		}
	}
	return out, s.sign(ctx, p, told)
}
