package text

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

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
	Known []string // the slugs of the company's topics; shipped phrases about others teach no topic. nil keeps all
}

// How the shipped phrases count beside the company's examples, and from how many
// of these on the probabilities are calibrated by them alone.
const (
	shippedWeight = .3
	enoughOwn     = 100
)

// Train learns a model from the company's examples and, for less, from the shipped
// phrases, and returns how well it reads examples that it was not learned from: by
// cross-validation, or from 20,000 examples on a fifth of them held out. The same examples in the same order give the same model. It uses one
// core; when ctx ends it stops and returns its error. A label that is no word of
// Polarities or Emotions is an Invalid error.
func Train(ctx context.Context, examples []Example, c Config) (*Model, Quality, error) {
	var faults []cx.Fault
	for i, e := range examples {
		at := fmt.Sprintf("examples[%d]", i)
		if e.Polarity != "" && !slices.Contains(Polarities(), e.Polarity) {
			faults = append(faults, cx.Fault{Field: at + ".polarity", Message: fmt.Sprintf("%q is none of %v", e.Polarity, Polarities())})
		}
		if e.Emotion != "" && !slices.Contains(Emotions(), e.Emotion) {
			faults = append(faults, cx.Fault{Field: at + ".emotion", Message: fmt.Sprintf("%q is none of %v", e.Emotion, Emotions())})
		}
		if c.Folds == 1 || c.Folds < 0 {
			c.Folds = 0
		}
	}
	if err := cx.InvalidFaults("text.Train", faults); err != nil {
		return nil, Quality{}, err
	}
	if c.Folds == 0 {
		c.Folds = 5
	}
	phrases := Phrases()
	if c.Known != nil {
		for i, p := range phrases {
			phrases[i].Topics = known(p.Topics, c.Known)
		}
	}
	m := &Model{language: Shipped().language}
	q, err := m.train(ctx, examples, phrases, c)
	if err != nil {
		return nil, q, err
	}
	return m.sealed(), q, nil
}

// known returns the topics if all are known ones; nil, not known, if not.
func known(topics, known []string) []string {
	for _, t := range topics {
		if !slices.Contains(known, t) {
			return nil
		}
	}
	return topics
}

// train learns all but the language.
func (m *Model) train(ctx context.Context, own, phrases []Example, c Config) (Quality, error) {
	var q Quality
	var topics []string
	for _, e := range slices.Concat(own, phrases) {
		topics = append(topics, e.Topics...)
	}
	slices.Sort(topics)
	topics = slices.Compact(topics)
	for _, part := range []struct {
		into   **Classifier
		report *Report
		labels []string
		many   bool
		of     func(Example) ([]string, bool)
	}{
		{&m.polarity, &q.Polarity, slugs(Polarities()), false, func(e Example) ([]string, bool) { return []string{string(e.Polarity)}, e.Polarity != "" }},
		{&m.emotion, &q.Emotion, slugs(Emotions()), false, func(e Example) ([]string, bool) { return []string{string(e.Emotion)}, e.Emotion != "" }},
		{&m.topics, &q.Topics, topics, true, func(e Example) ([]string, bool) { return e.Topics, e.Topics != nil }},
	} {
		t := &task{labels: part.labels, many: part.many, least: 2}
		add := func(e Example, weight float64) {
			labels, is := part.of(e)
			if !is {
				return
			}
			classes := make([]int, len(labels))
			for i, l := range labels {
				classes[i], _ = slices.BinarySearch(t.labels, l)
			}
			t.add(e.Text, weight, classes...)
			t.language[len(t.language)-1] = e.Language
		}
		for _, e := range own {
			add(e, e.Weight)
		}
		mine := len(t.texts)
		weight := shippedWeight
		if mine == 0 {
			weight = 1
		}
		for _, e := range phrases {
			add(e, weight)
		}
		if mine >= enoughOwn {
			for i := mine; i < len(t.folds); i++ {
				t.folds[i] = -1
			}
		}
		t.split(c.Folds)
		var h held
		var err error
		if *part.into, h, err = t.train(ctx); err != nil {
			return q, err
		}
		*part.report = t.report(h, mine, m.language)
	}
	return q, nil
}

// Judge returns how well the model reads examples that it was not learned from.
func (m *Model) Judge(examples []Example) Quality {
	var polarity, emotion, topics pairs
	for _, e := range examples {
		if e.Polarity == "" && e.Emotion == "" && len(e.Topics) != 1 {
			continue
		}
		r := m.Read(e.Text)
		if e.Polarity != "" {
			polarity.add(string(e.Polarity), string(r.Polarity), cmp.Or(e.Language, r.Language))
		}
		if e.Emotion != "" {
			emotion.add(string(e.Emotion), string(r.Emotion), cmp.Or(e.Language, r.Language))
		}
		if len(e.Topics) == 1 {
			said := ""
			if len(r.Topics) > 0 {
				said = r.Topics[0].Slug
			}
			topics.add(e.Topics[0], said, cmp.Or(e.Language, r.Language))
		}
	}
	return Quality{polarity.report(), emotion.report(), topics.report()}
}
