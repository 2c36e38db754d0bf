package identity

import (
	"database/sql"
	"errors"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Person is the evidence of a merge that somebody decided.
const Person = "person"

// edge is why two profiles may be one customer.
type edge struct {
	evidence, value string
	merges          bool  // also when both are identified
	place           int64 // in the event, for the id
}

// link joins the customers of the event's profile and of owner, or suggests it.
func (w *Writer) link(f *Fact, o *Outcome, owner cx.ProfileNo, e edge) error {
	mine, err := w.Customer(o.Profile)
	if err != nil {
		return err
	}
	other, err := w.Customer(owner)
	if err != nil || mine == other {
		return err
	}
	mineIdentified, err := w.Identified(mine)
	if err != nil {
		return err
	}
	otherIdentified, err := w.Identified(other)
	if err != nil {
		return err
	}
	kept, err := w.keptApart(mine, other)
	if err != nil {
		return err
	}
	id := int64(f.Seq)*places + e.place
	if kept || (mineIdentified && otherIdentified && !e.merges) {
		p := pairOf(o.Profile, owner)
		_, err := w.tx.Exec(w.ctx, `INSERT INTO suggestions (suggestion_id, a, b, evidence, value, source, seq, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (a, b, evidence, value) DO NOTHING`, id, p.a, p.b, e.evidence, plain(e.value), f.Source, f.Seq, f.At)
		return err
	}
	m := Merge{
		ID: id, Into: o.Profile, From: owner, Evidence: e.evidence, Value: plain(e.value), Seq: f.Seq, At: f.At,
	}
	into, from := mine, other
	if mineIdentified == otherIdentified && other < mine || otherIdentified && !mineIdentified {
		into, from = other, mine
		m.Into, m.From = m.From, m.Into
	}
	return w.join(o, m, into, from)
}

// join merges the customer from into the customer into along the edge m.
func (w *Writer) join(o *Outcome, m Merge, into, from cx.CustomerNo) error {
	if _, err := w.tx.Exec(w.ctx, `INSERT INTO merges (merge_id, into_profile, from_profile, evidence, value, seq, at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		m.ID, m.Into, m.From, m.Evidence, m.Value, m.Seq, m.At, m.By); err != nil {
		return err
	}
	if err := w.FlushProfiles(); err != nil {
		return err
	}
	for _, c := range [...]cx.CustomerNo{into, from} { // before the rows move
		if _, err := w.Identified(c); err != nil {
			return err
		}
	}
	rows, err := w.tx.Query(w.ctx, `UPDATE profiles SET customer_no = $1, changed_seq = $2 WHERE customer_no = $3 RETURNING profile_no`, into, m.Seq, from)
	if err != nil {
		return err
	}
	moved, err := sqldb.Collect(rows, sqldb.Scan[cx.ProfileNo])
	if err != nil {
		return err
	}
	for _, p := range moved {
		w.customers[p] = into
	}
	w.identified[into] = w.identified[into] || w.identified[from]
	o.Merged = append(o.Merged, Merged{into, from})
	return nil
}

func (w *Writer) keptApart(x, y cx.CustomerNo) (bool, error) {
	for _, k := range w.kept {
		a, err := w.Customer(k.a)
		if err != nil {
			return false, err
		}
		b, err := w.Customer(k.b)
		if err != nil {
			return false, err
		}
		if (a == x && b == y) || (a == y && b == x) {
			return true, nil
		}
	}
	return false, nil
}

// Decision is what a person decided about customers.
type Decision struct {
	Seq cx.Seq
	At  cx.Time
	By  string // a principal's id
}

// Join makes from part of into, whatever rules say. Customers that are not
// known, or are one already, stay as they are.
func (w *Writer) Join(d Decision, into, from cx.CustomerID, why string) (o Outcome, err error) {
	const op = "identity.Join"
	if err := w.FlushProfiles(); err != nil {
		return o, cx.Wrap(op, err)
	}
	a, okA, err := w.byID(into)
	if err != nil {
		return o, cx.Wrap(op, err)
	}
	b, okB, err := w.byID(from)
	if err != nil || !okA || !okB || a == b {
		return o, cx.Wrap(op, err)
	}
	// Who is one customer now is not kept apart any more.
	if w.kept, err = w.release(a, b); err != nil {
		return o, cx.Wrap(op, err)
	}
	m := Merge{ID: int64(d.Seq)*places + placePerson, Into: a, From: b, Evidence: Person, Value: why, Seq: d.Seq, At: d.At, By: d.By}
	return o, cx.Wrap(op, w.join(&o, m, a, b))
}

// byID returns the customer that an id leads to.
func (w *Writer) byID(id cx.CustomerID) (cx.CustomerNo, bool, error) {
	_, c, err := ByID(w.ctx, w.tx, id)
	if cx.KindOf(err) == cx.NotFound {
		return 0, false, nil
	}
	return c, err == nil, err
}

// release deletes the kept-apart pairs between two customers and returns the
// rest.
func (w *Writer) release(x, y cx.CustomerNo) (rest []pair, err error) {
	for _, k := range w.kept {
		a, err := w.Customer(k.a)
		if err != nil {
			return nil, err
		}
		b, err := w.Customer(k.b)
		if err != nil {
			return nil, err
		}
		if (a != x || b != y) && (a != y || b != x) {
			rest = append(rest, k)
			continue
		}
		if _, err := w.tx.Exec(w.ctx, `DELETE FROM kept_apart WHERE a = $1 AND b = $2`, k.a, k.b); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// Undo takes a merge back: the profiles that hung by it alone are again the
// customer that they were, and rules keep them apart. A merge that is not
// known, or was undone, stays as it is.
func (w *Writer) Undo(d Decision, mergeID int64) (o Outcome, err error) {
	err = w.undo(d, mergeID, &o)
	return o, cx.Wrap("identity.Undo", err)
}

func (w *Writer) undo(d Decision, mergeID int64, o *Outcome) error {
	var into, from cx.ProfileNo
	err := w.FlushProfiles()
	if err != nil {
		return err
	}
	err = w.tx.QueryRow(w.ctx, `UPDATE merges SET undone_seq = $1, undone_at = $2, undone_by = $3 WHERE merge_id = $4 AND undone_seq = 0 RETURNING into_profile, from_profile`,
		d.Seq, d.At, d.By, mergeID).Scan(&into, &from)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	customer, err := w.Customer(into)
	if err != nil {
		return err
	}
	profiles, err := Profiles(w.ctx, w.tx, customer)
	if err != nil {
		return err
	}
	edges, err := w.activeEdges(customer)
	if err != nil {
		return err
	}
	root := clusters(profiles, edges)
	o.Parted.Customer = customer
	for _, p := range profiles {
		if root[p] == customer {
			continue
		}
		o.Parted.New = root[p]
		w.customers[p] = root[p]
		if _, err := w.tx.Exec(w.ctx, `UPDATE profiles SET customer_no = $1, changed_seq = $2 WHERE profile_no = $3`, root[p], d.Seq, p); err != nil {
			return err
		}
	}
	for _, c := range [...]cx.CustomerNo{o.Parted.Customer, o.Parted.New} {
		var yes bool
		if err := w.tx.QueryRow(w.ctx, `SELECT MAX(identified) FROM profiles WHERE customer_no = $1`, c).Scan(&yes); err != nil {
			return err
		}
		w.identified[c] = yes
	}
	return w.keep(d.Seq, into, from)
}

func (w *Writer) activeEdges(customer cx.CustomerNo) ([]Merge, error) {
	rows, err := w.tx.Query(w.ctx, `SELECT m.into_profile, m.from_profile FROM merges m JOIN profiles p ON p.profile_no = m.into_profile
		WHERE p.customer_no = $1 AND m.undone_seq = 0 ORDER BY m.merge_id`, customer)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (m Merge, err error) { return m, rows.Scan(&m.Into, &m.From) })
}

// clusters returns the customer of each profile: union-find over the edges in
// the order in which they were made, where the side of Into survives. Merging
// step by step gives the same, since an edge joins two clusters once.
func clusters(profiles []cx.ProfileNo, edges []Merge) map[cx.ProfileNo]cx.CustomerNo {
	parent := make(map[cx.ProfileNo]cx.ProfileNo, len(profiles))
	for _, p := range profiles {
		parent[p] = p
	}
	find := func(p cx.ProfileNo) cx.ProfileNo {
		for parent[p] != p {
			parent[p] = parent[parent[p]]
			p = parent[p]
		}
		return p
	}
	for _, e := range edges {
		parent[find(e.From)] = find(e.Into)
	}
	out := make(map[cx.ProfileNo]cx.CustomerNo, len(profiles))
	for _, p := range profiles {
		out[p] = find(p)
	}
	return out
}

// KeepApart decides that two customers are two: rules do not join them, and
// what was suggested is dismissed. It does nothing to who is one already.
func (w *Writer) KeepApart(d Decision, a, b cx.CustomerID) error {
	const op = "identity.KeepApart"
	if err := w.FlushProfiles(); err != nil {
		return cx.Wrap(op, err)
	}
	pa, ca, err := ByID(w.ctx, w.tx, a)
	if err == nil {
		var pb cx.ProfileNo
		var cb cx.CustomerNo
		if pb, cb, err = ByID(w.ctx, w.tx, b); err == nil && ca != cb {
			return cx.Wrap(op, w.keep(d.Seq, pa, pb))
		}
	}
	if cx.KindOf(err) == cx.NotFound {
		return nil
	}
	return cx.Wrap(op, err)
}

func (w *Writer) keep(seq cx.Seq, x, y cx.ProfileNo) error {
	a, err := w.Customer(x)
	if err != nil {
		return err
	}
	b, err := w.Customer(y)
	if err != nil {
		return err
	}
	if _, err := w.tx.Exec(w.ctx, `UPDATE suggestions SET dismissed_seq = $1 WHERE dismissed_seq = 0 AND (
		a IN (SELECT profile_no FROM profiles WHERE customer_no = $2) AND b IN (SELECT profile_no FROM profiles WHERE customer_no = $3) OR
		b IN (SELECT profile_no FROM profiles WHERE customer_no = $2) AND a IN (SELECT profile_no FROM profiles WHERE customer_no = $3))`, seq, a, b); err != nil {
		return err
	}
	p := pairOf(x, y)
	if slices.Contains(w.kept, p) {
		return nil
	}
	w.kept = append(slices.Clip(w.kept), p)
	_, err = w.tx.Exec(w.ctx, `INSERT INTO kept_apart (a, b, seq) VALUES ($1, $2, $3)`, p.a, p.b, seq)
	return err
}
