package text

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Candidate is a topic that a set of texts seems to be about.
type Candidate struct {
	Words    []string `json:"words"`    // that name it, the most telling first
	Examples []int    `json:"examples"` // indices of its most typical texts, near-duplicates once
	N        int      `json:"n"`        // texts about it
	Texts    []int    `json:"-"`        // indices of all of them, the most typical first
}

// How candidates are found.
const (
	fewestTexts   = 3  // about a candidate
	mostProposed  = 20 // candidates
	tooCommon     = .5 // share of the texts: a word of so many names nothing
	shortestWord  = 3  // letters
	factorPasses  = 80 // of the factorisation
	clearly       = .5 // share of a text's weight that is one factor's
	nameWords     = 5  // that name a candidate
	typicalTexts  = 5  // of a candidate
	wordsSeen     = .1 // of the log-odds' prior, as a share of the words there are
	tellingZ      = 1.96
	smallestValue = 1e-9
)

// Propose finds candidates for topics in texts that no topic is known of, the
// commonest first: at most limit, and 20. They are for people to name, merge or
// drop. The same texts give the same candidates.
//
// The texts' words are factored into as many parts (non-negative matrix
// factorisation, Lee & Seung 2001); a text is of the part that it mostly consists
// of, if any; and a candidate is named by the words that are more in its texts
// than in the others, by the log-odds of Monroe et al. (2008).
func Propose(texts []string, limit int) []Candidate {
	empty := emptyWords()
	in := map[string]int{}
	for _, s := range texts {
		for _, w := range slices.Compact(slices.Sorted(slices.Values(wordsOf(s)))) {
			in[w]++
		}
	}
	b := bagsOf(texts, func(w string) bool {
		return utf8.RuneCountInString(w) >= shortestWord && !empty[w] && float64(in[w]) <= max(tooCommon*float64(len(texts)), fewestTexts)
	})
	k := min(limit, mostProposed, len(texts)/fewestTexts, len(b.words))
	if k < 1 {
		return nil
	}
	factors := b.factor(k)
	of := make([][]int, k)
	for i, w := range factors {
		best := largest(w)
		var sum float64
		for _, x := range w {
			sum += x
		}
		if len(b.texts[i]) > 0 && w[best] > clearly*sum {
			of[best] = append(of[best], i)
		}
	}
	var all []Candidate
	for part, members := range of {
		if len(members) < fewestTexts {
			continue
		}
		c := Candidate{N: len(members), Words: b.naming(members)}
		if len(c.Words) == 0 {
			continue
		}
		slices.SortStableFunc(members, func(i, j int) int { return cmp.Compare(factors[j][part], factors[i][part]) })
		c.Texts = members
		var seen []Fingerprint
		for _, i := range members {
			f := FingerprintOf(texts[i])
			if len(c.Examples) < typicalTexts && !slices.ContainsFunc(seen, f.Near) {
				c.Examples, seen = append(c.Examples, i), append(seen, f)
			}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b Candidate) int { return b.N - a.N })
	return all
}

// naming returns the words that tell some texts from the others, as counted in
// texts, the most telling first.
func (b *bags) naming(members []int) []string {
	one, usual := make([]float64, len(b.words)), make([]float64, len(b.words))
	var all float64
	for _, t := range b.texts {
		for _, e := range t {
			usual[e.word]++
			all++
		}
	}
	for _, i := range members {
		for _, e := range b.texts[i] {
			one[e.word]++
		}
	}
	other := make([]float64, len(b.words))
	for w := range other {
		other[w] = usual[w] - one[w]
	}
	var order []int
	z := stats.LogOdds(one, other, usual, wordsSeen*all)
	for w, x := range z {
		if math.IsNaN(x) { // all texts are of one part: what is common in it names it
			z[w] = one[w]
		}
		if one[w] >= 2 && z[w] > tellingZ {
			order = append(order, w)
		}
	}
	slices.SortStableFunc(order, func(v, w int) int { return cmp.Compare(z[w], z[v]) })
	var words []string
	for _, w := range order[:min(len(order), nameWords)] {
		words = append(words, b.words[w])
	}
	return words
}

// table returns n rows of k values, all equal.
func table(n, k int) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = slices.Repeat([]float64{.1}, k)
	}
	return m
}

// seeds returns k texts to begin with: each the one that is the most typical of
// all among those that the seeds before it have least in common with.
func (b *bags) seeds(k int) []int {
	mean := make([]float64, len(b.words))
	for _, t := range b.texts {
		for _, e := range t {
			mean[e.word] += e.value
		}
	}
	merit := make([]float64, len(b.texts))
	for i, t := range b.texts {
		for _, e := range t {
			merit[i] += e.value * mean[e.word]
		}
	}
	var seeds []int
	at := make([]float64, len(b.words))
	for range k {
		seed := largest(merit)
		seeds = append(seeds, seed)
		clear(at)
		for _, e := range b.texts[seed] {
			at[e.word] = e.value
		}
		for i, t := range b.texts {
			var cosine float64
			for _, e := range t {
				cosine += e.value * at[e.word]
			}
			merit[i] *= math.Pow(max(1-cosine, 0), 3)
		}
	}
	return seeds
}

// factor returns how much of each of k parts each text has: W of V ≈ WH for the
// texts' words V, by Lee & Seung's multiplicative updates for the squared error.
func (b *bags) factor(k int) [][]float64 {
	w, h := table(len(b.texts), k), table(len(b.words), k) // h by word
	for part, seed := range b.seeds(k) {
		for _, e := range b.texts[seed] {
			h[e.word][part] += e.value
		}
	}
	for range factorPasses {
		b.update(h, w, func(add func(to, from int, value float64)) {
			for i, t := range b.texts {
				for _, e := range t {
					add(e.word, i, e.value)
				}
			}
		})
		b.update(w, h, func(add func(to, from int, value float64)) {
			for i, t := range b.texts {
				for _, e := range t {
					add(i, e.word, e.value)
				}
			}
		})
	}
	// A part's scale is its words': without it parts could not be compared.
	for part := range k {
		var norm float64
		for _, x := range h {
			norm += x[part] * x[part]
		}
		for _, x := range w {
			x[part] *= math.Sqrt(norm)
		}
	}
	return w
}

// update is x ← x ∘ (V y) / (x yᵀy) for one side of the factorisation; each adds
// what V holds.
func (b *bags) update(x, y [][]float64, each func(add func(to, from int, value float64))) {
	k := len(x[0])
	gram := make([]float64, k*k)
	for _, row := range y {
		for i, a := range row {
			for j, c := range row {
				gram[i*k+j] += a * c
			}
		}
	}
	top := make([]float64, len(x)*k)
	each(func(to, from int, value float64) {
		for j, a := range y[from] {
			top[to*k+j] += value * a
		}
	})
	row := make([]float64, k)
	for i := range x {
		for j := range row {
			row[j] = smallestValue
			for l, a := range x[i] {
				row[j] += a * gram[l*k+j]
			}
		}
		for j := range row {
			x[i][j] *= top[i*k+j] / row[j]
		}
	}
}
