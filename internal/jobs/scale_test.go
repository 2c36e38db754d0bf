package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	// firingAt names the database to a process that fires its timers.
	firingAt = "VIVENCIA_TEST_FIRING_AT"
	// soak is how many timers wait in TestTimersFireOnceThroughKills, and makes it
	// hold that none is more than a second late: for a quiet machine.
	soak = "VIVENCIA_SOAK_TIMERS"
)

// TestFiring is the process that is killed: it fires what is due until then.
func TestFiring(t *testing.T) { //nolint:paralleltest // it is run alone, in a process of its own
	path := os.Getenv(firingAt)
	if path == "" {
		t.Skip("it is started by TestTimersFireOnceThroughKills")
	}
	db := timers(t, path)
	q, err := jobs.Open(t.Context(), jobs.Config{DB: db, Clock: cx.SystemClock{}, Logger: slog.New(slog.DiscardHandler), Holder: "a"})
	if err != nil {
		t.Fatal(err)
	}
	q.Handle(jobs.Lane{Kind: "timer", Work: func(_ context.Context, j jobs.Job) (jobs.Done, error) {
		return func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO fired (key, due, at) VALUES ($1, $2, $3)`, j.Key, int64(j.Due), int64(cx.SystemClock{}.Now()))
			return err
		}, nil
	}})
	q.Start()
	select {} // until it is killed
}

func timers(t *testing.T, path string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// firing starts such a process; kill ends it as a power cut would.
func firing(t *testing.T, path string) (kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFiring$") //nolint:gosec // this test's own program
	cmd.Env = append(os.Environ(), firingAt+"="+path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	kill = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(kill)
	return kill
}

// TestTimersFireOnceThroughKills has 10,000 timers due within one second among
// many that are not, kills the process that fires them, and finds that each has
// fired once: what it does stands in the transaction that takes it out.
func TestTimersFireOnceThroughKills(t *testing.T) {
	t.Parallel()
	const due = 10_000
	pending, quiet := 2*due, false
	if text := os.Getenv(soak); text != "" {
		var err error
		if pending, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		quiet = true
	}
	path := filepath.Join(t.TempDir(), "state.db")
	db := timers(t, path)
	q, err := jobs.Open(t.Context(), jobs.Config{DB: db, Clock: cx.SystemClock{}, Logger: slog.New(slog.DiscardHandler), Holder: "b"})
	if err != nil {
		t.Fatal(err)
	}
	write := func(fn func(tx *sqldb.Tx) error) {
		t.Helper()
		if err := db.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, n int, from cx.Time, within time.Duration) {
		t.Helper()
		write(func(tx *sqldb.Tx) error {
			for i := range n {
				at := from.Add(within / time.Duration(n) * time.Duration(i))
				if err := q.Put(t.Context(), tx, jobs.Job{Kind: "timer", Key: name + strconv.Itoa(i), Due: at}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	ask := func(text string, args ...any) (n int64) {
		t.Helper()
		if err := db.Read(t.Context(), func(tx *sqldb.Tx) error { return tx.QueryRow(t.Context(), text, args...).Scan(&n) }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	until := func(n int64) {
		t.Helper()
		patience := time.Now().Add(2 * time.Minute)
		for ask(`SELECT COUNT(*) FROM fired`) < n {
			if time.Now().After(patience) {
				t.Fatalf("only %d of %d timers fired", ask(`SELECT COUNT(*) FROM fired`), n)
			}
			pause(t, 20*time.Millisecond)
		}
	}
	write(func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `CREATE TABLE fired (key TEXT NOT NULL, due BIGINT NOT NULL, at BIGINT NOT NULL)`)
		return err
	})
	put("later", pending, cx.SystemClock{}.Now().Add(24*time.Hour), 365*24*time.Hour)

	put("first", due, cx.SystemClock{}.Now(), time.Second)
	kill := firing(t, path)
	for i := range int64(2) {
		until((i + 1) * due / 3)
		kill()
		kill = firing(t, path)
	}
	until(due)

	// And without being killed, to see how late they are.
	put("second", due, cx.SystemClock{}.Now().Add(2*time.Second), time.Second)
	until(2 * due)
	kill()
	late := time.Duration(ask(`SELECT MAX(at - due) FROM fired WHERE key LIKE 'second%'`)) * time.Microsecond
	t.Logf("%d timers due in one second among %d: at most %v late", due, pending, late)
	if quiet && late > time.Second {
		t.Errorf("a timer fired %v late", late)
	}
	if n := ask(`SELECT COUNT(*) FROM (SELECT key FROM fired GROUP BY key HAVING COUNT(*) > 1) AS twice`); n != 0 {
		t.Errorf("%d timers fired more than once", n)
	}
	if n := ask(`SELECT COUNT(*) FROM fired`); n != 2*due {
		t.Errorf("%d timers fired, want %d", n, 2*due)
	}
	if n := ask(`SELECT COUNT(*) FROM jobs`); n != int64(pending) {
		t.Errorf("%d timers wait, want %d", n, pending)
	}
}

// pause waits where another process works, which tells nobody.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal(fmt.Errorf("the test ended: %w", t.Context().Err()))
	}
}
