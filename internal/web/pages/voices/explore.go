package voices

import (
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// What a word must reach to be told: its log-odds are beyond chance, and not by a
// handful of texts.
const (
	leastZ    = 1.96
	mostWords = 18
)

// side is what is said more in the bad texts, or in the good ones.
type side struct {
	polarity string
	of       voice.Words
	words    []voice.Word
}

// explorer is the words that tell the bad from the rest, and the good.
type explorer struct {
	reader
	ask   question
	sides []side
	title string
}

func (p page) explored(q *web.Request) (v explorer, err error) {
	v.reader = p.reader(q)
	if v.ask, err = p.question(q); err != nil {
		return v, err
	}
	for _, polarity := range []text.Polarity{text.Negative, text.Positive} {
		s := side{polarity: string(polarity)}
		if s.of, err = p.voice.Words(q.Context(), q.Principal, voice.WordsQuery{Filter: v.ask.and(voice.ByPolarity, s.polarity), Limit: 200}); err != nil {
			return v, err
		}
		for _, w := range s.of.Words {
			if w.Z > leastZ && len(s.words) < mostWords {
				s.words = append(s.words, w)
			}
		}
		v.sides = append(v.sides, s)
	}
	v.title = v.L.T("voices.words.none")
	if bad := v.sides[0].words; len(bad) > 0 {
		v.title = v.L.T("voices.words.finding", "word", bad[0].Word)
	}
	return v, nil
}

func (p page) words(q *web.Request) error {
	v, err := p.explored(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, wordsView(v))
}

// saying is the address of the texts of a side that say a word.
func (v explorer) saying(s side, word string) string {
	a := v.ask
	a.Filter = v.ask.and(voice.ByPolarity, s.polarity)
	a.Words = word
	return a.at("/voice")
}

// figures say in how many texts of a side a word is, and in how many of the others.
func (v explorer) figures(s side, w voice.Word) string {
	return v.L.T("voices.words.figures", "part", v.part(int64(w.N), int64(s.of.Of)), "others", v.L.Int(int64(w.Others)))
}

func (p page) wordsCSV(q *web.Request) error {
	v, err := p.explored(q)
	if err != nil {
		return err
	}
	return q.CSV("palabras", []string{"side", "word", "n", "of", "others", "sentiment", "z"}, func(yield func([]string, error) bool) {
		for _, s := range v.sides {
			for _, w := range s.words {
				if !yield([]string{s.polarity, w.Word, strconv.Itoa(w.N), strconv.Itoa(s.of.Of), strconv.Itoa(w.Others), strconv.FormatFloat(w.Sentiment, 'f', 3, 64), strconv.FormatFloat(w.Z, 'f', 2, 64)}, nil) {
					return
				}
			}
		}
	})
}
