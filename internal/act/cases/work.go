package cases

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// The kinds of jobs: what follows from an entry (ID:N), and a case's next time (ID).
const (
	afterKind = "cases.after"
	timerKind = "cases.timer"
)

// ChangedEvent is the record in the log of what happened to a case: a Changed.
const ChangedEvent = "vivencia.case.changed"

// Changed is what the log says of a case: ids, never words.
type Changed struct {
	Case     string        `json:"case"`
	Customer cx.CustomerID `json:"customer,omitempty"`
	What     What          `json:"what"`
	Area     string        `json:"area,omitempty"` // who answers; of Escalated, who is told
	Kind     string        `json:"kind,omitempty"`
	Promise  string        `json:"promise,omitempty"`
	Instance string        `json:"instance,omitempty"`
	Rule     string        `json:"rule,omitempty"` // that opened it
	To       string        `json:"to,omitempty"`   // of Assigned and Merged
	By       string        `json:"by"`
	Place    string        `json:"place,omitempty"`
	Supplier string        `json:"supplier,omitempty"`
	Cause    string        `json:"cause,omitempty"`
	About    Abouts        `json:"about,omitempty"`
}

// Abouts are the properties of what a case is about: order_id, ….
type Abouts map[string]string

var logged = []What{Opened, Assigned, Due, Solved, Closed, Reopened, Merged, Escalated}

// starts tells whether something follows from what happened.
func (w What) starts() bool {
	return slices.Contains(logged, w) || w == Noted || w == Heard || w == Chose
}

// after does what follows from an entry: its record in the log, who is told, what
// the customer is asked. Doing it again changes nothing.
func (s *Service) after(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	id, number, _ := strings.Cut(j.Key, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, jobs.Dead(err)
	}
	var c Case
	var e Entry
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if c, err = read(ctx, tx, id); err != nil {
			return err
		}
		e, err = scanEntry(tx.QueryRow(ctx, `SELECT `+entryColumns+` FROM cases_entries WHERE case_id = $1 AND n = $2`, id, n))
		return err
	})
	if cx.KindOf(err) == cx.NotFound { // forgotten meanwhile
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.watch.tell(Update{c.ID, c.Area, c.Owner})
	if slices.Contains(logged, e.What) {
		if err := s.record(ctx, &c, e); err != nil {
			return nil, err
		}
	}
	if err := s.inform(ctx, &c, e); err != nil {
		return nil, err
	}
	switch e.What {
	case Opened:
		return s.weigh(ctx, &c)
	case Solved:
		err = s.askWhether(ctx, &c, e)
	}
	return nil, err
}

func (s *Service) record(ctx context.Context, c *Case, e Entry) error {
	rule, _ := strings.CutPrefix(c.By, "rule:")
	if rule == c.By {
		rule = ""
	}
	d := Changed{
		Case: c.ID, Customer: c.Customer, What: e.What, Area: c.Area, Kind: c.Kind, Promise: c.Promise, Instance: c.Instance, Rule: rule, By: e.By,
		Place: c.Place, Supplier: c.Supplier, Cause: c.Cause, About: c.About,
	}
	switch e.What {
	case Escalated:
		d.Area = cmp.Or(e.To, c.Area)
	case Assigned, Merged:
		d.To = e.To
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = s.c.Log.Append(ctx, []cx.Event{cx.NewDecision(ChangedEvent, "case:"+c.ID+":"+strconv.FormatInt(e.N, 10), e.At, raw)})
	return err
}

// weigh finds what is at risk with the customer of a new case, and how much they
// trust us.
func (s *Service) weigh(ctx context.Context, c *Case) (jobs.Done, error) {
	if c.Customer == "" {
		return nil, nil
	}
	pr, err := s.priority(ctx, c.Customer)
	if cx.KindOf(err) == cx.NotFound || cx.KindOf(err) == cx.Gone {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		now, err := read(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		now.Priority = pr
		return s.write(ctx, tx, &now)
	}, nil
}

// askWhether asks the customer of a solved case whether it is right now.
func (s *Service) askWhether(ctx context.Context, c *Case, e Entry) error {
	if c.Customer == "" || c.State != StateSolved {
		return nil
	}
	text := func(lang string) string {
		w := askOf(lang, s.c.Models.Current().Model.Company.Address)
		return strings.TrimSpace(strings.NewReplacer("{title}", c.Title, "{done}", e.Text).Replace(w.Text))
	}
	subject := func(lang string) string { return askOf(lang, s.c.Models.Current().Model.Company.Address).Subject }
	_, err := s.c.Dialogue.Send(ctx, cx.System(), dialogue.Note{
		Key: "case:" + c.ID + ":" + strconv.FormatInt(e.N, 10), Customer: c.Customer, Case: c.ID, By: e.By, ByName: firstName(e.ByName), About: c.About, Touchpoint: c.Touchpoint,
		Subject: model.Text{ES: plainText(subject("es")), EN: plainText(subject("en")), PT: plainText(subject("pt"))},
		Text:    model.Text{ES: plainText(text("es")), EN: plainText(text("en")), PT: plainText(text("pt"))},
	})
	if cx.KindOf(err) == cx.NotFound || cx.KindOf(err) == cx.Gone {
		return nil
	}
	return err
}

// plainText keeps what people typed from being read as a piping.
func plainText(text string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(text) }

func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

// next is when something is due in a case; 0: nothing is.
func (s *Service) next(c *Case) cx.Time {
	m := s.c.Models.Current().Model
	switch {
	case c.State == StateSolved:
		return c.SolvedAt.Add(m.Cases.Confirm)
	case c.State != StateOpen:
		return 0
	case !c.Overdue:
		return c.Due
	case c.Escalated == 0:
		return m.CaseTime(c.Due, m.Cases.Escalate.Lead)
	case c.Escalated == 1:
		return m.CaseTime(c.Due, m.Cases.Escalate.Above)
	}
	return 0
}

// timer does what is due in a case, and puts the next time in.
func (s *Service) timer(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	return func(ctx context.Context, tx *sqldb.Tx) error {
		c, err := read(ctx, tx, j.Key)
		if errors.Is(err, errNone) { // forgotten meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		at := s.next(&c)
		switch {
		case at == 0:
			return nil
		case at > s.c.Clock.Now():
			return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: timerKind, Key: c.ID, Due: at})
		}
		defer s.c.Jobs.Wake()
		e := Entry{By: "system"}
		switch {
		case c.State == StateSolved:
			e.What, c.State, c.ClosedAt = Closed, StateClosed, s.c.Clock.Now()
		case !c.Overdue:
			e.What, c.Overdue = Due, true
		default:
			e.What, e.To = Escalated, s.above(&c)
		}
		return s.write(ctx, tx, &c, e)
	}, nil
}

// above escalates a case one step, and returns the area that is told.
func (s *Service) above(c *Case) (area string) {
	m := s.c.Models.Current().Model
	c.Escalated = min(c.Escalated+1, 2)
	if c.Escalated == 1 {
		return c.Area
	}
	return cmp.Or(m.Cases.Escalate.Area, m.Cases.Area, c.Area)
}

// did keeps what a customer did about a case.
func (s *Service) did(ctx context.Context, tx *sqldb.Tx, d dialogue.Done) error {
	c, err := read(ctx, tx, d.Case)
	if errors.Is(err, errNone) {
		return nil
	}
	if err != nil {
		return err
	}
	e := Entry{What: Heard, By: byCustomer}
	if d.Did == dialogue.DidChoose {
		e.What, e.Text = Chose, d.Text
	}
	if c.State == StateOpen || c.State == StateSolved {
		c.HeardAt = d.At
	}
	return s.write(ctx, tx, &c, e)
}

// byCustomer is who did what a customer does.
const byCustomer = "customer"
