package text

// Polarity says how a text feels about what it tells.
type Polarity string

// The polarities. The empty Polarity of an Example is one that is not known.
const (
	Negative Polarity = "negative"
	Neutral  Polarity = "neutral"
	Positive Polarity = "positive"
)

// Polarities lists them from the worst to the best.
func Polarities() []Polarity { return []Polarity{Negative, Neutral, Positive} }

// PolarityOf returns the polarity of a score from −1 to +1: its outer thirds are
// negative and positive.
func PolarityOf(score float64) Polarity {
	switch {
	case score < -1./3:
		return Negative
	case score > 1./3:
		return Positive
	}
	return Neutral
}

// Emotion is what somebody felt. The empty Emotion of an Example is one that is
// not known.
type Emotion string

// The emotions; None is a text that shows none.
const (
	Joy            Emotion = "joy"
	Trust          Emotion = "trust"
	Surprise       Emotion = "surprise"
	Calm           Emotion = "calm"
	Anger          Emotion = "anger"
	Sadness        Emotion = "sadness"
	Fear           Emotion = "fear"
	Disappointment Emotion = "disappointment"
	None           Emotion = "none"
)

// Emotions lists them, None last.
func Emotions() []Emotion {
	return []Emotion{Joy, Trust, Surprise, Calm, Anger, Sadness, Fear, Disappointment, None}
}

// Reading is what a Model reads in one text.
type Reading struct {
	Language  string   `json:"language"`  // es, en, pt; "" when it is none of these or cannot be told
	Sentiment float64  `json:"sentiment"` // −1..+1: P(positive) − P(negative)
	Polarity  Polarity `json:"polarity"`  // the likeliest
	PolarityP float64  `json:"polarity_p"`
	Alone     Polarity `json:"-"`       // of the words alone, whatever score was read beside them
	Emotion   Emotion  `json:"emotion"` // one that goes with the polarity and is sure enough, else None
	EmotionP  float64  `json:"emotion_p"`
	Topics    []Topic  `json:"topics"`        // the likely ones, the likeliest first; none is "not yet understood"
	Certain   bool     `json:"certain"`       // of texts like those learned from, nine of ten such polarities are right
	Cut       bool     `json:"cut,omitempty"` // it was longer than MaxBytes, and read so far
}

// Topic is one topic of a text, with its probability.
type Topic struct {
	Slug string  `json:"slug"`
	P    float64 `json:"p"`
}

// MaxBytes is how much of a text is read.
const MaxBytes = 8 << 10
