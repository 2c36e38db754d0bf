package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Instance tells one installation from another. It is made when the database
// is first opened and stays.
type Instance struct {
	ID        string
	Salt      []byte // for cx.HashMessage
	CreatedAt cx.Time
	Demo      bool // holds the simulated company, never a real one
}

// Instance returns the instance.
func (s *Service) Instance(context.Context) (Instance, error) { return *s.instance.Load(), nil }

func (s *Service) loadInstance(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var salt string
		var i Instance
		row := tx.QueryRow(ctx, `SELECT id, salt, created_at, demo FROM account_instance`)
		err := row.Scan(&i.ID, &salt, &i.CreatedAt, &i.Demo)
		if errors.Is(err, sql.ErrNoRows) {
			i = Instance{ID: "i_" + strings.ToLower(rand.Text()), Salt: make([]byte, 32), CreatedAt: s.clock.Now()}
			_, _ = rand.Read(i.Salt) // never fails
			salt = hex.EncodeToString(i.Salt)
			_, err = tx.Exec(ctx, `INSERT INTO account_instance (one, id, salt, created_at, demo) VALUES (1, $1, $2, $3, 0)`,
				i.ID, salt, i.CreatedAt)
		}
		if err != nil {
			return err
		}
		i.Salt, err = hex.DecodeString(salt)
		s.instance.Store(&i)
		return err
	})
}

// EnterDemo switches demo mode on until the process ends: the write key and
// the API token "demo" are accepted. The instance is marked as a demo for
// ever; one that has people, keys or tokens already is refused with Conflict.
func (s *Service) EnterDemo(ctx context.Context) error {
	const op = "account.EnterDemo"
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var used bool
		row := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM account_people) OR EXISTS (SELECT 1 FROM account_sources) OR EXISTS (SELECT 1 FROM account_tokens)`)
		if err := row.Scan(&used); err != nil {
			return err
		}
		if used && !s.instance.Load().Demo {
			return cx.Errorf(cx.Conflict, op, "this data belongs to a company; the demo needs a folder of its own")
		}
		_, err := tx.Exec(ctx, `UPDATE account_instance SET demo = 1`)
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	if err := s.loadInstance(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	s.demo.Store(true)
	return nil
}
