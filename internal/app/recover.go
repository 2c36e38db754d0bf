package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
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

// stateFile is the database of what people decided: accounts, keys, the model.
const stateFile = "state.db"

// openState opens state.db and reads all of it once: what is broken in it must
// come to light now, not when somebody signs in.
func openState(ctx context.Context, path string) (_ *sqldb.DB, err error) {
	const lost = "The log is whole: what customers lived is safe. Lost are accounts, keys and versions of the model since the last backup."
	db, err := sqldb.Open(ctx, sqldb.Config{DSN: path, Synchronous: "FULL"})
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
