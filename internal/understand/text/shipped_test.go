package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// demo is what the simulated company's customers say, with its polarity: they
// praise, complain, or say neither (of the shop, and of the colour of paper).
func demo(t *testing.T) (all []Example) {
	t.Helper()
	files, err := filepath.Glob("../../simulate/candil/quotes/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kind, language, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".txt"), ".")
		e := Example{Language: language, Polarity: Negative}
		switch {
		case strings.HasPrefix(kind, "praise"):
			e.Polarity = Positive
		case strings.HasPrefix(kind, "neutral"), kind == "wrap-colour":
			e.Polarity = Neutral
		}
		for line := range strings.Lines(string(b)) {
			e.Text = strings.TrimSpace(line)
			all = append(all, e)
		}
	}
	return all
}

// The demo's quotes are ironic and short of words that judge, and none is among
// the phrases; a model learned from them reads the others better.
func TestReadsTheDemo(t *testing.T) {
	t.Parallel()
	quotes := demo(t)
	shipped := Shipped().Judge(quotes).Polarity
	tell(t, "the demo, shipped", shipped)
	_, q, err := Train(t.Context(), quotes, Config{})
	if err != nil {
		t.Fatal(err)
	}
	tell(t, "the demo, its own", q.Polarity)
	for _, r := range []Report{shipped, q.Polarity} {
		if r.Accuracy < r.Majority {
			t.Errorf("%.3f is worse than the majority, %.3f", r.Accuracy, r.Majority)
		}
	}
	for _, l := range q.Polarity.Languages {
		if l.Accuracy < l.Majority {
			t.Errorf("in %s, %.3f is worse than the majority, %.3f", l.Language, l.Accuracy, l.Majority)
		}
	}
}

// Of the phrases themselves, those held out.
func TestPhrasesHeldOut(t *testing.T) {
	t.Parallel()
	m := &Model{language: Shipped().language}
	q, err := m.train(t.Context(), Phrases(), nil, Config{Folds: 5})
	if err != nil {
		t.Fatal(err)
	}
	for what, r := range map[string]Report{"polarity": q.Polarity, "emotion": q.Emotion, "topics": q.Topics} {
		tell(t, what, r)
		if r.Accuracy < r.Majority+.2 {
			t.Errorf("%s: %.3f, and the majority is %.3f", what, r.Accuracy, r.Majority)
		}
	}
}
