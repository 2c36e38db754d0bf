package improve_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/casestest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	improvepage "github.com/vivencia-cx/vivencia/internal/web/pages/improve"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// world is a company that improves; late deliveries are what its reasons tell.
type world struct {
	*casestest.World
	Cycle *cycle.Service
	site  *webtest.Site
	t     *testing.T

	evaluations []impact.Evaluation
}

// judge takes any plan that has a metric, and finds it takes 400 in each arm.
type judge struct{}

func (judge) Check(_ context.Context, p impact.Plan) (faults []cx.Fault) {
	if p.Metric.Kind == "" {
		faults = append(faults, cx.Fault{Field: "plan.metric.kind", Message: "is missing"})
	}
	return faults
}

func (judge) Power(context.Context, cx.Principal, impact.Plan) (impact.Power, error) {
	return impact.Power{Each: 400, Eligible: 5000, Reachable: true, Days: 40, Mean: .3, SD: .46, N: 900, Design: impact.Random}, nil
}

// Evaluations are those that the world made.
func (w *world) Evaluations(context.Context, cx.Principal, string) ([]impact.Evaluation, error) {
	return w.evaluations, nil
}

// finder finds that deliveries come late.
type finder struct{}

func (finder) Source() cycle.Source { return cycle.FromDriver }

func (finder) Find(context.Context) ([]cycle.Proposal, error) {
	return []cycle.Proposal{{
		Key: "late@courier", Source: cycle.FromDriver, Title: text("Que llegue el día que dijimos"), About: cycle.About{Touchpoint: "courier", Area: "logistics"},
		Customers: 1200, Memory: outcome.Estimate{Value: 4, Low: 3, High: 5, N: 300}, Effort: cycle.Medium,
	}}, nil
}

// OfPoint is half a euro, give or take ten cents.
func (finder) OfPoint(context.Context) (outcome.Estimate, error) {
	return outcome.Estimate{Value: 50, Low: 40, High: 60, N: 900}, nil
}

func text(es string) model.Text { return model.Text{ES: es, EN: es, PT: es} }

func open(t *testing.T) *world {
	t.Helper()
	w := &world{World: casestest.New(t), t: t}
	var err error
	w.Cycle, err = cycle.Open(t.Context(), cycle.Config{
		DB: w.State, Jobs: w.Jobs, Log: w.Log, Models: w.Models, Memory: w.Memory, Accounts: w.Accounts, Notices: w.Notices, Impact: judge{},
		Finders: []cycle.Finder{finder{}}, Worth: finder{}, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	w.must(err)
	w.Cycle.Refresh(t.Context())
	stories, err := told.Open(t.Context(), told.Config{
		DB: w.State, Jobs: w.Jobs, Initiatives: w.Cycle, Models: w.Models, Memory: w.Memory, Dialogue: w.Dialogue, Outbox: w.Deliver, Clock: w.Clock,
	})
	w.must(err)
	w.site = webtest.Serve(t, w.Accounts, w.Clock, improvepage.New(w.Cycle, w.Cycle, w, stories, w.Cases, w.Models),
		promises.New(nil, nil, w.Memory, w.Models), journeys.New(nil, w.Memory, w.Models, nil), customer.New(w.Memory, w.Models, nil, customertest.NobodyForgotten))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
