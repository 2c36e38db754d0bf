package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func lite(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// bench is a queue whose worker notes what it is given.
type bench struct {
	t     *testing.T
	db    *sqldb.DB
	clock *cxtest.Clock
	q     *jobs.Queue
	ran   chan jobs.Job
	do    func(ctx context.Context, j jobs.Job) (jobs.Done, error) // nil: done
}

func open(t *testing.T, db *sqldb.DB, holder string, do func(context.Context, jobs.Job) (jobs.Done, error), workers ...int) *bench {
	t.Helper()
	b := &bench{t: t, db: db, clock: cxtest.NewClock(), ran: make(chan jobs.Job, 100), do: do}
	var err error
	if b.q, err = jobs.Open(t.Context(), jobs.Config{DB: db, Clock: b.clock, Logger: slog.New(slog.DiscardHandler), Holder: holder}); err != nil {
		t.Fatal(err)
	}
	b.q.Handle(jobs.Lane{Kind: "tell", Workers: append(workers, 0)[0], Retry: jobs.Retry{First: time.Second, Most: 4 * time.Second, For: 8 * time.Second}, Work: func(ctx context.Context, j jobs.Job) (jobs.Done, error) {
		defer func() { b.ran <- j }()
		if b.do == nil {
			return nil, nil
		}
		return b.do(ctx, j)
	}})
	t.Cleanup(func() {
		for range 2 {
			if err := b.q.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return b
}

func (b *bench) put(key string, in time.Duration) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *sqldb.Tx) error {
		return b.q.Put(ctx, tx, jobs.Job{Kind: "tell", Key: key, Due: b.clock.Now().Add(in), Payload: "of " + key})
	})
	b.q.Wake()
}

func (b *bench) write(fn func(context.Context, *sqldb.Tx) error) {
	b.t.Helper()
	if err := b.db.Write(b.t.Context(), func(tx *sqldb.Tx) error { return fn(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

// next waits for the next run.
func (b *bench) next() jobs.Job {
	b.t.Helper()
	select {
	case j := <-b.ran:
		return j
	case <-time.After(5 * time.Second):
		b.t.Fatal("nothing ran")
		return jobs.Job{}
	}
}

// settled waits until nothing is worked on and the queue is as it should be.
func (b *bench) settled(waiting, dead int) {
	b.t.Helper()
	var s jobs.State
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		var err error
		if s, err = b.q.State(b.t.Context(), cx.System()); err != nil {
			b.t.Fatal(err)
		}
		if s.Waiting == waiting && s.Dead == dead && s.Working == 0 {
			return
		}
	}
	b.t.Fatalf("%+v, want %d waiting and %d dead", s, waiting, dead)
}

// advance lets time pass and the lanes look.
func (b *bench) advance(d time.Duration) {
	b.clock.Advance(d)
	b.q.Wake()
}

func TestWhatIsDueRunsOnceAndInTime(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		b := open(t, db(t), "a", nil)
		b.q.Start()
		b.put("later", time.Hour)
		b.put("now", 0)
		if j := b.next(); j.Key != "now" || j.Payload != "of now" || j.Attempts != 1 {
			t.Errorf("ran %+v first", j)
		}
		b.settled(1, 0)
		b.advance(time.Hour - time.Microsecond)
		select {
		case j := <-b.ran:
			t.Errorf("%+v ran before it was due", j)
		case <-time.After(2 * jobs.Beat):
		}
		b.advance(time.Microsecond)
		if j := b.next(); j.Key != "later" {
			t.Errorf("ran %+v", j)
		}
		b.settled(0, 0)
	})
}

// Without a Wake the queue finds what is due by itself, within a second.
func TestNobodyNeedsToWakeTheQueue(t *testing.T) {
	t.Parallel()
	b := open(t, lite(t), "a", nil)
	b.q.Start()
	started := time.Now()
	b.write(func(ctx context.Context, tx *sqldb.Tx) error {
		return b.q.Put(ctx, tx, jobs.Job{Kind: "tell", Key: "x", Due: b.clock.Now()})
	})
	b.next()
	if took := time.Since(started); took > time.Second {
		t.Errorf("it ran %v after it was due", took)
	}
}

func TestFailuresAreTriedAgainThenDeadThenReplayed(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		var mu sync.Mutex
		broken := true
		b := open(t, db(t), "a", func(context.Context, jobs.Job) (jobs.Done, error) {
			mu.Lock()
			defer mu.Unlock()
			if broken {
				return nil, errors.New("the other side is down")
			}
			return nil, nil
		})
		b.q.Start()
		b.put("x", 0)
		b.next()
		b.settled(1, 0)
		// The waits are 1, 2, 4 and 4 seconds, each up to a fifth shorter: more than 8
		// in all.
		for n, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second} {
			b.advance(wait*4/5 - time.Microsecond)
			select {
			case j := <-b.ran:
				t.Fatalf("%+v ran too early", j)
			case <-time.After(20 * time.Millisecond):
			}
			b.advance(wait/5 + time.Microsecond)
			if j := b.next(); j.Attempts != n+2 {
				t.Fatalf("try %d is its %d-th", n+2, j.Attempts)
			}
			if n < 3 {
				b.settled(1, 0)
			}
		}
		b.settled(0, 1)
		dead, err := b.q.Dead(t.Context(), cx.System(), 10)
		if err != nil || len(dead) != 1 || dead[0].Error != "the other side is down" || dead[0].Key != "x" {
			t.Fatalf("%+v, %v", dead, err)
		}
		if err := b.q.Replay(t.Context(), cx.System(), "tell", "y"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("of another: %v", err)
		}
		mu.Lock()
		broken = false
		mu.Unlock()
		if err := b.q.Replay(t.Context(), cx.System(), "tell", "x"); err != nil {
			t.Fatal(err)
		}
		if j := b.next(); j.Attempts != 1 {
			t.Errorf("replayed: %+v", j)
		}
		b.settled(0, 0)
	})
}

// What a job says of its end is written with it, or neither is.
func TestTheEndOfAJobIsOneTransaction(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		d := db(t)
		b := open(t, d, "a", func(_ context.Context, j jobs.Job) (jobs.Done, error) {
			return func(ctx context.Context, tx *sqldb.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO notes (note) VALUES ($1)`, j.Key); err != nil {
					return err
				}
				if j.Key == "bad" && j.Attempts == 1 {
					return errors.New("half of it")
				}
				return nil
			}, nil
		})
		b.write(func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE notes (note TEXT NOT NULL)`)
			return err
		})
		for _, key := range []string{"one", "bad", "two"} {
			b.put(key, 0)
		}
		b.q.Start()
		for range 3 {
			b.next()
		}
		b.settled(1, 0)
		notes := func() (all []string) {
			t.Helper()
			if err := d.Read(t.Context(), func(tx *sqldb.Tx) error {
				rows, err := tx.Query(t.Context(), `SELECT note FROM notes ORDER BY note`)
				if err == nil {
					all, err = sqldb.Collect(rows, sqldb.Scan[string])
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := fmt.Sprint(notes()); got != "[one two]" {
			t.Errorf("written: %s", got)
		}
		b.advance(time.Minute)
		b.next()
		b.settled(0, 0)
		if got := fmt.Sprint(notes()); got != "[bad one two]" {
			t.Errorf("written: %s", got)
		}
	})
}

// A job put in again while it runs is the new one: the old run's end is nobody's.
func TestAJobPutInAgainReplacesTheOneThatRuns(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		goOn, begun := make(chan struct{}), make(chan struct{}, 2)
		var written sync.Map
		b := open(t, db(t), "a", func(_ context.Context, j jobs.Job) (jobs.Done, error) {
			begun <- struct{}{}
			<-goOn
			return func(context.Context, *sqldb.Tx) error { written.Store(j.Payload, true); return nil }, nil
		})
		b.q.Start()
		b.put("x", 0)
		<-begun
		b.write(func(ctx context.Context, tx *sqldb.Tx) error {
			return b.q.Put(ctx, tx, jobs.Job{Kind: "tell", Key: "x", Due: b.clock.Now().Add(time.Hour), Payload: "again"})
		})
		close(goOn)
		b.next()
		b.settled(1, 0)
		if _, old := written.Load("of x"); old {
			t.Error("the end of the old run was written")
		}
		b.advance(time.Hour)
		if j := b.next(); j.Payload != "again" {
			t.Errorf("ran %+v", j)
		}
		b.settled(0, 0)
		b.put("y", time.Hour)
		b.write(func(ctx context.Context, tx *sqldb.Tx) error {
			ok, err := b.q.Cancel(ctx, tx, "tell", "y")
			if !ok {
				t.Error("nothing was cancelled")
			}
			return err
		})
		b.settled(0, 0)
	})
}

func TestLaterAndDead(t *testing.T) {
	t.Parallel()
	clock := cxtest.NewClock()
	b := open(t, lite(t), "a", func(_ context.Context, j jobs.Job) (jobs.Done, error) {
		if j.Key == "dead" {
			return nil, jobs.Dead(errors.New("never"))
		}
		if clock.Now() < cxtest.Epoch.Add(time.Hour) {
			return nil, jobs.Later(cxtest.Epoch.Add(time.Hour))
		}
		return nil, nil
	})
	b.put("later", 0)
	b.put("dead", 0)
	b.q.Start()
	b.next()
	b.next()
	b.settled(1, 1)
	clock.Advance(time.Hour)
	b.advance(time.Hour)
	if j := b.next(); j.Attempts != 1 {
		t.Errorf("being put off counts as a try: %+v", j)
	}
	b.settled(0, 1)
}

// A process that dies leaves its claims: one of the same name has them back at
// once, another when their leases end.
func TestClaimsOfTheDead(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		d := db(t)
		begun, never := make(chan struct{}), make(chan struct{})
		dying := open(t, d, "a", func(ctx context.Context, _ jobs.Job) (jobs.Done, error) {
			close(begun)
			<-never
			return nil, ctx.Err()
		}, 1) // no other of its workers, which live on, takes what is free again
		dying.put("x", 0)
		dying.q.Start()
		<-begun
		other := open(t, d, "b", nil)
		other.q.Start()
		select {
		case <-other.ran:
			t.Error("another took it while the lease held")
		case <-time.After(2 * jobs.Beat):
		}
		if err := other.q.Close(); err != nil {
			t.Fatal(err)
		}
		again := open(t, d, "a", nil)
		again.q.Start()
		if j := again.next(); j.Key != "x" || j.Attempts != 2 {
			t.Errorf("ran %+v", j)
		}
		again.settled(0, 0)
		close(never) // the dead one's end finds nothing of its own
		dying.next()
		again.settled(0, 0)
	})
}

func TestLeasesEnd(t *testing.T) {
	t.Parallel()
	d := lite(t)
	never := make(chan struct{})
	begun := make(chan struct{})
	hanging := open(t, d, "a", func(context.Context, jobs.Job) (jobs.Done, error) {
		close(begun)
		<-never
		return nil, nil
	})
	hanging.put("x", 0)
	hanging.q.Start()
	<-begun
	other := open(t, d, "b", nil)
	other.q.Start()
	other.advance(time.Minute)
	if j := other.next(); j.Attempts != 2 {
		t.Errorf("ran %+v", j)
	}
	other.settled(0, 0)
	close(never)
}

func TestManyTimersFire(t *testing.T) {
	t.Parallel()
	const n = 5000
	d := lite(t)
	clock := cxtest.NewClock()
	q, err := jobs.Open(t.Context(), jobs.Config{DB: d, Clock: clock, Logger: slog.New(slog.DiscardHandler), Holder: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	fired := map[string]int{}
	all := make(chan struct{})
	q.Handle(jobs.Lane{Kind: "timer", Workers: 64, Work: func(_ context.Context, j jobs.Job) (jobs.Done, error) {
		mu.Lock()
		defer mu.Unlock()
		if fired[j.Key]++; len(fired) == n {
			close(all)
		}
		return nil, nil
	}})
	if err := d.Write(t.Context(), func(tx *sqldb.Tx) error {
		for i := range n {
			if err := q.Put(t.Context(), tx, jobs.Job{Kind: "timer", Key: fmt.Sprint(i), Due: clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	q.Start()
	defer func() { _ = q.Close() }()
	select {
	case <-all:
	case <-time.After(30 * time.Second):
		t.Fatal("not all timers fired")
	}
	t.Logf("%d timers in %v", n, time.Since(started))
	mu.Lock()
	defer mu.Unlock()
	for key, times := range fired {
		if times != 1 {
			t.Errorf("timer %s fired %d times", key, times)
		}
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	b := open(t, lite(t), "a", nil)
	member := cx.Principal{ID: "person:1", Role: cx.Member}
	if _, err := b.q.State(t.Context(), member); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("state: %v", err)
	}
	if _, err := b.q.Dead(t.Context(), member, 1); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("dead: %v", err)
	}
	if err := b.q.Replay(t.Context(), cx.Principal{ID: "person:2", Role: cx.Lead}, "tell", "x"); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("replay: %v", err)
	}
}

// A job that wakes the queue while it closes holds it up no longer.
func TestClosingWhileAJobWakesTheQueue(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	var b *bench
	b = open(t, lite(t), "a", func(context.Context, jobs.Job) (jobs.Done, error) {
		close(begun)
		<-goOn
		return func(context.Context, *sqldb.Tx) error { b.q.Wake(); return nil }, nil
	})
	b.q.Start()
	b.put("x", 0)
	<-begun
	closed := make(chan error)
	go func() { closed <- b.q.Close() }()
	time.Sleep(20 * time.Millisecond) // closing waits for the job by now
	close(goOn)
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("closing and the job wait for each other")
	}
}
