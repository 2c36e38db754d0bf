package deliver

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// work sends one message, unless it is not to go any more.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	m, ok, err := s.waiting(ctx, j.Key)
	if err != nil || !ok {
		return nil, err
	}
	if state, err := s.check(ctx, m); err != nil || state != "" {
		return s.end(m, state, ""), err
	}
	if g := s.gates[m.Class]; g != nil {
		at, ok, err := g(ctx, m)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return s.end(m, Dropped, ""), nil
		case at > s.c.Clock.Now():
			return nil, jobs.Later(min(at, m.Expires))
		}
	}
	if s.mail == nil {
		return nil, jobs.Later(min(s.c.Clock.Now().Add(outageMost), m.Expires))
	}
	if turn := s.mail.turn(m.ID); turn > s.c.Clock.Now() {
		return nil, jobs.Later(min(turn, m.Expires))
	}
	body, err := s.compose(m)
	if err != nil {
		return s.end(m, Refused, "it cannot be written as a mail"), nil //nolint:nilerr // no other try would
	}
	f := s.mail.send(ctx, body)
	if f == nil {
		return s.end(m, Sent, ""), nil
	}
	if ctx.Err() != nil { // the product stops: it goes on where it is
		return nil, ctx.Err()
	}
	if f.state != "" {
		return s.end(m, f.state, f.Error()), nil
	}
	if err := s.failed(ctx, m.ID, f); err != nil {
		return nil, err
	}
	if f.outage > 0 {
		s.c.Logger.Warn("the mail server does not take mail", slog.String("error", f.Error()))
		return nil, jobs.Later(min(f.outage, m.Expires))
	}
	return nil, f
}

// check tells how a message ends without being sent; "" when it is to be sent.
func (s *Service) check(ctx context.Context, m Message) (State, error) {
	if s.c.Clock.Now() >= m.Expires {
		return Expired, nil
	}
	if !m.Class.asked() && m.Customer != "" {
		if is, err := s.Unsubscribed(ctx, m.Customer); err != nil || is {
			return Unsubscribed, err
		}
	}
	bounced, err := s.Bounced(ctx, m.To)
	if bounced {
		return Bounced, err
	}
	return "", err
}

// waiting returns a message that is to be sent; ok is false when it is not any
// more.
func (s *Service) waiting(ctx context.Context, id string) (m Message, ok bool, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var letter string
		err := tx.QueryRow(ctx, `SELECT id, customer, address, class, channel, about, letter, expires_at FROM deliver_messages WHERE id = $1 AND state = $2`, id, string(Waiting)).
			Scan(&m.ID, &m.Customer, &m.To, &m.Class, &m.Channel, &m.About, &letter, &m.Expires)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			ok = true
			m.Letter, err = decode(letter)
		}
		return err
	})
	return m, ok, err
}

// end keeps how a message ended, without what it said and to whom.
func (s *Service) end(m Message, state State, why string) jobs.Done {
	if state == "" {
		return nil
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		now := int64(s.c.Clock.Now())
		tried := 0
		if state == Sent || why != "" {
			tried = 1
		}
		if _, err := tx.Exec(ctx, `UPDATE deliver_messages SET state = $1, ended_at = $2, attempts = attempts + $3, error = $4, letter = '', address = $5 WHERE id = $6`,
			string(state), now, tried, why, mask(m.To), m.ID); err != nil {
			return err
		}
		if s.ended[m.Class] != nil {
			if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: endedKind, Key: m.ID, Due: cx.Time(now), Payload: string(state)}); err != nil {
				return err
			}
			defer s.c.Jobs.Wake()
		}
		if state != Bounced || why == "" {
			return nil
		}
		_, err := tx.Exec(ctx, `INSERT INTO deliver_bounces (address, at, error) VALUES ($1, $2, $3) ON CONFLICT (address) DO NOTHING`, s.addressKey(m.To), now, why)
		return err
	}
}

// tell tells who put a message in how it ended.
func (s *Service) tell(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	var m Message
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT id, customer, class, channel, about FROM deliver_messages WHERE id = $1`, j.Key).Scan(&m.ID, &m.Customer, &m.Class, &m.Channel, &m.About)
	})
	if errors.Is(err, sql.ErrNoRows) { // forgotten meanwhile
		return nil, nil
	}
	if fn := s.ended[m.Class]; err == nil && fn != nil {
		err = fn(ctx, m, State(j.Payload))
	}
	return nil, err
}

// failed keeps why a message could not be sent for now.
func (s *Service) failed(ctx context.Context, id string, f *failure) error {
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE deliver_messages SET attempts = attempts + 1, error = $1 WHERE id = $2`, f.Error(), id)
		return err
	})
}

// Bounced tells whether an address was found not to exist.
func (s *Service) Bounced(ctx context.Context, address string) (is bool, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM deliver_bounces WHERE address = $1)`, s.addressKey(address)).Scan(&is)
	})
	return is, cx.Wrap("deliver.Bounced", err)
}

// Forgive lets an address be written to again that bounced, as part of tx.
func (s *Service) Forgive(ctx context.Context, tx *sqldb.Tx, address string) error {
	_, err := tx.Exec(ctx, `DELETE FROM deliver_bounces WHERE address = $1`, s.addressKey(address))
	return cx.Wrap("deliver.Forgive", err)
}
