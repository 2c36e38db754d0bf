package text

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Sentences that no phrase contains.
func TestShippedReads(t *testing.T) {
	t.Parallel()
	m := Shipped()
	for _, c := range []struct {
		text, language string
		polarity       Polarity
		emotions       []Emotion
		topic          string
	}{
		{"Llevamos tres cuartos de hora haciendo cola y nadie nos atiende, qué vergüenza", "es", Negative, []Emotion{Anger}, "wait"},
		{"el paqete llego tarde i nadie aviso 😡", "es", Negative, []Emotion{Anger, Disappointment}, "delivery"},
		{"La dependienta fue amabilísima, encantadísima con el trato 😊", "es", Positive, []Emotion{Joy, Trust}, "staff"},
		{"Me han cobrado dos veces la misma factura", "es", Negative, []Emotion{Anger, Disappointment}, "billing"},
		{"Todo genial, gracias!!", "es", Positive, []Emotion{Joy}, ""},
		{"The website keeps crashing when I pay", "en", Negative, []Emotion{Anger, Disappointment}, "web"},
		{"Absolutely lovely staff, thank youuuu 😍", "en", Positive, []Emotion{Joy, Trust}, "staff"},
		{"my parcel was late and the box was damaged :(", "en", Negative, []Emotion{Disappointment, Anger, Sadness}, "delivery"},
		{"What time does the shop close?", "en", Neutral, []Emotion{None}, ""},
		{"A encomenda chegou uma semana atrasada e ninguém avisou, péssimo", "pt", Negative, []Emotion{Anger, Disappointment}, "delivery"},
		{"Adorei o atendimento, todos muito simpáticos", "pt", Positive, []Emotion{Joy, Trust}, "staff"},
		{"O aplicativo não funciona de jeito nenhum", "pt", Negative, []Emotion{Anger, Disappointment}, "web"},
		{"😡😡😡", "", Negative, []Emotion{Anger}, ""},
		{"😍", "", Positive, []Emotion{Joy}, ""},
		{"Le personnel était très gentil et la chambre propre", "", "", nil, ""},
	} {
		r := m.Read(c.text)
		if r.Language != c.language && c.language != "" || c.polarity != "" && r.Polarity != c.polarity {
			t.Errorf("%q: %s %s, want %s %s", c.text, r.Language, r.Polarity, c.language, c.polarity)
		}
		if c.emotions != nil && !slices.Contains(c.emotions, r.Emotion) {
			t.Errorf("%q: %s, want one of %v", c.text, r.Emotion, c.emotions)
		}
		if c.topic != "" && !slices.ContainsFunc(r.Topics, func(t Topic) bool { return t.Slug == c.topic }) {
			t.Errorf("%q: topics %v, want %s", c.text, r.Topics, c.topic)
		}
	}
	if r := m.Read("Le personnel était très gentil et la chambre propre"); r.Language != "" {
		t.Errorf("French was read as %s", r.Language)
	}
}

func TestReadsAnything(t *testing.T) {
	t.Parallel()
	m := Shipped()
	for _, s := range []string{"", " \n\t", "!!!???", "-- ## --", "10/10 2026", "https://x.example @ana", "\x00\x01", "\xff\xfe\xfd", "<script></script>", "<div><br/></div>"} {
		r := m.Read(s)
		if r.Polarity != Neutral || r.Emotion != None || r.Certain || r.Language != "" || len(r.Topics) > 0 {
			t.Errorf("Read(%q) = %+v", s, r)
		}
	}
	megabyte := strings.Repeat("El pedido llegó tarde y the box was broken. ", 1<<20/44)
	if r := m.Read(megabyte); !r.Cut || r.Polarity != Negative {
		t.Errorf("a megabyte: %+v", r)
	}
	if r := m.Read("corto"); r.Cut {
		t.Error("a short text was cut")
	}
}

// sound checks what is so of every reading.
func sound(t *testing.T, s string, r Reading) {
	t.Helper()
	share := func(x float64) bool { return x >= 0 && x <= 1+1e-9 }
	if !share(r.PolarityP) || !share(r.EmotionP) || math.IsNaN(r.Sentiment) || math.Abs(r.Sentiment) > 1+1e-9 {
		t.Errorf("Read(%q) = %+v", s, r)
	}
	if !slices.Contains(Polarities(), r.Polarity) || !slices.Contains(Emotions(), r.Emotion) || !slices.Contains([]string{"", "es", "en", "pt"}, r.Language) {
		t.Errorf("Read(%q) = %+v", s, r)
	}
	for i, topic := range r.Topics {
		if topic.P < likely || topic.P > 1 || i > 0 && topic.P > r.Topics[i-1].P {
			t.Errorf("Read(%q) has topics %v", s, r.Topics)
		}
	}
}

func FuzzRead(f *testing.F) {
	m := Shipped()
	for _, e := range Phrases()[:40] {
		f.Add(e.Text)
	}
	f.Add("<b>&lt;\xff@a.b http:// :'( <3 ٣٤ 日本 ñ̃")
	f.Fuzz(func(t *testing.T, s string) {
		sound(t, s, m.Read(s))
		masked := Mask(s, "es", Known{Names: []string{"Ana"}, IDs: []string{"77"}})
		if again := Mask(masked, "es", Known{}); again != masked {
			t.Errorf("masked %q, then %q", masked, again)
		}
		if f := FingerprintOf(s); !f.Near(FingerprintOf(s + "!")) {
			t.Errorf("a mark changes the fingerprint of %q", s)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte{})
	f.Add(shipped[:2000])
	small := func(labels []string, many bool) *Classifier {
		v := newVocabulary([]uint32{3, 700, 1<<hashBits - 1}, []float32{1, 2, 1.5})
		return &Classifier{labels: labels, many: many, known: v, weights: weights{len(labels), make([]float32, 4*len(labels))}, slope: 2, sure: 2}
	}
	m := &Model{small(languageLabels(), false), small(slugs(Polarities()), false), small(slugs(Emotions()), false), small([]string{"wait"}, true), ""}
	b, err := m.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)-sha256.Size])
	f.Fuzz(func(t *testing.T, data []byte) {
		// With a right checksum too, so that what is behind it is reached.
		sum := sha256.Sum256(data)
		for _, b := range [][]byte{data, append(bytes.Clone(data), sum[:]...)} {
			m, err := Unmarshal(b)
			if err != nil {
				if cx.KindOf(err) != cx.Invalid {
					t.Errorf("kind %v: %v", cx.KindOf(err), err)
				}
				continue
			}
			sound(t, "hola", m.Read("hola, muy mal"))
		}
	})
}

func TestModelKeepsItsBytes(t *testing.T) {
	t.Parallel()
	m := Shipped()
	b, err := m.MarshalBinary()
	if err != nil || !bytes.Equal(b, shipped) {
		t.Fatalf("the shipped model changes as it is read and written: %v", err)
	}
	for what, damaged := range map[string][]byte{
		"this is no text model": []byte("GIF89a"),
		"is of version":         bytes.Replace(b, []byte("vtext-1"), []byte("vtext-9"), 1),
		"its checksum differs":  append(bytes.Clone(b[:len(b)-1]), b[len(b)-1]^1),
		"checksum differs":      b[:len(b)-1],
	} {
		if _, err := Unmarshal(damaged); cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), what) {
			t.Errorf("want an Invalid error that says %q, got %v", what, err)
		}
	}
	for _, body := range [][]byte{b[:len(b)/2], append(bytes.Clone(b[:len(b)-sha256.Size]), 0), []byte(magic + strings.Repeat("\xff", 60))} {
		sum := sha256.Sum256(body)
		if _, err := Unmarshal(append(body, sum[:]...)); cx.KindOf(err) != cx.Invalid {
			t.Errorf("nonsense with a right checksum: %v", err)
		}
	}
}

// What is committed is what the phrases teach. Other processors round otherwise
// in the last bit.
func TestShippedIsLearnedFromThePhrases(t *testing.T) {
	t.Parallel()
	if runtime.GOARCH != "amd64" {
		t.Skip("its bytes are those that amd64 makes")
	}
	m, err := Ship(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := m.MarshalBinary(); !bytes.Equal(b, shipped) {
		t.Error("shipped.model is stale; run: go generate ./internal/understand/text")
	}
	if len(shipped) > 1<<20 {
		t.Errorf("shipped.model has %d bytes", len(shipped))
	}
}

func TestPhrasesAreWellFormed(t *testing.T) {
	t.Parallel()
	topics := map[string]map[string]int{}
	feelings := map[Emotion]int{}
	for _, e := range Phrases() {
		feelings[e.Emotion]++
		if !slices.Contains(Polarities(), e.Polarity) || !slices.Contains(Emotions(), e.Emotion) || strings.TrimSpace(e.Text) == "" {
			t.Errorf("%+v", e)
		}
		for _, topic := range e.Topics {
			if topics[topic] == nil {
				topics[topic] = map[string]int{}
			}
			topics[topic][e.Language]++
		}
	}
	for _, e := range Emotions() {
		if feelings[e] < 10 {
			t.Errorf("%d phrases show %s", feelings[e], e)
		}
	}
	if !slices.Equal(Shipped().Topics(), slices.Sorted(func(yield func(string) bool) {
		for topic := range topics {
			if !yield(topic) {
				return
			}
		}
	})) {
		t.Errorf("the model knows %v", Shipped().Topics())
	}
	for topic, by := range topics {
		if by["es"] < 3 || by["en"] < 3 || by["pt"] < 3 {
			t.Errorf("%s has phrases %v", topic, by)
		}
	}
}

// A reading's JSON is what the API and the log tell.
func TestReadingAsJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(Reading{Language: "es", Sentiment: -.5, Polarity: Negative, PolarityP: .7, Emotion: Anger, EmotionP: .6, Topics: []Topic{{"wait", .9}}})
	want := `{"language":"es","sentiment":-0.5,"polarity":"negative","polarity_p":0.7,"emotion":"anger","emotion_p":0.6,"topics":[{"slug":"wait","p":0.9}],"certain":false}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}

func TestShipStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ship(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func BenchmarkRead(b *testing.B) {
	m := Shipped()
	s := "Llevamos tres cuartos de hora haciendo cola y nadie nos atiende, qué vergüenza. El pedido llegó tarde y la caja venía abierta."
	for b.Loop() {
		m.Read(s)
	}
}

func BenchmarkReadLongest(b *testing.B) {
	m := Shipped()
	s := strings.Repeat("Llevamos tres cuartos de hora haciendo cola, the parcel was late e ninguém respondeu. ", 100)
	for b.Loop() {
		m.Read(s)
	}
}
