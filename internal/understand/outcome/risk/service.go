package risk

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

// Worth tells what each customer is worth, from memory. worth.Service does.
type Worth interface {
	Each(ctx context.Context, p cx.Principal, f purchases.Filter, fn func(worth.Customer) error) (worth.Fit, error)
}

// Promises tells of a promise to whom it was kept, and to whom it was broken.
// act/promise does.
type Promises interface {
	Outcomes(ctx context.Context, p cx.Principal, slug string, w cx.Window, fn func(profile cx.ProfileNo, at cx.Time, place string, kept bool)) error
}

// Reasons tells who lived the reasons of low scores. reason.Service does.
type Reasons interface {
	Touched(ctx context.Context, p cx.Principal, q reason.Query, w cx.Window, customers []cx.CustomerNo) ([]reason.Touched, error)
}

// Models is where touchpoints, areas, suppliers and promises come from.
type Models interface{ Current() model.Version }

// Config wires a Service.
type Config struct {
	Facts    history.Teller
	Worth    Worth
	Promises Promises
	Reasons  Reasons
	Models   Models
	Clock    cx.Clock
}

// Service tells how much of the money that customers would bring is at risk. It is safe
// for concurrent use, and does nothing while nobody asks.
type Service struct {
	c    Config
	kept *history.Kept[AtRisk]
}

// mostKept is how many answers are kept.
const mostKept = 12

// New returns a service.
func New(c Config) *Service {
	return &Service{c: c, kept: history.NewKept[AtRisk](c.Facts, c.Clock, mostKept)}
}

// AtRisk tells the money at risk, and by what those lived who are likelier to leave. It
// reads what customers lived lately, of more than 30,000 that of as many, and keeps what
// it found (history.Kept). It needs the right scores.view; of who is limited to areas,
// all is of what was lived and bought there. The error is cx.NotFound when the model has
// no such segment or area.
func (s *Service) AtRisk(ctx context.Context, p cx.Principal, q Query) (AtRisk, error) {
	out, err := s.atRisk(ctx, p, q)
	return out, cx.Wrap("risk.AtRisk", err)
}

func (s *Service) atRisk(ctx context.Context, p cx.Principal, q Query) (AtRisk, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return AtRisk{}, err
	}
	version := s.c.Models.Current()
	if _, ok := version.Model.Area(q.Area); !ok && q.Area != "" {
		return AtRisk{}, cx.Errorf(cx.NotFound, "", "there is no such area")
	}
	out, err := s.kept.Ask(ctx, p, fmt.Sprintf("%d %+v", version.Number, q), func() (AtRisk, history.Edition, error) {
		g := gathering{m: version.Model, q: q, now: s.c.Clock.Now(), stands: map[thing][]uint8{}, names: map[thing]model.Text{}}
		g.window = cx.Window{From: g.now.Add(-Lately), To: g.now}
		out, err := s.gather(ctx, p, &g)
		if out.Pending { // not kept: it is there in a moment
			return out, history.Edition{}, errPending
		}
		return out, g.edition, err
	})
	if errors.Is(err, errPending) {
		return AtRisk{Pending: true}, nil
	}
	return out, err
}

// errPending keeps what is pending from being kept.
var errPending = cx.Errorf(cx.Unavailable, "", "what customers are worth is being found: ask again in a moment")

// gather reads what is needed, and compares.
func (s *Service) gather(ctx context.Context, p cx.Principal, g *gathering) (AtRisk, error) {
	var everybody values
	if g.q.Area != "" {
		if err := g.visitors(ctx, p, s.c.Facts); err != nil {
			return AtRisk{}, err
		}
	}
	fit, err := s.c.Worth.Each(ctx, p, purchases.Filter{Segment: g.q.Segment}, func(c worth.Customer) error {
		if g.visited == nil || g.visited[c.No] {
			everybody.add(c)
		}
		return nil
	})
	out := AtRisk{AsOf: fit.AsOf, Pending: fit.Pending, Fault: fit.Fault, Currency: fit.Currency, Margin: fit.Margin, Horizon: retention.Horizon, Groups: []Group{}}
	if err != nil || fit.Pending || fit.Fault != "" {
		return out, err
	}
	stratify(everybody.fates, everybody.often, everybody.first, everybody.contract)
	draws := resamples()
	out.Total, out.Expected = total(everybody.fates, fit.Spread, draws)
	g.sample(everybody.fates)
	out.Sampled = len(g.fates)
	if err := g.felt(ctx, p, s.c.Facts); err != nil {
		return out, err
	}
	if err := g.promised(ctx, p, s.c.Promises); err != nil {
		return out, err
	}
	if err := g.reasons(ctx, p, s.c.Reasons); err != nil {
		return out, err
	}
	for _, of := range g.things() {
		told, ok := group(g.fates, g.stands[of], g.scale, fit.Spread, draws)
		if ok {
			told.By, told.Key, told.Name = of.by, of.key, g.names[of]
			out.Groups = append(out.Groups, told)
		}
	}
	rank(out.Groups)
	return out, nil
}

// values are what customers are worth, in columns.
type values struct {
	fates    []fate
	often    []int
	first    []int32
	contract []bool
}

func (v *values) add(c worth.Customer) {
	if c.Soon <= 0 || math.IsNaN(c.Leave) {
		return // nothing is expected of them
	}
	v.fates = append(v.fates, fate{no: c.No, money: float64(c.Soon), leave: c.Leave})
	v.often, v.first, v.contract = append(v.often, c.Purchases), append(v.first, c.First), append(v.contract, c.Contract)
}
