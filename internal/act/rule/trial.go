package rule

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// Bounds of dry runs.
const (
	mostTrials = 5
	longest    = time.Hour
	keptTrial  = time.Hour // after its end
)

// trial is a rule that sees what is lived, and does nothing.
type trial struct {
	id   string
	rule model.Rule
	till cx.Time

	mu    sync.Mutex // guards what follows
	tally *tally
}

// Trial is how far a dry run is.
type Trial struct {
	ID string `json:"id"`
	Tested
	Until time.Time `json:"until"`
	Over  bool      `json:"over"`
}

// Try begins a dry run: for a while, a rule sees what is lived and decides, and
// does nothing. Needs account.ContactCustomers; Invalid for a stretch that is not
// between a minute and an hour, Busy when five dry runs go on.
func (s *Service) Try(_ context.Context, p cx.Principal, r model.Rule, d time.Duration) (Trial, error) {
	const op = "rule.Try"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return Trial{}, cx.Wrap(op, err)
	}
	if d < time.Minute || d > longest {
		return Trial{}, cx.InvalidFaults(op, []cx.Fault{{Field: "for", Message: "must be between a minute and an hour"}})
	}
	now := s.c.Clock.Now()
	m := s.c.Models.Current().Model
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, t := range s.trials {
		if now > t.till.Add(keptTrial) {
			delete(s.trials, id)
		}
	}
	if len(s.trying()) >= mostTrials {
		return Trial{}, cx.Errorf(cx.Busy, op, "%d dry runs go on already: wait until one is over", mostTrials)
	}
	t := &trial{id: s.name("trial " + r.Slug + " " + now.String()), rule: r, till: now.Add(d), tally: newTally(&r, m.Company.Zone(), cx.Window{From: now, To: now.Add(d)})}
	s.trials[t.id] = t
	s.plan = nil
	return t.told(now), nil
}

// Trial tells how a dry run goes. Needs account.ContactCustomers; NotFound for one
// that was over long ago.
func (s *Service) Trial(ctx context.Context, p cx.Principal, id string) (Trial, error) {
	const op = "rule.Trial"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return Trial{}, cx.Wrap(op, err)
	}
	s.mu.Lock()
	t := s.trials[id]
	s.mu.Unlock()
	if t == nil {
		return Trial{}, cx.Errorf(cx.NotFound, op, "there is no such dry run, or it was over long ago")
	}
	out := t.told(s.c.Clock.Now())
	return out, cx.Wrap(op, s.nameExamples(ctx, out.Examples))
}

func (t *trial) told(now cx.Time) Trial {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Trial{t.id, t.tally.told(), t.till.Std(), now >= t.till}
}

// trying lists the dry runs that go on. It needs s.mu.
func (s *Service) trying() (out []*trial) {
	now := s.c.Clock.Now()
	for _, t := range s.trials {
		if now < t.till {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *trial) int { return int(a.till - b.till) })
	return out
}

// missed notes that the condition of a rule in a dry run did not hold.
func (t *trial) missed(costly bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tally.Events++
	t.tally.Unmet++
	if costly {
		t.tally.Costly++
	}
}

// decide notes what the rule would do about a moment.
func (t *trial) decide(ctx context.Context, s *Service, m *model.Model, mo *moment, c *remember.Customer, aliases []cx.CustomerID, human, held, outranked bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.c.Clock.Now() >= t.till {
		return nil
	}
	t.tally.Events++
	why, err := enters(ctx, t.tally, &mo.Rule, m.Company.Zone(), aliases, mo.lived.At, human, held, outranked)
	if err != nil {
		return err
	}
	t.tally.add(why, c.No, c.ID, mo.seq, mo.lived.At, lasts(t.rule.Then, mo.lived.At, m.Company.Zone(), nil))
	if why == "" {
		zone := zoneOf(trait(c, "timezone"), m, mo.lived)
		t.tally.reach(&t.rule, m, mo.lived.At, zone, trait(c, m.Asking.Consent) == "true")
	}
	return nil
}

// reach notes what stands before the first message of a run that began at a time.
func (t *tally) reach(r *model.Rule, m *model.Model, at cx.Time, zone *time.Location, consents bool) {
	if !r.Quiet {
		return
	}
	for i, a := range r.Then {
		if !a.Reaches() {
			continue
		}
		if due := lasts(r.Then[:i], at, zone, nil); quietUntil(due, zone, m.Asking.Quiet) > due {
			t.Quiet++
		}
		if m.Asking.Consent != "" && !consents {
			t.NoConsent++
		}
		return
	}
}

// lasts returns when steps that begin at a time lie behind. Until tells when an
// event comes within a stretch, ok false when it does not; nil lets none come.
func lasts(steps []model.Action, at cx.Time, zone *time.Location, until func(a model.Action, after, most cx.Time) (cx.Time, bool)) cx.Time {
	for _, a := range steps {
		switch w := a.Wait; {
		case a.Kind != model.DoWait:
		case w.Local > 0:
			at = localAt(at, zone, w.Local-1)
		case w.Until == "":
			at = at.Add(w.For)
		default:
			most := at.Add(w.Most)
			if until != nil {
				if came, ok := until(a, at, most); ok {
					at = came
					continue
				}
			}
			return lasts(w.Else, most, zone, until)
		}
	}
	return at
}

// nameExamples says who the customers of examples are.
func (s *Service) nameExamples(ctx context.Context, examples []Example) error {
	if len(examples) == 0 {
		return nil
	}
	nos := make([]cx.CustomerNo, len(examples))
	for i, e := range examples {
		nos[i] = e.no
	}
	who, err := s.c.Memory.CustomersByNo(ctx, cx.System(), nos)
	if err != nil {
		return err
	}
	for i := range examples {
		if at := slices.IndexFunc(who, func(c remember.CustomerSummary) bool { return c.No == examples[i].no }); at >= 0 {
			examples[i].Customer, examples[i].Name = who[at].ID, who[at].Name
		}
	}
	return nil
}
