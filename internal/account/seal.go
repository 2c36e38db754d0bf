package account

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// SealedEvent names the decision that says how long the audit log was, and the
// hash of its last entry.
const SealedEvent = "vivencia.audit.sealed"

// Log is what seals need of stream.Log.
type Log interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
}

// Seal is what a decision in the log says of the audit log. Whoever cuts or
// rewrites the audit log afterwards has the event log against them.
type Seal struct {
	Entries int64   `json:"entries"`
	Hash    string  `json:"hash"`
	At      cx.Time `json:"-"`
}

// Seal writes the audit log's length and last hash into the log, when it has
// grown since the last seal, and returns the seal. Otherwise, and without
// WithLog, it does nothing and the seal is zero.
func (s *Service) Seal(ctx context.Context) (Seal, error) {
	const op = "account.Seal"
	if s.log == nil {
		return Seal{}, nil
	}
	seal := Seal{At: s.clock.Now()}
	var sealed int64
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT id, hash FROM account_audit ORDER BY id DESC LIMIT 1`).Scan(&seal.Entries, &seal.Hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT sealed_entries FROM account_instance`).Scan(&sealed)
	})
	if err != nil || seal.Entries == sealed {
		return Seal{}, cx.Wrap(op, err)
	}
	properties, err := json.Marshal(seal)
	if err != nil {
		return Seal{}, cx.Wrap(op, err)
	}
	const head = `{"type":"decision","event":"` + SealedEvent + `","properties":`
	body := append(append([]byte(head), properties...), '}')
	seq, err := s.log.Append(ctx, []cx.Event{{
		Kind: cx.Decision, Name: SealedEvent, Source: "vivencia", MessageID: "audit:" + strconv.FormatInt(seal.Entries, 10) + ":" + seal.Hash[:16],
		At: seal.At, ReceivedAt: seal.At, Body: body, Properties: body[len(head) : len(body)-1],
	}})
	if err != nil {
		return Seal{}, cx.Wrap(op, err)
	}
	return seal, cx.Wrap(op, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account_instance SET sealed_seq = $1, sealed_entries = $2`, int64(seq), seal.Entries)
		return err
	}))
}

// Breakage says how the audit log was tampered with.
type Breakage string

// The ways in which a chain breaks.
const (
	Changed   Breakage = "changed"   // the entry is not what was written
	Missing   Breakage = "missing"   // the entry is not there
	Cut       Breakage = "cut"       // the entry was sealed, and everything from it on is not there
	Rewritten Breakage = "rewritten" // the chain holds, but is another than the one that was sealed
)

// Chain is what Verify found.
type Chain struct {
	Entries int64    // that are there
	Head    string   // the hash of the last entry that holds; to be kept elsewhere, if wished
	Sealed  Seal     // the last seal in the log; zero when there is none
	Broken  Breakage // "" when the chain is whole
	At      int64    // the id of the first entry that is broken (for Rewritten: at or before it)
}

// Verify computes every entry's hash again and compares the chain with the
// seals in the log. What it finds broken is in the answer, not an error. Needs
// ViewAudit.
func (s *Service) Verify(ctx context.Context, p cx.Principal) (Chain, error) {
	const op = "account.Verify"
	if err := Check(p, ViewAudit); err != nil {
		return Chain{}, cx.Wrap(op, err)
	}
	seals, err := s.seals(ctx)
	if err != nil {
		return Chain{}, cx.Wrap(op, err)
	}
	var c Chain
	breaks := func(how Breakage, id int64) {
		if c.Broken == "" {
			c.Broken, c.At = how, id
		}
	}
	hashes := make(map[int64]string, len(seals))
	for _, seal := range seals {
		hashes[seal.Entries] = ""
		c.Sealed = seal
	}
	last := int64(0)
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return eachEntry(ctx, tx, func(e Entry) error {
			c.Entries++
			switch {
			case c.Broken != "":
				return nil
			case e.ID != last+1:
				breaks(Missing, last+1)
			case e.Hash != e.chain(c.Head):
				breaks(Changed, e.ID)
			default:
				c.Head, last = e.Hash, e.ID
			}
			if _, sealed := hashes[e.ID]; sealed {
				hashes[e.ID] = e.Hash
			}
			return nil
		})
	})
	for _, seal := range seals {
		switch {
		case seal.Entries > last:
			breaks(Cut, last+1)
		case hashes[seal.Entries] != seal.Hash:
			breaks(Rewritten, seal.Entries)
		}
	}
	return c, cx.Wrap(op, err)
}

// seals returns the seals in the log from the last one on that state.db knows
// of: whoever puts that note back to an earlier one makes us read more, not
// less. A note of a seal that is not there is a broken seal.
func (s *Service) seals(ctx context.Context) (seals []Seal, err error) {
	if s.log == nil {
		return nil, nil
	}
	var noted cx.Seq
	if err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT sealed_seq FROM account_instance`).Scan(&noted)
	}); err != nil {
		return nil, err
	}
	err = s.log.Read(ctx, max(noted, 1)-1, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Kind != cx.Decision || e.Name != SealedEvent {
				continue
			}
			seal := Seal{At: e.At}
			if err := json.Unmarshal(bytes.Clone(e.Properties), &seal); err != nil {
				return fmt.Errorf("the seal %d of the audit log: %w", e.Seq, err)
			}
			seals = append(seals, seal)
		}
		return nil
	})
	if err == nil && noted > 0 && len(seals) == 0 {
		err = cx.Errorf(cx.Conflict, "account.seals", "the log has no seal of the audit log where one was noted (%d): state.db and log/ are not of the same time", noted)
	}
	return seals, err
}
