package survey

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Ref is what a request names a response by.
type Ref struct {
	Token    string       // of a link; "" at a survey's own address
	Survey   string       // without a token: the survey's slug
	Way      Way          // without a token: Anonymous, ByWidget or ByAPI
	Speaker  cx.Principal // who is signed in to the company and may answer what the team is asked; zero: nobody. Kept nowhere, see Config.Team
	Response string       // of a link that is not personal, and without one: Form.Response of the page before; "" begins a response. A kiosk may make one up: a UUID
	Page     int          // to show: a page already reached; 0: where the response is
	Version  string       // posted: Form.Version of the page that was answered; "" for the one in force
	At       cx.Time
	Accept   string // the request's Accept-Language
	Address  string // of who asks, as the server sees it, "" when it tells nobody apart; only a hash that changes every day is kept, and only in memory

	// What the page around a widget says, as much trusted as its write key.
	UserID, AnonymousID string
	About               map[string]string
}

// Values are what was posted, as a form posts them, by name:
//
//	ID             the answer; for multiple one value an option
//	ID.ROW         of matrix: the row's answer
//	ID.OPTION      of ranking: the option's place, from 1
//	ID.other       of single and multiple: the text of one's own
//
// Consent is "true" or absent; a date is 2026-11-22. Names that begin with _ are
// the page's own.
type Values = map[string][]string

// OtherOption is the value of the option that stands for a text of one's own.
const OtherOption = model.OtherOption

// TrapField is the name of a field that people do not see: who fills it is a
// program.
const TrapField = "website"

// State says what a request met.
type State string

// The states.
const (
	Asking   State = "asking"   // a page to answer
	Thanks   State = "thanks"   // just completed
	Answered State = "answered" // completed before; may be corrected while CorrectUntil is not over
	Expired  State = "expired"  // the link was good until some time ago
	Revoked  State = "revoked"  // the link was taken back, or its customer is not known any more
	Unknown  State = "unknown"  // no link of ours: cut short, or made up
	Closed   State = "closed"   // the survey is not asked any more
	TooMany  State = "too-many" // more answers from there than people give: wait a minute
)

// Form is one page of a survey as it is to be shown, its texts in Language.
type Form struct {
	State        State
	Survey       string
	Version      string // to be posted as Ref.Version
	Way          Way
	Language     string // es, en or pt
	Title        string // of the page; may be empty
	Page         int    // from 1, to be posted with the values
	Step, Steps  int    // where the page stands among those that are asked, as far as the answers tell
	Back         int    // the page before; 0: none
	Response     string // where the link is not personal: to be posted as Ref.Response
	Questions    []Question
	Thanks       string // may be empty
	Redirect     string // may be empty
	CorrectUntil cx.Time
	Anonymous    bool // answers are kept without who gave them
	Team         bool // of the company's own people
}

// Faulty tells whether an answer did not fit.
func (f *Form) Faulty() bool {
	return slices.ContainsFunc(f.Questions, func(q Question) bool { return q.Fault != "" })
}

// Preselect puts a value to a question of the form that has none yet: what a
// mail's link says that was touched there. What does not fit is left out. It is
// kept by nothing but a post.
func (f *Form) Preselect(question, value string) {
	for i := range f.Questions {
		q := &f.Questions[i]
		if q.ID == question && len(q.Given) == 0 && q.choosable(value) {
			q.Given = []string{value}
		}
	}
}

// Question is one question of a Form.
type Question struct {
	ID, Type   string
	Text, Help string
	Required   bool
	Options    []Option // in the order to show; without Other's; of emotion the emotions, to be named by the page
	Rows       []Option
	Scale      []int    // of nps, csat, ces, rating and a matrix on a scale: each point
	Low, High  string   // what the ends of the scale mean
	Words      []string // what each point of the scale means; nil: only the ends have words
	Other      bool
	MaxLength  int
	Min, Max   *float64
	Given      []string          // what was answered so far, as Values
	GivenRow   map[string]string // of matrix by row, of ranking the place by option
	GivenOther string
	Fault      string // what to do about the answer posted, in Language; "" when it fits
}

// Option is something to choose.
type Option struct{ ID, Text string }

// choosable tells whether the value is one of the question's.
func (q *Question) choosable(value string) bool {
	if slices.ContainsFunc(q.Options, func(o Option) bool { return o.ID == value }) {
		return q.Type == model.Single || q.Type == model.Multiple || q.Type == model.Emotion
	}
	return q.Rows == nil && slices.ContainsFunc(q.Scale, func(n int) bool { return itoa(n) == value })
}
