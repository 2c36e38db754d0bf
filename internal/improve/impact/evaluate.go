package impact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// digest is the hash of what an evaluation reads, in canonical order.
type digest struct{ hash.Hash }

func (d digest) ints(all ...int64) {
	for _, v := range all {
		_ = binary.Write(d, binary.BigEndian, v) // a hash takes everything
	}
}

func (d digest) floats(all ...float64) {
	for _, v := range all {
		d.ints(int64(math.Float64bits(v))) //nolint:gosec // bits, not a number
	}
}

func (d digest) texts(all ...string) {
	for _, v := range all {
		d.ints(int64(len(v)))
		_, _ = d.Write([]byte(v))
	}
}

func (d digest) purse(p purse) {
	d.texts(p.currency)
	d.floats(p.margin)
	d.ints(int64(p.home), int64(p.foreign))
}

func (d digest) sample(s *sample) {
	d.purse(s.purse)
	d.ints(int64(s.crossed), int64(s.left))
	d.texts(s.groupings...)
	for i := range s.units {
		u := &s.units[i]
		d.ints(int64(u.id), int64(u.arm), int64(u.at)) //nolint:gosec // numbers of customers
		for _, o := range u.of {
			d.floats(o.after, o.before)
		}
		d.texts(u.in...)
	}
}

func (d digest) panel(p *panel) {
	d.purse(p.purse)
	d.ints(int64(p.days), int64(p.facts))
	d.texts(p.dropped...)
	for _, at := range p.periods {
		d.ints(int64(at))
	}
	for u, name := range p.units {
		d.texts(name)
		d.ints(int64(p.first[u]))
		d.floats(p.y[u]...)
		d.floats(p.money[u]...)
		for _, g := range p.guards {
			d.floats(g[u]...)
		}
	}
}

func (d digest) story(s *story) {
	d.ints(int64(s.from))
	for i, at := range s.weeks {
		d.ints(int64(at), int64(s.means[i].N))
		d.floats(s.means[i].Mean, s.means[i].Variance)
	}
}

// evaluate reads and judges: of facts lived before asOf that the log has up to a seq
// (0: all it has).
func (s *Service) evaluate(ctx context.Context, in *Initiative, asOf cx.Time, upto cx.Seq, over *bool) (e Evaluation, err error) {
	s.evaluating.Lock()
	defer s.evaluating.Unlock()
	r := &reading{s: s, m: s.c.Models.Current().Model, in: in, plan: in.Plan.Normal(), asOf: asOf, upto: upto}
	if err := r.currencies(ctx); err != nil {
		return e, err
	}
	d := digest{sha256.New()}
	d.texts(in.Hash, r.plan.Hash())
	d.ints(version, int64(asOf), in.Cost.Minor)
	var judge func(over bool) Evaluation
	ended := !in.Running || in.Until > 0 && asOf >= in.Until
	switch r.plan.Design.Kind {
	case Random:
		sample, err := r.draw(ctx)
		if err != nil {
			return e, err
		}
		d.sample(sample)
		if n := len(sample.units); n > 0 {
			ended = ended && r.plan.Metric.dueAt(sample.units[n-1].at) <= asOf
		}
		judge = func(over bool) Evaluation { return judgeDraw(in, sample, asOf, over) }
	case Staggered:
		panel, err := r.stage(ctx)
		if err != nil {
			return e, err
		}
		d.panel(panel)
		judge = func(over bool) Evaluation { return judgeStages(in, panel, asOf, over) }
	case Date:
		story, err := r.date(ctx)
		if err != nil {
			return e, err
		}
		d.story(story)
		judge = func(over bool) Evaluation { return judgeDate(in, story, asOf, over) }
	}
	if over == nil {
		ended = ended || !r.plan.Rule.Until.IsZero() && asOf >= cx.TimeOf(r.plan.Rule.Until)
		over = &ended
	}
	if *over {
		d.ints(1)
	}
	e = judge(*over)
	e.Said = e.inWords(&r.plan, r.m.Company.Digits())
	e.Position, e.Over, e.Cost, e.InputsHash = r.upto, *over, in.Cost.Minor, hex.EncodeToString(d.Sum(nil))
	return e, nil
}

// Evaluate evaluates an initiative now, and keeps what it found. Needs
// account.LeadImprovement. The error is NotFound for an initiative.
func (s *Service) Evaluate(ctx context.Context, p cx.Principal, slug string) (Evaluation, error) {
	return s.EvaluateAt(ctx, p, slug, s.c.Clock.Now())
}

// EvaluateAt evaluates an initiative as it was known at a time that is past, or now.
// Needs account.LeadImprovement.
func (s *Service) EvaluateAt(ctx context.Context, p cx.Principal, slug string, at cx.Time) (Evaluation, error) {
	const op = "impact.Evaluate"
	if err := account.Check(p, account.LeadImprovement); err != nil {
		return Evaluation{}, cx.Wrap(op, err)
	}
	in, err := s.initiative.Initiative(ctx, p, slug)
	if err != nil {
		return Evaluation{}, cx.Wrap(op, err)
	}
	if at > s.c.Clock.Now() {
		return Evaluation{}, cx.InvalidFaults(op, []cx.Fault{{Field: "at", Message: "lies ahead: nothing is known of it yet"}})
	}
	e, err := s.evaluate(ctx, &in, at, 0, nil)
	if err == nil {
		e, err = s.store(ctx, e)
	}
	if err == nil {
		err = s.tell(ctx, &in, e)
	}
	return e, cx.Wrap(op, err)
}

// store keeps an evaluation. It takes the place of the last when that is of the same
// day, and was not final.
func (s *Service) store(ctx context.Context, e Evaluation) (Evaluation, error) {
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		last, err := lastOf(ctx, tx, e.Initiative)
		if err != nil {
			return err
		}
		e.Number = 1
		if last != nil {
			const day = cx.Time(24 * time.Hour / time.Microsecond)
			e.Number = last.Number + 1
			if !last.Final && last.At/day == e.At/day {
				if _, err := tx.Exec(ctx, `DELETE FROM impact_evaluations WHERE id = $1`, last.ID); err != nil {
					return err
				}
			}
		}
		e.ID = fmt.Sprintf("%s.%d", e.Initiative, e.Number)
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		final := 0
		if e.Final {
			final = 1
		}
		_, err = tx.Exec(ctx, `INSERT INTO impact_evaluations (id, initiative, number, at, final, told, body) VALUES ($1, $2, $3, $4, $5, 0, $6)`, e.ID, e.Initiative, e.Number, int64(e.At), final, string(body))
		return err
	})
	return e, err
}

// tell tells whose initiative it is, and that what does harm must end; then it is
// written down that they know.
func (s *Service) tell(ctx context.Context, in *Initiative, e Evaluation) error {
	for _, g := range e.Guardrails {
		if g.Breached && in.Running {
			if err := s.initiative.Breached(ctx, e.Initiative, g.Metric.Name(), e); err != nil {
				return err
			}
			break
		}
	}
	if err := s.initiative.Evaluated(ctx, e.Initiative, e); err != nil {
		return err
	}
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE impact_evaluations SET told = 1 WHERE id = $1`, e.ID)
		return err
	})
}

// Name names a metric in one word or two: "return", "score csat".
func (m Metric) Name() string { return strings.TrimSpace(string(m.Kind) + " " + m.Of) }

const selectBody = `SELECT body FROM impact_evaluations WHERE `

func scanEvaluation(rows *sql.Rows) (e Evaluation, err error) {
	var body string
	if err = rows.Scan(&body); err == nil {
		err = json.Unmarshal([]byte(body), &e)
	}
	return e, err
}

func one(ctx context.Context, tx *sqldb.Tx, where string, args ...any) (*Evaluation, error) {
	rows, err := tx.Query(ctx, selectBody+where, args...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanEvaluation)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func lastOf(ctx context.Context, tx *sqldb.Tx, slug string) (*Evaluation, error) {
	return one(ctx, tx, `initiative = $1 ORDER BY number DESC LIMIT 1`, slug)
}

// Evaluations lists those of an initiative, the first first. Needs
// account.ViewImprovement. The error is NotFound for an initiative.
func (s *Service) Evaluations(ctx context.Context, p cx.Principal, slug string) (all []Evaluation, err error) {
	const op = "impact.Evaluations"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if _, err := s.initiative.Initiative(ctx, p, slug); err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, selectBody+`initiative = $1 ORDER BY number`, slug)
		if err == nil {
			all, err = sqldb.Collect(rows, scanEvaluation)
		}
		return err
	})
	return all, cx.Wrap(op, err)
}

// Evaluation returns one by its id. The error is NotFound.
func (s *Service) Evaluation(ctx context.Context, p cx.Principal, id string) (Evaluation, error) {
	const op = "impact.Evaluation"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return Evaluation{}, cx.Wrap(op, err)
	}
	var e *Evaluation
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		e, err = one(ctx, tx, `id = $1`, id)
		return err
	})
	if err == nil && e == nil {
		err = cx.Errorf(cx.NotFound, op, "there is no such evaluation")
	}
	if err == nil {
		_, err = s.initiative.Initiative(ctx, p, e.Initiative)
	}
	if err != nil {
		return Evaluation{}, cx.Wrap(op, err)
	}
	return *e, nil
}

// Rerun makes an evaluation again from the same stretch of the log, as of the same
// time, and tells whether every digit is the same. It is not when customers were
// forgotten or merged since, the model classifies otherwise, or the method is
// another: then the hash of what was read is another too. Needs
// account.ViewImprovement.
func (s *Service) Rerun(ctx context.Context, p cx.Principal, id string) (again Evaluation, same bool, err error) {
	const op = "impact.Rerun"
	e, err := s.Evaluation(ctx, p, id)
	if err != nil {
		return again, false, cx.Wrap(op, err)
	}
	in, err := s.initiative.Initiative(ctx, p, e.Initiative)
	if err != nil {
		return again, false, cx.Wrap(op, err)
	}
	in.Cost.Minor = e.Cost
	if again, err = s.evaluate(ctx, &in, e.At, e.Position, &e.Over); err != nil {
		return again, false, cx.Wrap(op, err)
	}
	again.ID, again.Number = e.ID, e.Number
	was, err1 := json.Marshal(e)
	is, err2 := json.Marshal(again)
	return again, bytes.Equal(was, is), cx.Wrap(op, errors.Join(err1, err2))
}

// evaluateRunning evaluates what is not decided, and what still runs, where facts came
// since. It comes again after a Period.
func (s *Service) evaluateRunning(ctx context.Context, _ jobs.Job) (jobs.Done, error) {
	again := func(ctx context.Context, tx *sqldb.Tx) error {
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: evaluateKind, Due: s.c.Clock.Now().Add(Period)})
	}
	all, err := s.initiative.Initiatives(ctx)
	if err != nil {
		return again, err
	}
	var position cx.Seq
	if err := s.c.Facts.Snapshot(ctx, cx.System(), func(f history.Snapshot) error {
		position = f.Edition().Position
		return nil
	}); err != nil {
		return again, err
	}
	for i := range all {
		if err := s.evaluateOne(ctx, &all[i], position); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			s.c.Logger.ErrorContext(ctx, "an initiative could not be evaluated", slog.String("initiative", all[i].Slug), slog.Any("error", err))
		}
	}
	return again, nil
}

func (s *Service) evaluateOne(ctx context.Context, in *Initiative, position cx.Seq) error {
	var last *Evaluation
	told := 1
	if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if last, err = lastOf(ctx, tx, in.Slug); err == nil && last != nil {
			err = tx.QueryRow(ctx, `SELECT told FROM impact_evaluations WHERE id = $1`, last.ID).Scan(&told)
		}
		return err
	}); err != nil {
		return err
	}
	if last != nil && told == 0 {
		if err := s.tell(ctx, in, *last); err != nil {
			return err
		}
	}
	if last != nil && (last.Final && !in.Running || last.Why == Breached || !s.grown(in.Slug, position, last.At)) {
		return nil
	}
	e, err := s.evaluate(ctx, in, s.c.Clock.Now(), 0, nil)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.looked[in.Slug] = e.Position
	s.mu.Unlock()
	if last != nil && last.Final && e.Verdict == last.Verdict { // decided: only harm changes that
		return nil
	}
	if e, err = s.store(ctx, e); err != nil {
		return err
	}
	return s.tell(ctx, in, e)
}

// grown tells whether the log has grown since an initiative was looked at, or a day
// went by: days of customers end though nothing happens.
func (s *Service) grown(slug string, position cx.Seq, at cx.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looked[slug] != position || s.c.Clock.Now().Sub(at) >= 24*time.Hour
}
