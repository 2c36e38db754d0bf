package identity

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Gone tells of a customer who was let go. Zero when nobody was.
type Gone struct {
	Customer cx.CustomerNo
	Profiles []cx.ProfileNo // ascending
}

// LetGo lets a customer go: no id leads to them any more, none of their
// identifiers is theirs, and nothing links them to others. Whoever shows one of
// the identifiers from now on is somebody else. A customer that is not known,
// or was let go, stays so.
func (w *Writer) LetGo(d Decision, id cx.CustomerID) (o Outcome, err error) {
	err = w.letGo(d, id, &o)
	return o, cx.Wrap("identity.LetGo", err)
}

func (w *Writer) letGo(d Decision, id cx.CustomerID, o *Outcome) error {
	if err := w.Flush(); err != nil {
		return err
	}
	c, there, err := w.byID(id)
	if err != nil || !there {
		return err
	}
	profiles, err := Profiles(w.ctx, w.tx, c)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		if err := w.dropLinks(p); err != nil {
			return err
		}
		if err := w.dropNames(p, d.Seq); err != nil {
			return err
		}
	}
	if _, err := w.tx.Exec(w.ctx, `UPDATE profiles SET gone_seq = $1 WHERE customer_no = $2`, d.Seq, c); err != nil {
		return err
	}
	o.Gone = Gone{c, profiles}
	return nil
}

// dropLinks deletes what links a profile to others.
func (w *Writer) dropLinks(p cx.ProfileNo) error {
	for _, text := range [...]string{
		`DELETE FROM suggestions WHERE a = $1 OR b = $1`,
		`DELETE FROM merges WHERE into_profile = $1 OR from_profile = $1`,
		`DELETE FROM kept_apart WHERE a = $1 OR b = $1`,
	} {
		if _, err := w.tx.Exec(w.ctx, text, p); err != nil {
			return err
		}
	}
	w.kept = slices.DeleteFunc(slices.Clone(w.kept), func(k pair) bool { return k.a == p || k.b == p })
	return nil
}

// dropNames gives the profile's identifiers keys that nobody shows.
func (w *Writer) dropNames(p cx.ProfileNo, seq cx.Seq) error {
	rows, err := w.tx.Query(w.ctx, `SELECT id FROM identifiers WHERE profile_no = $1`, p)
	if err != nil {
		return err
	}
	keys, err := sqldb.Collect(rows, scanKey)
	if err != nil {
		return err
	}
	for _, k := range keys {
		w.owners[k] = 0
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(k[:], uint64(seq)))
		if _, err := w.tx.Exec(w.ctx, `UPDATE identifiers SET id = $1 WHERE profile_no = $2 AND id = $3`, sum[:len(k)], p, k[:]); err != nil {
			return err
		}
	}
	return nil
}

func scanKey(rows *sql.Rows) (k Key, err error) {
	var raw sql.RawBytes
	if err = rows.Scan(&raw); err == nil {
		k = Key(raw)
	}
	return k, err
}
