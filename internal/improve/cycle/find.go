package cycle

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// again is how long after an initiative is over its matter is an opportunity again,
// if a source still finds it.
const again = 90 * 24 * time.Hour

// find is the job that asks the sources, and comes again.
func (s *Service) find(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	s.Refresh(ctx)
	return func(ctx context.Context, tx *sqldb.Tx) error {
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: findKind, Key: j.Key, Due: s.c.Clock.Now().Add(findEvery)})
	}, ctx.Err()
}

// Refresh asks every source now. A source that cannot answer is logged, and what
// it found before stays.
func (s *Service) Refresh(ctx context.Context) {
	for _, f := range s.c.Finders {
		found, err := f.Find(ctx)
		if err == nil {
			err = s.found(ctx, f.Source(), found)
		}
		if err != nil && ctx.Err() == nil {
			s.c.Logger.Warn("a source of opportunities does not answer", slog.String("source", string(f.Source())), slog.Any("error", err))
		}
	}
	if err := s.weigh(ctx); err != nil && ctx.Err() == nil {
		s.c.Logger.Warn("what a point of score is worth is not known", slog.Any("error", err))
	}
}

// weigh keeps what a point of score is worth now, so that no list waits for it.
func (s *Service) weigh(ctx context.Context) error {
	if s.c.Worth == nil {
		return nil
	}
	point, err := s.c.Worth.OfPoint(ctx)
	if err != nil {
		return err
	}
	if !finite(point) {
		point = outcome.Estimate{}
	}
	body, err := json.Marshal(point)
	if err != nil {
		return err
	}
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM cycle_point`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO cycle_point (body) VALUES ($1)`, string(body))
		return err
	})
}

// point is what weigh kept; N 0 before it did.
func point(ctx context.Context, tx *sqldb.Tx) (e outcome.Estimate, err error) {
	var body string
	err = tx.QueryRow(ctx, `SELECT body FROM cycle_point`).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return e, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &e)
	}
	return e, err
}

func finite(e outcome.Estimate) bool {
	for _, v := range []float64{e.Value, e.Low, e.High} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// found keeps what a source finds now. What is dismissed stays so, what an
// initiative attacks stays with it; what is found no more goes, unless somebody
// voted for it.
func (s *Service) found(ctx context.Context, from Source, proposals []Proposal) error {
	now := s.c.Clock.Now()
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		still := map[string]bool{}
		for _, p := range proposals {
			p.Source = from
			p.clean()
			matter := p.Key
			o, err := byMatter(ctx, tx, matter)
			switch {
			case err != nil:
				return err
			case still[matter] || o.ID != "" && o.Source != from: // another source's, or a person's, says it already
				still[matter] = true
				continue
			}
			still[matter] = true
			if o.ID == "" {
				o = Opportunity{ID: idOf(matter), State: StateOpen, By: "system", At: now}
			}
			effort := o.Effort
			o.Proposal, o.Seen, o.ChangedAt = p, now, now
			if o.Assumed = effort == "" || o.Assumed; !o.Assumed {
				o.Effort = effort
			}
			if err := s.reopen(ctx, tx, &o, now); err != nil {
				return err
			}
			if o.State == StateOpen {
				if err := renew(ctx, tx, ofOpportunity(o.ID), p.Evidence); err != nil {
					return err
				}
			}
			if err := put(ctx, tx, &o); err != nil {
				return err
			}
		}
		return s.leave(ctx, tx, from, still)
	})
}

// renew puts the evidence of something in the place of what was there.
func renew(ctx context.Context, tx *sqldb.Tx, of string, e Evidence) error {
	if err := drop(ctx, tx, of); err != nil {
		return err
	}
	return keep(ctx, tx, of, e)
}

// reopen makes a matter an opportunity again whose initiative was over long ago.
func (s *Service) reopen(ctx context.Context, tx *sqldb.Tx, o *Opportunity, now cx.Time) error {
	if o.State != StateTaken {
		return nil
	}
	i, err := read(ctx, tx, o.Initiative)
	if err == nil && i.Stage == Closed && now.Sub(i.ClosedAt) > again {
		o.State = StateOpen
	}
	return err
}

// leave removes the open opportunities of a source that it finds no more, and for
// which nobody voted.
func (s *Service) leave(ctx context.Context, tx *sqldb.Tx, from Source, still map[string]bool) error {
	open, err := list(ctx, tx, StateOpen)
	if err != nil {
		return err
	}
	votes, err := votes(ctx, tx)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.Source != from || still[o.Key] || len(votes[o.ID]) > 0 {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM cycle_opportunities WHERE id = $1`, o.ID); err != nil {
			return err
		}
		if err := drop(ctx, tx, ofOpportunity(o.ID)); err != nil {
			return err
		}
	}
	return nil
}

// clean takes away figures that are none.
func (p *Proposal) clean() {
	for _, e := range []*outcome.Estimate{&p.Memory, &p.Money} {
		if !finite(*e) {
			*e = outcome.Estimate{}
		}
	}
	p.Customers = max(p.Customers, 0)
	p.Key = p.matter()
	if p.Effort == "" {
		p.Effort = Medium
	}
}
