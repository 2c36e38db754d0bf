package text

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Quality says how well a model reads texts that it was not learned from.
type Quality struct {
	Polarity Report `json:"polarity"`
	Emotion  Report `json:"emotion"`
	Topics   Report `json:"topics"` // of the likeliest topic, among texts whose one topic is known
}

// Report compares what a classifier said with what people said, text by text.
// Shares are 0 when N is 0.
type Report struct {
	N         int              `json:"n"`        // texts compared
	Accuracy  float64          `json:"accuracy"` // share that agrees
	Low       float64          `json:"low"`      // Accuracy's 95 % interval (Wilson 1927)
	High      float64          `json:"high"`
	MacroF1   float64          `json:"macro_f1"` // the classes' F1, each counting the same
	Majority  float64          `json:"majority"` // share that always saying the commonest class would reach
	Kappa     float64          `json:"kappa"`    // agreement beyond chance (Cohen 1960); 0 when all are of one class
	Classes   []ClassReport    `json:"classes"`  // in order of name
	Languages []LanguageReport `json:"languages"`
}

// ClassReport is one class of a Report.
type ClassReport struct {
	Class     string  `json:"class"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	N         int     `json:"n"` // texts that people say are of it
}

// LanguageReport is a Report of the texts of one language: es, en or pt, when
// there are at least 30.
type LanguageReport struct {
	Language string  `json:"language"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Majority float64 `json:"majority"`
	N        int     `json:"n"`
}

// pairs is what people and a classifier say of the same texts, and the texts'
// languages.
type pairs struct{ is, said, languages []string }

func (p *pairs) add(is, said, language string) {
	p.is, p.said, p.languages = append(p.is, is), append(p.said, said), append(p.languages, language)
}

// fewestOfLanguage is from how many texts on a language is told of alone.
const fewestOfLanguage = 30

// report compares them, all and by language.
func (p pairs) report() Report {
	r := Compare(p.is, p.said)
	by := map[string]*pairs{}
	for i, l := range p.languages {
		if by[l] == nil {
			by[l] = &pairs{}
		}
		by[l].add(p.is[i], p.said[i], l)
	}
	for l, of := range by {
		if l == "" || len(of.is) < fewestOfLanguage {
			continue
		}
		x := Compare(of.is, of.said)
		r.Languages = append(r.Languages, LanguageReport{l, x.Accuracy, x.MacroF1, x.Majority, x.N})
	}
	slices.SortFunc(r.Languages, func(a, b LanguageReport) int { return cmp.Compare(a.Language, b.Language) })
	return r
}

// Compare returns the Report, without languages, of what was said beside what
// is: labels of the same texts, as many of one as of the other.
func Compare(is, said []string) Report {
	r := Report{N: len(is), Classes: []ClassReport{}, Languages: []LanguageReport{}}
	if r.N == 0 {
		return r
	}
	count, saidOf, both := map[string]int{}, map[string]int{}, map[string]int{}
	agree := 0
	for i, class := range is {
		count[class]++
		saidOf[said[i]]++
		if class == said[i] {
			both[class]++
			agree++
		}
	}
	n := float64(r.N)
	for class, of := range count {
		c := ClassReport{Class: class, N: of, Recall: float64(both[class]) / float64(of)}
		if saidOf[class] > 0 {
			c.Precision = float64(both[class]) / float64(saidOf[class])
		}
		c.F1 = 2 * float64(both[class]) / float64(of+saidOf[class])
		r.Majority = max(r.Majority, float64(of)/n)
		r.Classes = append(r.Classes, c)
	}
	slices.SortFunc(r.Classes, func(a, b ClassReport) int { return cmp.Compare(a.Class, b.Class) })
	var chance float64
	for _, c := range r.Classes {
		r.MacroF1 += c.F1 / float64(len(r.Classes))
		chance += float64(c.N) / n * float64(saidOf[c.Class]) / n
	}
	r.Accuracy = float64(agree) / n
	wilson := stats.Wilson(agree, r.N)
	r.Low, r.High = wilson.Low, wilson.High
	if chance < 1 {
		r.Kappa = (r.Accuracy - chance) / (1 - chance)
	}
	return r
}

// Validate returns how well classifiers learned from all folds but one say the
// classes of that one: stratified cross-validation, folds of at least 2. Every
// text is judged, however many there are.
func Validate(ctx context.Context, texts []Labelled, folds int) (Report, error) {
	t, err := taskOf(texts)
	if err != nil {
		return Report{}, err
	}
	if folds < 2 || folds > len(t.texts) {
		return Report{}, cx.Errorf(cx.Invalid, "text.Validate", "%d texts go into 2 to %d folds", len(t.texts), len(t.texts))
	}
	t.deal(folds)
	h, err := t.hold(ctx)
	if err != nil {
		return Report{}, err
	}
	return t.report(h, len(t.texts), Shipped().language), nil
}

// report compares the likeliest classes of the first of the texts, where they
// were held out and are of one class.
func (t *task) report(h held, first int, language *Classifier) Report {
	var p pairs
	k := len(t.labels)
	for at, i := range h.text {
		if i >= first || len(t.classes[i]) != 1 {
			continue
		}
		best, scores := 0, h.scores[at*k:][:k]
		for c, s := range scores {
			if s > scores[best] {
				best = c
			}
		}
		p.add(t.labels[t.classes[i][0]], t.labels[best], cmp.Or(t.language[i], language.languageOf(t.texts[i])))
	}
	return p.report()
}

// Test returns how well a classifier learned from one set of texts says the
// classes of another.
func Test(ctx context.Context, learn, test []Labelled) (Report, error) {
	t, err := taskOf(learn)
	if err != nil {
		return Report{}, err
	}
	c, err := t.learn(ctx, func(int) bool { return true })
	if err != nil {
		return Report{}, err
	}
	language := Shipped().language
	var p pairs
	for _, l := range test {
		if l.Label != "" {
			p.add(l.Label, c.Classify(l.Text)[0].Label, language.languageOf(l.Text))
		}
	}
	return p.report(), nil
}
