package text

import (
	"math"
	"math/bits"
	"slices"
)

// Fingerprint is a sketch of a text's words, by which near-duplicates are found:
// SimHash (Charikar 2002) over its words, its pairs of words and the runs of
// three letters in them.
type Fingerprint uint64

// FingerprintOf returns the fingerprint of a text. Case, accents, punctuation,
// numbers and emoji do not change it; of a text without words it is 0.
func FingerprintOf(s string) Fingerprint {
	var votes [64]int
	vote := func(h uint64, weight int) {
		h ^= h >> 32
		h *= 0x9E3779B97F4A7C15
		h ^= h >> 29
		h *= 0xBF58476D1CE4E5B9
		h ^= h >> 32
		for b := range votes {
			votes[b] += weight * (int(h>>b&1)*2 - 1)
		}
	}
	before := ""
	for _, t := range wordsOf(s) {
		vote(hashString(fnvOffset, t), 3)
		vote(hashString(hashString(fnvOffset^1, before)*fnvPrime, t), 1)
		padded := " " + t + " "
		for i := 0; i+3 <= len(padded); i++ {
			vote(hashString(fnvOffset^2, padded[i:i+3]), 1)
		}
		before = t
	}
	if before == "" {
		return 0
	}
	var f Fingerprint
	for b, v := range votes {
		if v > 0 {
			f |= 1 << b
		}
	}
	return f
}

// nearBits is in how many of 64 bits near-duplicates differ at most.
const nearBits = 14

// Near says whether two texts are the same but for a few words.
func (f Fingerprint) Near(g Fingerprint) bool { return bits.OnesCount64(uint64(f^g)) <= nearBits }

// wordsOf returns the words of a text, folded.
func wordsOf(s string) []string {
	s, _ = bound(s)
	return slices.DeleteFunc(tokens(s), func(t string) bool { return !isWord(t) })
}

// bags is texts as the words that at least two of them have, weighed by rarity
// and scaled to length 1. The commonest words of all languages, which name no
// topic, are left out where asked.
type bags struct {
	words []string
	texts [][]entry
}

type entry struct {
	word  int
	value float64
}

// bagsOf makes them. keep says which words count.
func bagsOf(texts []string, keep func(word string) bool) bags {
	in := map[string]int{}
	lists := make([][]string, len(texts))
	for i, s := range texts {
		lists[i] = wordsOf(s)
		once := slices.Compact(slices.Sorted(slices.Values(lists[i])))
		for _, w := range once {
			in[w]++
		}
	}
	var b bags
	index := map[string]int{}
	for w, n := range in {
		if n >= 2 && keep(w) {
			b.words = append(b.words, w)
		}
	}
	slices.Sort(b.words)
	for i, w := range b.words {
		index[w] = i
	}
	b.texts = make([][]entry, len(texts))
	for i, list := range lists {
		counts := map[int]float64{}
		for _, w := range list {
			if at, ok := index[w]; ok {
				counts[at]++
			}
		}
		var norm float64
		for w, n := range counts {
			x := (1 + math.Log(n)) * (1 + math.Log(float64(1+len(texts))/float64(1+in[b.words[w]])))
			b.texts[i] = append(b.texts[i], entry{w, x})
		}
		slices.SortFunc(b.texts[i], func(a, b entry) int { return a.word - b.word })
		for _, e := range b.texts[i] {
			norm += e.value * e.value
		}
		for j := range b.texts[i] {
			b.texts[i][j].value /= math.Sqrt(norm)
		}
	}
	return b
}

// Centrality returns how typical each text is of all of them: the cosine of its
// words with their mean, 0..1. A text that shares no word with another is 0.
func Centrality(texts []string) []float64 {
	b := bagsOf(texts, func(string) bool { return true })
	mean := make([]float64, len(b.words))
	for _, t := range b.texts {
		for _, e := range t {
			mean[e.word] += e.value
		}
	}
	var norm float64
	for _, x := range mean {
		norm += x * x
	}
	all := make([]float64, len(texts))
	for i, t := range b.texts {
		for _, e := range t {
			all[i] += e.value * mean[e.word] / math.Sqrt(norm)
		}
	}
	return all
}
