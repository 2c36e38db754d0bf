package voice

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

const (
	// wordsOfTexts is how many of the newest texts words are counted in, on
	// either side.
	wordsOfTexts = 5_000
	// fewestTexts is in how many texts a word must be to be told of.
	fewestTexts = 3
	// priorWords is how many words the prior of log-odds weighs.
	priorWords = 500
)

// Words returns what tells the texts of a filter from all the others, counted in
// the newest 5,000 of either, the greatest |Z| first. It needs scores.view.
func (s *Service) Words(ctx context.Context, p cx.Principal, q WordsQuery) (Words, error) {
	const op = "voice.Words"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Words{}, cx.Wrap(op, err)
	}
	q.Limit = cmp.Or(q.Limit, 40)
	if q.Limit < 1 || q.Limit > 200 {
		return Words{}, cx.Wrap(op, cx.InvalidFaults("", []cx.Fault{{Field: "limit", Message: "is 1 to 200 words"}}))
	}
	out, err := s.words(ctx, p, q)
	return out, cx.Wrap(op, err)
}

func (s *Service) words(ctx context.Context, p cx.Principal, q WordsQuery) (out Words, err error) {
	these, n, err := s.sample(ctx, p, q.Filter, wordsOfTexts)
	if err != nil {
		return out, err
	}
	out.N, out.Of = n, len(these)
	chosen := make(map[Ref]bool, len(these))
	for i := range these {
		chosen[these[i].Ref] = true
	}
	others, _, err := s.sample(ctx, p, Filter{}, 2*wordsOfTexts)
	if err != nil {
		return out, err
	}
	one, other := newLexicon(), newLexicon()
	for i := range these {
		one.add(&these[i])
	}
	for i := range others {
		if !chosen[others[i].Ref] && other.texts < wordsOfTexts {
			other.add(&others[i])
		}
	}
	var words []string
	for w := range other.in {
		one.in[w] += 0 // a word that these texts lack tells, too
	}
	for w, n := range one.in {
		if n+other.in[w] >= fewestTexts {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	y1, y2, usual := make([]float64, len(words)), make([]float64, len(words)), make([]float64, len(words))
	for i, w := range words {
		y1[i], y2[i] = float64(one.in[w]), float64(other.in[w])
		usual[i] = y1[i] + y2[i]
	}
	z := stats.LogOdds(y1, y2, usual, priorWords)
	for i, w := range words {
		word := Word{Word: w, N: one.in[w], Others: other.in[w], Z: z[i]}
		if word.N > 0 {
			word.Sentiment = one.sentiment[w] / float64(word.N)
		}
		if math.IsNaN(word.Z) { // there are no other texts
			word.Z = 0
		}
		out.Words = append(out.Words, word)
	}
	slices.SortFunc(out.Words, func(a, b Word) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Z), math.Abs(a.Z)), cmp.Compare(b.N, a.N), cmp.Compare(a.Word, b.Word))
	})
	out.Words = out.Words[:min(q.Limit, len(out.Words))]
	return out, nil
}

// lexicon counts in how many texts each word, and each pair of words, is.
type lexicon struct {
	texts     int
	in        map[string]int
	sentiment map[string]float64 // sum
}

func newLexicon() *lexicon { return &lexicon{in: map[string]int{}, sentiment: map[string]float64{}} }

func (l *lexicon) add(t *Text) {
	l.texts++
	seen := map[string]bool{}
	put := func(w string) {
		if !seen[w] {
			seen[w] = true
			l.in[w]++
			l.sentiment[w] += t.Sentiment
		}
	}
	before := ""
	// Personal data is masked first: words are shown without who said them.
	for _, w := range wordsIn(text.Mask(t.Words, t.Language, text.Known{})) {
		telling := utf8.RuneCountInString(w) > 2 && !stopWords[w]
		if telling {
			put(w)
		}
		if before != "" && telling && !stopWords[before] {
			put(before + " " + w)
		}
		before = w
	}
}

// wordsIn returns the words of a text in small letters.
func wordsIn(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

// stopWords say nothing by themselves.
var stopWords = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		el la los las un una unos unas de del al a ante con contra desde en entre hacia hasta para por según sin sobre tras y e o u ni que qué como cómo cuando
		donde quien cual cuyo lo le les me te se nos os mi mis tu tus su sus este esta esto estos estas ese esa eso esos esas aquel aquella es son era eran fue
		fueron ser soy eres somos ha han he has hemos había habían hay haber está están estaba estaban estar más muy ya si sí pero porque pues también todo
		toda todos todas otro otra otros otras cada yo tú él ella ellos ellas usted ustedes nosotros vosotros
		the a an of to in on at by for from with and or but so as if then than that this these those it its is are was were be been being am i you he she we
		they me him her us them my your his our their have has had do does did not will would can could should there here what which who when where how why
		o os as um uma uns umas do da dos das no na nos nas ao aos à às pelo pela com sem sob e ou mas que como quando onde quem se eu tu ele ela nós eles elas
		você vocês meu minha seu sua isto isso este esta esse essa é são foi foram ser era estava está estão tem têm tinha há muito mais já também por para`) {
		out[w] = true
	}
	return out
}()
