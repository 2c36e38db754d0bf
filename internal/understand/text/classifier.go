package text

import "context"

// Labelled is a text of one of a set of classes.
type Labelled struct {
	Text, Label string
	Weight      float64 // 0 is 1
}

// Classifier says of which of its classes a text is. It never changes, and is
// safe for concurrent use.
type Classifier struct{}

// Class is one class with its probability.
type Class struct {
	Label string  `json:"label"`
	P     float64 `json:"p"`
}

// Learn learns a classifier of any set of at least two labels. It uses one core;
// when ctx ends it stops and returns its error.
func Learn(ctx context.Context, texts []Labelled) (*Classifier, error) { return &Classifier{}, nil }

// Classify returns every class with its probability, the likeliest first; the
// probabilities sum to 1.
func (c *Classifier) Classify(s string) []Class { return nil }

// Validate returns how well classifiers learned from all folds but one say the
// classes of that one: stratified cross-validation, folds of at least 2.
func Validate(ctx context.Context, texts []Labelled, folds int) (Report, error) {
	return Report{}, nil
}

// Test returns how well a classifier learned from one set of texts says the
// classes of another.
func Test(ctx context.Context, learn, test []Labelled) (Report, error) { return Report{}, nil }
