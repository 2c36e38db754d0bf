package app

import (
	"context"
	"errors"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// The derived stores, made again from the log whenever they are missing, of
// another version or another log, or damaged.
const (
	viewsFile    = "views.db"
	historyFile  = "history.duckdb"
	voiceFile    = "voice.db"
	promisesFile = "promises.db"
)

// derivedFiles are all of them. The first decides: whenever memory is made anew,
// the others are too, since it may number profiles otherwise.
var derivedFiles = []string{viewsFile, historyFile, voiceFile, promisesFile}

// removeDerived removes the derived stores, at the paths that file gives them.
func removeDerived(names []string, file func(string) string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, removeDatabase(file(name)))
	}
	return errors.Join(errs...)
}

// openViews opens the derived stores at the paths that file gives them, and
// follows the log with all of them.
func (a *App) openViews(ctx context.Context, file func(string) string) error {
	viewsPath, historyPath := file(viewsFile), file(historyFile)
	var views *sqldb.DB
	err := knownDamage(viewsPath)
	if err == nil {
		views, err = a.openMemory(ctx, viewsPath)
	}
	if why := a.worthless(ctx, a.Memory, err); why != "" {
		if err := errors.Join(closeIf(views), a.makeAnew(viewsPath, why, err)); err != nil {
			return err
		}
		views, err = a.openMemory(ctx, viewsPath)
	}
	if err != nil {
		return errors.Join(err, closeIf(views))
	}
	a.onClose(views.Close)
	remembered, err := a.Memory.Position(ctx)
	if err != nil {
		return err
	}
	if remembered == 0 {
		if err := removeDerived(derivedFiles[1:], file); err != nil {
			return err
		}
	}

	if err = knownDamage(historyPath); err == nil {
		err = a.openHistory(ctx, historyPath)
	}
	if why := a.worthless(ctx, a.facts, err); why != "" {
		if err == nil {
			err = a.History.Close()
		}
		if err := a.makeAnew(historyPath, why, err); err != nil {
			return err
		}
		err = a.openHistory(ctx, historyPath)
	}
	if err != nil {
		return err
	}
	a.onClose(a.History.Close)
	if err := a.openVoice(ctx, file(voiceFile)); err != nil {
		return err
	}
	if err := a.openPromises(ctx, file(promisesFile)); err != nil {
		return err
	}

	following, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	for _, v := range a.views() {
		ended.Go(func() {
			if err := a.Log.Follow(following, a.pace(a.tracing.view(v))); following.Err() == nil {
				a.logger.Error("a view stopped following the log", "view", v.Name(), "error", err)
				a.stopped.Store(v.Name(), true)
				if errors.Is(err, stream.ErrDamaged) {
					a.onDamage("log", a.Config.file(logDir))(err)
				}
			}
		})
	}
	a.facts.Start()
	a.Voice.Start()
	a.Promises.Start()
	a.onClose(func() error {
		stop()
		err := errors.Join(a.facts.Close(), a.Voice.Close(), a.Promises.Close())
		ended.Wait()
		return err
	})
	return nil
}

// views are the followers of the log, in the order in which they know an event.
func (a *App) views() []stream.View {
	return []stream.View{a.Memory, a.facts, a.Voice, a.Team, a.Promises}
}

// worthless tells why a derived store that was opened with err must be made
// again; "" when it need not.
func (a *App) worthless(ctx context.Context, v stream.View, err error) (why string) {
	var other *remember.SchemaError
	switch {
	case errors.As(err, &other), errors.Is(err, history.ErrSchema), errors.Is(err, voice.ErrSchema), errors.Is(err, team.ErrSchema), errors.Is(err, promise.ErrSchema):
		return "another version made it"
	case errors.Is(err, errKnownDamage), sqldb.IsDamaged(err), errors.Is(err, history.ErrDamaged):
		return damaged
	case err != nil:
		return ""
	}
	if at, err := v.Position(ctx); err == nil && at > a.Log.LastSeq() {
		return "it was made from another log"
	}
	return ""
}

func (a *App) openMemory(ctx context.Context, path string) (*sqldb.DB, error) {
	db, err := sqldb.Open(ctx, sqldb.Config{DSN: path, Synchronous: "NORMAL", OnDamage: a.onDamage("memory", path)})
	if err != nil {
		return nil, err
	}
	instance, err := a.Accounts.Instance(ctx)
	if err != nil {
		return db, err
	}
	a.Memory, err = remember.Open(ctx, remember.Config{
		DB: db, Clock: a.clock, Salt: instance.Salt, Models: a.Models, Log: a.Log, Logger: a.logger,
	})
	return db, err
}

func (a *App) openHistory(ctx context.Context, path string) (err error) {
	store, err := duckdb.Open(ctx, duckdb.Config{Path: path, Memory: int64(a.Config.HistoryMemory), OnDamage: a.onDamage("history", path)})
	if err != nil {
		return err
	}
	a.History = a.tracing.questions(store)
	a.facts = history.NewView(history.Config{Store: a.History, Resolver: a.Memory, Models: a.Models, Log: a.Log, Logger: a.logger})
	return nil
}

// openVoice opens the store of what is said, made anew when it is of no use.
func (a *App) openVoice(ctx context.Context, path string) error {
	open := func() (*sqldb.DB, error) {
		if err := knownDamage(path); err != nil {
			return nil, err
		}
		db, err := sqldb.Open(ctx, sqldb.Config{DSN: path, Synchronous: "NORMAL", OnDamage: a.onDamage("voice", path)})
		if err != nil {
			return nil, err
		}
		instance, err := a.Accounts.Instance(ctx)
		if err != nil {
			return db, err
		}
		a.Team, err = team.Open(ctx, team.Config{
			DB: db, State: a.state, Models: a.Models, Facts: a.History, Log: a.Log, Key: a.key, Salt: instance.Salt, Clock: a.clock,
		})
		if err != nil {
			return db, err
		}
		elsewhere, err := a.Config.Labeller.elsewhere()
		if err != nil {
			return db, err
		}
		a.Voice, err = voice.Open(ctx, voice.Config{
			DB: db, State: a.state, Resolver: a.Memory, Memory: a.Memory, Models: a.Models, Log: a.Log, Salt: instance.Salt, Elsewhere: elsewhere, Clock: a.clock, Logger: a.logger,
		})
		return db, err
	}
	db, err := open()
	if why := a.worthless(ctx, a.Voice, err); why != "" {
		if err := errors.Join(closeIf(db), a.makeAnew(path, why, err)); err != nil {
			return err
		}
		db, err = open()
	}
	if err != nil {
		return errors.Join(err, closeIf(db))
	}
	a.onClose(db.Close)
	return nil
}
