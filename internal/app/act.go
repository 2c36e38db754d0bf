package app

import (
	"context"
	"os"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/jobs"
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
	base := a.Config.PublicURL(a.Config.Addr)
	if a.Deliver, err = deliver.Open(ctx, deliver.Config{
		DB: a.state, Jobs: a.Jobs, Log: a.Log, People: a.Memory, SMTP: smtp, Base: base, Key: a.key, Clock: a.clock, Logger: a.logger,
	}); err != nil {
		return err
	}
	a.onClose(a.Deliver.Close)
	a.Asks, err = ask.Open(ctx, ask.Config{
		DB: a.state, Jobs: a.Jobs, Deliver: a.Deliver, Surveys: a.Surveys, Log: a.Log, Models: a.Models, Memory: a.Memory, Facts: a.History,
		Segments: a.Segments, LinkURL: func(token string) string { return base + "/r/" + token }, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	return err
}

// startAct sets it to work. While a backup comes back nothing goes out, and
// nothing of its log is decided again.
func (a *App) startAct(ctx context.Context) error {
	if _, err := os.Stat(a.Config.file(restoringFile)); err == nil {
		return a.Asks.Restored(ctx)
	}
	a.Jobs.Start()
	a.onClose(a.Jobs.Close)
	following, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		if err := a.Log.Follow(following, a.Asks); following.Err() == nil {
			a.logger.Error("a view stopped following the log", "view", a.Asks.Name(), "error", err)
			a.stopped.Store(a.Asks.Name(), true)
		}
	})
	a.onClose(func() error {
		stop()
		ended.Wait()
		return nil
	})
	return nil
}
