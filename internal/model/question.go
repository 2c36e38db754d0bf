package model

import (
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// The types of a question, and what an answer to it is.
const (
	NPS      = "nps"      // a number, 0 to 10
	CSAT     = "csat"     // a number on its scale
	CES      = "ces"      // a number on its scale; higher is easier
	Rating   = "rating"   // a number on its scale
	Emotion  = "emotion"  // one of Emotions
	Single   = "single"   // the id of an option, or another text where Other
	Multiple = "multiple" // ids of options
	Ranking  = "ranking"  // the ids of all options, the first first
	Matrix   = "matrix"   // for each row the id of an option, or a number on its scale
	FreeText = "text"     // a text
	Number   = "number"   // a number between Min and Max
	Date     = "date"     // 2026-11-22
	Consent  = "consent"  // true or false
)

// QuestionTypes lists the types in the order of the editor.
func QuestionTypes() []string {
	return []string{NPS, CSAT, CES, Rating, Emotion, Single, Multiple, Ranking, Matrix, FreeText, Number, Date, Consent}
}

// Question is one thing that is asked.
type Question struct {
	ID        string // a slug, never used for anything else
	Type      string
	Text      Text // with piping; see Piped
	Help      Text // may be empty; with piping
	Required  bool
	Options   []Option // of single, multiple, ranking and matrix
	Rows      []Option // of matrix
	Scale     string   // of csat, ces and rating, and of a matrix without options: "1-5"
	Labels    Labels   // what the ends of a scale mean; may be empty
	Other     bool     // of single and multiple: a text of one's own
	Randomise bool     // the options stand in another order for each response
	When      *expr.Program
	MaxLength int      // of text, in characters
	Min, Max  *float64 // of number; nil: any
	Trait     string   // of consent: the trait that the answer sets, such as may_ask
}

// Option is something to choose, or a row of a matrix.
type Option struct {
	ID   string
	Text Text
}

// Labels say what the least and the greatest of a scale mean.
type Labels struct{ Low, High Text }

// DefaultLength is how long a text may be when its question does not say.
const DefaultLength = 2000

// Emotions lists the slugs of the emotions that a person can pick, from the
// most pleasant to the least.
func Emotions() []string {
	return []string{"joy", "trust", "surprise", "calm", "sadness", "disappointment", "fear", "anger"}
}
