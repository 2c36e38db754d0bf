package account

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Seal says how long the audit log was at a time, and the hash of its last
// entry then. It lies in a file beside the database, and in the process's own
// log: whoever cuts or rewrites the audit log afterwards has these against
// them.
type Seal struct {
	Entries int64
	Hash    string
	At      cx.Time
}

// Seal adds the audit log's length and last hash to the file of seals, when it
// has grown since the last one, and returns the seal. Otherwise, and without
// WithSeals, it does nothing and the seal is zero.
func (s *Service) Seal(ctx context.Context) (Seal, error) {
	const op = "account.Seal"
	if s.seals == "" {
		return Seal{}, nil
	}
	s.sealing.Lock()
	defer s.sealing.Unlock()
	seal := Seal{At: s.clock.Now()}
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT id, hash FROM account_audit ORDER BY id DESC LIMIT 1`).Scan(&seal.Entries, &seal.Hash)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Seal{}, nil
	}
	if err != nil {
		return Seal{}, cx.Wrap(op, err)
	}
	before, err := readSeals(s.seals)
	if err != nil {
		return Seal{}, cx.Wrap(op, err)
	}
	if n := len(before); n > 0 && before[n-1].Entries >= seal.Entries {
		return Seal{}, nil
	}
	return seal, cx.Wrap(op, appendLine(s.seals, fmt.Sprintf("%d %s %d\n", seal.Entries, seal.Hash, int64(seal.At))))
}

// readSeals reads the file of seals, a line each: entries, hash, time in
// microseconds. What a power cut left of the last line is not one.
func readSeals(path string) (seals []Seal, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		var seal Seal
		if !strings.HasSuffix(line, "\n") {
			break
		}
		if n, err := fmt.Sscanf(line, "%d %64s %d\n", &seal.Entries, &seal.Hash, &seal.At); n != 3 || err != nil || len(seal.Hash) != 64 {
			return nil, cx.Errorf(cx.Conflict, "account.readSeals", "%s has a line that is no seal of the audit log; somebody has changed it, or it is damaged", path)
		}
		seals = append(seals, seal)
	}
	return seals, nil
}

// appendLine adds a line durably, after what is whole.
func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(f)
	if err == nil {
		whole := int64(bytes.LastIndexByte(text, '\n') + 1)
		_, err = f.WriteAt([]byte(line), whole)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// Breakage says how the audit log was tampered with.
type Breakage string

// The ways in which a chain breaks.
const (
	Changed   Breakage = "changed"   // the entry is not what was written
	Missing   Breakage = "missing"   // the entry is not there
	Cut       Breakage = "cut"       // it and what follows are not there, though they were sealed
	Rewritten Breakage = "rewritten" // the chain holds, but is another than the one that was sealed
)

// Chain is what Verify found.
type Chain struct {
	Entries int64    // that are there
	Head    string   // the hash of the last entry that holds; to be kept elsewhere, if wished
	Sealed  Seal     // the last seal; zero when there is none
	Broken  Breakage // "" when the chain is whole
	At      int64    // the id of the first entry that is broken (for Rewritten: at or before it)
}

// Verify computes every entry's hash again and compares the chain with the
// seals. What it finds broken is in the answer, not an error. Needs
// ViewAudit.
func (s *Service) Verify(ctx context.Context, p cx.Principal) (Chain, error) {
	const op = "account.Verify"
	if err := Check(p, ViewAudit); err != nil {
		return Chain{}, cx.Wrap(op, err)
	}
	seals, err := readSeals(s.seals)
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
