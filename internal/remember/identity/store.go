package identity

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// generation is how many identifiers (and profiles) half a cache holds: about
// 40 MB in all, when so many come.
const generation = 256 << 10

// Store is what is known of profiles. One Writer at a time changes it; reading
// methods take their own transaction and may run meanwhile.
type Store struct {
	salt       []byte
	owners     *cache[Key, cx.ProfileNo]
	customers  *cache[cx.ProfileNo, cx.CustomerNo]
	identified *cache[cx.CustomerNo, bool]
	kept       []pair
	profiles   cx.ProfileNo // made so far
}

// pair is two profiles, a < b.
type pair struct{ a, b cx.ProfileNo }

func pairOf(a, b cx.ProfileNo) pair { return pair{min(a, b), max(a, b)} }

// Open makes the tables when they are missing. The salt is the instance's.
func Open(ctx context.Context, db *sqldb.DB, salt []byte) (*Store, error) {
	const op = "identity.Open"
	if err := db.Migrate(ctx, "remember/identity", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Store{
		salt:       salt,
		owners:     newCache[Key, cx.ProfileNo](generation),
		customers:  newCache[cx.ProfileNo, cx.CustomerNo](generation),
		identified: newCache[cx.CustomerNo, bool](generation),
	}
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(profile_no), 0) FROM profiles`).Scan(&s.profiles); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT a, b FROM kept_apart ORDER BY a, b`)
		if err != nil {
			return err
		}
		s.kept, err = sqldb.Collect(rows, func(rows *sql.Rows) (p pair, err error) { return p, rows.Scan(&p.a, &p.b) })
		return err
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return s, nil
}

// Writer changes the store within one transaction. Call Flush before it ends
// and Commit once it is committed; a writer that is dropped changes nothing in memory.
type Writer struct {
	s   *Store
	ctx context.Context
	tx  *sqldb.Tx

	owners     map[Key]cx.ProfileNo // 0: known to be nobody's
	customers  map[cx.ProfileNo]cx.CustomerNo
	identified map[cx.CustomerNo]bool
	kept       []pair
	profiles   cx.ProfileNo

	newProfiles []newProfile // not written yet
	attached    []attached   // not written yet
}

type attached struct {
	key Key
	Identifier
}

type newProfile struct {
	no         cx.ProfileNo
	createdSeq cx.Seq
	createdAt  cx.Time
	identified bool
}

// Begin starts a writer on tx.
func (s *Store) Begin(ctx context.Context, tx *sqldb.Tx) *Writer {
	return &Writer{
		s: s, ctx: ctx, tx: tx, kept: s.kept, profiles: s.profiles,
		owners: map[Key]cx.ProfileNo{}, customers: map[cx.ProfileNo]cx.CustomerNo{}, identified: map[cx.CustomerNo]bool{},
	}
}

// Commit makes what the writer did known to the store.
func (w *Writer) Commit() {
	for k, v := range w.owners {
		if v != 0 {
			w.s.owners.put(k, v)
		} else {
			w.s.owners.drop(k)
		}
	}
	for k, v := range w.customers {
		w.s.customers.put(k, v)
	}
	for k, v := range w.identified {
		w.s.identified.put(k, v)
	}
	w.s.kept, w.s.profiles = w.kept, w.profiles
}

// fetchSize is how many keys one statement looks up.
const fetchSize = 64

var fetchKeys = Placeholders(1, fetchSize)

// fetch looks up keys by statements of fetchSize of them.
func fetch[K any](w *Writer, query string, keys []K, arg func(K) any, scan func(*sql.Rows) (struct{}, error)) error {
	args := make([]any, fetchSize)
	for len(keys) > 0 {
		for i := range args {
			args[i] = arg(keys[min(i, len(keys)-1)])
		}
		keys = keys[min(fetchSize, len(keys)):]
		rows, err := w.tx.Query(w.ctx, query, args...)
		if err != nil {
			return err
		}
		if _, err := sqldb.Collect(rows, scan); err != nil {
			return err
		}
	}
	return nil
}

// Prefetch reads what is needed to identify the facts, many at a time.
func (w *Writer) Prefetch(facts []Fact) error {
	var keys []Key
	want := func(kind, value string) {
		if value == "" {
			return
		}
		k := KeyOf(w.s.salt, kind, value)
		if _, ok := w.owners[k]; ok {
			return
		}
		if p, ok := w.s.owners.get(k); ok {
			w.owners[k] = p
			return
		}
		w.owners[k] = 0
		keys = append(keys, k)
	}
	for i := range facts {
		f := &facts[i]
		want(UserID, f.UserID)
		want(AnonymousID, f.AnonymousID)
		want(UserID, f.PreviousID)
		want(AnonymousID, f.PreviousID)
		for _, e := range f.Evidence {
			want(e.Kind, e.Value)
		}
	}
	var customers []int64
	err := fetch(w, `SELECT i.id, p.profile_no, p.customer_no FROM identifiers i JOIN profiles p ON p.profile_no = i.profile_no
		WHERE i.id IN (`+fetchKeys+`)`, keys, func(k Key) any { return k[:] }, func(rows *sql.Rows) (_ struct{}, err error) {
		var k sql.RawBytes
		var p cx.ProfileNo
		var c cx.CustomerNo
		if err = rows.Scan(&k, &p, &c); err == nil {
			w.owners[Key(k)], w.customers[p] = p, c
			customers = append(customers, int64(c))
		}
		return struct{}{}, err
	})
	if err != nil {
		return cx.Wrap("identity.Prefetch", err)
	}
	return cx.Wrap("identity.Prefetch", fetch(w, `SELECT customer_no, MAX(identified) FROM profiles WHERE customer_no IN (`+fetchKeys+`) GROUP BY customer_no`,
		customers, func(c int64) any { return c }, func(rows *sql.Rows) (_ struct{}, err error) {
			var c cx.CustomerNo
			var identified bool
			if err = rows.Scan(&c, &identified); err == nil {
				w.identified[c] = identified
			}
			return struct{}{}, err
		}))
}

// owner returns the profile that an identifier belongs to, 0 when there is
// none.
func (w *Writer) owner(kind, value string) (cx.ProfileNo, error) {
	if value == "" {
		return 0, nil
	}
	k := KeyOf(w.s.salt, kind, value)
	if p, ok := w.owners[k]; ok {
		return p, nil
	}
	p, ok := w.s.owners.get(k)
	if !ok {
		err := w.tx.QueryRow(w.ctx, `SELECT profile_no FROM identifiers WHERE id = $1`, k[:]).Scan(&p)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	w.owners[k] = p
	return p, nil
}

// Owner returns the profile that a fact names, 0 when nobody is known by it.
func (w *Writer) Owner(f *Fact) (cx.ProfileNo, error) {
	p, err := w.owner(UserID, f.UserID)
	if p != 0 || err != nil {
		return p, err
	}
	return w.owner(AnonymousID, f.AnonymousID)
}

// Customer returns the customer that a profile belongs to.
func (w *Writer) Customer(p cx.ProfileNo) (cx.CustomerNo, error) {
	if c, ok := w.customers[p]; ok {
		return c, nil
	}
	c, ok := w.s.customers.get(p)
	if !ok {
		if err := w.tx.QueryRow(w.ctx, `SELECT customer_no FROM profiles WHERE profile_no = $1`, p).Scan(&c); err != nil {
			return 0, err
		}
	}
	w.customers[p] = c
	return c, nil
}

// Identified tells whether a customer has a userId.
func (w *Writer) Identified(c cx.CustomerNo) (bool, error) {
	if yes, ok := w.identified[c]; ok {
		return yes, nil
	}
	yes, ok := w.s.identified.get(c)
	if !ok {
		err := w.tx.QueryRow(w.ctx, `SELECT MAX(identified) FROM profiles WHERE customer_no = $1`, c).Scan(&yes)
		if err != nil {
			return false, err
		}
	}
	w.identified[c] = yes
	return yes, nil
}
