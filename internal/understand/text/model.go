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

// likely is from which probability on a text is about a topic or in a language,
// and felt from which it shows an emotion.
const (
	likely = .5
	felt   = .35
)

// Read reads a text. Any bytes may be read: what is no UTF-8, markup and control
// characters are skipped. A text without a word or an emoji reads as neutral,
// not certain, of no topic.
func (m *Model) Read(s string) Reading { return m.read(s, [3]float64{1, 1, 1}) }

// ReadBeside reads a text that came with a score, of which the polarity is told:
// words and score say together how somebody feels, by Bayes' rule. A score goes
// with words of its own polarity twice as often as with those of the next, and
// eight times as often as with the opposite. Nothing else is read otherwise but the
// emotion, which follows the polarity.
func (m *Model) ReadBeside(s string, score Polarity) Reading {
	odds := [3]float64{1, .5, .125}
	at := slices.Index(Polarities(), score)
	var beside [3]float64
	for i := range beside {
		beside[i] = odds[max(i-at, at-i)]
	}
	return m.read(s, beside)
}

// read reads a text whose polarities, from the worst to the best, something else
// makes so likely.
func (m *Model) read(s string, beside [3]float64) Reading {
	s, cut := bound(s)
	r := Reading{Polarity: Neutral, PolarityP: 1, Alone: Neutral, Emotion: None, EmotionP: 1, Topics: []Topic{}, Cut: cut}
	var h hasher
	c := h.count(s)
	if !c.says {
		return r
	}
	r.Language = m.language.language(c)
	p := m.polarity.read(c)
	r.Alone = Polarity(m.polarity.labels[largest(p)])
	var sum float64
	for i := range p { // labels are in order of name, which is that of Polarities
		p[i] *= beside[i]
		sum += p[i]
	}
	feels := map[Polarity]float64{}
	for i, label := range m.polarity.labels {
		p[i] /= sum
		feels[Polarity(label)] = p[i]
	}
	best := largest(p)
	r.Polarity, r.PolarityP = Polarity(m.polarity.labels[best]), p[best]
	r.Certain = p[best] >= float64(m.polarity.sure)
	r.Sentiment = feels[Positive] - feels[Negative]
	r.Emotion, r.EmotionP = m.emotionOf(c, r.Polarity, feels)
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
// is pleased is not angry. One that goes with another polarity than the text's, or
// is less likely than felt, is none.
func (m *Model) emotionOf(c counts, polarity Polarity, feels map[Polarity]float64) (Emotion, float64) {
	p := m.emotion.read(c)
	var sum, none float64
	best, at := None, 0.
	for i, label := range m.emotion.labels {
		e, fits := Emotion(label), true
		switch e {
		case Joy, Trust, Calm:
			p[i] *= feels[Positive]
			fits = polarity == Positive
		case Anger, Sadness, Fear, Disappointment:
			p[i] *= feels[Negative]
			fits = polarity == Negative
		case None:
			p[i] *= max(feels[Neutral], (feels[Positive]+feels[Negative])/4)
			none = p[i]
		default: // a surprise is good or bad
			p[i] *= max(feels[Positive], feels[Negative])
		}
		sum += p[i]
		if fits && p[i] > at {
			best, at = e, p[i]
		}
	}
	if at < felt*sum {
		return None, none / sum
	}
	return best, at / sum
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
