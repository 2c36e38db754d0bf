package reason

import (
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// What it takes for words to speak of a fact.
const (
	mostQuoted   = 1000 // answers, the newest, in which words are looked for
	fewestSpeak  = 3    // of those who lived it, who speak of a topic
	speakOfIt    = 1.5  // times as often as those who could have lived it
	speakByLot   = .01  // less probable by lot
	mostTopicsOf = 3
)

// feeling is how words on a reason feel.
func (s *study) feeling(g group) text.Polarity {
	if g.parts[0].each.value > 0 {
		return text.Positive
	}
	return text.Negative
}

// spoken returns the answers in which words on a reason are looked for, ascending, and
// the topics that are what they say of it: of a topic that itself; of a fact those of
// which they complain (or which they praise) more often, who lived it, than who could
// have and did not. Answers on something else that the same customer lived are none.
func (s *study) spoken(g group) (seqs []cx.Seq, topics []string) {
	d := s.table.drivers[g.parts[0].driver]
	has, _ := s.lived(g)
	var rows []uint32
	on := map[uint32]bool{}
	for r := range has {
		if on[r] = d.kind == "topic" || s.concerns(g, r); on[r] {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.answers[b].at, s.answers[a].at), cmp.Compare(b, a))
	})
	for _, r := range rows[:min(len(rows), mostQuoted)] {
		seqs = append(seqs, s.answers[r].seq)
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	if d.kind == "topic" {
		return seqs, []string{d.name}
	}
	lived, others := s.mentions(g, func(r uint32) bool { return on[r] }), s.mentions(g, func(r uint32) bool { return !has[r] })
	for topic, k := range lived.of {
		rest := others.of[topic]
		if k >= fewestSpeak && float64(k)*float64(others.n) >= speakOfIt*float64(rest)*float64(lived.n) &&
			stats.ProportionChange(rest, others.n, k, lived.n).P < speakByLot {
			topics = append(topics, topic)
		}
	}
	slices.SortFunc(topics, func(a, b string) int { return cmp.Or(cmp.Compare(lived.of[b], lived.of[a]), cmp.Compare(a, b)) })
	return seqs, topics[:min(len(topics), mostTopicsOf)]
}

// mentioning counts answers with words, and how many of them feel like a reason about
// each topic.
type mentioning struct {
	n  int
	of map[string]int
}

func (s *study) mentions(g group, of func(row uint32) bool) mentioning {
	m := mentioning{of: map[string]int{}}
	for _, r := range g.parts[0].rows {
		if !of(r) {
			continue
		}
		for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
			switch d := &s.table.drivers[o.driver]; {
			case d.kind == "words":
				m.n++
			case d.kind == "topic" && d.values[o.value] == string(s.feeling(g)):
				m.of[d.name]++
			}
		}
	}
	return m
}

// concerns tells whether an answer is on what a reason was lived at: asked at its
// touchpoint, on the same object, or on the whole relationship.
func (s *study) concerns(g group, r uint32) bool {
	a := &s.answers[r]
	if a.about || s.contexts[a.context].Touchpoint == s.table.drivers[g.parts[0].driver].touchpoint {
		return true
	}
	for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
		if o.fact != noFact && s.holds(g, o) && slices.Contains(a.shared, o.fact) {
			return true
		}
	}
	return false
}
