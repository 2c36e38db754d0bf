package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// What the setting recover may be.
const (
	recoverAuto = "auto"
	recoverAsk  = "ask"
)

// damaged is why a store is made again after its file was found broken.
const damaged = "it is damaged"

// DamagedError says that a file of the data directory cannot be read: which,
// what of it is lost, and the one command that mends it.
type DamagedError struct {
	File string // its path
	Lost string // what is lost with it, in a sentence
	Do   string // the command, or the choice of them
	Err  error
}

// Error tells all of it, for who started the program.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged (%v).\n  %s\n  To mend it: %s", e.File, e.Err, e.Lost, e.Do)
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// makeAnew removes a derived store that is of no use, so that the log makes it
// again; a damaged one only where the setting recover lets it.
func (a *App) makeAnew(path, why string, cause error) error {
	if why == damaged {
		if a.Config.Recover == recoverAsk {
			return &DamagedError{path, "Nothing is lost: it is derived from the log.", "vivencia rebuild --data " + a.Config.Data, cause}
		}
		a.anew = append(a.anew, filepath.Base(path))
		a.logger.Error("a derived store is damaged and is made again from the log; nothing is lost", "file", path, "error", cause)
	} else {
		a.logger.Info("a derived store is made again from the log", "file", path, "reason", why)
	}
	return removeDatabase(path)
}

// openLog opens the log.
func (a *App) openLog(ctx context.Context) (err error) {
	c := a.Config
	a.Log, err = stream.Open(ctx, stream.Config{Dir: c.file(logDir), Reserve: int64(c.Reserve), Logger: a.logger, OnPoison: a.setAside})
	if errors.Is(err, stream.ErrDamaged) {
		return &DamagedError{
			c.file(logDir), "Some of what came in cannot be read; the rest is whole, and nothing has been changed.",
			fmt.Sprintf("vivencia repair --data %s (with --from BACKUPS it brings the missing events back from a backup)", c.Data), err,
		}
	}
	return err
}

// logDir is the log's folder.
const logDir = "log"

// Mended says what Repair did.
type Mended struct {
	stream.Repaired
	Lost   int // events that could not be read, of which …
	Filled int // … so many came back from a backup
}

// Repair makes a damaged log whole: what can be read is kept, and what cannot is
// taken from the newest backup in target (when it is named), else it is lost and
// its seq says so. Then what is derived is made again. The error is Conflict
// when another process owns the directory.
func Repair(ctx context.Context, c Config, target string, logger *slog.Logger, tell func(applied, last cx.Seq)) (done Mended, err error) {
	const op = "app.Repair"
	var from backup.Manifest
	if target != "" {
		all, err := backup.List(target)
		if err == nil {
			from, err = backup.Choose(all, time.Time{})
		}
		if err != nil {
			return done, err
		}
	}
	if err := c.Validate(); err != nil {
		return done, err
	}
	if done, err = repairLog(ctx, c, target, from, logger); err != nil {
		return done, cx.Wrap(op, err)
	}
	if err := Rebuild(ctx, c, logger, tell); err != nil {
		return done, cx.Wrap(op, err)
	}
	if target == "" {
		return done, nil
	}
	a, err := Open(ctx, c, logger) // who was forgotten since the backup stays so
	if err != nil {
		return done, cx.Wrap(op, err)
	}
	return done, cx.Wrap(op, errors.Join(a.forgetAgain(ctx, target), a.Close()))
}

func repairLog(ctx context.Context, c Config, target string, from backup.Manifest, logger *slog.Logger) (done Mended, err error) {
	held, err := takeLock(c.Data)
	if errors.Is(err, errLocked) {
		return done, cx.Errorf(cx.Conflict, "app.Repair", "a server owns %s: stop it first", c.Data)
	}
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	config := stream.Config{Dir: c.file(logDir), Reserve: int64(c.Reserve), Logger: logger}
	if done.Repaired, err = stream.Repair(ctx, config); err != nil {
		return done, err
	}
	for _, span := range done.Repaired.Lost {
		done.Lost += int(span.Last - span.First + 1)
	}
	if done.Lost == 0 || target == "" {
		return done, nil
	}
	log, err := stream.Open(ctx, config)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	for _, span := range done.Repaired.Lost {
		err := backup.Events(ctx, target, from, span.First, span.Last, func(events []cx.Event) error {
			seqs := make([]cx.Seq, len(events))
			for i, e := range events {
				seqs[i] = e.Seq
			}
			n, err := log.Redact(ctx, seqs, func(lost cx.Event) cx.Event {
				i, _ := slices.BinarySearch(seqs, lost.Seq)
				return events[i]
			})
			done.Filled += n
			return err
		})
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// stateFile is the database of what people decided: accounts, keys, the model.
const stateFile = "state.db"

// openState opens state.db and reads all of it once: what is broken in it must
// come to light now, not when somebody signs in.
func openState(ctx context.Context, path string, onDamage func(error)) (_ *sqldb.DB, err error) {
	const lost = "The log is whole: what customers lived is safe. Lost are accounts, keys and versions of the model since the last backup."
	db, err := sqldb.Open(ctx, sqldb.Config{DSN: path, Synchronous: "FULL", OnDamage: onDamage})
	if err == nil {
		if err = db.Check(ctx); err == nil {
			return db, nil
		}
		_ = db.Close()
	}
	if ctx.Err() != nil || cx.KindOf(err) == cx.Full {
		return nil, cx.Wrap("app.openState", err)
	}
	dir := filepath.Dir(path)
	return nil, &DamagedError{path, lost, fmt.Sprintf("vivencia restore BACKUPS --only-state --data %s", dir), err}
}
