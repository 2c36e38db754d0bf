package text

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// company is texts in words that mean nothing elsewhere: a good or a bad "blip".
func company(n int) (all []Example) {
	good, bad, thing := []string{"zorbo", "quilfa", "merpo"}, []string{"drusk", "vorn", "teplo"}, []string{"caja", "web", "tienda", "entrega", "pedido"}
	for i := range n {
		e := Example{Text: fmt.Sprintf("la %s estuvo %s hoy %d", thing[i%5], good[i%3], i), Language: "es", Polarity: Positive, Topics: []string{thing[i%5]}}
		if i%2 == 1 {
			e.Text = fmt.Sprintf("la %s estuvo %s hoy %d", thing[i%5], bad[i%3], i)
			e.Polarity = Negative
		}
		all = append(all, e)
	}
	return all
}

func TestLearnsTheCompanysWords(t *testing.T) {
	t.Parallel()
	examples := company(300)
	m, q, err := Train(t.Context(), examples, Config{Known: []string{"caja", "web", "tienda", "entrega", "pedido"}})
	if err != nil {
		t.Fatal(err)
	}
	if q.Polarity.N != 300 || q.Polarity.Accuracy < .98 || q.Topics.Accuracy < .98 || q.Emotion.N != 0 {
		t.Errorf("quality %+v", q)
	}
	if r := q.Polarity.Languages; len(r) != 1 || r[0].Language != "es" || r[0].N != 300 {
		t.Errorf("languages %+v", r)
	}
	r := m.Read("el pedido fue merpo")
	if r.Polarity != Positive || r.Sentiment < .3 || len(r.Topics) != 1 || r.Topics[0].Slug != "pedido" {
		t.Errorf("%+v", r)
	}
	if r := m.Read("Una vergüenza de atención, pésimo"); r.Polarity != Negative || r.Emotion != Anger {
		t.Errorf("what the phrases teach was forgotten: %+v", r)
	}
	if shipped := Shipped().Judge(examples); shipped.Polarity.Accuracy > .8 {
		t.Errorf("the shipped model knows these words: %+v", shipped.Polarity)
	}
	if got := strings.Join(m.Topics(), " "); got != "caja entrega pedido tienda web" {
		t.Errorf("topics %q", got)
	}
}

func TestTheSameExamplesGiveTheSameModel(t *testing.T) {
	t.Parallel()
	one, _, err := Train(t.Context(), company(60), Config{})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := Train(t.Context(), company(60), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if one.Hash() != two.Hash() || len(one.Hash()) != 64 {
		t.Errorf("%s and %s", one.Hash(), two.Hash())
	}
	b, _ := one.MarshalBinary()
	kept, err := Unmarshal(b)
	if err != nil || kept.Hash() != one.Hash() {
		t.Fatal(err)
	}
	for _, e := range Phrases()[:200] {
		if a, b := fmt.Sprint(one.Read(e.Text)), fmt.Sprint(kept.Read(e.Text)); a != b {
			t.Fatalf("%q reads %s before it is kept, %s after", e.Text, a, b)
		}
	}
}

// A person's correction, weighed, changes what is read.
func TestCorrectionsTeach(t *testing.T) {
	t.Parallel()
	const said = "la espera fue genial como siempre"
	before, _, err := Train(t.Context(), company(40), Config{})
	if err != nil {
		t.Fatal(err)
	}
	after, _, err := Train(t.Context(), append(company(40), Example{Text: said, Polarity: Negative, Emotion: Anger, Topics: []string{"ironía"}, Weight: 20}), Config{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := before.Read(said), after.Read(said); a.Polarity != Positive || b.Polarity != Negative || b.Emotion != Anger {
		t.Errorf("before %+v, after %+v", a, b)
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	_, _, err := Train(t.Context(), []Example{{Text: "a", Polarity: "good"}, {Text: "b", Emotion: "boredom"}}, Config{})
	var e *cx.Error
	if !errors.As(err, &e) || len(e.Faults) != 2 || e.Faults[0].Field != "examples[0].polarity" || e.Faults[1].Field != "examples[1].emotion" {
		t.Errorf("err = %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, company(10), Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if _, err := Learn(t.Context(), []Labelled{{Text: "a", Label: "x"}, {Text: "b"}}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("one label: %v", err)
	}
	if _, err := Validate(t.Context(), []Labelled{{Text: "a", Label: "x"}, {Text: "b", Label: "y"}}, 1); cx.KindOf(err) != cx.Invalid {
		t.Errorf("one fold: %v", err)
	}
}

// Few examples, and none of some classes.
func TestLearnsFromLittle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		examples []Example
		config   Config
	}{
		{nil, Config{}},
		{[]Example{{Text: "vale"}}, Config{}},
		{[]Example{{Text: "muy bien", Polarity: Positive}}, Config{Folds: 2}},
		{[]Example{{Text: "cola en caja", Topics: []string{"cola"}}}, Config{Known: []string{"cola"}}},
		{[]Example{{Text: "", Polarity: Negative}, {Text: "\xff", Polarity: Positive}}, Config{Folds: 1}},
	} {
		m, _, err := Train(t.Context(), c.examples, c.config)
		if err != nil {
			t.Errorf("%+v: %v", c.examples, err)
			continue
		}
		sound(t, "hola", m.Read("hola, la cola es eterna"))
	}
}

// The probabilities are what they say: of texts called so sure, so many are right.
func TestProbabilitiesAreCalibrated(t *testing.T) {
	t.Parallel()
	// A fifth of the labels is wrong: nobody can be surer than .8.
	var texts []Labelled
	random := rand.New(rand.NewPCG(3, 3))
	for _, e := range company(1000) {
		label := string(e.Polarity)
		if random.IntN(10) < 2 {
			label = map[string]string{"positive": "negative", "negative": "positive"}[label]
		}
		texts = append(texts, Labelled{Text: e.Text, Label: label})
	}
	c, err := Learn(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, word := range []string{"zorbo", "drusk", "vorn", "quilfa"} {
		all := c.Classify("la caja estuvo " + word + " hoy")
		if math.Abs(all[0].P+all[1].P-1) > 1e-9 {
			t.Errorf("the probabilities of %q sum to %v", word, all[0].P+all[1].P)
		}
		sum += all[0].P / 4
	}
	if sum < .7 || sum > .9 {
		t.Errorf("it is sure by %.3f, and should be by .8", sum)
	}
}

func TestFoldsHoldEveryTextOnce(t *testing.T) {
	t.Parallel()
	var texts []Labelled
	for i := range 53 {
		texts = append(texts, Labelled{Text: fmt.Sprint("texto ", i), Label: []string{"a", "b", "c"}[min(i/10, 2)]})
	}
	task, err := taskOf(texts)
	if err != nil {
		t.Fatal(err)
	}
	task.deal(5)
	of := map[[2]int]int{}
	for i, fold := range task.folds {
		of[[2]int{task.classes[i][0], fold}]++
	}
	for at, n := range of {
		if want := []int{10, 10, 33}[at[0]] / 5; n < want || n > want+1 {
			t.Errorf("fold %d has %d texts of class %d", at[1], n, at[0])
		}
	}
	h, err := task.hold(t.Context())
	if err != nil || len(h.text) != 53 {
		t.Fatal(len(h.text), err)
	}
}
