package programme

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Kind is what somebody commits to.
type Kind string

// The kinds. The product itself sees the first two; of Other they say so themselves.
const (
	Calls          Kind = "calls"          // customers of cases to write to or speak with
	Contradictions Kind = "contradictions" // to be decided
	Other          Kind = "other"
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Calls, Contradictions, Other} }

// State is how a commitment stands.
type State string

// The states.
const (
	Underway  State = "open"
	Kept      State = "kept"
	Broken    State = "broken"
	Withdrawn State = "withdrawn" // before it was due
)

// Commitment is what somebody committed to do by a day.
type Commitment struct {
	ID     int64
	Person string // "person:3"
	Name   string // "" when they work here no more
	Kind   Kind
	Target int    // how many; 1 of Other
	Words  string // what, of Other; else anything to add
	Made   cx.Time
	Due    cx.Time // the end of the last day, in the company's zone
	State  State
	Done   int     // so far: what the product saw, of Other what they say
	Seen   bool    // the product saw it; else they say so
	AtEnd  cx.Time // when it was kept, broken or withdrawn; 0
}

// NewCommitment is what somebody commits to. Due is a day, "2026-11-30".
type NewCommitment struct {
	Kind   Kind
	Target int // 0 and Other: 1
	Words  string
	Due    string
}

// Bounds of commitments.
const (
	mostTarget  = 500
	mostWords   = 500 // characters
	longestAway = 366 * 24 * time.Hour
)

// Commit takes on a commitment of who asks, from now on. Needs
// account.JoinImprovement, of a person; Invalid with every fault.
func (s *Service) Commit(ctx context.Context, p cx.Principal, n NewCommitment) (c Commitment, err error) {
	const op = "programme.Commit"
	who, err := s.person(ctx, p)
	if err != nil {
		return c, cx.Wrap(op, err)
	}
	now, zone := s.c.Clock.Now(), s.c.Models.Current().Model.Company.Zone()
	c = Commitment{Person: p.ID, Name: who.Name, Kind: n.Kind, Target: n.Target, Words: strings.TrimSpace(n.Words), Made: now, State: Underway, Seen: n.Kind != Other}
	if c.Target == 0 || c.Kind == Other {
		c.Target = 1
	}
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if !slices.Contains(Kinds(), c.Kind) {
		fault("kind", "is none of calls, contradictions, other")
	}
	if c.Target < 1 || c.Target > mostTarget {
		fault("target", "is 1 to 500")
	}
	if c.Kind == Other && c.Words == "" {
		fault("words", "say what you will do")
	}
	if !utf8.ValidString(c.Words) || utf8.RuneCountInString(c.Words) > mostWords {
		fault("words", "has at most 500 characters")
	}
	if day, err := time.ParseInLocation(time.DateOnly, n.Due, zone); err != nil {
		fault("due", "is the day by which, such as 2026-11-30")
	} else {
		c.Due = cx.TimeOf(day.AddDate(0, 0, 1))
		if c.Due <= now || c.Due.Sub(now) > longestAway {
			fault("due", "is from today on, and within a year")
		}
	}
	if faults != nil {
		return Commitment{}, cx.InvalidFaults(op, faults)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM programme_commitments`).Scan(&c.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO programme_commitments (id, person, kind, target, words, made, due, state, done, settled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
			c.ID, c.Person, string(c.Kind), c.Target, c.Words, c.Made, c.Due, string(c.State))
		return err
	})
	if err != nil {
		return Commitment{}, cx.Wrap(op, err)
	}
	return c, cx.Wrap(op, s.c.Accounts.Record(ctx, p, "commitment.made", object(c.ID)))
}

func object(id int64) string { return "commitment:" + strconv.FormatInt(id, 10) }

// Fulfil says that one's own commitment of kind Other is done. Conflict when it is
// over, or the product sees itself whether it is done.
func (s *Service) Fulfil(ctx context.Context, p cx.Principal, id int64) (Commitment, error) {
	return s.settle(ctx, "programme.Fulfil", p, id, func(c *Commitment) error {
		if c.Seen {
			return cx.Errorf(cx.Conflict, "programme.Fulfil", "nobody needs to say that this is done: it is seen in the cases and contradictions themselves")
		}
		c.State, c.Done = Kept, c.Target
		return nil
	})
}

// Withdraw takes one's own commitment back. Conflict when it is over.
func (s *Service) Withdraw(ctx context.Context, p cx.Principal, id int64) (Commitment, error) {
	return s.settle(ctx, "programme.Withdraw", p, id, func(c *Commitment) error {
		c.State = Withdrawn
		return nil
	})
}

func (s *Service) settle(ctx context.Context, op string, p cx.Principal, id int64, fn func(c *Commitment) error) (Commitment, error) {
	if _, err := s.person(ctx, p); err != nil {
		return Commitment{}, cx.Wrap(op, err)
	}
	all, err := s.Commitments(ctx, p)
	if err != nil {
		return Commitment{}, cx.Wrap(op, err)
	}
	i := slices.IndexFunc(all, func(c Commitment) bool { return c.ID == id && c.Person == p.ID })
	if i < 0 {
		return Commitment{}, cx.Errorf(cx.NotFound, op, "you have no such commitment")
	}
	c := all[i]
	if c.State != Underway {
		return Commitment{}, cx.Errorf(cx.Conflict, op, "this commitment is over: make another")
	}
	if err := fn(&c); err != nil {
		return Commitment{}, err
	}
	c.AtEnd = s.c.Clock.Now()
	if err := s.keep(ctx, c); err != nil {
		return Commitment{}, cx.Wrap(op, err)
	}
	return c, cx.Wrap(op, s.c.Accounts.Record(ctx, p, "commitment."+string(c.State), object(id)))
}

func (s *Service) keep(ctx context.Context, c Commitment) error {
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE programme_commitments SET state = $2, done = $3, settled = $4 WHERE id = $1 AND state = 'open'`, c.ID, string(c.State), c.Done, c.AtEnd)
		return err
	})
}

// Commitments returns everybody's, what is due first at the front, those that are over
// after those that are not, the latest first. What the product sees done is looked up;
// once it is enough, or the day is over, it is settled for good. Needs
// account.ViewImprovement.
func (s *Service) Commitments(ctx context.Context, p cx.Principal) ([]Commitment, error) {
	const op = "programme.Commitments"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return nil, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	all := []Commitment{}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, person, kind, target, words, made, due, state, done, settled FROM programme_commitments`)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, func(rows *sql.Rows) (c Commitment, err error) {
			err = rows.Scan(&c.ID, &c.Person, &c.Kind, &c.Target, &c.Words, &c.Made, &c.Due, &c.State, &c.Done, &c.AtEnd)
			return c, err
		})
		all = append(all, found...)
		return err
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	for i := range all {
		c := &all[i]
		c.Name, c.Seen = people[c.Person].Name, c.Kind != Other
		if c.State == Underway {
			if err := s.look(ctx, c, people[c.Person]); err != nil {
				return nil, cx.Wrap(op, err)
			}
		}
	}
	slices.SortFunc(all, func(a, b Commitment) int {
		over := func(c Commitment) int {
			if c.State == Underway {
				return 0
			}
			return 1
		}
		if over(a) == 1 && over(b) == 1 {
			return cmp.Or(cmp.Compare(b.Due, a.Due), cmp.Compare(b.ID, a.ID))
		}
		return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// look finds how far an open commitment is, and settles it when that is clear.
func (s *Service) look(ctx context.Context, c *Commitment, who account.Person) (err error) {
	now := s.c.Clock.Now()
	if c.Seen {
		if c.Done, err = s.c.Deeds.Did(ctx, who, c.Kind, cx.Window{From: c.Made, To: min(c.Due, now)}); err != nil {
			return err
		}
	}
	switch {
	case c.Done >= c.Target:
		c.State, c.AtEnd = Kept, min(c.Due, now)
	case now >= c.Due:
		c.State, c.AtEnd = Broken, c.Due
	default:
		return nil
	}
	return s.keep(ctx, *c)
}
