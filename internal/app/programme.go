package app

import (
	"context"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// openProgramme opens what tells whether improving is alive.
func (a *App) openProgramme(ctx context.Context) error {
	instance, err := a.Accounts.Instance(ctx)
	if err != nil {
		return err
	}
	a.Programme, err = programme.Open(ctx, programme.Config{
		DB: a.state, Models: a.Models, Accounts: a.Accounts, Cycle: a.Cycle, Cases: a.Cases, Facts: a.History, Voices: a.Voice, Memory: ways{a.Memory}, Deeds: deeds{a}, Salt: instance.Salt, Clock: a.clock,
	})
	return err
}

// ways tells the way of customers, and nothing else of them.
type ways struct{ memory *remember.Memory }

// An episode's path is told over these days, in so many steps.
const (
	pathOver  = 7 * 24 * time.Hour
	pathSteps = 6
)

// Before implements programme.Memory.
func (m ways) Before(ctx context.Context, seq cx.Seq) ([]string, error) {
	said, err := m.memory.EventsBySeq(ctx, cx.System(), []cx.Seq{seq})
	if err != nil || len(said) == 0 || said[0].Profile == 0 { // a mention is of nobody
		return nil, err
	}
	who, err := m.memory.Owners(ctx, []cx.ProfileNo{said[0].Profile})
	if err != nil || who[0] == "" {
		return nil, err
	}
	line, err := m.memory.Timeline(ctx, cx.System(), who[0], remember.TimelineQuery{Window: cx.Window{From: said[0].At.Add(-pathOver), To: said[0].At}, Limit: 100})
	var steps []string
	for _, e := range slices.Backward(line.Episodes) { // the earliest first
		if n := len(steps); n == 0 || steps[n-1] != e.Touchpoint {
			steps = append(steps, e.Touchpoint)
		}
	}
	return steps[max(0, len(steps)-pathSteps):], err
}

// deeds tells what was seen of what leaders committed to.
type deeds struct{ a *App }

// Did implements programme.Deeds. Who decided about a contradiction stands in the model,
// with the day.
func (d deeds) Did(ctx context.Context, who account.Person, kind programme.Kind, w cx.Window) (n int, err error) {
	if kind == programme.Calls {
		return d.a.Cases.Reached(ctx, cx.System(), who.Principal().ID, w)
	}
	m := d.a.Models.Current().Model
	day := func(at cx.Time) string { return at.Std().In(m.Company.Zone()).Format(time.DateOnly) }
	count := func(by, on string) {
		if by == who.Name && on >= day(w.From) && on <= day(w.To) {
			n++
		}
	}
	decided := func(s *model.Suspension, acknowledged []model.Acknowledgement) {
		if s != nil {
			count(s.By, s.Since)
		}
		for _, a := range acknowledged {
			count(a.By, a.Since)
		}
	}
	for _, x := range m.Policies {
		decided(x.Suspended, x.Acknowledged)
	}
	for _, x := range m.Goals {
		decided(x.Suspended, x.Acknowledged)
	}
	return n, nil
}
