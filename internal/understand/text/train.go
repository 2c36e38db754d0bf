package text

import "context"

// Example is a text of which something is known. What is not known is left
// empty, and nothing is learned of it.
type Example struct {
	Text     string
	Language string   // es, en, pt; "" is found out
	Polarity Polarity // "" not known; of a score, PolarityOf
	Emotion  Emotion  // "" not known; None is known to show none
	Topics   []string // slugs; nil not known, empty (not nil) is known to be about no topic
	Weight   float64  // how much it counts, 0 is 1; a person's correction counts for more
}

// Config says how to learn. Its zero value is the usual way.
type Config struct {
	Folds int      // of the cross-validation behind Quality; 0 is 5
	Alone bool     // learn from the examples only, not from the shipped phrases too
	Known []string // the slugs of the company's topics; topics of the shipped phrases that are not among them are left out; nil keeps all
}

// Train learns a model from the company's examples and, unless c.Alone, from the
// shipped phrases, and returns how well it reads examples that it was not
// learned from. The same examples in the same order give the same model. It uses
// one core; when ctx ends it stops and returns its error. Examples that say
// nothing, or whose labels are unknown words, are an Invalid error.
func Train(ctx context.Context, examples []Example, c Config) (*Model, Quality, error) {
	return &Model{}, Quality{}, nil
}
