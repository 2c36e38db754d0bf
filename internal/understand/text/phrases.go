package text

import (
	"context"
	"embed"
	"strings"
)

//go:embed phrases/es.txt phrases/en.txt phrases/pt.txt
var phraseFiles embed.FS

// Phrases returns the shipped examples, written for this product: sentences
// about any company's touchpoints in es, en and pt, each with polarity, emotion
// and topics.
func Phrases() []Example {
	var all []Example
	for _, language := range []string{"es", "en", "pt"} {
		all = append(all, phrasesOf(language)...)
	}
	return all
}

// phrasesOf reads a language's phrases. A line "# polarity emotion topics" says
// what the lines under it are, up to the next: no topic is ".", not known is "?".
// Under a "?" a line holds words and short phrases, each an example, with " / "
// between them.
func phrasesOf(language string) []Example {
	b, err := phraseFiles.ReadFile("phrases/" + language + ".txt")
	if err != nil {
		panic(err) // it is embedded
	}
	var all []Example
	var of Example
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		head, is := strings.CutPrefix(line, "# ")
		switch {
		case line == "":
		case is:
			words := strings.Fields(head)
			of = Example{Language: language, Polarity: Polarity(words[0]), Emotion: Emotion(words[1])}
			switch words[2] {
			case "?":
			case ".":
				of.Topics = []string{}
			default:
				of.Topics = strings.Split(words[2], ",")
			}
		default:
			for s := range strings.SplitSeq(line, " / ") {
				e := of
				e.Text = s
				all = append(all, e)
			}
		}
	}
	return all
}

// Ship learns the model of the first day from the shipped phrases and returns
// it: what shipped.model holds.
func Ship(ctx context.Context) (*Model, error) {
	language, err := learnLanguage(ctx)
	if err != nil {
		return nil, err
	}
	m := &Model{language: language}
	if _, err := m.train(ctx, nil, Phrases(), Config{Folds: calibrationFolds}); err != nil {
		return nil, err
	}
	return m.sealed(), nil
}
