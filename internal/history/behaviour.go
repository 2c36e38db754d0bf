package history

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Asker answers what conditions on customers ask.
type Asker interface {
	// Behaviour calls fn with the answers to the asks for each customer who
	// lived something that the principal may see, by ascending number; of who
	// is limited to areas, all answers are of what was lived there. It stops at
	// the first error of fn. While it runs fn must not ask the store.
	Behaviour(ctx context.Context, p cx.Principal, q BehaviourQuery, fn func(Behaviour) error) error
}

// BehaviourQuery asks how customers behave. Events are all that was lived but
// answers; of those, a Score is the newest value by time, then seq, then item.
type BehaviourQuery struct {
	Asks      []expr.Ask
	Traits    bool // tell the customers' traits too
	Now       cx.Time
	Currency  string          // what is added up as Revenue; other currencies are left out
	Digits    int             // of the currency's minor unit
	Customers []cx.CustomerNo // nil: all
}

// maxAsks bounds a question: past it, its answers would not fit in memory.
const maxAsks = 500

// Validate reports what makes no sense.
func (q BehaviourQuery) Validate() error {
	var faults []cx.Fault
	if len(q.Asks) > maxAsks {
		faults = append(faults, cx.Fault{Field: "asks", Message: fmt.Sprintf("are %d: all segments together may ask at most %d", len(q.Asks), maxAsks)})
	}
	for i, a := range q.Asks {
		if a.What > expr.Score {
			faults = append(faults, cx.Fault{Field: fmt.Sprintf("asks[%d]", i), Message: "asks for nothing that is known"})
		}
	}
	return cx.InvalidFaults("history.BehaviourQuery", faults)
}

// Since returns from when on an ask counts; ok is false when that is ever.
func (q BehaviourQuery) Since(a expr.Ask) (from cx.Time, ok bool) {
	return q.Now.Add(-a.Within), a.Within > 0
}

// Behaviour is what is asked of one customer.
type Behaviour struct {
	Customer cx.CustomerNo
	Traits   []byte // JSON object, as they are now; nil unless asked for; valid only during the call
	Answers  []any  // to the asks, in their order, as expr.Vars wants them; valid only during the call
}
