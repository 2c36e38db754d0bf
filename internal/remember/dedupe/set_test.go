package dedupe_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/dedupe"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func hash(n uint64) cx.MessageHash {
	return cx.HashMessage(nil, "test", string(binary.BigEndian.AppendUint64(nil, n)))
}

// add adds the hashes of numbers in one transaction and returns which were new.
func add(t testing.TB, db *sqldb.DB, set *dedupe.Set, numbers []uint64) []bool {
	t.Helper()
	fresh := make([]bool, len(numbers))
	b := set.Begin()
	err := db.Write(t.Context(), func(tx *sqldb.Tx) (err error) {
		for i, n := range numbers {
			if fresh[i], err = b.Add(t.Context(), tx, hash(n)); err != nil {
				return err
			}
		}
		return b.Flush(t.Context(), tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Commit()
	return fresh
}

func has(t testing.TB, db *sqldb.DB, set *dedupe.Set, n uint64) bool {
	t.Helper()
	var found []bool
	err := db.Read(t.Context(), func(tx *sqldb.Tx) (err error) {
		found, err = set.Has(t.Context(), tx, []cx.MessageHash{hash(n)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func open(t testing.TB, db *sqldb.DB) *dedupe.Set {
	t.Helper()
	set, err := dedupe.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSetIsASet holds the set against a map, through seals and new openings.
func TestSetIsASet(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, newDB func(*testing.T) *sqldb.DB) {
		db := newDB(t)
		set, want := open(t, db), map[uint64]bool{}
		next := uint64(0)
		fill := make([]uint64, 30_000)
		rapid.Check(t, func(rt *rapid.T) {
			var numbers []uint64
			if next < 2*dedupe.SegmentSize { // so many new ones that segments are sealed
				for i := range fill {
					fill[i] = next
					next++
				}
				numbers = fill
			}
			numbers = append(numbers[:len(numbers):len(numbers)], rapid.SliceOfN(rapid.Uint64Range(0, 4*dedupe.SegmentSize), 0, 50).Draw(rt, "numbers")...)
			for i, fresh := range add(t, db, set, numbers) {
				if fresh == want[numbers[i]] {
					rt.Fatalf("%d: new %v, want %v", numbers[i], fresh, !want[numbers[i]])
				}
				want[numbers[i]] = true
			}
			if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
				set = open(t, db)
			}
			for _, n := range rapid.SliceOfN(rapid.Uint64Range(0, 5*dedupe.SegmentSize), 0, 50).Draw(rt, "probes") {
				if has(t, db, set, n) != want[n] {
					rt.Fatalf("Has(%d) = %v", n, !want[n])
				}
			}
		})
	})
}

func TestADroppedBatchChangesNothing(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, newDB func(*testing.T) *sqldb.DB) {
		db := newDB(t)
		set := open(t, db)
		_ = db.Write(t.Context(), func(tx *sqldb.Tx) error {
			b := set.Begin()
			if fresh, err := b.Add(t.Context(), tx, hash(1)); !fresh || err != nil {
				t.Errorf("Add = %v, %v", fresh, err)
			}
			return b.Flush(t.Context(), tx) // committed, but never told so: as after a crash
		})
		if !has(t, db, open(t, db), 1) {
			t.Error("what was stored is not there after opening again")
		}
		if has(t, db, set, 1) {
			t.Error("a dropped batch is seen")
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: filepath.Join(b.TempDir(), "x.db"), Synchronous: "NORMAL"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	set := open(b, db)
	batch := make([]uint64, 1000)
	next := uint64(0)
	for b.Loop() {
		for i := range batch {
			batch[i] = next
			next++
		}
		add(b, db, set, batch)
	}
	b.ReportMetric(float64(next)/b.Elapsed().Seconds(), "hashes/s")
}
