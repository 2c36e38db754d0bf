package remember

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// snapshot is the traits of a customer as they were at an answer, by name. Where
// other profiles than the answer's say some, what each says is kept beside the
// answer: who is forgotten is taken out of it, also long after the merge was undone.
type snapshot map[string]said

// add notes what was said if it was so at a time rather than what is noted: the
// newest said until then, or what was said first after it when nothing was known
// yet.
func (s snapshot) add(at cx.Time, name string, v said) {
	noted, ok := s[name]
	before, notedBefore := v.at <= at, noted.at <= at
	if !ok || before && !notedBefore || before == notedBefore && before == v.newer(noted) {
		s[name] = v
	}
}

// object writes the traits as a JSON object with its members sorted.
func (s snapshot) object() []byte {
	out := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		value := s[name].value
		if value == "null" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, name)
		out = append(append(out, ':'), value...)
	}
	return append(out, '}')
}

// snapshot returns a customer's traits as they were at an answer, as far as is
// known now: what is stored and what this batch brings. Of their profiles, mine
// is whose the answer is.
func (w *writer) snapshot(c cx.CustomerNo, mine cx.ProfileNo, answer *cx.Event) ([]byte, error) {
	if err := w.people.FlushProfiles(); err != nil {
		return nil, err
	}
	rows, err := w.tx.Query(w.ctx, `SELECT p.profile_no, COALESCE(t.name, ''), COALESCE(t.source, ''), COALESCE(t.value, ''), COALESCE(t.at, 0), COALESCE(t.seq, 0)
		FROM profiles p LEFT JOIN traits t ON t.profile_no = p.profile_no WHERE p.customer_no = $1`, c)
	if err != nil {
		return nil, err
	}
	known := map[cx.ProfileNo]map[traitKey]said{}
	if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var p cx.ProfileNo
		var k traitKey
		var s said
		err = rows.Scan(&p, &k.name, &k.source, &s.value, &s.at, &s.seq)
		if known[p] == nil {
			known[p] = map[traitKey]said{}
		}
		if k.name != "" {
			known[p][k] = s
		}
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	whole, of := snapshot{}, map[cx.ProfileNo]snapshot{}
	for p, stored := range known {
		for k, s := range w.traits[p] {
			if before, ok := stored[k]; !ok || s.newer(before) {
				stored[k] = s
			}
		}
		if len(stored) == 0 {
			continue
		}
		of[p] = snapshot{}
		for k, s := range stored {
			of[p].add(answer.At, k.name, s)
			whole.add(answer.At, k.name, s)
		}
	}
	if of[mine] == nil && len(of) > 0 || len(of) > 1 {
		for p, part := range of {
			for name, s := range part {
				w.snapshots = append(w.snapshots, int64(answer.Seq), int64(p), name, s.value, int64(s.at), int64(s.seq))
			}
		}
	}
	return whole.object(), nil
}

func (w *writer) flushSnapshots() error {
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO answer_traits (seq, profile_no, name, value, at, said_seq)`, 6, "", w.snapshots)
}

// snapshotsWithout returns the snapshots of others' answers that hold traits of a
// customer, without those, by seq.
func snapshotsWithout(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) (out []cx.Snapshot, err error) {
	rows, err := tx.Query(ctx, `SELECT s.seq, l.at, p.customer_no, s.name, s.value, s.at, s.said_seq
		FROM answer_traits s JOIN timeline l ON l.seq = s.seq JOIN profiles p ON p.profile_no = s.profile_no
		WHERE s.seq IN (SELECT s.seq FROM profiles p JOIN answer_traits s ON s.profile_no = p.profile_no WHERE p.customer_no = $1)
		AND l.profile_no NOT IN (SELECT profile_no FROM profiles WHERE customer_no = $1) ORDER BY s.seq`, c)
	if err != nil {
		return nil, err
	}
	left := snapshot{}
	end := func() {
		if n := len(out); n > 0 {
			out[n-1].Traits, left = left.object(), snapshot{}
		}
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var seq cx.Seq
		var at cx.Time
		var of cx.CustomerNo
		var name string
		var s said
		if err = rows.Scan(&seq, &at, &of, &name, &s.value, &s.at, &s.seq); err != nil {
			return
		}
		if n := len(out); n == 0 || out[n-1].Seq != seq {
			end()
			out = append(out, cx.Snapshot{Seq: seq})
		}
		if of != c {
			left.add(at, name, s)
		}
		return
	})
	end()
	return out, err
}

// takeOut takes the traits of a customer out of the snapshots of others' answers.
func takeOut(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) error {
	changed, err := snapshotsWithout(ctx, tx, c)
	if err != nil {
		return err
	}
	for _, s := range changed {
		if err := timeline.SetTraits(ctx, tx, s.Seq, s.Traits); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `DELETE FROM answer_traits WHERE profile_no IN (SELECT profile_no FROM profiles WHERE customer_no = $1)`, c)
	return err
}
