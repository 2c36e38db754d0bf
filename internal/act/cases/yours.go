package cases

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Yours is what the customer's page Tu caso shows.
type Yours struct {
	Case              string // its id, for what the page does by other services
	Customer          cx.CustomerID
	Number            int64
	Title             string
	Language, Address string // es, en, pt; tu, usted, vos
	Company           string
	FirstName         string // of the customer; may be empty
	Steps             []Step
	Who               string // first name of who looks after it; "" while nobody does
	Area              string // the area's name
	Due               cx.Time
	State             State
	Done              string // what was done, once it is solved
	AskRight          bool   // "¿quedó bien?"
	MadeRight         Answer
	Messages          []dialogue.Message
	Offer             *dialogue.Offer // the open choice, or the last one chosen
	Promise           string          // its name
	PromiseDue        cx.Time         // 0: none known
	CanReply          bool
	CanThank          bool // there is somebody to thank, and they did not yet
	Thanked           bool
	ExpiresAt         cx.Time // of the link
}

// Step is one line of where it stands.
type Step struct {
	What Stage
	At   cx.Time // 0: not yet
}

// Stage is where a case stands, as its customer sees it.
type Stage string

// The stages, in their order.
const (
	Received  Stage = "received"
	InHands   Stage = "in-hands" // somebody looks after it
	MadeGood  Stage = "solved"
	Confirmed Stage = "confirmed" // the customer says that it is right, or did not say otherwise in time
)

// Yours returns the page of a customer's case, in a language ("": theirs). Errors
// as dialogue.Follow.
func (s *Service) Yours(ctx context.Context, token, lang string) (y Yours, err error) {
	const op = "cases.Yours"
	l, err := s.link(ctx, token, dialogue.CaseLink)
	if err != nil {
		return y, cx.Wrap(op, err)
	}
	var c Case
	var story []Entry
	var thanked int
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if c, err = read(ctx, tx, l.Case); err != nil {
			return err
		}
		if story, err = s.story(ctx, tx, c.ID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM cases_thanks WHERE case_id = $1`, c.ID).Scan(&thanked)
	})
	if err != nil {
		return y, cx.Wrap(op, err)
	}
	who, err := s.c.Dialogue.Reader(ctx, l.Customer)
	if err != nil {
		return y, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	if err != nil {
		return y, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	if lang == "" {
		lang = who.Language(m.Company.Languages[0])
	}
	said, err := s.c.Dialogue.OfCase(ctx, c.ID, lang)
	if err != nil {
		return y, cx.Wrap(op, err)
	}
	area, _ := m.Area(c.Area)
	kept, _ := m.Promise(c.Promise)
	y = Yours{
		Case: c.ID, Customer: l.Customer, Number: c.Number, Title: c.Title, Language: lang, Address: string(m.Company.Address), Company: m.Company.Name, FirstName: who.FirstName,
		Steps: stepsOf(&c, story), Who: firstName(people[c.Owner].Name), Area: area.Name.In(lang), Due: c.Due, State: c.State, Done: c.Done,
		AskRight: c.State == StateSolved, MadeRight: c.MadeRight, Messages: said.Messages, Promise: kept.Name.In(lang),
		CanReply: true, CanThank: thanked == 0 && (c.State == StateSolved || c.State == StateClosed), Thanked: thanked > 0, ExpiresAt: l.ExpiresAt,
	}
	for i := range said.Offers {
		if o := &said.Offers[i]; o.State == dialogue.Offering || o.State == dialogue.Chosen || o.State == dialogue.Settled {
			y.Offer = o
		}
	}
	if c.Instance != "" && s.c.Promises != nil {
		i, err := s.c.Promises.Instance(ctx, cx.System(), promise.InstanceID(c.Instance))
		if err != nil && cx.KindOf(err) != cx.NotFound {
			return y, cx.Wrap(op, err)
		}
		y.PromiseDue = i.Due
	}
	return y, nil
}

// stepsOf tells where a case stands: when each stage was reached for the last
// time, and those after one that was left again are not.
func stepsOf(c *Case, story []Entry) []Step {
	steps := []Step{{What: Received, At: c.OpenedAt}, {What: InHands}, {What: MadeGood}, {What: Confirmed}}
	if c.Owner != "" || c.RespondedAt != 0 {
		steps[1].At = c.RespondedAt
		for _, e := range story {
			if e.What == Assigned && e.To != "" && (steps[1].At == 0 || e.At < steps[1].At) {
				steps[1].At = e.At
			}
		}
	}
	if c.State == StateSolved || c.State == StateClosed {
		steps[2].At = c.SolvedAt
		if steps[2].At == 0 {
			steps[2].At = c.ClosedAt
		}
	}
	if c.State == StateClosed {
		steps[3].At = c.ClosedAt
	}
	return steps
}
