package walk

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// Where the stories are lived.
const (
	shopOfMarta = "sevilla-triana"
	shopOfLucia = "valladolid-santiago"
	carrier     = "azahar"
	policySlug  = "receipt-needed"
)

// patience is how long after its beginning Marta's order is due: in life it is an
// evening, here nobody should have to wait.
const patience = 12 * time.Second

func message(r run, i int, e event) ([]byte, error) {
	return json.Marshal(map[string]any{
		"type": "track", "event": e.name, "userId": r.tale.user, "timestamp": e.at.String(),
		"messageId": "walk-" + r.id + "-" + e.name + "-" + strconv.Itoa(i), "properties": e.properties,
	})
}

// late lets Marta's order be ordered two days ago, sent, and not delivered today.
func (p page) late(q *web.Request, s *state) error {
	now := q.Now()
	order, due := s.run.object(), now.Add(patience).String()
	return p.says(q.Context(), s.run,
		event{"web", "Order Completed", now.Add(-20 * time.Hour), map[string]any{
			"order_id": order, "revenue": 14.50, "currency": "EUR", "items": 1, "delivery": "home", "promised_at": due, "region": "andalucia", "gift_wrap": "azul",
		}},
		event{"couriers", "Order Shipped", now.Add(-4 * time.Hour), map[string]any{"order_id": order, "carrier": carrier, "promised_at": due, "region": "andalucia"}},
		event{"couriers", "Delivery Failed", now, map[string]any{"order_id": order, "carrier": carrier, "region": "andalucia", "reason": "no_time"}},
	)
}

// choose is what Marta does on her own page, for who looks on without touching
// her phone.
func (p page) choose(q *web.Request, s *state) error {
	_, err := p.c.Dialogue.Choose(q.Context(), s.Offer.Token, "shop", "")
	return err
}

// reserve lets the manager of the shop put the book aside and say so.
func (p page) reserve(q *web.Request, s *state) error {
	ctx := q.Context()
	return p.solve(ctx, s, simulate.Manager, q.T("walk.late.reserve.done"), func() error {
		return p.says(ctx, s.run, event{"pos", "Order Ready", q.Now(), map[string]any{
			"order_id": s.run.object(), "shop": shopOfMarta, "hours": 0.1, "promised_at": q.Now().Add(4 * time.Hour).String(),
		}})
	})
}

// right lets Marta fetch the book, and say on her page that it is right now.
func (p page) right(q *web.Request, s *state) error {
	if err := p.says(q.Context(), s.run, event{"pos", "Order Collected", q.Now(), map[string]any{
		"order_id": s.run.object(), "shop": shopOfMarta, "wait_min": 0.5, "found": true,
	}}); err != nil {
		return err
	}
	return p.c.Cases.Confirm(q.Context(), s.Token, true, q.T("walk.late.right.words"))
}

// brings lets Lucía stand at the desk with a present and without its receipt. The
// rule that an earlier look suspended holds again.
func (p page) brings(q *web.Request, s *state) error {
	if s.suspended() {
		if err := p.decide(q, s, policy.Resumed, q.T("walk.gift.resume.why")); err != nil {
			return err
		}
	}
	return p.says(q.Context(), s.run, event{"pos", "Return Requested", q.Now(), map[string]any{
		"return_id": s.run.object(), "shop": shopOfLucia, "reason": "gift", "gift": true, "receipt": false, "value": 18.90,
	}})
}

// refused lets the agent say no, as the rule wants, and report it.
func (p page) refused(q *web.Request, s *state) error {
	ctx := q.Context()
	if err := p.says(ctx, s.run, event{"pos", "Return Refused", q.Now(), map[string]any{
		"return_id": s.run.object(), "shop": shopOfLucia, "reason": "no_receipt",
	}}); err != nil {
		return err
	}
	agent, err := p.c.Person(ctx, simulate.Agent)
	if err != nil {
		return err
	}
	return p.c.Team.Obstruct(ctx, agent, team.ObstacleReport{Touchpoint: "returns-desk", What: team.Policy, Words: q.T("walk.gift.refused.words")})
}

// suspend lets the board take the rule out of force.
func (p page) suspend(q *web.Request, s *state) error {
	return p.decide(q, s, policy.Suspended, q.T("walk.gift.suspend.why"))
}

func (p page) decide(q *web.Request, s *state, what, why string) error {
	board, err := p.c.Person(q.Context(), simulate.Board)
	if err != nil {
		return err
	}
	return p.c.Policies.Decide(q.Context(), board, s.Against.ID, policy.Decision{What: what, Why: why})
}

// exchange lets the agent do what was promised.
func (p page) exchange(q *web.Request, s *state) error {
	ctx := q.Context()
	return p.solve(ctx, s, simulate.Agent, q.T("walk.gift.exchange.done"), func() error {
		return p.says(ctx, s.run, event{"pos", "Return Accepted", q.Now(), map[string]any{
			"return_id": s.run.object(), "shop": shopOfLucia, "wait_min": 2.0, "days": 0,
		}})
	})
}

// solve lets a colleague take the case, tick what is to be done, do it, and say
// what was done.
func (p page) solve(ctx context.Context, s *state, email, done string, do func() error) error {
	who, err := p.c.Person(ctx, email)
	if err != nil {
		return err
	}
	if _, err := p.c.Cases.Take(ctx, who, s.Case.ID); err != nil {
		return err
	}
	full, err := p.c.Cases.Case(ctx, who, s.Case.ID, "")
	if err != nil {
		return err
	}
	for _, item := range full.Checklist {
		if _, err := p.c.Cases.Check(ctx, who, s.Case.ID, item.ID, true); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	_, err = p.c.Cases.Solve(ctx, who, s.Case.ID, done)
	return err
}
