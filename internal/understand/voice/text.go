package voice

import (
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Kind says where a text comes from.
type Kind string

// The kinds.
const (
	Answer  Kind = "answer"  // to a survey's question
	Message Kind = "message" // within an event of a customer: a complaint, a review, a chat
	Mention Kind = "mention" // in public; of a customer only when that was proved
	Suspect Kind = "suspect" // an answer that a program seems to have given
)

// Ref names one text: the event it is in, and which of its answers or
// properties.
type Ref struct {
	Seq  cx.Seq
	Item int
}

// String writes the reference as in addresses: "1234.0".
func (r Ref) String() string {
	return strconv.FormatUint(uint64(r.Seq), 10) + "." + strconv.Itoa(r.Item)
}

// ParseRef reads what String wrote; without an item it is the first. The error
// is Invalid.
func ParseRef(s string) (Ref, error) {
	seq, item, split := strings.Cut(s, ".")
	n, err := strconv.ParseUint(seq, 10, 63)
	i := 0
	if err == nil && split {
		i, err = strconv.Atoi(item)
	}
	if err != nil || n == 0 || i < 0 || i >= maxItems {
		return Ref{}, cx.Errorf(cx.Invalid, "voice.ParseRef", "%q is no text: write its seq and its item, such as 1234.0", s)
	}
	return Ref{cx.Seq(n), i}, nil
}

// maxItems is how many texts of one event can be told apart.
const maxItems = 1 << 10

// Text is one piece of text.
type Text struct {
	Ref
	Kind     Kind
	Profile  cx.ProfileNo  // 0 of mentions
	Customer cx.CustomerNo // as profiles are merged now; 0 of mentions
	At       cx.Time
	Source   string
	Name     string // the event's; of answers the survey's slug
	Question string // of answers; of other texts the property it stands in
	Response string // response_id of the answer; "" when it has none
	Words    string // as it was written, cut after MaxWords bytes

	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place              string

	Score *Score // given together with the text; nil when none was
	Reading
}

// MaxWords is how many bytes of a text are kept and read.
const MaxWords = 16 << 10

// Score is what was answered to a question of the same answer: nps first, then
// csat, ces, rating; of two of the same, the first.
type Score struct {
	Metric string
	Scale  string // "" of a rating that declares none
	Value  float64
}

// Reading is what the text says, as the text model in force reads it and people
// corrected it.
type Reading struct {
	Language  string   // es, en, pt; "" when it cannot be told
	Polarity  string   // negative, neutral, positive
	Sentiment float64  // −1..+1
	Emotion   string   // one of the eight, or none
	Topics    []string // slugs, the likeliest first; none: not understood yet
	Corrected bool     // by a person
	Alone     string   // polarity of the words alone, whatever the score; as a person says, when one did
	Elsewhere bool     // the topic is what a language model elsewhere says, since ours knew none
}
