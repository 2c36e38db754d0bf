package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// sealEvery is how often the audit log is sealed; how much of its tail can be
// cut off unseen.
const sealEvery = time.Hour

// sealAudit seals the audit log from time to time, and a last time when the app
// closes.
func (a *App) sealAudit() {
	seal := func() {
		sealed, err := a.Accounts.Seal(context.Background())
		switch {
		case err != nil: // a full disk: what is not sealed now is sealed later
			a.logger.Warn("the audit log could not be sealed", "error", err)
		case sealed.Entries > 0:
			a.logger.Info("the audit log is sealed", "entries", sealed.Entries, "hash", sealed.Hash)
		}
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(sealEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				seal()
			case <-stop:
				seal()
				return
			}
		}
	}()
	a.onClose(func() error {
		close(stop)
		<-ended
		return nil
	})
}

// watched is memory as customers' pages read it: who looks at a customer is put
// on record, once an hour.
type watched struct {
	*remember.Memory
	accounts *account.Service
	logger   *slog.Logger
}

// Customer returns a customer, and puts on record that somebody looked. What
// cannot be put on record (on a full disk) is shown all the same, and logged.
func (w watched) Customer(ctx context.Context, p cx.Principal, id cx.CustomerID) (remember.Customer, error) {
	c, err := w.Memory.Customer(ctx, p, id)
	if err == nil {
		if err := w.accounts.RecordHourly(ctx, p, "customer.seen", "customer:"+string(c.ID)); err != nil {
			w.logger.Error("what somebody saw could not be put on record", "error", err)
		}
	}
	return c, err
}

// customerName is what a customer is called, for who may see them; "" when
// there is none.
func (a *App) customerName(ctx context.Context, p cx.Principal, id cx.CustomerID) string {
	c, err := a.Memory.Customer(ctx, p, id)
	if err != nil {
		return ""
	}
	return c.Name
}
