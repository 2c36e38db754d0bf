package yours

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// shown is how many messages of a conversation are shown at first, and how many
// once more are asked for.
const (
	shownFirst = 6
	shownMost  = 100
)

// maxWords bounds what a customer may write at once, in bytes.
const maxWords = 4000

// story is the customer's own page of a case.
type story struct {
	*leaf.Page
	cases.Yours
	Notice  string // what was just done; a key's end, or ""
	Fault   string // what is missing in what was sent, or ""
	Earlier int    // messages that are not shown
	All     bool
	token   string
	id      string // of the message to be: the same is the same
}

// notices are what a page says was just done.
var notices = map[string]bool{"reply": true, "right": true, "wrong": true, "thanks": true, "saved": true, "mail": true, "no-mail": true}

// notice is what the address says was just done.
func (v *visit) notice() string {
	if done := v.URL.Query().Get("done"); notices[done] {
		return done
	}
	return ""
}

// yours shows a case to its customer. It changes nothing.
func (v *visit) yours() error { return v.story(http.StatusOK, "") }

func (v *visit) story(status int, fault string) error {
	c, err := v.h.Cases.Yours(v.Context(), v.token(), v.Asked)
	if err != nil {
		return err
	}
	v.Speak(c.Language)
	v.Path = "/case/" + v.token()
	s := story{Page: &v.Page, Yours: c, Notice: v.notice(), Fault: fault, All: v.URL.Query().Get("all") != "", token: v.token(), id: newID()}
	most := shownFirst
	if s.All {
		most = shownMost
	}
	if s.Earlier = len(c.Messages) - most; s.Earlier > 0 {
		s.Messages = c.Messages[s.Earlier:]
	}
	return v.Write(status, spoken(v.Context(), "yours.case.title", c.Address, "n", strconv.FormatInt(c.Number, 10)), caseOf(s))
}

// written reads the words of a form; ok is false, and the page is shown again,
// when there are none or too many.
func (v *visit) written(field string) (text string, ok bool, err error) {
	if err := v.form(postsALink); err != nil {
		return "", false, err
	}
	text = strings.TrimSpace(strings.ReplaceAll(v.PostForm.Get(field), "\r\n", "\n"))
	switch {
	case text == "":
		return "", false, v.story(http.StatusUnprocessableEntity, "empty")
	case len(text) > maxWords:
		return "", false, v.story(http.StatusUnprocessableEntity, "long")
	}
	return text, true, nil
}

// back leads to the case's page, which says what was done.
func (v *visit) back(done string) error { return v.Redirect(v.To("/case/"+v.token(), "done", done)) }

func (v *visit) reply() error {
	text, ok, err := v.written("words")
	if err != nil || !ok {
		return err
	}
	if _, err := v.h.Dialogue.Reply(v.Context(), v.token(), v.PostForm.Get("id"), text); err != nil {
		return err
	}
	return v.back("reply")
}

// right takes the customer's word on whether it is right now: one that it is
// not opens the case again.
func (v *visit) right() error {
	if err := v.form(postsALink); err != nil {
		return err
	}
	yes, words := v.PostForm.Get("right") == "yes", strings.TrimSpace(v.PostForm.Get("words"))
	if len(words) > maxWords {
		return v.story(http.StatusUnprocessableEntity, "long")
	}
	if err := v.h.Cases.Confirm(v.Context(), v.token(), yes, words); err != nil {
		return err
	}
	if yes {
		return v.back("right")
	}
	return v.back("wrong")
}

func (v *visit) thank() error {
	text, ok, err := v.written("words")
	if err != nil || !ok {
		return err
	}
	if err := v.h.Cases.Thank(v.Context(), v.token(), text); err != nil {
		return err
	}
	return v.back("thanks")
}

// finding says in a sentence where the case stands.
func (s story) finding(l *i18n.Locale) string {
	switch {
	case s.AskRight:
		return l.T("yours.case.is-it-right")
	case s.State == cases.StateSolved, s.State == cases.StateClosed:
		return l.T("yours.case.solved")
	case s.State == cases.StateMerged:
		return l.T("yours.case.merged")
	case s.MadeRight == cases.Wrong:
		return l.T("yours.case.again")
	case s.Who != "":
		return l.T("yours.case.with", "who", s.Who)
	}
	return l.T("yours.case.received")
}

// until says by when it will be solved; "" when it is, or nobody can say.
func (s story) until(l *i18n.Locale) string {
	switch {
	case s.State != cases.StateOpen || s.Due == 0:
		return ""
	case s.Due.Std().Before(l.Now()):
		return l.T("yours.case.late", "when", when(l, s))
	}
	return l.T("yours.case.until", "when", when(l, s))
}

func when(l *i18n.Locale, s story) string {
	return l.Weekday(s.Due) + " " + l.DateTime(s.Due)
}

// present is the stage that the case is at: the last one reached.
func (s story) present() cases.Stage {
	at := cases.Received
	for _, step := range s.Steps {
		if step.At != 0 {
			at = step.What
		}
	}
	return at
}

// choosing tells whether a choice waits for the customer.
func (s story) choosing() bool {
	return s.State == cases.StateOpen && s.Offer != nil && s.Offer.State == dialogue.Offering
}

// chose is the way that the customer chose; "" when there is none.
func (s story) chose() string {
	if s.Offer == nil || s.Offer.Option == "" {
		return ""
	}
	return choice{OfferPage: dialogue.OfferPage{Offer: *s.Offer}}.chosen().Text
}

// by is who wrote a message.
func (s story) by(m dialogue.Message, l *i18n.Locale) string {
	switch {
	case m.In && s.FirstName != "":
		return s.FirstName
	case m.In:
		return l.T("yours.talk.you")
	case m.ByName != "":
		return m.ByName
	}
	return s.Page.Company
}
