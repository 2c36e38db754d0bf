package text

import "slices"

// A text becomes counts of hashed features (Weinberger et al. 2009) in two
// blocks: words (single, in pairs, in pairs with one between, and single ones
// again where a negation reaches them) and the characters of each word (runs of 3
// to 5, its edges marked, so that typos and endings leave most of a word). Within
// a block counts are damped, weighed and scaled to length 1 (Salton & Buckley
// 1988), so that neither block nor a long text outweighs another.
const (
	hashBits   = 20
	valueBits  = 32 - hashBits
	valueScale = 1<<valueBits - 1 // a value of 1
	reach      = 3                // words that a negation reaches
	minGram    = 3
	maxGram    = 5
)

// counts is a text as feature<<valueBits | count, each feature once, in order,
// words before letters.
type counts struct {
	items []uint32
	words int  // items of the block of words
	says  bool // whether there is a word, an emoji or a face in it
}

// hasher makes counts; one at a time uses it. Counts last until it makes the next.
type hasher struct{ raw, items []uint32 }

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// slot spreads a hash's bits and returns its feature.
func slot(h uint64) uint32 {
	h ^= h >> 32
	h *= 0x9E3779B97F4A7C15
	return uint32(h >> (64 - hashBits))
}

// count returns the text's counts.
func (h *hasher) count(s string) counts {
	all := tokens(s)
	h.raw = h.raw[:0]
	const word, pair, apart, denied, letters = fnvOffset ^ 1, fnvOffset ^ 2, fnvOffset ^ 3, fnvOffset ^ 4, fnvOffset ^ 5
	before, last, denying, says := "", "", 0, false
	for _, t := range all {
		if t == "," {
			denying = 0
			continue
		}
		says = says || speaks(t)
		h.raw = append(h.raw, slot(hashString(word, t)))
		if last != "" {
			h.raw = append(h.raw, slot(hashString(hashString(pair, last)*fnvPrime, t)))
		}
		if before != "" {
			h.raw = append(h.raw, slot(hashString(hashString(apart, before)*fnvPrime, t)))
		}
		before, last = last, t
		switch {
		case negates(t):
			denying = reach
		case endsClause(t):
			denying = 0
		case denying > 0:
			denying--
			h.raw = append(h.raw, slot(hashString(denied, t)))
		}
	}
	h.items = h.sum(h.items[:0])
	words := len(h.items)

	h.raw = h.raw[:0]
	var padded []rune
	for _, t := range all {
		padded = append(append(append(padded[:0], ' '), []rune(t)...), ' ')
		for i := range padded {
			x := uint64(letters)
			for n := 1; n <= maxGram && i+n <= len(padded); n++ {
				x = (x ^ uint64(padded[i+n-1])) * fnvPrime
				if n >= minGram {
					h.raw = append(h.raw, slot(x))
				}
			}
		}
	}
	h.items = h.sum(h.items)
	return counts{h.items, words, says}
}

// sum appends raw's features with how often each is in it.
func (h *hasher) sum(items []uint32) []uint32 {
	slices.Sort(h.raw)
	for i := 0; i < len(h.raw); {
		j := i + 1
		for j < len(h.raw) && h.raw[j] == h.raw[i] {
			j++
		}
		items = append(items, h.raw[i]<<valueBits|uint32(min(j-i, valueScale)))
		i = j
	}
	return items
}
