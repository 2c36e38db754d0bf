package app

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Rebuild makes memory, history, voice and promises again from the log, beside the old ones, and
// puts them in their place when they are whole. It tells tell how far it is.
// The error is cx.Conflict when another process owns the directory.
func Rebuild(ctx context.Context, c Config, logger *slog.Logger, tell func(applied, last cx.Seq)) (err error) {
	const op = "app.Rebuild"
	fresh := func(name string) string { return c.file("rebuild-" + name) }
	clean := func() error { return removeDerived(derivedFiles, fresh) }
	if err := unfinished(c); err != nil {
		return err
	}
	a, err := openStores(ctx, c, logger)
	if errors.Is(err, errLocked) {
		return cx.Errorf(cx.Conflict, op, "a server owns %s: stop it, rebuild, and start it again", c.Data)
	}
	if err != nil {
		return cx.Wrap(op, err)
	}
	held := a.closers[0] // the lock is given back last, after the new files are in place
	a.closers = a.closers[1:]
	defer func() { err = errors.Join(err, held()) }()

	if err = clean(); err == nil {
		err = a.openViews(ctx, fresh)
	}
	if err == nil {
		last := a.Log.LastSeq()
		err = a.WaitApplied(ctx, last, func(applied cx.Seq) { tell(applied, last) })
	}
	if err = errors.Join(err, a.Close()); err != nil {
		return cx.Wrap(op, errors.Join(err, clean()))
	}
	for _, name := range derivedFiles {
		err = errors.Join(err, replaceDatabase(fresh(name), c.file(name)))
	}
	return cx.Wrap(op, err)
}

// replaceDatabase puts a closed database in another's place. A crash in between
// leaves none there: then the next start makes it again.
func replaceDatabase(from, to string) error {
	if err := removeDatabase(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}
