package text

import (
	"cmp"
	_ "embed"
	"slices"
)

// Model reads texts. It never changes, and is safe for concurrent use.
type Model struct {
	language, polarity, emotion, topics *Classifier
	hash                                string
}

// likely is from which probability on a text is about a topic or in a language.
const likely = .5

// Read reads a text. Any bytes may be read: what is no UTF-8, markup and control
// characters are skipped. A text without a word or an emoji reads as neutral,
// not certain, of no topic.
func (m *Model) Read(s string) Reading {
	s, cut := bound(s)
	r := Reading{Polarity: Neutral, PolarityP: 1, Emotion: None, EmotionP: 1, Topics: []Topic{}, Cut: cut}
	var h hasher
	c := h.count(s)
	if !c.says {
		return r
	}
	r.Language = m.language.language(c)
	p := m.polarity.read(c)
	best := largest(p)
	r.Polarity, r.PolarityP = Polarity(m.polarity.labels[best]), p[best]
	r.Certain = p[best] >= float64(m.polarity.sure)
	feels := map[Polarity]float64{}
	for i, label := range m.polarity.labels {
		feels[Polarity(label)] = p[i]
	}
	r.Sentiment = feels[Positive] - feels[Negative]
	r.Emotion, r.EmotionP = m.emotionOf(c, feels)
	for i, p := range m.topics.read(c) {
		if p >= likely {
			r.Topics = append(r.Topics, Topic{m.topics.labels[i], p})
		}
	}
	slices.SortStableFunc(r.Topics, func(a, b Topic) int { return cmp.Compare(b.P, a.P) })
	return r
}

// emotionOf multiplies what the emotions' own classifier says with what the
// polarity allows of each: the company's texts teach the polarity best, and who
// is pleased is not angry.
func (m *Model) emotionOf(c counts, feels map[Polarity]float64) (Emotion, float64) {
	p := m.emotion.read(c)
	var sum float64
	for i, label := range m.emotion.labels {
		switch Emotion(label) {
		case Joy, Trust, Calm:
			p[i] *= feels[Positive]
		case Anger, Sadness, Fear, Disappointment:
			p[i] *= feels[Negative]
		case None:
			p[i] *= max(feels[Neutral], (feels[Positive]+feels[Negative])/4)
		default: // a surprise is good or bad
			p[i] *= max(feels[Positive], feels[Negative])
		}
		sum += p[i]
	}
	best := largest(p)
	return Emotion(m.emotion.labels[best]), p[best] / sum
}

// Topics returns the slugs of the topics that the model knows, in order.
func (m *Model) Topics() []string { return slices.Clone(m.topics.labels) }

// Hash returns the hexadecimal SHA-256 of the model's bytes: its version.
func (m *Model) Hash() string { return m.hash }

//go:generate go run ./learn

//go:embed shipped.model
var shipped []byte

// Shipped returns the model of the first day, learned from the shipped phrases
// alone. It is decoded at each call: keep it.
func Shipped() *Model {
	m, err := Unmarshal(shipped)
	if err != nil {
		panic(err) // it is ours; a test reads it
	}
	return m
}
