package model

import (
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// The purposes of a survey.
const (
	Transactional = "transactional" // about something just lived
	Relationship  = "relationship"  // about the company as a whole
	Expectation   = "before"        // what is expected, asked before it is lived; see Pair
	TeamVoice     = "team"          // what the company's own people live at the touchpoints
	Quiz          = "quiz"          // what the company's own people hold for its promise
)

// The audiences of a survey.
const (
	ToCustomers = "customers"
	ToTeam      = "team"
)

// Survey is what the company asks. Its slug and the ids of its questions,
// options and rows keep their meaning in every version and language; its
// touchpoint is the one that names it under surveys.
type Survey struct {
	Slug      string
	Name      Text // for the company
	Purpose   string
	Audience  string // ToCustomers or ToTeam
	Anonymous bool   // answers are kept without who gave them, even through a personal link
	Pair      Pair
	Pages     []SurveyPage
	Thanks    Text   // said at the end; may be empty
	Redirect  string // where the end leads: an https address; may be empty
	Ask       *Ask   // nil: only who is given a link answers

	version string
}

// Version names the content of the survey: ten hexadecimal digits that change
// with whatever an answering person could notice.
func (s *Survey) Version() string { return s.version }

// Team tells whether the company's own people answer it.
func (s *Survey) Team() bool { return s.Audience == ToTeam }

// Question returns the question of an id.
func (s *Survey) Question(id string) (q Question, ok bool) {
	for _, p := range s.Pages {
		for _, q := range p.Questions {
			if q.ID == id {
				return q, true
			}
		}
	}
	return Question{}, false
}

// Pair joins an expectation to what was lived: the survey that asks the same
// afterwards, and the object that both answers name.
type Pair struct {
	Survey string // slug; "" for a survey without a pair
	Object string // slug of an object; "": the customer's next answer to Survey
}

// SurveyPage is what is asked at once.
type SurveyPage struct {
	When      *expr.Program // of scope expr.Reply; nil: always
	Title     Text          // may be empty
	Questions []Question
}
