package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Models keeps the model; model.Service does.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// Facts are what history tells; history.Store is some.
type Facts interface {
	history.Teller
	history.Asker
}

// Team tells what the company's own people report, in groups; team.Service does.
type Team interface {
	Overview(ctx context.Context, p cx.Principal) (team.Overview, error)
}

// Voices tell what customers say; voice.Service does.
type Voices interface {
	Words(ctx context.Context, p cx.Principal, q voice.WordsQuery) (voice.Words, error)
	Quotes(ctx context.Context, p cx.Principal, q voice.QuoteQuery) (voice.Quotes, error)
}

// Memory knows customers; remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Config is what a Service stands on.
type Config struct {
	Facts  Facts
	Models Models
	Team   Team
	Voices Voices
	Memory Memory
	Clock  cx.Clock
}

// Service answers. It keeps nothing but its last answers, and is safe for concurrent
// use.
type Service struct {
	c    Config
	kept *history.Kept[*study]
}

// New returns a service.
func New(c Config) *Service {
	return &Service{c: c, kept: history.NewKept[*study](c.Facts, c.Clock, 8)}
}

// usually is how far back is looked when nothing is said.
const usually = 365 * day

// Query says of when.
type Query struct {
	Window cx.Window // zero: the last 365 days
}

// study is what the policies of a model do to customers.
type study struct {
	window    cx.Window
	conflicts []Conflict
	pains     map[string]*Pain
	answers   map[string][]cx.Seq // of those a policy hit, soon afterwards
}

// Answer is what was found, and of when.
type Answer struct {
	Window    cx.Window
	Today     string // the day by which acknowledgements are judged, "2006-01-02"
	Conflicts []Conflict
}

// Conflicts tells every conflict of the model in force with what customers lived of
// it: contradictions first; of each kind those still to be decided about first, then
// by the customers hit, most first. Of who is limited to areas, what was lived there.
// Customers are told to who may see them. It needs policies.view.
func (s *Service) Conflicts(ctx context.Context, p cx.Principal, q Query) (Answer, error) {
	const op = "policy.Conflicts"
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Answer{}, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	a := Answer{Window: x.window, Today: s.today(m), Conflicts: slices.Clone(x.conflicts)}
	reports, err := s.reports(ctx, p)
	if err != nil {
		return Answer{}, cx.Wrap(op, err)
	}
	for i := range a.Conflicts {
		c := &a.Conflicts[i]
		if c.Lived == nil {
			continue
		}
		lived := *c.Lived
		if lived.Examples, err = s.named(ctx, p, lived.Examples); err != nil {
			return Answer{}, cx.Wrap(op, err)
		}
		if reports != nil {
			n := reports[touchpointOf(m, c)]
			lived.Reports = &n
		}
		c.Lived = &lived
	}
	return a, nil
}

// named returns the examples whose customers p may see.
func (s *Service) named(ctx context.Context, p cx.Principal, examples []Example) ([]Example, error) {
	if !may(p, account.ViewCustomers) || len(examples) == 0 {
		return nil, nil
	}
	nos := make([]cx.CustomerNo, len(examples))
	for i, e := range examples {
		nos[i] = e.no
	}
	known, err := s.c.Memory.CustomersByNo(ctx, p, nos)
	if err != nil {
		return nil, err
	}
	by := map[cx.CustomerNo]remember.CustomerSummary{}
	for _, c := range known {
		by[c.No] = c
	}
	out := make([]Example, 0, len(examples))
	for _, e := range examples {
		if c, ok := by[e.no]; ok {
			e.Customer, e.Name = c.ID, c.Name
			out = append(out, e)
		}
	}
	return out, nil
}

// Conflict is one of Conflicts. The error is cx.NotFound when there is none.
func (s *Service) Conflict(ctx context.Context, p cx.Principal, id string, q Query) (Conflict, error) {
	const op = "policy.Conflict"
	a, err := s.Conflicts(ctx, p, q)
	if err != nil {
		return Conflict{}, cx.Wrap(op, err)
	}
	i := slices.IndexFunc(a.Conflicts, func(c Conflict) bool { return c.ID == id })
	if i < 0 {
		return Conflict{}, cx.Errorf(cx.NotFound, op, "there is no such contradiction any more: what it was between has changed")
	}
	return a.Conflicts[i], nil
}

// touchpointOf is where a conflict shows: the policy's or goal's touchpoint.
func touchpointOf(m *model.Model, c *Conflict) string {
	if g, ok := m.Goal(c.Policy); ok && c.Kind == OfGoal {
		return g.Touchpoint
	}
	x, _ := m.Policy(c.Policy)
	return x.Touchpoint
}

// reports counts by touchpoint how often the team reported a policy that keeps it
// from serving well; nil when p may not know.
func (s *Service) reports(ctx context.Context, p cx.Principal) (map[string]int, error) {
	if !may(p, account.ViewTeam) {
		return nil, nil
	}
	o, err := s.c.Team.Overview(ctx, p)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, l := range o.Obstacles {
		for _, what := range l.What {
			if what.Key == team.Policy {
				out[l.Touchpoint] += what.N
			}
		}
	}
	return out, nil
}

func may(p cx.Principal, a account.Action) bool { return account.Check(p, a) == nil }

func (s *Service) today(m *model.Model) string {
	return s.c.Clock.Now().Std().In(m.Company.Zone()).Format(time.DateOnly)
}

// study finds what the policies in force do, or tells what it found lately.
func (s *Service) study(ctx context.Context, p cx.Principal, q Query) (*study, error) {
	if err := account.Check(p, account.ViewPolicies); err != nil {
		return nil, err
	}
	if w := q.Window; w.From != 0 && w.To != 0 && w.To <= w.From {
		return nil, cx.InvalidFaults("policy.study", []cx.Fault{{Field: "window", Message: "ends before it begins"}})
	}
	v := s.c.Models.Current()
	today := s.today(v.Model)
	question := fmt.Sprint(v.Number, today, q.Window)
	return s.kept.Ask(ctx, p, question, func() (*study, history.Edition, error) {
		found, err := Find(v.Model, today)
		if err != nil {
			return nil, history.Edition{}, err
		}
		w := q.Window
		if w.To == 0 {
			w.To = s.c.Clock.Now()
		}
		if w.From == 0 {
			w.From = w.To.Add(-usually)
		}
		g := newGathering(v.Model, w)
		if err := s.know(ctx, p, g); err != nil {
			return nil, history.Edition{}, err
		}
		if err := s.c.Facts.Snapshot(ctx, p, g.gather); err != nil {
			return nil, history.Edition{}, err
		}
		x, err := g.study(found, today)
		return x, g.edition, err
	})
}

// know reads what conditions ask of customers: as they are now, since nobody keeps
// how they were at each event.
func (s *Service) know(ctx context.Context, p cx.Principal, g *gathering) error {
	if len(g.asks) == 0 && !g.traits {
		return nil
	}
	g.known = map[cx.CustomerNo]person{}
	slices.SortFunc(g.asks, func(a, b expr.Ask) int { return strings.Compare(a.String(), b.String()) })
	g.asks = slices.CompactFunc(g.asks, func(a, b expr.Ask) bool { return a.String() == b.String() })
	q := history.BehaviourQuery{Asks: g.asks, Traits: g.traits, Now: s.c.Clock.Now(), Currency: g.m.Company.Currency, Digits: g.m.Company.Digits()}
	return s.c.Facts.Behaviour(ctx, p, q, func(b history.Behaviour) error {
		g.known[b.Customer] = person{slices.Clone(b.Traits), slices.Clone(b.Answers)}
		return nil
	})
}

// study counts what was lived of each conflict, and finds the goals that promises
// suffer from.
func (g *gathering) study(found []Conflict, today string) (_ *study, err error) {
	x := &study{window: g.window, conflicts: found, pains: map[string]*Pain{}, answers: map[string][]cx.Seq{}}
	for i := range g.m.Goals {
		goal := &g.m.Goals[i]
		for j := range g.m.Promises {
			p := &g.m.Promises[j]
			if slices.ContainsFunc(found, func(c Conflict) bool {
				return c.Kind == OfGoal && c.Policy == goal.Slug && c.With == "promise."+p.Slug
			}) {
				continue
			}
			change := g.associated(goal, p)
			if change == nil || change.Estimate.Low <= 0 {
				continue
			}
			c := Conflict{Kind: OfGoal, How: Associated, Policy: goal.Slug, With: "promise." + p.Slug, Area: goal.Area, Certain: true}
			if c.Situation, _, _, err = (region{all: []expr.Formula{of(goal.Metric.Event, goal.When)}}).find(); err != nil {
				return nil, err
			}
			c.named()
			decided(g.m, &c, today)
			g.count(&c)
			c.Lived.Excess = change
			x.conflicts = append(x.conflicts, c)
		}
	}
	for i := range x.conflicts {
		if c := &x.conflicts[i]; c.Lived == nil {
			g.count(c)
		}
	}
	slices.SortStableFunc(x.conflicts, func(a, b Conflict) int {
		for _, d := range []int{kindOrder(a.Kind) - kindOrder(b.Kind), closed(a) - closed(b), b.customers() - a.customers()} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	for i := range g.m.Policies {
		pain, answers := g.pain(&g.m.Policies[i])
		x.pains[pain.Policy], x.answers[pain.Policy] = pain, answers
	}
	return x, nil
}

func closed(c Conflict) int {
	if c.Open() {
		return 0
	}
	return 1
}

func (c *Conflict) customers() int {
	if c.Lived == nil {
		return 0
	}
	return c.Lived.Customers
}
