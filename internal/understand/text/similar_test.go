package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNearDuplicates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		near bool
	}{
		{"El pedido llegó tarde y roto, muy mal!", "el pedido llego TARDE y roto, mal 😡", true},
		{"Thanks for the great service today", "thanks for great service!", true},
		{"Produto chegou antes do prazo", "o produto chegou bem antes do prazo.", true},
		{"Pedido 123: tarde", "pedido 456 tarde", true},
		{"El pedido llegó tarde y roto", "La dependienta fue un encanto", false},
		{"No recibí el producto", "No recibí respuesta de nadie en la tienda", false},
		{"Thanks for the great service today", "Worst service ever, no thanks", false},
	} {
		if got := FingerprintOf(c.a).Near(FingerprintOf(c.b)); got != c.near {
			t.Errorf("%q and %q near: %v", c.a, c.b, got)
		}
	}
	if FingerprintOf("!!! 😡 12") != 0 || FingerprintOf("") != 0 {
		t.Error("a text without words has a fingerprint")
	}
	// Phrases are different: almost none is near another.
	var all []Fingerprint
	near := 0
	for _, e := range Phrases() {
		if len(strings.Fields(e.Text)) < 6 {
			continue
		}
		f := FingerprintOf(e.Text)
		if slices.ContainsFunc(all, f.Near) {
			near++
		}
		all = append(all, f)
	}
	if near > len(all)/50 {
		t.Errorf("%d of %d phrases are near another", near, len(all))
	}
}

func TestCentrality(t *testing.T) {
	t.Parallel()
	texts := []string{
		"la cola de caja fue larga", "mucha cola en caja", "la cola de la caja no avanzaba", "cola en la caja",
		"me gusta el jardín botánico", "",
	}
	c := Centrality(texts)
	if best := slices.Index(c, slices.Max(c)); best > 3 {
		t.Errorf("%q is the most typical: %v", texts[best], c)
	}
	for i := range 4 {
		if c[i] <= c[4] {
			t.Errorf("%q is less typical than %q: %v", texts[i], texts[4], c)
		}
	}
	if c[5] != 0 || len(Centrality(nil)) != 0 || Centrality([]string{"sola"})[0] != 0 {
		t.Errorf("%v", c)
	}
}

// Three topics in words of their own, between texts of one word each.
func planted() (texts []string, topic []int) {
	kinds := [][]string{
		{"la cola de la caja era larga", "esperé en la cola de caja", "una cola enorme en caja", "la caja tenía mucha cola"},
		{"the parcel was late again", "late parcel, second time", "parcel came late and wet", "my parcel is late"},
		{"o estacionamento estava cheio", "sem vaga no estacionamento", "estacionamento cheio e caro", "não há vaga no estacionamento"},
	}
	for i := range 60 {
		k := i % 3
		if i >= 30 && k == 2 {
			k = 0
		}
		texts = append(texts, fmt.Sprintf("%s palabra%d", kinds[k][i/3%4], i))
		topic = append(topic, k)
	}
	for i := range 10 {
		texts = append(texts, fmt.Sprintf("cosa%d suelta%d", i, i))
		topic = append(topic, -1)
	}
	return texts, topic
}

func TestProposeFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	texts, topic := planted()
	got := Propose(texts, 3)
	if len(got) != 3 {
		t.Fatalf("%d candidates: %+v", len(got), got)
	}
	for i, want := range []struct {
		word  string
		topic int
	}{{"cola", 0}, {"parcel", 1}, {"estacionamento", 2}} {
		c := got[i]
		if !slices.Contains(c.Words[:min(2, len(c.Words))], want.word) {
			t.Errorf("candidate %d is named %v, want %s", i, c.Words, want.word)
		}
		right := 0
		for _, at := range c.Texts {
			if topic[at] == want.topic {
				right++
			}
		}
		if c.N != len(c.Texts) || float64(right) < .9*float64(c.N) || c.N < 8 {
			t.Errorf("%s: %d of %d texts are right", want.word, right, c.N)
		}
		if len(c.Examples) == 0 || len(c.Examples) > typicalTexts || topic[c.Examples[0]] != want.topic {
			t.Errorf("%s: examples %v", want.word, c.Examples)
		}
	}
	if again := Propose(texts, 3); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("%v, then %v", got, again)
	}
}

func TestProposeOfLittle(t *testing.T) {
	t.Parallel()
	for _, texts := range [][]string{nil, {"uno"}, {"a", "b", "c"}, {"", "", "", ""}, {"la de el", "la de el", "la de el", "la de el"}} {
		if got := Propose(texts, 5); len(got) != 0 {
			t.Errorf("%q: %+v", texts, got)
		}
	}
	if got := Propose([]string{"cola larga", "cola larga", "cola larga"}, 0); got != nil {
		t.Errorf("limit 0: %+v", got)
	}
	one := Propose([]string{"cola larga en caja", "cola larga hoy", "mucha cola larga"}, 5)
	if len(one) != 1 || one[0].N != 3 || !slices.Contains(one[0].Words, "cola") {
		t.Errorf("one topic: %+v", one)
	}
}
