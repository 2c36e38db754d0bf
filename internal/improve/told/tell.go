package told

import (
	"context"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Reason says why somebody was not told.
type Reason string

// The reasons not to tell.
const (
	Unsubscribed Reason = "unsubscribed" // they do not want to be written to
	NoConsent    Reason = "consent"      // they did not agree to it
	Fatigue      Reason = "fatigue"      // they were written to as often as may be, for too long
	Unreachable  Reason = "no-address"   // nobody can be named, or written to
)

// The states of who is told.
const (
	waiting = "waiting"
	wasTold = "told"
	notTold = "not"
)

const (
	// patience is how long somebody waits until they may be written to.
	patience = 30 * 24 * time.Hour
	// rest is how long it is put off for who was written to as often as may be.
	rest = 24 * time.Hour
)

// Tell has everybody told who is behind an initiative that worked, and returns how
// many that are now. Who was told, or is about to be, is left as they are: nobody is
// told twice. The story says it, in every language. Needs account.LeadImprovement. The
// errors are NotFound, Invalid for a story with a text missing, Conflict for what has
// not worked.
func (s *Service) Tell(ctx context.Context, p cx.Principal, slug string) (n int, err error) {
	const op = "told.Tell"
	if err := account.Check(p, account.LeadImprovement); err != nil {
		return 0, cx.Wrap(op, err)
	}
	i, err := s.c.Initiatives.Initiative(ctx, p, slug)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	if !worked(&i) {
		return 0, cx.Errorf(cx.Conflict, op, "it has not worked, as far as is known: nothing changed that could be told")
	}
	customers, _, err := s.c.Initiatives.Behind(ctx, slug)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	everybody, err := s.apart(ctx, customers)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		st, _, err := read(ctx, tx, slug)
		if err != nil {
			return err
		}
		if err := cx.InvalidFaults(op, faultsOf(&st, true)); err != nil {
			return err
		}
		for _, aliases := range everybody {
			if known, err := among(ctx, tx, slug, aliases); err != nil || known {
				if err != nil {
					return err
				}
				continue
			}
			n++
			if _, err := tx.Exec(ctx, `INSERT INTO told_customers (initiative, customer, state, why, since) VALUES ($1, $2, $3, '', $4)`, slug, string(aliases[0]), waiting, int64(now)); err != nil {
				return err
			}
			if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: slug + ":" + string(aliases[0]), Due: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	s.c.Jobs.Wake()
	return n, nil
}

// apart returns the ids of each of the customers, who may be fewer: merged ones are
// one.
func (s *Service) apart(ctx context.Context, customers []cx.CustomerID) (out [][]cx.CustomerID, err error) {
	seen := map[cx.CustomerID]bool{}
	for _, id := range customers {
		aliases, err := s.c.Memory.Aliases(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(aliases) > 0 && !seen[aliases[0]] {
			seen[aliases[0]] = true
			out = append(out, aliases)
		}
	}
	return out, nil
}

// among tells whether a customer was told, or is about to be, under any of their ids.
func among(ctx context.Context, tx *sqldb.Tx, slug string, aliases []cx.CustomerID) (bool, error) {
	for _, id := range aliases {
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM told_customers WHERE initiative = $1 AND customer = $2`, slug, string(id)).Scan(&n); err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// work tells one customer, puts it off, or gives up; the initiative hears of it once
// nobody waits any more.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	slug, id, _ := strings.Cut(j.Key, ":")
	var st Story
	var since cx.Time
	var state string
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if st, _, err = read(ctx, tx, slug); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT state, since FROM told_customers WHERE initiative = $1 AND customer = $2`, slug, id).Scan(&state, &since)
	})
	if gone(err) || err == nil && state != waiting {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	why, later, err := s.tell(ctx, &st, cx.CustomerID(id), since)
	if err != nil {
		return nil, err
	}
	if later > 0 {
		return nil, jobs.Later(later)
	}
	state = wasTold
	if why != "" {
		state = notTold
	}
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE told_customers SET state = $1, why = $2, since = $3 WHERE initiative = $4 AND customer = $5`, state, string(why), int64(s.c.Clock.Now()), slug, id)
		return err
	}); err != nil {
		return nil, err
	}
	return nil, s.note(ctx, slug)
}

// tell writes to one customer, unless something speaks against it, or it is to wait.
func (s *Service) tell(ctx context.Context, st *Story, id cx.CustomerID, since cx.Time) (why Reason, later cx.Time, err error) {
	c, err := s.c.Memory.Customer(ctx, cx.System(), id)
	if gone(err) {
		return Unreachable, 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	m, now := s.c.Models.Current().Model, s.c.Clock.Now()
	if not, err := s.c.Outbox.Unsubscribed(ctx, c.ID); err != nil || not {
		return Unsubscribed, 0, err
	}
	if m.Asking.Consent != "" && trait(&c, m.Asking.Consent) != "true" {
		return NoConsent, 0, nil
	}
	if at := ask.Polite(m, trait(&c, "timezone"), "", now); at > now {
		return "", at, nil
	}
	if most := m.Asking.Contacts; most.N > 0 {
		aliases, err := s.c.Memory.Aliases(ctx, c.ID)
		if err != nil {
			return "", 0, err
		}
		n, err := s.c.Outbox.Contacted(ctx, aliases, now.Add(-most.Per))
		switch {
		case err != nil:
			return "", 0, err
		case n >= most.N && now.Sub(since) > patience-2*rest:
			return Fatigue, 0, nil
		case n >= most.N:
			return "", now.Add(rest), nil
		}
	}
	key := "told:" + st.Initiative + ":" + string(id)
	sent, err := s.c.Dialogue.Send(ctx, cx.System(), dialogue.Note{Key: key, Customer: c.ID, Subject: subject(), Text: st.Did, By: "initiative:" + st.Initiative})
	if err == nil {
		_, err = s.c.Dialogue.Live(ctx, dialogue.Lived{ID: "change:" + key, Customer: c.ID, Name: ChangeEvent, At: now, Properties: map[string]any{"initiative": st.Initiative, "text": sent.Text}})
	}
	if kind := cx.KindOf(err); err != nil && (kind == cx.NotFound || kind == cx.Invalid) {
		return Unreachable, 0, nil
	}
	return "", 0, err
}

// subject is that of the mail.
func subject() model.Text {
	return model.Text{ES: "Dijiste, hicimos", EN: "You said, we did", PT: "Você disse, nós fizemos"}
}

// note lets the initiative know how many were told, once nobody waits.
func (s *Service) note(ctx context.Context, slug string) error {
	n := 0
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var wait, done, noted int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM told_customers WHERE initiative = $1 AND state = $2`, slug, waiting).Scan(&wait); err != nil || wait > 0 {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM told_customers WHERE initiative = $1 AND state = $2`, slug, wasTold).Scan(&done); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT noted FROM told_stories WHERE initiative = $1`, slug).Scan(&noted); err != nil {
			return err
		}
		n = done - noted
		_, err := tx.Exec(ctx, `UPDATE told_stories SET noted = $1 WHERE initiative = $2`, done, slug)
		return err
	})
	if err != nil || n <= 0 {
		return err
	}
	return s.c.Initiatives.Told(ctx, cx.System(), slug, n)
}

// trait is what is known of a customer as plain text; "" when it is not.
func trait(c *remember.Customer, name string) string {
	for _, t := range c.Traits {
		if t.Name == name {
			return strings.Trim(string(t.Value), `"`)
		}
	}
	return ""
}
