package text

import (
	"context"
	_ "embed"
	"strings"
)

// otherLanguage is the class of texts in none of es, en, pt.
const otherLanguage = "other"

func languageLabels() []string { return []string{"en", "es", otherLanguage, "pt"} }

//go:embed phrases/languages.txt
var languagesText string

// learnLanguage learns to tell es, en and pt from one another and from others:
// from the phrases, and from lines in many languages ("fr | le la les …"). A star
// ("es* | de la que …") marks lines of words that are in any text.
func learnLanguage(ctx context.Context) (*Classifier, error) {
	t := &task{labels: languageLabels(), least: 2}
	class := func(language string) int {
		for i, l := range t.labels {
			if l == language {
				return i
			}
		}
		return 2 // other
	}
	for _, language := range []string{"es", "en", "pt"} {
		for _, e := range phrasesOf(language) {
			t.add(e.Text, 1, class(language))
		}
	}
	for line := range strings.Lines(languagesText) {
		if language, s, ok := strings.Cut(strings.TrimSpace(line), " | "); ok {
			t.add(s, 1, class(strings.TrimSuffix(language, "*")))
		}
	}
	t.split(calibrationFolds)
	c, _, err := t.train(ctx)
	return c, err
}

// language returns es, en, pt, or "".
func (c *Classifier) language(text counts) string {
	p := c.read(text)
	if best := largest(p); p[best] >= likely && c.labels[best] != otherLanguage {
		return c.labels[best]
	}
	return ""
}

func (c *Classifier) languageOf(s string) string {
	var h hasher
	s, _ = bound(s)
	return c.language(h.count(s))
}

// emptyWords returns the words of es, en and pt that are in any text, folded.
func emptyWords() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(languagesText) {
		if language, s, _ := strings.Cut(line, " | "); strings.HasSuffix(language, "*") {
			for _, w := range wordsOf(s) {
				all[w] = true
			}
		}
	}
	return all
}
