package app

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// openProgramme opens what tells whether improving is alive.
func (a *App) openProgramme(ctx context.Context) error {
	instance, err := a.Accounts.Instance(ctx)
	if err != nil {
		return err
	}
	a.Programme, err = programme.Open(ctx, programme.Config{
		DB: a.state, Models: a.Models, Accounts: a.Accounts, Cycle: a.Cycle, Cases: a.Cases, Asks: a.Asks, Voices: a.Voice, Deeds: deeds{a}, Salt: instance.Salt, Clock: a.clock,
	})
	return err
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
