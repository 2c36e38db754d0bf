package rule

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const (
	// news is how long after it was lived an event still begins something.
	news = 24 * time.Hour
	// keepEvery is how often the position is kept when nothing else is written.
	keepEvery = time.Second
)

var _ stream.View = (*Service)(nil)

// Name returns "rule".
func (s *Service) Name() string { return "rule" }

// Position returns the seq up to which the log is decided.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, nil
}

// ready returns the plan of the model in force.
func (s *Service) ready() *plan {
	v := s.c.Models.Current()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil || s.plan.version != v.Number || s.plan.until > 0 && s.c.Clock.Now() >= s.plan.until {
		s.plan = newPlan(v.Model, v.Number, s.trying())
	}
	return s.plan
}

// coming is an event that a step may wait for, or the record that a wait began.
type coming struct {
	seq   cx.Seq
	lived *lived    // nil: a wait begins …
	wait  *Decision // … this one
	run   string    // that alone may wait for it; "": all may
}

// Apply decides about a batch: the decisions go to the log, then what follows
// from them to state.db together with the position. A crash in between decides
// again: to the same records, or to later ones that take these back.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "rule.Apply"
	s.deciding.Lock()
	defer s.deciding.Unlock()
	s.mu.Lock()
	position, effects, kept, keptAt := s.position, s.effects, s.kept, s.keptAt
	s.mu.Unlock()
	if b.Last <= position {
		return nil
	}
	p, now := s.ready(), s.c.Clock.Now()
	var moments []moment
	var comes []coming
	for i := range b.Events {
		e := &b.Events[i]
		if e.Seq <= max(position, effects) || now.Sub(e.At) > news {
			continue
		}
		moments = append(moments, p.begun(e)...)
		switch {
		case e.Kind == cx.Decision && e.Name == DecidedEvent:
			if d := waitOf(e); d != nil {
				comes = append(comes, coming{seq: e.Seq, wait: d})
			}
		case p.waits[e.Name] && (e.Kind == cx.Track || e.Kind == cx.Page || e.Kind == cx.Screen):
			comes = append(comes, coming{seq: e.Seq, lived: livedOf(e)})
		}
	}
	comes, err := s.awaited(ctx, comes)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if len(moments)+len(comes) == 0 && kept > 0 && now.Sub(keptAt) < keepEvery {
		s.reached(b.Last, kept, keptAt)
		return nil
	}
	if comes, err = s.missed(ctx, p, comes); err != nil {
		return cx.Wrap(op, err)
	}
	owners, err := s.owners(ctx, moments, comes, position, b.Last)
	if err != nil {
		return cx.Wrap(op, err)
	}
	st := s.stretch(p)
	if err := st.moments(ctx, moments, owners); err != nil {
		return cx.Wrap(op, err)
	}
	others, err := s.others(ctx, comes, owners)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if err := st.commit(ctx, func(tx *sqldb.Tx) (due bool, err error) {
		for _, c := range comes {
			customers := others[owners[c.seq]]
			if c.run != "" {
				customers = []cx.CustomerID{""}
			}
			came, err := s.comes(ctx, tx, p, c, customers)
			if err != nil {
				return false, err
			}
			due = due || came
		}
		_, err = tx.Exec(ctx, `UPDATE rule_state SET position = $1`, int64(b.Last))
		return due, err
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

func waitOf(e *cx.Event) *Decision {
	var d Decision
	if json.Unmarshal(e.Properties, &d) != nil || !d.Acted || d.Effect != model.DoWait {
		return nil
	}
	return &d
}

// awaited leaves out the events that nobody waits for.
func (s *Service) awaited(ctx context.Context, comes []coming) ([]coming, error) {
	if len(comes) == 0 || slices.ContainsFunc(comes, func(c coming) bool { return c.wait != nil }) {
		return comes, nil
	}
	var waiting []string
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT DISTINCT waits FROM rule_runs WHERE waits > ''`)
		if err == nil {
			waiting, err = sqldb.Collect(rows, sqldb.Scan[string])
		}
		return err
	})
	return slices.DeleteFunc(comes, func(c coming) bool { return !slices.Contains(waiting, c.lived.Name) }), err
}

// missed adds what was lived between the step before a wait and the record that it
// begins: a customer may answer a message while its run is still at work, or the
// server was down. It comes right after the wait.
func (s *Service) missed(ctx context.Context, p *plan, comes []coming) (out []coming, err error) {
	for _, c := range comes {
		out = append(out, c)
		if c.wait == nil {
			continue
		}
		r, ok, err := s.run(ctx, c.wait.Run)
		if err != nil {
			return nil, err
		}
		if !ok || r.state != Going || r.begun || r.step != c.wait.Step || r.since == 0 || c.seq <= r.since+1 {
			continue
		}
		a, ok := actionOf(p, &r)
		if !ok {
			continue
		}
		between := map[cx.Seq]*lived{}
		if err := s.c.Log.Read(ctx, r.since, func(b stream.Batch) error {
			for i := range b.Events {
				if e := &b.Events[i]; e.Seq < c.seq && e.Name == a.Wait.Until && (e.Kind == cx.Track || e.Kind == cx.Page || e.Kind == cx.Screen) {
					between[e.Seq] = livedOf(e)
				}
			}
			if b.Last >= c.seq {
				return errEnough
			}
			return nil
		}); err != nil && !errors.Is(err, errEnough) {
			return nil, err
		}
		if len(between) == 0 {
			continue
		}
		all := make([]coming, 0, len(between))
		for seq, l := range between {
			all = append(all, coming{seq: seq, lived: l})
		}
		whose, err := s.owners(ctx, nil, all, r.since, c.seq)
		if err != nil {
			return nil, err
		}
		who, err := s.person(ctx, r.customer)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(all, func(a, b coming) int { return int(int64(a.seq) - int64(b.seq)) })
		for _, x := range all {
			if who != nil && whose[x.seq] == who.customer.ID {
				x.run = r.id
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// errEnough ends a reading of the log before its end.
var errEnough = errors.New("enough")

// owners tells whose events are, by seq; those of a message that was there before
// are nobody's.
func (s *Service) owners(ctx context.Context, moments []moment, comes []coming, after, last cx.Seq) (map[cx.Seq]cx.CustomerID, error) {
	of, seqs := map[cx.Seq]cx.CustomerID{}, map[cx.Seq]bool{}
	for i := range moments {
		if moments[i].customer == "" {
			seqs[moments[i].seq] = true
		}
	}
	for _, c := range comes {
		if c.lived != nil && c.run == "" {
			seqs[c.seq] = true
		}
	}
	if len(seqs) == 0 {
		return of, nil
	}
	resolved, err := s.c.Memory.Resolve(ctx, after, last)
	if err != nil {
		return nil, err
	}
	var whose []cx.ProfileNo
	var which []cx.Seq
	for _, r := range resolved.Facts {
		if seqs[r.Seq] && r.Profile != 0 {
			which, whose = append(which, r.Seq), append(whose, r.Profile)
		}
	}
	ids, err := s.c.Memory.Owners(ctx, whose)
	for i, id := range ids {
		of[which[i]] = id
	}
	return of, err
}

// others tells by every id who the customers of events are that steps wait for.
func (s *Service) others(ctx context.Context, comes []coming, owners map[cx.Seq]cx.CustomerID) (map[cx.CustomerID][]cx.CustomerID, error) {
	of := map[cx.CustomerID][]cx.CustomerID{}
	for _, c := range comes {
		id := owners[c.seq]
		if _, known := of[id]; known || c.lived == nil || id == "" {
			continue
		}
		aliases, err := s.c.Memory.Aliases(ctx, id)
		if err != nil {
			return nil, err
		}
		of[id] = aliases
	}
	return of, nil
}

// comes begins a wait, or lets what a run waits for come: what is after the record
// of the wait in the log is met, and nothing before it, whoever was faster.
func (s *Service) comes(ctx context.Context, tx *sqldb.Tx, p *plan, c coming, customers []cx.CustomerID) (due bool, err error) {
	if d := c.wait; d != nil {
		found, err := runs(ctx, tx, `WHERE id = $1 AND state = $2 AND step = $3 AND begun = 0`, d.Run, string(Going), d.Step)
		if err != nil || len(found) == 0 {
			return false, err
		}
		r := &found[0]
		a, ok := actionOf(p, r)
		if !ok || a.Wait.Until == "" {
			return false, nil
		}
		r.begun, r.waits, r.due = true, a.Wait.Until, s.c.Clock.Now().Add(a.Wait.Most)
		if err := r.set(ctx, tx); err != nil {
			return false, err
		}
		return false, s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: r.id, Due: r.due})
	}
	for _, id := range customers {
		found, err := runs(ctx, tx, `WHERE waits = $1 AND (customer = $2 OR id = $3) AND state = $4`, c.lived.Name, string(id), c.run, string(Going))
		if err != nil {
			return due, err
		}
		for i := range found {
			r := &found[i]
			a, ok := actionOf(p, r)
			if !ok || a.Wait.When != nil && !holds(a.Wait.When, c.lived) {
				continue
			}
			r.waits, r.came, r.due, due = "", true, s.c.Clock.Now(), true
			if err := errors.Join(r.set(ctx, tx), s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: r.id, Due: r.due})); err != nil {
				return due, err
			}
		}
	}
	return due, nil
}

// stretch is decisions that are made together.
type stretch struct {
	s         *Service
	p         *plan
	now       cx.Time
	day       string
	book      *book
	decisions []cx.Event
	rows      []run
	counts    map[[2]string]int // rule, what
	people    map[cx.CustomerID]*person
}

// person is a customer as they are now.
type person struct {
	customer remember.Customer
	aliases  []cx.CustomerID
	traits   []byte // JSON object
}

func (s *Service) stretch(p *plan) *stretch {
	now := s.c.Clock.Now()
	return &stretch{s: s, p: p, now: now, day: s.dayOf(p, now), book: &book{s: s}, counts: map[[2]string]int{}, people: map[cx.CustomerID]*person{}}
}

func (s *Service) dayOf(p *plan, at cx.Time) string {
	return at.Std().In(p.m.Company.Zone()).Format(time.DateOnly)
}

// moments decides about what happened, event by event; about the same event, rule
// by rule as they rank.
func (st *stretch) moments(ctx context.Context, all []moment, owners map[cx.Seq]cx.CustomerID) error {
	slices.SortStableFunc(all, func(a, b moment) int {
		if a.seq != b.seq {
			return int(int64(a.seq) - int64(b.seq))
		}
		return a.rank - b.rank
	})
	type about struct {
		name     string
		customer cx.CustomerID
	}
	wrote := map[about]bool{}
	for i := range all {
		mo := &all[i]
		if mo.alone {
			if met, costly := meets(mo.If, mo.lived, nil, nil); !met {
				st.miss(mo, costly)
				continue
			}
		}
		if mo.customer == "" {
			mo.customer = owners[mo.seq]
		}
		if mo.customer == "" {
			continue
		}
		key := about{mo.name, mo.customer}
		entered, err := st.moment(ctx, mo, wrote[key] && mo.Reaches())
		if err != nil {
			return err
		}
		if entered && mo.trial == nil && mo.Reaches() {
			wrote[key] = true
		}
	}
	return nil
}

// moment decides about one event and rule.
func (st *stretch) moment(ctx context.Context, mo *moment, outranked bool) (entered bool, err error) {
	s := st.s
	who, err := st.who(ctx, mo.customer)
	if err != nil || who == nil {
		return false, err
	}
	customer, aliases := &who.customer, who.aliases
	id := s.name(mo.Slug + " " + mo.name + " " + strconv.Quote(sweptKey(mo, aliases)))
	answers, err := s.answers(ctx, st.p.m, mo.asks, customer.No, mo.seq, mo.lived.At)
	if err != nil {
		return false, err
	}
	if !mo.alone {
		if met, costly := meets(mo.If, mo.lived, who.traits, answers); !met {
			st.miss(mo, costly)
			return false, nil
		}
	}
	if again, err := st.again(ctx, mo, id); err != nil || again {
		return false, err
	}
	human := mo.isHuman(answers)
	held := s.heldOut(mo.Slug, mo.Holdout, aliases[0])
	if mo.trial != nil {
		return false, mo.trial.decide(ctx, s, st.p.m, mo, customer, aliases, human, held, outranked)
	}
	why, err := enters(ctx, st.book, &mo.Rule, st.p.m.Company.Zone(), aliases, mo.lived.At, human, held, outranked)
	if err != nil {
		return false, err
	}
	if why == "" && mo.Initiative != "" {
		if why, err = s.drawn(ctx, mo, customer.ID); err != nil {
			return false, err
		}
	}
	r := run{id: id, rule: mo.Slug, customer: customer.ID, about: mo.seq, lived: mo.lived, state: Going, step: "0", since: mo.seq, at: mo.lived.At, due: st.now, decidedAt: st.now}
	d := Decision{Rule: mo.Slug, Run: id, Customer: customer.ID, Reason: why, About: mo.seq}
	switch why {
	case "":
		st.count(mo, entering)
		st.add(r)
		return true, nil
	case Human:
		r.step, d.Effect = humanStep, model.DoCase
		st.add(r)
	case Holdout, Control:
		r.state, r.reason, r.lived, r.endedAt = Held, why, nil, st.now
		st.add(r)
	}
	st.count(mo, string(why))
	e, err := d.event(st.now)
	st.decisions = append(st.decisions, e)
	return false, err
}

// drawn says why a rule that carries out an initiative does not act for a customer;
// "" when they are drawn to live it. Either way what happened exposes them: both arms
// are counted from the same moment.
func (s *Service) drawn(ctx context.Context, mo *moment, customer cx.CustomerID) (Reason, error) {
	acts, part, err := s.c.Arms.Arm(ctx, mo.Initiative, customer, mo.lived.At)
	switch {
	case err != nil || acts:
		return "", err
	case part:
		return Control, nil
	}
	return Apart, nil
}

// again tells whether a run that something else than one event names began
// already: a response goes on, or is corrected.
func (st *stretch) again(ctx context.Context, mo *moment, id string) (bool, error) {
	if mo.trial != nil || strings.HasPrefix(mo.name, "event ") {
		return false, nil
	}
	if slices.ContainsFunc(st.rows, func(r run) bool { return r.id == id }) {
		return true, nil
	}
	_, there, err := st.s.run(ctx, id)
	return there, err
}

// What is counted besides reasons.
const (
	entering  = "entered"
	acting    = "acted"
	unmet     = "unmet"
	tooCostly = "costly"
)

// humanStep is the step of a run that only gives a person a case.
const humanStep = "human"

// miss counts that a condition did not let something through.
func (st *stretch) miss(mo *moment, costly bool) {
	if mo.trial != nil {
		mo.trial.missed(costly)
		return
	}
	what := unmet
	if costly {
		what = tooCostly
	}
	st.count(mo, what)
}

func (st *stretch) count(mo *moment, what string) {
	if mo.trial == nil {
		st.counts[[2]string{mo.Slug, what}]++
	}
}

func (st *stretch) add(r run) {
	st.rows = append(st.rows, r)
	st.book.since = append(st.book.since, r)
}

// sweptKey tells customers apart whom the same look found; of an event there is one.
func sweptKey(mo *moment, aliases []cx.CustomerID) string {
	if mo.seq > 0 || len(aliases) == 0 {
		return ""
	}
	return string(aliases[0])
}

// commit appends the decisions to the log, and keeps what follows from them with
// what more writes.
func (st *stretch) commit(ctx context.Context, more func(*sqldb.Tx) (due bool, err error)) error {
	s := st.s
	if len(st.decisions) > 0 {
		if _, err := s.c.Log.Append(ctx, st.decisions); err != nil {
			return err
		}
	}
	due := false
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, r := range st.rows {
			added, err := insert(ctx, tx, r)
			if err == nil && added && r.state == Going {
				due, err = true, s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: r.id, Due: r.due})
			}
			if err != nil {
				return err
			}
		}
		for of, n := range st.counts {
			if err := count(ctx, tx, of[0], st.day, of[1], n); err != nil {
				return err
			}
		}
		came, err := more(tx)
		due = due || came
		return err
	})
	if due {
		s.c.Jobs.Wake()
	}
	return err
}

// who returns a customer, looked up once a stretch.
func (st *stretch) who(ctx context.Context, id cx.CustomerID) (*person, error) {
	if p, known := st.people[id]; known {
		return p, nil
	}
	p, err := st.s.person(ctx, id)
	if err == nil {
		st.people[id] = p
	}
	return p, err
}

// person returns who a customer is now; nil when there is none (any more).
func (s *Service) person(ctx context.Context, id cx.CustomerID) (*person, error) {
	c, err := s.c.Memory.Customer(ctx, cx.System(), id)
	if cx.KindOf(err) == cx.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	aliases, err := s.c.Memory.Aliases(ctx, c.ID)
	if err != nil || len(aliases) == 0 {
		return nil, err
	}
	return &person{c, aliases, traitsOf(&c)}, nil
}
