package app

import (
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
)

// openPurchases opens what tells what customers bring: all of outcomes stands on it.
func (a *App) openPurchases() {
	a.Purchases = purchases.New(purchases.Config{Facts: a.History, Models: a.Models, Segments: a.Segments, Clock: a.clock, Logger: a.logger})
	a.background(a.Purchases)
}

// openOutcomes opens what tells who stays, and what customers are worth.
func (a *App) openOutcomes() {
	a.Retention = retention.New(retention.Config{
		Purchases: a.Purchases, Facts: a.History, Models: a.Models, Memory: a.Memory, Promises: a.Promises, Cases: a.Cases, Clock: a.clock, Logger: a.logger,
	})
	a.background(a.Retention)
	a.Worth = worth.New(worth.Config{Purchases: a.Purchases, Retention: a.Retention, Memory: a.Memory, Clock: a.clock, Logger: a.logger})
	a.background(a.Worth)
}

// background has a service find out by itself, until the end.
func (a *App) background(s interface {
	Start()
	Close() error
},
) {
	if !a.Config.idle {
		s.Start()
	}
	a.onClose(s.Close)
}
