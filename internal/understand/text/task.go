package text

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// task is what a classifier learns from.
type task struct {
	labels   []string
	many     bool
	texts    []string
	classes  [][]int // of each text: one, or if many any number
	weight   []float32
	language []string // of each text; "" is found out
	least    int32    // texts that a feature must be in
	folds    []int    // of each text; −1 is always learned from, never judged
}

// chunk is how many features are kept together.
const chunk = 1 << 20

// budget is how many features are learned from at most, 160 MiB of them: some
// 120,000 texts of the length of a tweet. A task with more leaves out its last
// texts, so that learning never takes 500 MiB.
const budget = 40 << 20

// learn learns from the texts that in says, uncalibrated.
func (t *task) learn(ctx context.Context, in func(i int) bool) (*Classifier, error) {
	k := len(t.labels)
	var h hasher
	var arena []uint32
	var texts []counts
	var classes [][]int
	var weight []float32
	var sign []int8
	total := 0
	for i, s := range t.texts {
		if !in(i) {
			continue
		}
		if len(texts)%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := h.count(s)
		if total += len(c.items); total > budget {
			break
		}
		if cap(arena)-len(arena) < len(c.items) {
			arena = make([]uint32, 0, max(chunk, len(c.items)))
		}
		at := len(arena)
		arena = append(arena, c.items...)
		c.items = arena[at:]
		texts = append(texts, c)
		classes = append(classes, t.classes[i])
		weight = append(weight, t.weight[i])
		for class := range k {
			if slices.Contains(t.classes[i], class) {
				sign = append(sign, 1)
			} else {
				sign = append(sign, -1)
			}
		}
	}
	known := learnVocabulary(texts, classes, k, t.least)
	weighed := make([][]uint32, len(texts))
	for i, c := range texts {
		weighed[i] = known.weigh(c.items[:0], c) // it writes no further than it has read
	}
	w, err := fit(ctx, weighed, sign, weight, len(known.features), k)
	if err != nil {
		return nil, err
	}
	return &Classifier{labels: t.labels, many: t.many, known: known, weights: w, slope: 2, sure: 2}, nil
}

// held is what classifiers said of texts that they were not learned from.
type held struct {
	text   []int
	scores []float32 // k a text
}

// hold learns as often as there are folds to hold out, and scores each text by
// the classifier that has not seen it.
func (t *task) hold(ctx context.Context) (held, error) {
	var out held
	k := len(t.labels)
	last := -1
	for _, fold := range t.folds {
		last = max(last, fold)
	}
	for fold := range last + 1 {
		c, err := t.learn(ctx, func(i int) bool { return t.folds[i] != fold })
		if err != nil {
			return out, err
		}
		var h hasher
		for i, s := range t.texts {
			if t.folds[i] == fold {
				out.text = append(out.text, i)
				out.scores = append(out.scores, make([]float32, k)...)
				c.score(h.count(s), out.scores[len(out.scores)-k:])
			}
		}
	}
	return out, nil
}

// train learns from all texts and calibrates by those held out.
func (t *task) train(ctx context.Context) (*Classifier, held, error) {
	h, err := t.hold(ctx)
	if err != nil {
		return nil, h, err
	}
	c, err := t.learn(ctx, func(int) bool { return true })
	if err != nil {
		return nil, h, err
	}
	if len(h.text) > 0 {
		t.calibrate(c, h)
	}
	return c, h, nil
}

// Learn learns a classifier of any set of at least two labels. It uses one core;
// when ctx ends it stops and returns its error.
func Learn(ctx context.Context, texts []Labelled) (*Classifier, error) {
	t, err := taskOf(texts)
	if err != nil {
		return nil, err
	}
	t.split(calibrationFolds)
	c, _, err := t.train(ctx)
	return c, err
}

// taskOf returns the task of labelled texts.
func taskOf(texts []Labelled) (*task, error) {
	t := &task{least: 2}
	for _, l := range texts {
		if l.Label != "" {
			t.labels = append(t.labels, l.Label)
		}
	}
	slices.Sort(t.labels)
	t.labels = slices.Compact(t.labels)
	if len(t.labels) < 2 {
		return nil, cx.Errorf(cx.Invalid, "text.Learn", "there are %d labels; give texts of at least two", len(t.labels))
	}
	for _, l := range texts {
		if l.Label == "" {
			continue
		}
		class, _ := slices.BinarySearch(t.labels, l.Label)
		t.add(l.Text, l.Weight, class)
	}
	return t, nil
}

func (t *task) add(s string, weight float64, classes ...int) {
	if weight <= 0 {
		weight = 1
	}
	t.texts = append(t.texts, s)
	t.classes = append(t.classes, classes)
	t.weight = append(t.weight, float32(weight))
	t.language = append(t.language, "")
	t.folds = append(t.folds, 0)
}

// How probabilities are calibrated: in how many folds, and from how many texts
// on a fifth, held out once, tells enough.
const (
	calibrationFolds = 3
	enoughHeld       = 20_000
)

// deal puts the texts into folds, each class in turn, so that every fold has its
// share. Texts of fold −1 stay there.
func (t *task) deal(folds int) {
	next := make([]int, len(t.labels)+1)
	for i, classes := range t.classes {
		if t.folds[i] < 0 {
			continue
		}
		class := len(t.labels)
		if len(classes) > 0 {
			class = classes[0]
		}
		t.folds[i] = next[class] % folds
		next[class]++
	}
}

// split deals the texts; of many, one fold only is held out.
func (t *task) split(folds int) {
	t.deal(folds)
	if len(t.texts) <= enoughHeld {
		return
	}
	for i, fold := range t.folds {
		if fold > 0 {
			t.folds[i] = -1
		}
	}
}
