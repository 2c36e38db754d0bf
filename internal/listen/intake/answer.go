package intake

import "github.com/vivencia-cx/vivencia/internal/cx"

// Answer is what one customer answered to one survey.
type Answer struct {
	Survey     string       `json:"survey"`
	Items      []AnswerItem `json:"answers"`
	Touchpoint string       `json:"touchpoint,omitempty"`
}

// AnswerItem is the answer to one question: a value on a scale, words, a
// choice, or several of these.
type AnswerItem struct {
	Question string  `json:"question"`
	Metric   string  `json:"metric,omitempty"` // csat, nps, ces, rating; "" for words and choices
	Scale    string  `json:"scale,omitempty"`  // "1-5", "0-10"
	Value    float64 `json:"value"`
	HasValue bool    `json:"hasValue"`
	Text     string  `json:"text,omitempty"`
	Choice   string  `json:"choice,omitempty"`
}

// ParseAnswer reads an event of kind Answer.
func ParseAnswer(e cx.Event) (Answer, error) { panic("not yet") }
