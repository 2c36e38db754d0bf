package history

import (
	"context"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Store keeps facts and answers questions on them. It is safe for concurrent
// use: one writer at a time, questions meanwhile see what is committed.
//
// A store holds personal data: Erase removes the facts of a subject's profiles
// and seqs, and gives the answers of its snapshots those traits; also facts that
// come later. It returns how many facts and circumstances it removed, and not
// before no byte of them is left in its files.
type Store interface {
	Questions
	Asker
	Teller
	cx.Holder

	// State tells how far the store is.
	State(ctx context.Context) (State, error)
	// Append stores a batch and its Last in one transaction. What lies at or
	// below the position is left out; a batch wholly below changes nothing.
	// The error is a *VocabularyFullError when a fact would need one word more
	// than the store can number; then nothing is stored.
	Append(ctx context.Context, b Batch) error
	// Reclassify replaces what the model says of the facts of one chunk. The
	// first chunk of a model begins at After = 0. The error is cx.Conflict when
	// the chunk does not go on from where State says, or is of an older model.
	Reclassify(ctx context.Context, c Chunk) error

	// Close may be called again.
	Close() error
}

// Questions are what facts are asked.
//
// Every question takes who asks. A principal that is limited to areas sees only
// the facts whose area is one of them. A question that makes no sense is
// cx.Invalid and says why. Answers derive from integers and are the same to the
// digit whatever the order of arrival.
type Questions interface {
	// Totals counts everything that the filter lets through.
	Totals(ctx context.Context, p cx.Principal, f Filter) (Totals, error)
	// Breakdown tallies the facts by the query's dimensions, sorted by key.
	Breakdown(ctx context.Context, p cx.Principal, q Query) ([]Group, error)
	// Series tallies the facts by the stretches between the query's Cuts and by
	// its dimensions, sorted by stretch, then key. Empty ones are left out.
	Series(ctx context.Context, p cx.Principal, q Query) ([]Point, error)
	// Distribution counts each value of the facts by the query's Cuts (when
	// given) and dimensions, sorted by stretch, key, metric, scale, value.
	Distribution(ctx context.Context, p cx.Principal, q Query) ([]Bin, error)
	// Newest returns a page of events and answers, the newest first by time,
	// then seq. Their properties are left out.
	Newest(ctx context.Context, p cx.Principal, page Page) ([]Row, error)
}

// ErrSchema tells that a store was left by another version of the program. It is
// derived: remove it, and the log makes it again.
var ErrSchema = errors.New("the history has another schema: make it again from the log")

// ErrDamaged tells that a store's file cannot be read. Nothing is lost: it is
// derived, and `vivencia rebuild` makes it again from the log.
var ErrDamaged error = cx.Errorf(cx.Unavailable, "", "the history cannot be read: make it again from the log with `vivencia rebuild`; nothing is lost")

// State is how far a store is.
type State struct {
	Position cx.Seq // of the last batch
	Model    int    // version under which new facts are classified
	Done     cx.Seq // facts up to here are classified under Model …
	Upto     cx.Seq // … and so are those after here; Done ≥ Upto: all of them
}

// Settled tells whether every fact is classified under the same model.
func (s State) Settled() bool { return s.Done >= s.Upto }
