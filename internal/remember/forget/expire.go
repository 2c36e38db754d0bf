package forget

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// stretch is how many events expire at a time.
const stretch = 100_000

// Expired is what one rule of the model's retention lets expire.
type Expired struct {
	Source string    `json:"source,omitempty"`
	Event  string    `json:"event,omitempty"`
	Kind   string    `json:"kind,omitempty"`
	Keep   string    `json:"keep"`
	Before time.Time `json:"before"` // what was lived earlier
	Events int       `json:"events"`
}

// Expiring tells how many events Expire would erase now, by the rules of the
// model in order; those that keep for ever are left out. Needs
// account.ForgetCustomers.
func (s *Service) Expiring(ctx context.Context, p cx.Principal) ([]Expired, error) {
	const op = "forget.Expiring"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	old := s.old()
	for old.any {
		seqs, err := s.next(ctx, &old)
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		if len(seqs) == 0 {
			break
		}
	}
	return old.told(true), nil
}

// Expire erases now what is past its age; it does so every day by itself. It
// returns the receipt of what was erased, or none with ID 0. Needs
// account.ForgetCustomers.
func (s *Service) Expire(ctx context.Context, p cx.Principal) (Receipt, error) {
	const op = "forget.Expire"
	if err := account.Check(p, account.ForgetCustomers); err != nil {
		return Receipt{}, cx.Wrap(op, err)
	}
	r, err := s.expireNow(ctx, p)
	return r, cx.Wrap(op, err)
}

// expireNow goes through the log once, from the start: what was lived long ago
// may have come yesterday.
func (s *Service) expireNow(ctx context.Context, p cx.Principal) (r Receipt, err error) {
	s.working.Lock()
	defer s.working.Unlock()
	old := s.old()
	if !old.any {
		return r, nil
	}
	if err := s.c.Memory.WaitFor(ctx, old.upto); err != nil {
		return r, err
	}
	for {
		seqs, err := s.next(ctx, &old)
		if err != nil || len(seqs) == 0 {
			if err == nil && r.ID > 0 {
				err = s.finishExpired(ctx, &r)
			}
			return r, err
		}
		if err := s.keepStretch(ctx, p, &r, &old, seqs); err != nil {
			return r, err
		}
		if err := s.expireStretch(ctx, &r); err != nil {
			return r, err
		}
	}
}

// keepStretch makes durable which events are erased next: once some of them are
// redacted, the log does not tell any more.
func (s *Service) keepStretch(ctx context.Context, p cx.Principal, r *Receipt, old *oldEvents, seqs []cx.Seq) error {
	text, err := json.Marshal(seqs)
	if err != nil {
		return err
	}
	r.Expired = old.told(false)
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if r.ID == 0 {
			r.AskedAt, r.AskedBy = s.c.Clock.Now().Std(), p.ID
			if err := s.begin(ctx, tx, r); err != nil {
				return err
			}
		} else if err := keep(ctx, tx, r, 0); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO forget_stretches (receipt, seqs) VALUES ($1, $2)
			ON CONFLICT (receipt) DO UPDATE SET seqs = excluded.seqs`, r.ID, string(text))
		return err
	})
}

// expireStretch erases the stretch that was made durable.
func (s *Service) expireStretch(ctx context.Context, r *Receipt) error {
	var subject cx.Subject
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var text string
		if err := tx.QueryRow(ctx, `SELECT seqs FROM forget_stretches WHERE receipt = $1`, r.ID).Scan(&text); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &subject.Seqs)
	})
	if err != nil {
		return err
	}
	return s.erase(ctx, r, subject)
}

// finishExpired leaves no byte of what expired in the files of memory and of the
// others, and seals the receipt.
func (s *Service) finishExpired(ctx context.Context, r *Receipt) error {
	scrubbers := []scrubber{s.c.Memory}
	for _, other := range s.c.Others {
		if holder, ok := other.Holder.(scrubber); ok {
			scrubbers = append(scrubbers, holder)
		}
	}
	for _, holder := range scrubbers {
		if err := holder.Scrub(ctx); err != nil {
			return err
		}
	}
	return s.finish(ctx, r)
}

// oldEvents is a pass over the log in search of what is past its age.
type oldEvents struct {
	rules       []model.Retention
	expiry      model.Expiry
	any         bool // something may expire
	after, upto cx.Seq
	events      []int // by rule
}

func (s *Service) old() oldEvents {
	m := s.c.Models.Current().Model
	old := oldEvents{rules: m.Retention, upto: s.c.Log.LastSeq(), events: make([]int, len(m.Retention))}
	old.expiry, old.any = m.Expiry(s.c.Clock.Now())
	return old
}

var errEnough = errors.New("a pass has all it may erase at once")

// next returns the next stretch of what is past its age; none at the end.
func (s *Service) next(ctx context.Context, old *oldEvents) (seqs []cx.Seq, err error) {
	if old.after >= old.upto {
		return nil, nil
	}
	err = s.c.Log.Read(ctx, old.after, func(b stream.Batch) error {
		for i := range b.Events {
			e := &b.Events[i]
			if e.Seq > old.upto {
				return errEnough
			}
			old.after = e.Seq
			if rule := old.expiry.Rule(e); rule >= 0 {
				old.events[rule]++
				if seqs = append(seqs, e.Seq); len(seqs) == stretch {
					return errEnough
				}
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return seqs, err
}

// told says what was found, by rule: what there was, or every rule that lets
// something expire.
func (old *oldEvents) told(every bool) []Expired {
	out := []Expired{}
	for i, r := range old.rules {
		if before, ends := old.expiry.Before(i); ends && (every || old.events[i] > 0) {
			e := Expired{Source: r.Source, Event: r.Event, Keep: r.Keep.String(), Before: before.Std(), Events: old.events[i]}
			if r.Kind != 0 {
				e.Kind = r.Kind.String()
			}
			out = append(out, e)
		}
	}
	return out
}
