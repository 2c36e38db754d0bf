package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// smallFiles are those of a data directory that are the truth beside state.db
// and the log.
var smallFiles = []string{asideFile, keyFile, sealsFile, demoFile, truthFile}

// openBackups makes the backups ready; Start sets their schedule to work.
func (a *App) openBackups(ctx context.Context) error {
	instance, err := a.Accounts.Instance(ctx)
	if err != nil {
		return err
	}
	a.Backups = backup.New(backup.Source{
		Dir: a.Config.Data, Instance: instance.ID, Version: a.Config.Version, Log: a.Log, State: a.state,
		Shelf: a.Quarantine.Shelf(), Files: smallFiles, Receipts: a.receipts, Clock: a.clock,
	}, backup.Schedule{Target: a.Config.BackupTarget, Every: a.Config.BackupEvery, Keep: a.Config.BackupKeep}, a.logger)
	a.onClose(a.Backups.Close)
	return nil
}

// receipts returns the receipts of forgetting as a backup keeps them.
func (a *App) receipts(ctx context.Context) (all [][]byte, err error) {
	ledger, err := a.Forget.Ledger(ctx)
	for _, r := range ledger {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, err
}

// forgetAgain carries out the receipts of a target that the restored directory
// does not know.
func (a *App) forgetAgain(ctx context.Context, target string) error {
	lines, err := backup.Receipts(target)
	if err != nil {
		return err
	}
	receipts := make([]forget.Receipt, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &receipts[i]); err != nil {
			return cx.Errorf(cx.Invalid, "app.forgetAgain", "the receipts of forgetting in %s cannot be read (line %d): %w", target, i+1, err)
		}
	}
	_, err = a.Forget.Replay(ctx, receipts)
	return err
}

// onReceipt puts a receipt where every restore finds it, as soon as there is one.
func (a *App) onReceipt(forget.Receipt) {
	if err := a.Backups.Receive(context.Background()); err != nil {
		a.logger.Error("a receipt of forgetting did not reach the backups; the next backup brings it", "error", err)
	}
}

// openHealth makes ready what tells how the product is.
func (a *App) openHealth() {
	var views []health.View
	for _, v := range a.views() {
		views = append(views, v)
	}
	a.Health = health.New(health.Config{
		Dir: a.Config.Data, Reserve: int64(a.Config.Reserve), Version: a.Config.Version, Clock: a.clock, Logger: a.logger,
		LastSeq: a.Log.LastSeq, LastAt: a.lastAt, Views: views, Review: a.Quarantine.Len, Backups: a.Backups.State,
		Forgetting: a.forgetting, Sending: a.sending, Recovered: a.anew, Damaged: a.damages.all,
		Stopped: func(view string) bool { _, stopped := a.stopped.Load(view); return stopped },
	})
	a.onClose(a.Health.Close)
}

// forgetting tells how many customers are still to be forgotten, and the kind
// of the error that keeps it.
func (a *App) forgetting(ctx context.Context) (waiting int, failing string, err error) {
	s, err := a.Forget.State(ctx)
	return s.Waiting, s.Failing, err
}

// sending tells how mail goes out.
func (a *App) sending(ctx context.Context) (health.Sending, error) {
	mail, err := a.Deliver.Status(ctx, cx.System())
	if err != nil {
		return health.Sending{}, err
	}
	timers, err := a.Jobs.State(ctx, cx.System())
	return health.Sending{Ready: mail.Ready, Down: mail.Down, Waiting: mail.Count[deliver.Waiting], Sent: mail.Count[deliver.Sent], Dead: timers.Dead}, err
}

// lastAt returns when the last event came; 0 when none has.
func (a *App) lastAt(ctx context.Context) (at cx.Time, err error) {
	last := a.Log.LastSeq()
	if last == 0 {
		return 0, nil
	}
	err = a.Log.Read(ctx, last-1, func(b stream.Batch) error {
		at = b.Events[len(b.Events)-1].ReceivedAt
		return nil
	})
	return at, err
}

// restoringFile is in a data directory while a restore is not finished; nothing
// else opens it then.
const restoringFile = "restoring"

// unfinished refuses a directory whose restore was cut off.
func unfinished(c Config) error {
	if _, err := os.Stat(c.file(restoringFile)); err == nil {
		return cx.Errorf(cx.Conflict, "app.Open", "the restore of %s was not finished: run the same vivencia restore again", c.Data)
	}
	return nil
}

// RestoreConfig says which backup comes back, and over what.
type RestoreConfig struct {
	Target    string
	At        time.Time // the newest that is not younger; zero: the newest
	OnlyState bool      // state.db and the files beside it; the log stays
	Replace   bool      // what is in the directory is put aside, in a folder of its own
}

// Restore brings a backup back into c.Data, which must be empty, makes what is
// derived, and forgets again whoever was forgotten since the backup. One that
// was cut off begins again. tell (which may be nil) is told how far it is. The
// errors are Conflict when the directory is not empty or is in use, NotFound
// when there is no such backup, Invalid with the file's name when it is damaged.
func Restore(ctx context.Context, c Config, r RestoreConfig, logger *slog.Logger, tell func(what string, done, total cx.Seq)) (m backup.Manifest, err error) {
	const op = "app.Restore"
	if tell == nil {
		tell = func(string, cx.Seq, cx.Seq) {}
	}
	all, err := backup.List(r.Target)
	if err != nil {
		return m, err
	}
	if m, err = backup.Choose(all, r.At); err != nil {
		return m, err
	}
	if err := prepare(c, r); err != nil {
		return m, cx.Wrap(op, err)
	}
	if err := backup.Files(ctx, r.Target, m, c.Data); err != nil {
		return m, cx.Wrap(op, err)
	}
	if !r.OnlyState {
		if err := restoreLog(ctx, c, r.Target, m, logger, func(done, last cx.Seq) { tell("restoring", done, last) }); err != nil {
			return m, cx.Wrap(op, err)
		}
	}
	c.BackupTarget = ""
	a, err := open(ctx, c, logger)
	if err != nil {
		return m, cx.Wrap(op, err)
	}
	last := a.Log.LastSeq()
	err = a.WaitApplied(ctx, last, func(applied cx.Seq) { tell("rebuilding", applied, last) })
	if err == nil {
		err = a.forgetAgain(ctx, r.Target)
	}
	if err = errors.Join(err, a.Close()); err == nil {
		err = os.Remove(c.file(restoringFile))
	}
	return m, cx.Wrap(op, err)
}

// prepare takes the directory for a restore: empties it of what an earlier try
// left, puts aside what is to be replaced, and refuses anything else.
func prepare(c Config, r RestoreConfig) error {
	held, err := takeLock(c.Data)
	if errors.Is(err, errLocked) {
		return cx.Errorf(cx.Conflict, "app.Restore", "a server owns %s: stop it first", c.Data)
	}
	if err != nil {
		return err
	}
	defer func() { _ = held.release() }()
	entries, err := os.ReadDir(c.Data)
	if err != nil {
		return err
	}
	begun, err := os.ReadFile(c.file(restoringFile))
	again := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole := "whole\n"
	if r.OnlyState {
		whole = "only-state\n"
	}
	if again && string(begun) != whole {
		return cx.Errorf(cx.Conflict, "app.Restore", "another restore of %s was not finished: run that one again (it was %q)", c.Data, strings.TrimSpace(string(begun)))
	}
	if r.OnlyState { // the log stays
		return errors.Join(os.WriteFile(c.file(restoringFile), []byte(whole), 0o600),
			removeDatabase(c.file(stateFile)), removeDerived(derivedFiles, c.file))
	}
	aside := replacedPrefix + time.Now().UTC().Format("20060102T150405Z")
	for _, entry := range entries {
		name := entry.Name()
		if slices.Contains([]string{lockName, restoringFile, socketName, "lost+found"}, name) || strings.HasPrefix(name, replacedPrefix) {
			continue
		}
		switch {
		case again:
			err = os.RemoveAll(c.file(name))
		case r.Replace:
			if err = os.MkdirAll(c.file(aside), 0o700); err == nil {
				err = os.Rename(c.file(name), filepath.Join(c.file(aside), name))
			}
		default:
			err = cx.Errorf(cx.Conflict, "app.Restore", "%s is not empty: name an empty directory with --data, or put what is there aside with --replace", c.Data)
		}
		if err != nil {
			return err
		}
	}
	return os.WriteFile(c.file(restoringFile), []byte(whole), 0o600)
}

// replacedPrefix begins the name of the folder that what was replaced lies in.
const replacedPrefix = "replaced-"

func restoreLog(ctx context.Context, c Config, target string, m backup.Manifest, logger *slog.Logger, tell func(done, last cx.Seq)) (err error) {
	log, err := stream.Open(ctx, stream.Config{Dir: c.file(logDir), Reserve: int64(c.Reserve), Logger: logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	q, err := quarantine.Open(ctx, log, quarantine.Config{MaxBytes: int64(c.QuarantineBytes), MaxAge: c.QuarantineAge})
	if err != nil {
		return err
	}
	return backup.Log(ctx, target, m, log, q.Shelf(), tell)
}
