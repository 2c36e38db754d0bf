package cases

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// act changes a case as somebody who works on it, and returns it as people read
// it. Needs account.WorkCases; NotFound when it is out of their reach, Conflict
// when the case is not in a state for it.
func (s *Service) act(ctx context.Context, op string, p cx.Principal, id string, fn func(tx *sqldb.Tx, c *Case) ([]Entry, error)) (Case, error) {
	if err := account.Check(p, account.WorkCases); err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	c, err := s.change(ctx, p, id, fn)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	s.name(ctx, &c, people, "")
	return c, cx.Wrap(op, err)
}

// words reads a text that must be there.
func words(op, field, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > most || strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return "", cx.InvalidFaults(op, []cx.Fault{{Field: field, Message: "write 1 to " + strconv.Itoa(most) + " characters"}})
	}
	return text, nil
}

// over refuses what makes no sense with a case that is over.
func over(op string, c *Case) error {
	switch c.State {
	case StateMerged:
		return cx.Errorf(cx.Conflict, op, "this case is part of another one: go on there")
	case StateClosed:
		return cx.Errorf(cx.Conflict, op, "this case is closed: reopen it first")
	}
	return nil
}

// Take makes a case one's own.
func (s *Service) Take(ctx context.Context, p cx.Principal, id string) (Case, error) {
	return s.Assign(ctx, p, id, p.ID)
}

// Assign gives a case to a person ("person:3"), or to nobody ("").
func (s *Service) Assign(ctx context.Context, p cx.Principal, id, person string) (Case, error) {
	const op = "cases.Assign"
	if err := account.Check(p, account.WorkCases); err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	who, isHere := people[person]
	if person != "" && (!isHere || who.DisabledAt != 0 || account.Check(who.Principal(), account.WorkCases) != nil) {
		return Case{}, cx.InvalidFaults(op, []cx.Fault{{Field: "person", Message: "nobody of this name works on cases"}})
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil || c.Owner == person {
			return nil, err
		}
		c.Owner = person
		return []Entry{{What: Assigned, To: person, ToName: who.Name}}, nil
	})
}

// Move gives a case to another area; it is nobody's there yet.
func (s *Service) Move(ctx context.Context, p cx.Principal, id, area string) (Case, error) {
	const op = "cases.Move"
	a, ok := s.c.Models.Current().Model.Area(area)
	if !ok {
		return Case{}, cx.InvalidFaults(op, []cx.Fault{{Field: "area", Message: "there is no area " + strconv.Quote(area) + ": choose one of those declared"}})
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil || c.Area == area {
			return nil, err
		}
		c.Area, c.Owner = area, ""
		return []Entry{{What: Assigned, To: area, ToName: a.Name.In(s.c.Models.Current().Model.Company.Languages[0])}}, nil
	})
}

// Note adds a note that the customer does not see. "@" and a colleague's handle
// tells them.
func (s *Service) Note(ctx context.Context, p cx.Principal, id, text string) (Case, error) {
	const op = "cases.Note"
	text, err := words(op, "text", text, maxWords)
	if err != nil {
		return Case{}, err
	}
	people, err := s.people(ctx)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	var to, names []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r != '@' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		handle, mentioned := strings.CutPrefix(word, "@")
		if !mentioned || handle == "" {
			continue
		}
		for id, person := range people {
			if handleOf(person.Name) == folded(handle) && person.DisabledAt == 0 && !slices.Contains(to, id) {
				to, names = append(to, id), append(names, person.Name)
			}
		}
	}
	slices.Sort(to)
	slices.Sort(names)
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if c.State == StateMerged {
			return nil, over(op, c)
		}
		return []Entry{{What: Noted, Text: text, To: strings.Join(to, ","), ToName: strings.Join(names, ", ")}}, nil
	})
}

// handleOf is how somebody is mentioned: the name without spaces and accents.
func handleOf(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return -1
	}, folded(name))
}

// Check checks an item of the checklist, or takes the check back.
func (s *Service) Check(ctx context.Context, p cx.Principal, id, item string, done bool) (Case, error) {
	const op = "cases.Check"
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil {
			return nil, err
		}
		kind, _ := s.c.Models.Current().Model.Cases.Kind(c.Kind)
		i := slices.IndexFunc(kind.Checklist, func(i model.CheckItem) bool { return i.Slug == item })
		if i < 0 {
			return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "item", Message: "is none of the checklist"}})
		}
		if _, was := c.Checks[item]; was == done {
			return nil, nil
		}
		e := Entry{What: Cleared, Text: kind.Checklist[i].Text.In(s.c.Models.Current().Model.Company.Languages[0])}
		if done {
			e.What = Checked
			if c.Checks == nil {
				c.Checks = map[string]Item{}
			}
			c.Checks[item] = Item{ID: item, Done: true, At: s.c.Clock.Now(), By: p.ID, ByName: p.Name}
		} else {
			delete(c.Checks, item)
		}
		return []Entry{e}, nil
	})
}

// Write writes to the customer.
func (s *Service) Write(ctx context.Context, p cx.Principal, id, text string) (Case, error) {
	const op = "cases.Write"
	text, err := words(op, "text", text, dialogue.MaxText)
	if err != nil {
		return Case{}, err
	}
	return s.say(ctx, op, p, id, Entry{What: Wrote, Text: text}, func(c *Case) error {
		_, err := s.c.Dialogue.Send(ctx, p, s.note(p, c, text))
		return err
	})
}

// Offer offers the customer a choice of the model, and writes its question to
// them.
func (s *Service) Offer(ctx context.Context, p cx.Principal, id, choice string) (Case, error) {
	const op = "cases.Offer"
	return s.say(ctx, op, p, id, Entry{What: Wrote, Text: choice}, func(c *Case) error {
		o, err := s.c.Dialogue.Offer(ctx, p, dialogue.NewOffer{Choice: choice, Customer: c.Customer, Case: c.ID, Promise: c.Promise, Instance: c.Instance, About: c.About})
		if err != nil {
			return err
		}
		n := s.note(p, c, o.Question)
		n.Offer = o.ID
		_, err = s.c.Dialogue.Send(ctx, p, n)
		return err
	})
}

func (s *Service) note(p cx.Principal, c *Case, text string) dialogue.Note {
	text = plainText(text)
	return dialogue.Note{
		Customer: c.Customer, Text: model.Text{ES: text, EN: text, PT: text}, Case: c.ID, About: c.About, Touchpoint: c.Touchpoint, By: p.ID, ByName: firstName(p.Name),
	}
}

// say says something to the customer of a case, and then keeps that it was said.
func (s *Service) say(ctx context.Context, op string, p cx.Principal, id string, e Entry, send func(*Case) error) (Case, error) {
	if err := account.Check(p, account.WorkCases); err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	var c Case
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if c, err = read(ctx, tx, id); err == nil && !reaches(p, &c) {
			err = errNone
		}
		return err
	})
	switch {
	case err != nil:
	case c.Customer == "":
		err = cx.Errorf(cx.Conflict, op, "nobody knows whose this case is: find the customer first")
	case c.State == StateMerged:
		err = over(op, &c)
	default:
		err = send(&c)
	}
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		c.RespondedAt = cmp.Or(c.RespondedAt, s.c.Clock.Now())
		c.HeardAt = 0
		return []Entry{e}, nil
	})
}

// Belongs says whose case it is that nobody knew whose it was.
func (s *Service) Belongs(ctx context.Context, p cx.Principal, id string, customer cx.CustomerID) (Case, error) {
	const op = "cases.Belongs"
	who, err := s.c.Memory.Customer(ctx, p, customer)
	if err != nil {
		return Case{}, cx.Wrap(op, err)
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil {
			return nil, err
		}
		if c.Customer != "" {
			return nil, cx.Errorf(cx.Conflict, op, "it is known whose this case is")
		}
		c.Customer = who.ID
		return []Entry{{What: Found}}, nil
	})
}

// Postpone changes when a case is due, and says why.
func (s *Service) Postpone(ctx context.Context, p cx.Principal, id string, due cx.Time, why string) (Case, error) {
	const op = "cases.Postpone"
	why, err := words(op, "why", why, maxWords)
	if err != nil {
		return Case{}, err
	}
	if due <= s.c.Clock.Now() {
		return Case{}, cx.InvalidFaults(op, []cx.Fault{{Field: "due", Message: "must lie ahead"}})
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil || c.Due == due {
			return nil, err
		}
		c.Due, c.Overdue, c.Escalated = due, false, 0
		return []Entry{{What: Delayed, Text: why, Until: due}}, nil
	})
}

// Retitle gives a case another title.
func (s *Service) Retitle(ctx context.Context, p cx.Principal, id, title string) (Case, error) {
	const op = "cases.Retitle"
	title, err := words(op, "title", title, maxTitle)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if c.Title == title {
			return nil, nil
		}
		c.Title = title
		return []Entry{{What: Retitled, Text: title}}, nil
	})
}

// Cause says why it happened, by a short name that cases share ("" takes it
// back): a topic's slug, a fact's, or words. What has a cause in common is one
// thing to mend: the outer loop.
func (s *Service) Cause(ctx context.Context, p cx.Principal, id, cause string) (Case, error) {
	const op = "cases.Cause"
	cause = strings.Join(strings.Fields(strings.ToLower(cause)), " ")
	if utf8.RuneCountInString(cause) > maxTitle || strings.ContainsRune(cause, 0) {
		return Case{}, cx.InvalidFaults(op, []cx.Fault{{Field: "cause", Message: "write at most 200 characters"}})
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if c.State == StateMerged || c.Cause == cause {
			return nil, over(op, &Case{State: c.State})
		}
		c.Cause = cause
		return []Entry{{What: Caused, Text: cause}}, nil
	})
}

// Escalate tells who stands above, and why.
func (s *Service) Escalate(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	const op = "cases.Escalate"
	why, err := words(op, "why", why, maxWords)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, op, p, id, func(_ *sqldb.Tx, c *Case) ([]Entry, error) {
		if err := over(op, c); err != nil {
			return nil, err
		}
		return []Entry{{What: Escalated, To: s.above(c), Text: why}}, nil
	})
}

// Bulk does one thing to several cases, and tells of which it could not.
func (s *Service) Bulk(ctx context.Context, p cx.Principal, ids []string, do Do) (map[string]error, error) {
	const op = "cases.Bulk"
	if err := account.Check(p, account.WorkCases); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if len(ids) == 0 || len(ids) > maxLimit {
		return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "ids", Message: "choose 1 to 200 cases"}})
	}
	if do.To == Mine {
		do.To = p.ID
	}
	one, ok := map[What]func(string) (Case, error){
		Assigned:  func(id string) (Case, error) { return s.Assign(ctx, p, id, do.To) },
		Solved:    func(id string) (Case, error) { return s.Solve(ctx, p, id, do.Text) },
		Closed:    func(id string) (Case, error) { return s.Close(ctx, p, id, do.Text) },
		Noted:     func(id string) (Case, error) { return s.Note(ctx, p, id, do.Text) },
		Escalated: func(id string) (Case, error) { return s.Escalate(ctx, p, id, do.Text) },
		Caused:    func(id string) (Case, error) { return s.Cause(ctx, p, id, do.Text) },
	}[do.What]
	if !ok {
		return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "what", Message: "is none of assigned, solved, closed, noted, escalated, caused"}})
	}
	failed := map[string]error{}
	for _, id := range ids {
		if _, err := one(id); err != nil {
			failed[id] = err
		}
	}
	return failed, nil
}
