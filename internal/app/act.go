package app

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// openAct opens what the product does by itself: its timers, its mail, its asks.
func (a *App) openAct(ctx context.Context) (err error) {
	smtp, err := a.Config.Mail.smtp()
	if err != nil {
		return err
	}
	if a.Jobs, err = jobs.Open(ctx, jobs.Config{DB: a.state, Clock: a.clock, Logger: a.logger, Holder: "vivencia"}); err != nil {
		return err
	}
	outside, err := a.Config.Webhooks.outside()
	if err != nil {
		return err
	}
	base := a.Config.PublicURL(a.Config.Addr)
	if a.Deliver, err = deliver.Open(ctx, deliver.Config{
		DB: a.state, Jobs: a.Jobs, Log: a.Log, People: a.Memory, SMTP: smtp, Outside: outside, Endpoints: a.endpoints, Base: base, Key: a.key, Clock: a.clock, Logger: a.logger,
	}); err != nil {
		return err
	}
	a.onClose(a.Deliver.Close)
	if err := a.openNotify(ctx, base); err != nil {
		return err
	}
	if err := a.openCases(ctx, base); err != nil {
		return err
	}
	a.Asks, err = ask.Open(ctx, ask.Config{
		DB: a.state, Jobs: a.Jobs, Deliver: a.Deliver, Surveys: a.Surveys, Log: a.Log, Models: a.Models, Memory: a.Memory, Facts: a.History,
		Segments: a.Segments, LinkURL: func(token string) string { return base + "/r/" + token }, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	if err != nil {
		return err
	}
	if err := a.openImpact(ctx); err != nil {
		return err
	}
	if err := a.openCycle(ctx); err != nil {
		return err
	}
	if err := a.openProgramme(ctx); err != nil {
		return err
	}
	if err := a.openTold(ctx); err != nil {
		return err
	}
	a.Rules, err = rule.Open(ctx, rule.Config{
		DB: a.state, Jobs: a.Jobs, Log: a.Log, Models: a.Models, Memory: a.Memory, Facts: a.History, Segments: a.Segments, Journeys: a.Journeys, Voices: a.Voice,
		Cases: a.Cases, Dialogue: a.Dialogue, Asks: a.Asks, Notices: a.Notices, Outbox: a.Deliver, Arms: a.Impact, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	if err != nil {
		return err
	}
	return a.openReferrals(ctx, base)
}

// startAct sets it to work. While a backup comes back nothing goes out, and
// nothing of its log is decided again.
func (a *App) startAct(ctx context.Context) error {
	if _, err := os.Stat(a.Config.file(restoringFile)); err == nil {
		return errors.Join(a.Promises.Restored(ctx), a.Notices.Restored(ctx), a.Asks.Restored(ctx), a.Rules.Restored(ctx), a.Referrals.Restored(ctx))
	}
	a.Jobs.Start()
	a.onClose(a.Jobs.Close)
	a.Promises.StartClock()
	following, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for _, v := range []stream.View{a.Asks, a.Notices, a.Rules, a.Referrals} {
		ended.Go(func() {
			if err := a.Log.Follow(following, v); following.Err() == nil {
				a.logger.Error("a view stopped following the log", "view", v.Name(), "error", err)
				a.stopped.Store(v.Name(), true)
			}
		})
	}
	a.onClose(func() error {
		stop()
		ended.Wait()
		return nil
	})
	return nil
}
