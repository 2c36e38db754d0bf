package outcome

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// past is what customers lived, and what they answered to one survey.
type past struct {
	surveyed
	answers []scored // of those who had lived anything, by customer, then time
	lives   map[cx.CustomerNo]lived
	spoke   map[cx.CustomerNo]bool // answered, whatever they had lived
	edition history.Edition
}

// surveyed is a kind of score of a survey.
type surveyed struct {
	survey string
	metric Metric
	scale  string
	n      int
}

// answer is an answered score.
type answer struct {
	customer cx.CustomerNo
	at       cx.Time
	seq      cx.Seq
	value    float64
}

// episode is something lived that felt some way.
type episode struct {
	at      cx.Time
	valence float64
}

// past reads what was lived and answered until a time. Of those who answered all
// episodes are kept until they are told; of the others only what they leave.
func (s *Service) past(ctx context.Context, p cx.Principal, q MemoryQuery) (*past, error) {
	if q.Until == 0 {
		q.Until = s.clock.Now()
	}
	out := &past{lives: map[cx.CustomerNo]lived{}, spoke: map[cx.CustomerNo]bool{}}
	err := s.facts.Snapshot(ctx, p, func(snap history.Snapshot) error {
		out.edition = snap.Edition()
		answers, err := out.choose(snap, q)
		if err != nil {
			return err
		}
		episodes := map[cx.CustomerNo][]episode{}
		for _, a := range answers {
			out.spoke[a.customer] = true
		}
		err = snap.Lived(history.LivedQuery{Of: history.Events, All: true}, func(l *history.Lived) error {
			for i, v := range l.Valence {
				if v == history.NoValence || l.At[i] >= q.Until {
					continue
				}
				c, valence := l.Customer[i], float64(v)/1000
				life := out.lives[c]
				life.add(valence, int64(l.At[i]))
				out.lives[c] = life
				if out.spoke[c] {
					episodes[c] = append(episodes[c], episode{l.At[i], valence})
				}
			}
			return nil
		})
		out.join(answers, episodes)
		return err
	})
	return out, err
}

// choose reads the answers of the survey that is asked for, or of the one that says
// most of what is remembered.
func (p *past) choose(snap history.Snapshot, q MemoryQuery) ([]answer, error) {
	of := map[surveyed][]answer{}
	err := snap.Lived(history.LivedQuery{Of: history.Answers, All: true}, func(l *history.Lived) error {
		for i, value := range l.Value {
			name := l.Names[l.Name[i]]
			if math.IsNaN(value) || l.At[i] >= q.Until || q.Survey != "" && name != q.Survey {
				continue
			}
			if _, ok := fact.ParseScale(l.Scale[i]); !ok {
				continue
			}
			k := surveyed{survey: name, metric: Metric(l.Metric[i]), scale: l.Scale[i]}
			of[k] = append(of[k], answer{l.Customer[i], l.At[i], l.Seq[i], value})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var kinds []surveyed
	for k, answers := range of {
		k.n = len(answers)
		kinds = append(kinds, k)
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	p.surveyed = slices.MinFunc(kinds, kindsFirst)
	key := p.surveyed
	key.n = 0
	if p.metric != NPS && p.metric != CSAT && p.metric != CES {
		p.metric = Mean
	}
	return of[key], nil
}

// join gives each answer what its customer had lived before it.
func (p *past) join(answers []answer, episodes map[cx.CustomerNo][]episode) {
	slices.SortFunc(answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
	var life lived
	var left []episode
	for i, a := range answers {
		if i == 0 || a.customer != answers[i-1].customer {
			life, left = lived{}, episodes[a.customer]
			slices.SortFunc(left, func(a, b episode) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.valence, b.valence)) })
		}
		for len(left) > 0 && left[0].at <= a.at {
			life.add(left[0].valence, int64(left[0].at))
			left = left[1:]
		}
		if life.n > 0 {
			p.answers = append(p.answers, scored{a.customer, a.value, life})
		}
	}
}
