package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"¡Qué MAL servicio!!!", "que mal servicio !!!"},
		{"buenísimooooo", "buenisimoo"},
		{"Coooool", "cool"},
		{"el 3 de mayo, 10/10", "el ‹n› 3 de mayo , ‹n› 10/10"},
		{"mira https://shop.example/a?b=1 y www.x.com", "mira ‹url› y ‹url›"},
		{"@ana gracias, ana@x.com", "‹at› gracias , ‹at›"},
		{"I don't, can’t", "i don't , can't"},
		{"bien :) mal :-( amor <3", "bien ‹:)› mal ‹:(› amor ‹3›"},
		{"genial 😍👍🏽", "genial 😍 👍"},
		{"<p>muy <b>bien</b></p>", "muy bien"},
		{"<script>alert('malo')</script>bueno", "bueno"},
		{"menos de 5<6 y a<b", "menos de ‹n› 5 ‹n› 6 y a b"},
		{"fish &amp; chips &lt;3", "fish chips ‹3›"},
		{"𝓫𝓾𝓮𝓷𝓸 ﬁn", "bueno fin"},
		{"na\u0303o voltei", "nao voltei"},
		{"a\u200bb", "ab"},
		{"...", "..."},
		{"", ""},
		{"\xff\xfe bien \xf0", "bien"},
	} {
		if got := strings.Join(tokens(c.in), " "); got != c.want {
			t.Errorf("tokens(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// A negation reaches what it denies, and not past the end of its clause.
func TestNegationReaches(t *testing.T) {
	t.Parallel()
	words := func(s string) int {
		var h hasher
		return h.count(s).words
	}
	for _, c := range []struct {
		denying, plain string
		denied         int
	}{
		{"no fue amable", "si fue amable", 2},
		{"no, fue amable", "si, fue amable", 0},
		{"not good at all today", "how good at all today", 3},
		{"nunca. amable", "siempre. amable", 0},
	} {
		if got := words(c.denying) - words(c.plain); got != c.denied {
			t.Errorf("%q has %d features more than %q, want %d", c.denying, got, c.plain, c.denied)
		}
	}
}

func TestCountsAreSortedAndDistinct(t *testing.T) {
	t.Parallel()
	var h hasher
	c := h.count("el pedido llegó tarde, el pedido llegó roto")
	for _, block := range [][]uint32{c.items[:c.words], c.items[c.words:]} {
		if len(block) == 0 || !slices.IsSorted(block) {
			t.Errorf("a block is empty or out of order: %v", block)
		}
		for i := 1; i < len(block); i++ {
			if block[i]>>valueBits == block[i-1]>>valueBits {
				t.Error("a feature comes twice")
			}
		}
	}
}

func TestBoundCutsBetweenLetters(t *testing.T) {
	t.Parallel()
	for pad := range 4 {
		s, cut := bound(strings.Repeat("a", pad) + strings.Repeat("ñ😀", MaxBytes))
		if !cut || len(s) > MaxBytes || len(s) < MaxBytes-utf8.UTFMax || !utf8.ValidString(s) {
			t.Errorf("cut to %d bytes, valid %v", len(s), utf8.ValidString(s))
		}
	}
	if s, cut := bound("corto"); cut || s != "corto" {
		t.Error("a short text was cut")
	}
}
