package cases

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Solve says what was done: the customer reads it, and is asked whether it is
// right now. Nobody's case is closed at once.
func (s *Service) Solve(ctx context.Context, p cx.Principal, id, done string) (Case, error) {
	const op = "cases.Solve"
	done, err := words(op, "done", done, maxWords)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil {
			return nil, err
		}
		if c.State == StateSolved {
			return nil, cx.Errorf(cx.Conflict, op, "it is solved already: the customer was asked whether it is right")
		}
		now := s.c.Clock.Now()
		c.State, c.Done, c.SolvedAt, c.MadeRight, c.HeardAt = StateSolved, done, now, Unsaid, 0
		c.RespondedAt = cmp.Or(c.RespondedAt, now)
		entries := []Entry{{What: Solved, Text: done}}
		if c.Customer == "" {
			c.State, c.ClosedAt = StateClosed, now
			entries = append(entries, Entry{What: Closed})
		}
		return entries, nil
	})
}

// Close closes a case, and says why: without an answer of the customer, or where
// there is nothing to make right.
func (s *Service) Close(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	const op = "cases.Close"
	why, err := words(op, "why", why, maxWords)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if c.State == StateClosed {
			return nil, nil
		}
		if err := over(op, c); err != nil {
			return nil, err
		}
		c.State, c.ClosedAt, c.HeardAt = StateClosed, s.c.Clock.Now(), 0
		return []Entry{{What: Closed, Text: why}}, nil
	})
}

// Reopen opens a case again that was solved or closed.
func (s *Service) Reopen(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	const op = "cases.Reopen"
	why, err := words(op, "why", why, maxWords)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if c.State == StateOpen {
			return nil, nil
		}
		if c.State == StateMerged {
			return nil, over(op, c)
		}
		s.reopen(c)
		return []Entry{{What: Reopened, Text: why, Until: c.Due}}, nil
	})
}

// reopen gives a case its time anew.
func (s *Service) reopen(c *Case) {
	c.State, c.ClosedAt, c.Overdue, c.Escalated = StateOpen, 0, false, 0
	c.Due = s.c.Models.Current().Model.DueOf(c.Kind, s.c.Clock.Now())
	c.Reopened++
}

// Merge makes a case part of another one of the same customer: what was said and
// given goes along, and its customer's link leads there.
func (s *Service) Merge(ctx context.Context, p cx.Principal, into, from string) (Case, error) {
	const op = "cases.Merge"
	return s.act(ctx, op, p, into, func(tx *sqldb.Tx, c *Case) ([]Entry, error) {
		other, err := read(ctx, tx, from)
		if err != nil {
			return nil, err
		}
		switch {
		case !reaches(p, &other):
			return nil, errNone
		case into == from:
			return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "from", Message: "is the same case: name another one"}})
		case c.State == StateMerged || other.State == StateMerged:
			return nil, over(op, &Case{State: StateMerged})
		}
		if c.Customer != "" && other.Customer != "" && c.Customer != other.Customer {
			aliases, err := s.c.Memory.Aliases(ctx, c.Customer)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(aliases, other.Customer) {
				return nil, cx.Errorf(cx.Conflict, op, "they are of two customers: merge those first, if they are the same")
			}
		}
		c.Customer = cmp.Or(c.Customer, other.Customer)
		c.Given += other.Given
		c.HeardAt = max(c.HeardAt, other.HeardAt)
		if err := s.c.Dialogue.Join(ctx, tx, other.ID, c.ID); err != nil {
			return nil, err
		}
		other.State, other.MergedInto, other.ClosedAt, other.HeardAt = StateMerged, c.ID, s.c.Clock.Now(), 0
		if err := s.write(ctx, tx, &other, Entry{What: Merged, By: p.ID, ByName: p.Name, To: c.ID, ToName: c.Title}); err != nil {
			return nil, err
		}
		return []Entry{{What: Took, To: other.ID, ToName: other.Title}}, nil
	})
}

// Confirm keeps the customer's own word on whether it is right now, by the link
// of their case: right closes it, wrong opens it again. Words may say more. The
// same word again changes nothing. Errors as dialogue.Follow.
func (s *Service) Confirm(ctx context.Context, token string, right bool, said string) error {
	const op = "cases.Confirm"
	l, err := s.link(ctx, token, dialogue.CaseLink)
	if err != nil {
		return cx.Wrap(op, err)
	}
	told := false
	c, err := s.change(ctx, cx.System(), l.Case, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		told = false
		answer := Wrong
		if right {
			answer = Right
		}
		if c.State != StateSolved && c.State != StateClosed || c.MadeRight == answer {
			return nil, nil
		}
		told = true
		c.MadeRight = answer
		entries := []Entry{{What: Said, By: byCustomer, Text: string(answer)}}
		switch {
		case !right:
			s.reopen(c)
			entries = append(entries, Entry{What: Reopened, By: byCustomer, Until: c.Due})
		case c.State == StateSolved:
			c.State, c.ClosedAt = StateClosed, s.c.Clock.Now()
			entries = append(entries, Entry{What: Closed, By: byCustomer})
		}
		return entries, nil
	})
	if err == nil && told && said != "" {
		_, err = s.c.Dialogue.Receive(ctx, dialogue.Message{Customer: l.Customer, Case: c.ID, Channel: dialogue.Page, Text: said}, "")
	}
	return cx.Wrap(op, err)
}

// link follows a token of a kind.
func (s *Service) link(ctx context.Context, token string, kind dialogue.LinkKind) (dialogue.Link, error) {
	l, err := s.c.Dialogue.Follow(ctx, token)
	if err == nil && l.Kind != kind {
		err = cx.Errorf(cx.NotFound, "cases.link", "this address is not whole: open it as it was sent")
	}
	return l, err
}
