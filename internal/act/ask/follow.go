package ask

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const (
	// news is how long after it was lived an event still makes somebody be asked.
	news = 24 * time.Hour
	// keepEvery is how often the position is kept when nothing else is written:
	// what is read again after a crash is nobody's.
	keepEvery = time.Second
)

var _ stream.View = (*Service)(nil)

// Name returns "ask".
func (s *Service) Name() string { return "ask" }

// Position returns the seq up to which the log is decided.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, nil
}

// moment is an event that a survey waits for.
type moment struct {
	survey  model.Survey
	seq     cx.Seq
	fact    model.Fact
	context []byte
}

// said is an answer to a survey.
type said struct {
	survey string
	seq    cx.Seq
	at     cx.Time
	known  bool // by a userId
}

// found is what a batch holds that matters here.
type found struct {
	moments []moment
	answers []said
	wishes  []cx.Event // of customers about being written to
}

func (f found) nothing() bool { return len(f.moments)+len(f.answers)+len(f.wishes) == 0 }

// find looks for what matters in a batch. What it returns of the events lives no
// longer than they do.
func (s *Service) find(m *model.Model, b stream.Batch, position, effects cx.Seq) (f found) {
	now, horizon := s.c.Clock.Now(), m.Asking.Rest
	for i := range m.Surveys {
		if a := m.Surveys[i].Ask; a != nil {
			horizon = max(horizon, a.Rest)
		}
	}
	for i := range b.Events {
		e := &b.Events[i]
		switch {
		case e.Seq <= position:
		case e.Kind == cx.Decision:
			if e.Name == deliver.UnsubscribedEvent || e.Name == deliver.ResubscribedEvent {
				f.wishes = append(f.wishes, *e)
			}
		case e.Kind == cx.Answer:
			if _, declared := m.Survey(e.Name); !declared || now.Sub(e.At) > horizon || fact.Suspect(*e) {
				break // neither an import of former waves nor a program stops anybody from being asked
			}
			f.answers = append(f.answers, said{e.Name, e.Seq, e.At, e.UserID != ""})
		case e.Kind != cx.Track && e.Kind != cx.Page && e.Kind != cx.Screen, e.Seq <= effects, now.Sub(e.At) > news:
		default:
			for i := range m.Surveys {
				if sv := &m.Surveys[i]; sv.Ask != nil && !sv.Team() && sv.Ask.Event == e.Name {
					f.moments = append(f.moments, moment{*sv, e.Seq, model.FactOf(*e), e.Context})
				}
			}
		}
	}
	return f
}

// Apply decides about a batch: the decisions go to the log, then what follows
// from them to state.db together with the position. A crash in between decides
// again: to the same records, or to later ones that take these back.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "ask.Apply"
	s.deciding.Lock()
	defer s.deciding.Unlock()
	s.mu.Lock()
	position, effects, kept, keptAt := s.position, s.effects, s.kept, s.keptAt
	s.mu.Unlock()
	if b.Last <= position {
		return nil
	}
	m := s.c.Models.Current().Model
	f := s.find(m, b, position, effects)
	now := s.c.Clock.Now()
	if f.nothing() && kept > 0 && now.Sub(keptAt) < keepEvery {
		s.reached(b.Last, kept, keptAt)
		return nil
	}
	owners, err := s.owners(ctx, f, position, b.Last)
	if err != nil {
		return cx.Wrap(op, err)
	}
	st := &stretch{s: s, m: m, day: now.Std().In(m.Company.Zone()).Format(time.DateOnly)}
	for i := range f.moments {
		if id := owners[f.moments[i].seq]; id != "" {
			if err := st.moment(ctx, &f.moments[i], id); err != nil {
				return cx.Wrap(op, err)
			}
		}
	}
	if err := st.commit(ctx, func(tx *sqldb.Tx) error {
		for _, e := range f.wishes {
			if err := s.c.Deliver.Note(ctx, tx, e); err != nil {
				return err
			}
		}
		for _, a := range f.answers {
			if id := owners[a.seq]; id != "" {
				if err := s.answered(ctx, tx, a, id); err != nil {
					return err
				}
			}
		}
		_, err := tx.Exec(ctx, `UPDATE ask_state SET position = $1`, int64(b.Last))
		return err
	}); err != nil {
		return cx.Wrap(op, err)
	}
	s.reached(b.Last, b.Last, now)
	return nil
}

func (s *Service) reached(position, kept cx.Seq, at cx.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position, s.kept, s.keptAt = position, kept, at
}

// owners tells whose the moments and answers are; those of a message that was
// there before are nobody's.
func (s *Service) owners(ctx context.Context, f found, after, last cx.Seq) (map[cx.Seq]cx.CustomerID, error) {
	of := map[cx.Seq]cx.CustomerID{}
	if len(f.moments)+len(f.answers) == 0 {
		return of, nil
	}
	resolved, err := s.c.Memory.Resolve(ctx, after, last)
	if err != nil {
		return nil, err
	}
	profiles := map[cx.Seq]cx.ProfileNo{}
	for _, r := range resolved.Facts {
		profiles[r.Seq] = r.Profile
	}
	var seqs []cx.Seq
	var whose []cx.ProfileNo
	add := func(seq cx.Seq) {
		if p := profiles[seq]; p != 0 {
			seqs, whose = append(seqs, seq), append(whose, p)
		}
	}
	for i := range f.moments {
		add(f.moments[i].seq)
	}
	for _, a := range f.answers {
		add(a.seq)
	}
	ids, err := s.c.Memory.Owners(ctx, whose)
	for i, id := range ids {
		of[seqs[i]] = id
	}
	return of, err
}

// answered keeps that a customer answered: what they were asked last, or what
// nobody asked.
func (s *Service) answered(ctx context.Context, tx *sqldb.Tx, a said, id cx.CustomerID) error {
	aliases, err := s.c.Memory.Aliases(ctx, id)
	if err != nil {
		return err
	}
	for _, alias := range aliases {
		done, err := tx.Exec(ctx, `UPDATE ask_asks SET answered_at = $1 WHERE id = (SELECT id FROM ask_asks
			WHERE survey = $2 AND customer = $3 AND state IN ('scheduled', 'ready', 'asking', 'asked', 'unasked') AND answered_at <= $1 ORDER BY due_at DESC LIMIT 1)`,
			int64(a.at), a.survey, string(alias))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
	}
	if !a.known { // nobody who could be asked
		return nil
	}
	_, err = insert(ctx, tx, row{id: s.name("unasked " + a.survey + " " + string(id)), survey: a.survey, customer: id, state: Unasked, decided: a.at, due: a.at, said: a.at})
	return err
}

// meant tells whether the survey's condition lets the event and its customer
// through.
func (s *Service) meant(ctx context.Context, m *model.Model, mo *moment, c *candidate) (bool, error) {
	when := mo.survey.Ask.When
	if when == nil {
		return true, nil
	}
	vars := expr.Vars{
		Name: mo.fact.Name, Type: mo.fact.Kind.String(), Source: mo.fact.Source, UserID: mo.fact.UserID, At: mo.fact.At,
		Properties: expr.NewObject(bytes.Clone(mo.fact.Properties)), Context: expr.NewObject(bytes.Clone(mo.context)),
		Traits: expr.NewObject(traitsOf(&c.customer)), Now: s.c.Clock.Now(), Answers: make([]any, len(when.Asks())),
	}
	if len(when.Asks()) > 0 {
		if err := s.known(ctx, mo.seq); err != nil {
			return false, err
		}
		q := history.BehaviourQuery{Asks: when.Asks(), Now: vars.Now, Currency: m.Company.Currency, Digits: m.Company.Digits(), Customers: []cx.CustomerNo{c.customer.No}}
		if err := s.c.Facts.Behaviour(ctx, cx.System(), q, func(b history.Behaviour) error {
			copy(vars.Answers, b.Answers)
			return nil
		}); err != nil {
			return false, err
		}
	}
	is, err := when.Bool(vars)
	if cx.KindOf(err) == cx.Invalid { // what data makes too costly is not met
		return false, nil
	}
	return is, err
}

// known waits until history holds everything up to seq.
func (s *Service) known(ctx context.Context, seq cx.Seq) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		state, err := s.c.Facts.State(ctx)
		if err != nil || state.Position >= seq {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stretch is decisions that are made together.
type stretch struct {
	s         *Service
	m         *model.Model
	day       string
	decisions []cx.Event
	rows      []row
	skipped   []row
}

// moment decides about one event and survey.
func (st *stretch) moment(ctx context.Context, mo *moment, id cx.CustomerID) error {
	customer, aliases, ok, err := st.s.person(ctx, id)
	if err != nil || !ok {
		return err
	}
	c := &candidate{
		id: st.s.name("event " + mo.survey.Slug + " " + strconv.FormatUint(uint64(mo.seq), 10)), survey: mo.survey, customer: customer, aliases: aliases, about: mo.seq,
		subject: subjectOf(st.m, mo.fact), earliest: max(mo.fact.At.Add(mo.survey.Ask.Delay), st.s.c.Clock.Now()), drawn: true,
	}
	if ok, err := st.s.meant(ctx, st.m, mo, c); err != nil || !ok {
		return err
	}
	_, err = st.decide(ctx, c)
	return err
}

// decide decides about a candidate.
func (st *stretch) decide(ctx context.Context, c *candidate) (Reason, error) {
	v, err := st.s.look(ctx, st.m, asked{st.s, &st.rows}, c)
	if err != nil {
		return "", err
	}
	now := st.s.c.Clock.Now()
	d := Decision{Ask: c.id, Survey: c.survey.Slug, Customer: c.customer.ID, Asked: v.why == "", Reason: v.why, About: c.about, Since: timeOf(v.since), By: c.by}
	r := row{id: c.id, survey: c.survey.Slug, customer: c.customer.ID, about: c.about, subject: c.subject, way: v.way, by: c.by, state: Scheduled, decided: now, due: v.due}
	if d.Asked {
		d.Due, d.Way = timeOf(v.due), v.way
		st.rows = append(st.rows, r)
	} else {
		r.reason = v.why
		st.skipped = append(st.skipped, r)
	}
	e, err := d.event(DecidedEvent, "ask:"+c.id+":"+string(v.why), now) // found otherwise after a crash, it is told so
	st.decisions = append(st.decisions, e)
	return v.why, err
}

// commit appends the decisions to the log, and keeps what follows from them with
// what more writes.
func (st *stretch) commit(ctx context.Context, more func(*sqldb.Tx) error) error {
	if len(st.decisions) > 0 {
		if _, err := st.s.c.Log.Append(ctx, st.decisions); err != nil {
			return err
		}
	}
	err := st.s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var errs []error
		for _, r := range st.rows {
			added, err := insert(ctx, tx, r)
			if err == nil && added {
				err = st.s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: r.id, Due: r.due})
			}
			errs = append(errs, err)
		}
		for _, r := range st.skipped {
			errs = append(errs, skip(ctx, tx, r.survey, st.day, r.reason))
		}
		return errors.Join(append(errs, more(tx))...)
	})
	if len(st.rows) > 0 {
		st.s.c.Jobs.Wake()
	}
	return err
}
