package text

import (
	"cmp"
	"math"
	"slices"
)

// Labelled is a text of one of a set of classes.
type Labelled struct {
	Text, Label string
	Weight      float64 // 0 is 1
}

// Class is one class with its probability.
type Class struct {
	Label string  `json:"label"`
	P     float64 `json:"p"`
}

// Classifier says of which of its classes a text is. It never changes, and is
// safe for concurrent use.
type Classifier struct {
	labels []string
	many   bool // a text may be of several classes, or of none
	known  vocabulary
	weights
	slope, offset float32 // from scores to probabilities
	sure          float32 // from which probability nine of ten are right; above 1 is never
}

func (c *Classifier) score(text counts, out []float32) {
	c.scores(c.known.weigh(make([]uint32, 0, len(text.items)), text), out)
}

// probabilities replaces scores by probabilities: of each class alone if many,
// else summing to 1.
func (c *Classifier) probabilities(scores []float32) []float64 {
	p := make([]float64, len(scores))
	if c.many {
		for k, s := range scores {
			p[k] = sigmoid(float64(c.slope*s + c.offset))
		}
		return p
	}
	top := slices.Max(scores)
	var sum float64
	for k, s := range scores {
		p[k] = math.Exp(float64(c.slope * (s - top)))
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// read returns the probabilities of a text's classes.
func (c *Classifier) read(text counts) []float64 {
	scores := make([]float32, c.k)
	c.score(text, scores)
	return c.probabilities(scores)
}

// Classify returns every class with its probability, the likeliest first; the
// probabilities sum to 1.
func (c *Classifier) Classify(s string) []Class {
	var h hasher
	all := make([]Class, c.k)
	for k, p := range c.read(h.count(s)) {
		all[k] = Class{c.labels[k], p}
	}
	slices.SortStableFunc(all, func(a, b Class) int { return cmp.Compare(b.P, a.P) })
	return all
}
