package identity

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Profile is a cluster of identifiers before any merge.
type Profile struct {
	No         cx.ProfileNo
	Customer   cx.CustomerNo
	CreatedSeq cx.Seq
	CreatedAt  cx.Time // received_at of the event that made it
}

// Merge is an edge between two profiles.
type Merge struct {
	ID         int64
	Into, From cx.ProfileNo
	Evidence   string // "anonymousId", "alias", "person", or the kind of an identifier
	Value      string // the identifier, or what the person wrote
	Seq        cx.Seq
	At         cx.Time
	By         string // "" for a rule
	UndoneSeq  cx.Seq // 0: it holds
	UndoneAt   cx.Time
	UndoneBy   string
}

// Suggestion is a merge that waits for a person.
type Suggestion struct {
	ID        int64
	A, B      cx.ProfileNo
	CustomerA cx.CustomerNo
	CustomerB cx.CustomerNo
	Evidence  string
	Value     string
	Source    string
	Seq       cx.Seq
	At        cx.Time
}

// Cluster says which customer a profile belongs to.
type Cluster struct {
	Profile  cx.ProfileNo
	Customer cx.CustomerNo
}

func notFound(op string) error {
	return cx.Errorf(cx.NotFound, op, "there is no such customer")
}

// ByID returns the profile that an id was given to, and the customer that it
// belongs to now. The error is NotFound when there is none or it was let go.
func ByID(ctx context.Context, tx *sqldb.Tx, id cx.CustomerID) (p cx.ProfileNo, c cx.CustomerNo, err error) {
	const op = "identity.ByID"
	seq, ok := id.Seq()
	if !ok || seq > 1<<62 {
		return 0, 0, notFound(op)
	}
	err = tx.QueryRow(ctx, `SELECT profile_no, customer_no FROM profiles WHERE created_seq = $1 AND gone_seq = 0`, seq).Scan(&p, &c)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, notFound(op)
	}
	return p, c, cx.Wrap(op, err)
}

// Lookup returns the customer who is known by an identifier. The error is
// NotFound when there is none.
func Lookup(ctx context.Context, tx *sqldb.Tx, salt []byte, kind, value string) (c cx.CustomerNo, err error) {
	const op = "identity.Lookup"
	k := KeyOf(salt, kind, Normalize(kind, value))
	err = tx.QueryRow(ctx, `SELECT p.customer_no FROM identifiers i JOIN profiles p ON p.profile_no = i.profile_no WHERE i.id = $1`, k[:]).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, notFound(op)
	}
	return c, cx.Wrap(op, err)
}

// Profiles returns the numbers of a customer's profiles, ascending.
func Profiles(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) ([]cx.ProfileNo, error) {
	rows, err := tx.Query(ctx, `SELECT profile_no FROM profiles WHERE customer_no = $1 ORDER BY profile_no`, c)
	if err != nil {
		return nil, cx.Wrap("identity.Profiles", err)
	}
	return sqldb.Collect(rows, sqldb.Scan[cx.ProfileNo])
}

// Identifiers returns a customer's identifiers, oldest first.
func Identifiers(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) ([]Identifier, error) {
	return identifiers(ctx, tx, `SELECT i.kind, i.value, i.source, i.seq, i.at, i.profile_no FROM profiles p JOIN identifiers i ON i.profile_no = p.profile_no
		WHERE p.customer_no = $1 ORDER BY i.seq, i.kind, i.value`, c)
}

// OfProfile returns a profile's own identifiers, oldest first.
func OfProfile(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) ([]Identifier, error) {
	return identifiers(ctx, tx, `SELECT kind, value, source, seq, at, profile_no FROM identifiers WHERE profile_no = $1 ORDER BY seq, kind, value`, p)
}

func identifiers(ctx context.Context, tx *sqldb.Tx, query string, of cx.ProfileNo) ([]Identifier, error) {
	rows, err := tx.Query(ctx, query, of)
	if err != nil {
		return nil, cx.Wrap("identity.identifiers", err)
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (i Identifier, err error) {
		return i, rows.Scan(&i.Kind, &i.Value, &i.Source, &i.Seq, &i.At, &i.Profile)
	})
}

// MaxGraph is how many profiles and how many merges Graph returns.
const MaxGraph = 500

// Graph returns a customer's profiles and those that parted from it, and the
// merges that touch its own with those that were undone; the newest MaxGraph of
// each, oldest first.
func Graph(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) ([]Profile, []Merge, error) {
	const op = "identity.Graph"
	rows, err := tx.Query(ctx, `SELECT profile_no, customer_no, created_seq, created_at FROM profiles WHERE customer_no = $1
		OR profile_no IN (SELECT m.into_profile FROM merges m JOIN profiles p ON p.profile_no = m.from_profile WHERE p.customer_no = $1)
		OR profile_no IN (SELECT m.from_profile FROM merges m JOIN profiles p ON p.profile_no = m.into_profile WHERE p.customer_no = $1)
		ORDER BY profile_no DESC LIMIT $2`, c, MaxGraph)
	if err != nil {
		return nil, nil, cx.Wrap(op, err)
	}
	profiles, err := sqldb.Collect(rows, func(rows *sql.Rows) (p Profile, err error) {
		return p, rows.Scan(&p.No, &p.Customer, &p.CreatedSeq, &p.CreatedAt)
	})
	if err != nil {
		return nil, nil, cx.Wrap(op, err)
	}
	rows, err = tx.Query(ctx, mergeColumns+` WHERE into_profile IN (SELECT profile_no FROM profiles WHERE customer_no = $1)
		OR from_profile IN (SELECT profile_no FROM profiles WHERE customer_no = $1) ORDER BY merge_id DESC LIMIT $2`, c, MaxGraph)
	if err != nil {
		return nil, nil, cx.Wrap(op, err)
	}
	merges, err := sqldb.Collect(rows, scanMerge)
	slices.Reverse(profiles)
	slices.Reverse(merges)
	return profiles, merges, cx.Wrap(op, err)
}

const mergeColumns = `SELECT merge_id, into_profile, from_profile, evidence, value, seq, at, made_by, undone_seq, undone_at, undone_by FROM merges`

func scanMerge(rows *sql.Rows) (m Merge, err error) {
	err = rows.Scan(&m.ID, &m.Into, &m.From, &m.Evidence, &m.Value, &m.Seq, &m.At, &m.By, &m.UndoneSeq, &m.UndoneAt, &m.UndoneBy)
	return m, err
}

// MergeByID returns a merge. The error is NotFound when there is none.
func MergeByID(ctx context.Context, tx *sqldb.Tx, id int64) (Merge, error) {
	const op = "identity.MergeByID"
	rows, err := tx.Query(ctx, mergeColumns+` WHERE merge_id = $1`, id)
	if err != nil {
		return Merge{}, cx.Wrap(op, err)
	}
	found, err := sqldb.Collect(rows, scanMerge)
	if err == nil && len(found) == 0 {
		return Merge{}, cx.Errorf(cx.NotFound, op, "there is no merge %d", id)
	}
	if err != nil {
		return Merge{}, cx.Wrap(op, err)
	}
	return found[0], nil
}

// Changed returns the profiles whose customer was last changed by (after,
// last], without those that were let go.
func Changed(ctx context.Context, tx *sqldb.Tx, after, last cx.Seq) ([]Cluster, error) {
	rows, err := tx.Query(ctx, `SELECT profile_no, customer_no FROM profiles WHERE changed_seq > $1 AND changed_seq <= $2 AND changed_seq > 0 AND gone_seq = 0 ORDER BY profile_no`, after, last)
	if err != nil {
		return nil, cx.Wrap("identity.Changed", err)
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (c Cluster, err error) { return c, rows.Scan(&c.Profile, &c.Customer) })
}

// Suggestions returns the open suggestions with an id below before (0: all),
// newest first; of a customer, or of all when c is 0.
func Suggestions(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo, before int64, limit int) ([]Suggestion, error) {
	rows, err := tx.Query(ctx, suggestionColumns+` WHERE s.dismissed_seq = 0 AND pa.customer_no <> pb.customer_no
		AND ($1 = 0 OR s.suggestion_id < $1) AND ($2 = 0 OR pa.customer_no = $2 OR pb.customer_no = $2)
		ORDER BY s.suggestion_id DESC LIMIT $3`, before, c, limit)
	if err != nil {
		return nil, cx.Wrap("identity.Suggestions", err)
	}
	return sqldb.Collect(rows, scanSuggestion)
}

// SuggestionByID returns an open suggestion. The error is NotFound when there
// is none.
func SuggestionByID(ctx context.Context, tx *sqldb.Tx, id int64) (Suggestion, error) {
	const op = "identity.SuggestionByID"
	rows, err := tx.Query(ctx, suggestionColumns+` WHERE s.suggestion_id = $1 AND s.dismissed_seq = 0 AND pa.customer_no <> pb.customer_no`, id)
	if err != nil {
		return Suggestion{}, cx.Wrap(op, err)
	}
	found, err := sqldb.Collect(rows, scanSuggestion)
	if err == nil && len(found) == 0 {
		return Suggestion{}, cx.Errorf(cx.NotFound, op, "there is no open suggestion %d", id)
	}
	if err != nil {
		return Suggestion{}, cx.Wrap(op, err)
	}
	return found[0], nil
}

const suggestionColumns = `SELECT s.suggestion_id, s.a, s.b, pa.customer_no, pb.customer_no, s.evidence, s.value, s.source, s.seq, s.at FROM suggestions s
	JOIN profiles pa ON pa.profile_no = s.a JOIN profiles pb ON pb.profile_no = s.b`

func scanSuggestion(rows *sql.Rows) (s Suggestion, err error) {
	err = rows.Scan(&s.ID, &s.A, &s.B, &s.CustomerA, &s.CustomerB, &s.Evidence, &s.Value, &s.Source, &s.Seq, &s.At)
	return s, err
}
