package dedupe

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"math/bits"
	"slices"
	"sort"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	// SegmentSize is how many hashes make a segment.
	SegmentSize = 1 << 17

	hashSize  = len(cx.MessageHash{})
	chunkSize = 252       // hashes: what fits into a page of 4 KiB with its header
	perChunks = 1_000_000 // a chunk's key is segment × perChunks + its place
)

//go:embed migrations
var migrations embed.FS

// Set is the set of all hashes. One Batch at a time adds to it; Has may be
// called meanwhile and sees what is committed.
type Set struct {
	mu       sync.RWMutex
	open     map[cx.MessageHash]struct{}
	runs     int64    // rows of dedupe_open ever written since the last seal
	segments [][]byte // the firsts of each
	groups   []*group
}

// Open makes the tables when they are missing and reads the filters and the
// open hashes.
func Open(ctx context.Context, db *sqldb.DB) (*Set, error) {
	const op = "dedupe.Open"
	if err := db.Migrate(ctx, "remember/dedupe", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Set{open: map[cx.MessageHash]struct{}{}}
	err := db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT run, hashes FROM dedupe_open ORDER BY run`)
		if err != nil {
			return err
		}
		if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var hashes sql.RawBytes
			if err = rows.Scan(&s.runs, &hashes); err == nil {
				for ; len(hashes) >= hashSize; hashes = hashes[hashSize:] {
					s.open[cx.MessageHash(hashes[:hashSize])] = struct{}{}
				}
			}
			return struct{}{}, err
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `SELECT firsts, filter FROM dedupe_segments ORDER BY segment`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var firsts, filter sql.RawBytes
			if err = rows.Scan(&firsts, &filter); err == nil {
				s.grow(segment{bytes.Clone(firsts), filter})
			}
			return struct{}{}, err
		})
		return err
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return s, nil
}

type segment struct{ firsts, filter []byte }

func (s *Set) grow(seg segment) {
	n := len(s.segments)
	if n%groupWidth == 0 {
		s.groups = append(s.groups, newGroup())
	}
	s.groups[n/groupWidth].add(n, seg.filter)
	s.segments = append(s.segments, seg.firsts)
}

// Has tells for each hash whether it is in the set.
func (s *Set) Has(ctx context.Context, tx *sqldb.Tx, hashes []cx.MessageHash) ([]bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]bool, len(hashes))
	for i := range hashes {
		var err error
		if out[i], err = s.has(ctx, tx, &hashes[i]); err != nil {
			return nil, cx.Wrap("dedupe.Has", err)
		}
	}
	return out, nil
}

func (s *Set) has(ctx context.Context, tx *sqldb.Tx, h *cx.MessageHash) (bool, error) {
	if _, open := s.open[*h]; open {
		return true, nil
	}
	for g, group := range s.groups {
		for mask := group.candidates(h); mask != 0; mask &= mask - 1 {
			found, err := s.inSegment(ctx, tx, g*groupWidth+bits.TrailingZeros64(mask), h)
			if found || err != nil {
				return found, err
			}
		}
	}
	return false, nil
}

func (s *Set) inSegment(ctx context.Context, tx *sqldb.Tx, n int, h *cx.MessageHash) (bool, error) {
	chunk := search(s.segments[n], h) - 1
	if chunk < 0 {
		return false, nil
	}
	var hashes []byte
	err := tx.QueryRow(ctx, `SELECT hashes FROM dedupe_chunks WHERE chunk = $1`, n*perChunks+chunk).Scan(&hashes)
	if err != nil {
		return false, err
	}
	at := search(hashes, h) - 1
	return at >= 0 && bytes.Equal(hashes[at*hashSize:][:hashSize], h[:]), nil
}

// search returns how many of the sorted hashes are ≤ h.
func search(sorted []byte, h *cx.MessageHash) int {
	return sort.Search(len(sorted)/hashSize, func(i int) bool {
		return bytes.Compare(sorted[i*hashSize:][:hashSize], h[:]) > 0
	})
}

// Batch adds hashes within one transaction: Add, then Flush, and Commit once
// the transaction is committed. A batch that is dropped changes nothing.
type Batch struct {
	set    *Set
	fresh  map[cx.MessageHash]struct{}
	order  []byte   // the fresh hashes as they came
	sealed *segment // made by Flush
}

// Begin starts a batch.
func (s *Set) Begin() *Batch { return &Batch{set: s, fresh: map[cx.MessageHash]struct{}{}} }

// Add puts h into the set and tells whether it was not there.
func (b *Batch) Add(ctx context.Context, tx *sqldb.Tx, h cx.MessageHash) (fresh bool, err error) {
	if _, twice := b.fresh[h]; twice {
		return false, nil
	}
	known, err := b.set.has(ctx, tx, &h) // nobody else writes the set: no lock needed
	if known || err != nil {
		return false, cx.Wrap("dedupe.Add", err)
	}
	b.fresh[h] = struct{}{}
	b.order = append(b.order, h[:]...)
	return true, nil
}

// Flush stores what was added.
func (b *Batch) Flush(ctx context.Context, tx *sqldb.Tx) error {
	if len(b.fresh) == 0 {
		return nil
	}
	if len(b.set.open)+len(b.fresh) >= SegmentSize {
		return cx.Wrap("dedupe.Flush", b.seal(ctx, tx))
	}
	_, err := tx.Exec(ctx, `INSERT INTO dedupe_open (run, hashes) VALUES ($1, $2)`, b.set.runs+1, b.order)
	return cx.Wrap("dedupe.Flush", err)
}

func (b *Batch) seal(ctx context.Context, tx *sqldb.Tx) error {
	all := make([]cx.MessageHash, 0, len(b.set.open)+len(b.fresh))
	for h := range b.set.open {
		all = append(all, h)
	}
	for h := range b.fresh {
		all = append(all, h)
	}
	slices.SortFunc(all, func(x, y cx.MessageHash) int { return bytes.Compare(x[:], y[:]) })

	n := len(b.set.segments)
	seg := segment{filter: buildFilter(all)}
	chunk := make([]byte, 0, chunkSize*hashSize)
	for i := 0; i < len(all); i += chunkSize {
		seg.firsts = append(seg.firsts, all[i][:]...)
		chunk = chunk[:0]
		for _, h := range all[i:min(i+chunkSize, len(all))] {
			chunk = append(chunk, h[:]...)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO dedupe_chunks (chunk, hashes) VALUES ($1, $2)`, n*perChunks+i/chunkSize, chunk); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `INSERT INTO dedupe_segments (segment, firsts, filter) VALUES ($1, $2, $3)`, n, seg.firsts, seg.filter); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM dedupe_open`)
	b.sealed = &seg
	return err
}

// Commit makes what was added part of the set for everybody.
func (b *Batch) Commit() {
	s := b.set
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(b.fresh) == 0:
	case b.sealed != nil:
		s.grow(*b.sealed)
		clear(s.open)
		s.runs = 0
	default:
		for h := range b.fresh {
			s.open[h] = struct{}{}
		}
		s.runs++
	}
}
