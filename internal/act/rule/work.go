package rule

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// mostTries is how often a step is tried before it waits for a person.
const mostTries = 12

// stepIn finds the step of a path in a rule: "2", or "2.else.0" of those that are
// done when what step 2 waits for does not come.
func stepIn(r *model.Rule, path string) (a model.Action, ok bool) {
	if path == humanStep {
		return model.Action{Kind: model.DoCase, Title: r.Name}, true
	}
	steps := r.Then
	for part := range strings.SplitSeq(path, ".else.") {
		i, err := strconv.Atoi(part)
		if err != nil || i < 0 || i >= len(steps) {
			return a, false
		}
		a, steps = steps[i], steps[i].Wait.Else
	}
	return a, true
}

// after returns the path of the step after another.
func after(path string) string {
	before, last := "", path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		before, last = path[:i+1], path[i+1:]
	}
	n, err := strconv.Atoi(last)
	if err != nil {
		return ""
	}
	return before + strconv.Itoa(n+1)
}

// actionOf returns the step at which a run is, as the model has it now.
func actionOf(p *plan, r *run) (model.Action, bool) {
	rule, ok := p.m.Rule(r.rule)
	if !ok {
		return model.Action{}, false
	}
	return stepIn(&rule, r.step)
}

// turn is a run at work: one step after the other, until it waits or ends.
type turn struct {
	*Service
	p    *plan
	rule model.Rule
	r    run
	who  *person
}

// work goes on with a run.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	r, ok, err := s.run(ctx, j.Key)
	if err != nil || !ok || r.state != Going {
		return nil, err
	}
	t := &turn{Service: s, p: s.ready(), r: r}
	if t.who, err = s.person(ctx, r.customer); err != nil {
		return nil, err
	}
	if t.rule, ok = t.p.m.Rule(r.rule); !ok || t.who == nil {
		return t.ended(ctx, Undeclared)
	}
	done, err := t.goOn(ctx)
	if err == nil || ctx.Err() != nil {
		return done, err
	}
	if k := cx.KindOf(err); k == cx.Invalid || k == cx.NotFound || k == cx.Forbidden || j.Attempts >= mostTries {
		a, _ := stepIn(&t.rule, t.r.step)
		if err := t.tell(ctx, Decision{Effect: a.Kind, Of: a.Of, Reason: Failed}); err != nil {
			return nil, err
		}
		return nil, jobs.Dead(err)
	}
	return nil, err
}

// goOn does one step after the other.
func (t *turn) goOn(ctx context.Context) (jobs.Done, error) {
	for {
		a, ok := stepIn(&t.rule, t.r.step)
		switch {
		case !ok:
			return t.done(Done, ""), nil
		case a.Kind == model.DoWait:
			done, on, err := t.wait(ctx, a.Wait)
			if err != nil || !on {
				return done, err
			}
			continue
		}
		why, later, err := t.look(ctx, a)
		switch {
		case err != nil:
			return nil, err
		case later > 0:
			return t.putOff(ctx, a, later)
		case why == Condition || why == Expired:
			return t.ended(ctx, why)
		}
		if why == "" {
			if why, err = t.act(ctx, a); err != nil {
				return nil, err
			}
		} else if err := t.tell(ctx, Decision{Effect: a.Kind, Of: a.Of, Reason: why}); err != nil {
			return nil, err
		}
		if t.r.step == humanStep {
			return t.done(Ended, Human), nil
		}
		if err := t.next(ctx, why); err != nil {
			return nil, err
		}
	}
}

// next keeps that a step lies behind the run: what failed later is not done from
// the beginning.
func (t *turn) next(ctx context.Context, why Reason) error {
	what := acting
	if why != "" {
		what = string(why)
	} else {
		t.r.acted++
	}
	if a, _ := stepIn(&t.rule, t.r.step); a.Kind == model.DoMessage { // what it does not bring is not offered alone
		if _, path, ok := t.paired(a); ok {
			t.r.step = path
		}
	}
	t.r.step, t.r.due = after(t.r.step), t.c.Clock.Now()
	return t.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return errors.Join(t.r.set(ctx, tx), count(ctx, tx, t.r.rule, t.dayOf(t.p, t.r.due), what, 1))
	})
}

// wait begins the wait of a step, or goes on when it is over; on tells that the
// next step's turn has come.
func (t *turn) wait(ctx context.Context, w model.Wait) (done jobs.Done, on bool, err error) {
	now := t.c.Clock.Now()
	over := t.r.begun && (t.r.came || now >= t.r.due)
	switch {
	case over && (w.Until == "" || t.r.came):
		t.r.step = after(t.r.step)
	case over && len(w.Else) > 0:
		t.r.step += ".else.0"
	case over:
		done, err = t.ended(ctx, Expired)
		return done, false, err
	case t.r.begun: // the job came before its time
		due := t.r.due
		return func(ctx context.Context, tx *sqldb.Tx) error {
			return t.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: t.r.id, Due: due})
		}, false, nil
	default:
		done, err = t.begin(ctx, w, now)
		return done, false, err
	}
	t.r.begun, t.r.came, t.r.waits, t.r.waited, t.r.since = false, false, "", true, t.c.Log.LastSeq()
	err = t.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return t.r.set(ctx, tx) })
	return nil, true, err
}

// begin tells that a wait begins. One for an event begins when the log comes back
// with the record, so that nothing after it is missed (comes).
func (t *turn) begin(ctx context.Context, w model.Wait, now cx.Time) (jobs.Done, error) {
	due := now.Add(max(w.For, w.Most))
	if w.Local > 0 {
		due = localAt(now, t.zone(), w.Local-1)
	}
	if err := t.tell(ctx, Decision{Acted: true, Effect: model.DoWait, Of: w.Until, Due: timeOf(due)}); err != nil {
		return nil, err
	}
	if w.Until != "" {
		return nil, nil
	}
	t.r.begun, t.r.due = true, due
	return func(ctx context.Context, tx *sqldb.Tx) error {
		return errors.Join(t.r.set(ctx, tx), t.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: t.r.id, Due: due}))
	}, nil
}

// localAt returns the next time at which a clock in a zone shows a minute of the
// day; one that the clock leaps over is the first minute after the leap.
func localAt(now cx.Time, zone *time.Location, minute int) cx.Time {
	t := now.Std().In(zone)
	y, m, d := t.Date()
	for i := range 2 {
		at := cx.TimeOf(time.Date(y, m, d+i, minute/60, minute%60, 0, 0, zone))
		if at > now {
			return at
		}
	}
	return cx.TimeOf(time.Date(y, m, d+2, minute/60, minute%60, 0, 0, zone))
}

// look looks at what may have changed since a run began. Later is when a step may
// be done that may not be done now.
func (t *turn) look(ctx context.Context, a model.Action) (why Reason, later cx.Time, err error) {
	now, m := t.c.Clock.Now(), t.p.m
	if t.r.step == humanStep {
		return "", 0, nil
	}
	if now.Sub(t.r.due) > lateness {
		return Expired, 0, nil
	}
	if t.r.waited && t.rule.If != nil && t.r.lived != nil {
		answers, err := t.answers(ctx, m, t.rule.If.Asks(), t.who.customer.No, t.r.about, now)
		if err != nil {
			return "", 0, err
		}
		vars := t.r.lived.vars(t.who.traits, answers)
		vars.Now = now
		if met, err := t.rule.If.Bool(vars); err != nil || !met {
			return Condition, 0, nil //nolint:nilerr // what data makes too costly is not met
		}
	}
	if !a.Reaches() || !t.rule.Quiet {
		return "", 0, nil
	}
	unsubscribed, err := t.c.Outbox.Unsubscribed(ctx, t.who.customer.ID)
	switch {
	case err != nil:
		return "", 0, err
	case unsubscribed:
		return Unsubscribed, 0, nil
	case m.Asking.Consent != "" && trait(&t.who.customer, m.Asking.Consent) != "true":
		return NoConsent, 0, nil
	}
	if at := quietUntil(now, t.zone(), m.Asking.Quiet); at > now {
		return "", at, nil
	}
	if c := m.Asking.Contacts; c.N > 0 {
		n, err := t.c.Outbox.Contacted(ctx, t.who.aliases, now.Add(-c.Per))
		if err != nil || n >= c.N {
			return Fatigue, 0, err
		}
	}
	return "", 0, nil
}

// quietUntil returns the first time from at on outside the quiet hours.
func quietUntil(at cx.Time, zone *time.Location, quiet model.Hours) cx.Time {
	if quiet == (model.Hours{}) {
		return at
	}
	t := at.Std().In(zone)
	for range 49 * 60 { // days of 23 and of 25 hours come out right by themselves
		if !quiet.Contains(t.Hour()*60 + t.Minute()) {
			return cx.TimeOf(t)
		}
		t = t.Truncate(time.Minute).Add(time.Minute)
	}
	return at
}

// putOff has a step wait for the end of the quiet hours, and says so once.
func (t *turn) putOff(ctx context.Context, a model.Action, until cx.Time) (jobs.Done, error) {
	if t.r.due != until {
		if err := t.tell(ctx, Decision{Effect: a.Kind, Of: a.Of, Reason: Quiet, Due: timeOf(until)}); err != nil {
			return nil, err
		}
	}
	t.r.due = until
	return func(ctx context.Context, tx *sqldb.Tx) error {
		return errors.Join(t.r.set(ctx, tx), count(ctx, tx, t.r.rule, t.dayOf(t.p, t.c.Clock.Now()), string(Quiet), 1),
			t.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: t.r.id, Due: until}))
	}, nil
}

// zone is the customer's own zone: their trait timezone, else that of the place
// where it happened, else the company's.
func (t *turn) zone() *time.Location {
	return zoneOf(trait(&t.who.customer, "timezone"), t.p.m, t.r.lived)
}

func zoneOf(own string, m *model.Model, l *lived) *time.Location {
	names := []string{own}
	if l != nil {
		if p, ok := m.Place(l.place(m)); ok {
			names = append(names, p.Timezone)
		}
	}
	for _, name := range names {
		if name == "" || name == "Local" {
			continue
		}
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return m.Company.Zone()
}

// tell records a decision about the step at which the run is.
func (t *turn) tell(ctx context.Context, d Decision) error {
	d.Rule, d.Run, d.Step, d.Customer, d.About = t.r.rule, t.r.id, t.r.step, t.r.customer, t.r.about
	if t.who != nil {
		d.Customer = t.who.customer.ID
	}
	e, err := d.event(t.c.Clock.Now())
	if err != nil {
		return err
	}
	seq, err := t.c.Log.Append(ctx, []cx.Event{e})
	if d.Effect != model.DoWait {
		t.r.since = seq
	}
	return err
}

// ended ends a run before its end, and says why.
func (t *turn) ended(ctx context.Context, why Reason) (jobs.Done, error) {
	if t.who != nil { // of who is not there any more, nothing is told
		a, _ := stepIn(&t.rule, t.r.step)
		if err := t.tell(ctx, Decision{Effect: a.Kind, Of: a.Of, Reason: why}); err != nil {
			return nil, err
		}
	}
	return t.done(Ended, why), nil
}

func (t *turn) done(state State, why Reason) jobs.Done {
	now := t.c.Clock.Now()
	return func(ctx context.Context, tx *sqldb.Tx) error {
		if why != "" && why != Human { // that was counted when it began
			if err := count(ctx, tx, t.r.rule, t.dayOf(t.p, now), string(why), 1); err != nil {
				return err
			}
		}
		return t.r.end(ctx, tx, state, why, now)
	}
}
