package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// openForget wires who holds personal data to what erases it, and goes on with
// what was being forgotten.
func (a *App) openForget(ctx context.Context) (err error) {
	a.Forget, err = forget.Open(ctx, forget.Config{
		DB: a.state, Log: a.Log, Memory: a.Memory, History: a.History, Quarantine: a.Quarantine,
		Others: []forget.Named{
			{Name: "voice", Holder: a.Voice},
			{Name: "team", Holder: a.Team},
			{Name: "promises", Holder: a.Promises},
			{Name: "demo", Holder: simulate.TruthFile{Path: a.Config.file(truthFile)}},
			{Name: "brought", Holder: a.Brought},
			{Name: "repairs", Holder: repairs(a.Config.file("log"))},
			{Name: "asks", Holder: a.Asks},
			{Name: "rules", Holder: a.Rules},
			{Name: "referrals", Holder: a.Referrals},
			{Name: "impact", Holder: a.Impact},
			{Name: "told", Holder: a.Told},
			{Name: "cycle", Holder: a.Cycle},
			{Name: "cases", Holder: a.Cases},
			{Name: "dialogue", Holder: a.Dialogue},
			{Name: "deliveries", Holder: a.Deliver},
			{Name: "notices", Holder: a.Notices},
			{Name: "surveys", Holder: a.Surveys},
		},
		Models: a.Models, Audit: a.Accounts, Clock: a.clock, Logger: a.logger,
		OnReceipt: a.onReceipt, Refuse: a.replaced,
	})
	if err != nil {
		return err
	}
	a.metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "vivencia_forget_waiting", Help: "Customers and expired events that are being forgotten; -1 when unknown.",
	}, func() float64 {
		s, err := a.Forget.State(context.Background())
		if err != nil {
			return -1
		}
		return float64(s.Waiting)
	}))
	a.Forget.Start()
	a.onClose(a.Forget.Close)
	return nil
}

// repairs is the folder of the log, where `vivencia repair` sets aside what it
// found damaged. Nobody can tell what is in there, so whatever is erased takes
// all of it along.
type repairs string

// Holds names the folders.
func (r repairs) Holds() []string { return []string{"damaged-*"} }

// Export knows nothing of anybody.
func (r repairs) Export(context.Context, cx.Subject) ([]cx.Section, error) { return nil, nil }

// Erase removes them.
func (r repairs) Erase(context.Context, cx.Subject) (int, error) {
	aside, err := filepath.Glob(filepath.Join(string(r), "damaged-*"))
	for _, folder := range aside {
		err = errors.Join(err, os.RemoveAll(folder))
	}
	return len(aside), err
}

// replaced refuses to forget while a restore's former directory lies in this
// one: they would stay in there, and it is not ours to throw away.
func (a *App) replaced() error {
	aside, err := filepath.Glob(a.Config.file(replacedPrefix + "*"))
	if err == nil && len(aside) > 0 {
		err = cx.Errorf(cx.Conflict, "app.replaced", "%s holds what a restore replaced, and would still know them: remove it, and ask again", filepath.Base(aside[0]))
	}
	return err
}

// forgotten tells the customer's page when somebody was forgotten.
func (a *App) forgotten(ctx context.Context, id cx.CustomerID) (at cx.Time, ok bool, err error) {
	r, ok, err := a.Forget.Forgotten(ctx, id)
	return cx.TimeOf(r.AskedAt), ok, err
}
