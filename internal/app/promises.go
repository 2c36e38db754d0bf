package app

import (
	"context"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// openPromises opens the store of promises, made anew when it is of no use.
func (a *App) openPromises(ctx context.Context, path string) error {
	open := func() (*sqldb.DB, error) {
		if err := knownDamage(path); err != nil {
			return nil, err
		}
		db, err := sqldb.Open(ctx, sqldb.Config{DSN: path, Synchronous: "NORMAL", OnDamage: a.onDamage("promises", path)})
		if err != nil {
			return nil, err
		}
		a.Promises, err = promise.Open(ctx, promise.Config{
			DB: db, State: a.state, Log: a.Log, Models: a.Models, Memory: a.Memory, Clock: a.clock, Logger: a.logger,
		})
		return db, err
	}
	db, err := open()
	if why := a.worthless(ctx, a.Promises, err); why != "" {
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
