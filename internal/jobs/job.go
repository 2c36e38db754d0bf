package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Job is something to do at a time. Kind and Key name it: a second one of the
// same name takes the first one's place.
type Job struct {
	Kind, Key string
	Due       cx.Time
	Payload   string // opaque; ids only
	Attempts  int    // how often it was tried, this time included
}

// Done writes what became of a job, in the transaction that takes it out of the
// queue. It may put others in; one of the job's own name is the same job, due
// again.
type Done func(ctx context.Context, tx *sqldb.Tx) error

// Worker does a job. Its context ends when the job's lease does, or the queue is
// closed. What it returns is called when it succeeded, and may be nil; an error
// lets the job be tried again later (Retry), unless it is one of Dead or Later.
type Worker func(ctx context.Context, j Job) (Done, error)

// Lane is how the jobs of a kind are worked on, apart from those of other kinds.
type Lane struct {
	Kind    string
	Work    Worker
	Workers int           // at once; 0: 4
	Lease   time.Duration // how long one try may take; 0: 1 minute
	Retry   Retry
}

// Retry says when a job that failed is tried again: after First, then twice as
// long each time up to Most, each a little earlier or later by chance so that
// not all come at once; and for how long, before it is dead. Zero fields take 5
// seconds, an hour and 4 days.
type Retry struct{ First, Most, For time.Duration }

// after returns the wait that follows the n-th try, which random in [0, 1)
// shortens by up to a fifth.
func (r Retry) after(n int, random float64) time.Duration {
	wait := r.First
	for range n - 1 {
		if wait = min(2*wait, r.Most); wait == r.Most {
			break
		}
	}
	return wait - time.Duration(random*float64(wait)/5)
}

// tries returns how many tries For allows, were all waits whole.
func (r Retry) tries() (n int) {
	for all := time.Duration(0); all < r.For; n++ {
		all += r.after(n+1, 0)
	}
	return n + 1
}

// deadError ends a job; laterError puts it off.
type (
	deadError  struct{ error }
	laterError struct{ at cx.Time }
)

func (e deadError) Unwrap() error  { return e.error }
func (e laterError) Error() string { return "later: " + e.at.String() }

// Dead says that trying again will not help: a person must look at it.
func Dead(err error) error { return deadError{err} }

// Later puts a job off, without counting it as a failure.
func Later(at cx.Time) error { return laterError{at} }

func isDead(err error) bool {
	var dead deadError
	return errors.As(err, &dead)
}

func isLater(err error) (at cx.Time, ok bool) {
	var later laterError
	ok = errors.As(err, &later)
	return later.at, ok
}

func jitter() float64 { return rand.Float64() } //nolint:gosec // no secret
