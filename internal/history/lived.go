package history

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Teller tells facts one by one, in columns: what runs of journeys are made of.
type Teller interface {
	// Snapshot calls fn with what p may see of the facts at one time, and returns
	// its error. While it runs fn must not ask the store anything else.
	Snapshot(ctx context.Context, p cx.Principal, fn func(Snapshot) error) error
}

// Snapshot is the facts at one time. It is valid only during the call.
type Snapshot interface {
	Edition() Edition
	// Lived calls fn with stretches of the facts that the query lets through, in
	// no order; a fact that shares several objects of the query's type is told
	// once for each. It stops at the first error of fn, which must not ask.
	Lived(q LivedQuery, fn func(*Lived) error) error
	// Circumstances returns what was so within a window, whatever who asks may see,
	// by seq.
	Circumstances(w cx.Window) ([]Circumstance, error)
}

// Tell asks one question of a snapshot of its own.
func Tell(ctx context.Context, t Teller, p cx.Principal, q LivedQuery, fn func(*Lived) error) (e Edition, err error) {
	err = t.Snapshot(ctx, p, func(s Snapshot) error {
		e = s.Edition()
		return s.Lived(q, fn)
	})
	return e, err
}

// Edition is what a store held at a time. Two editions with the same Rewritten
// differ by the facts after the Position of the first, and by whose they are.
type Edition struct {
	Position  cx.Seq
	Rewritten uint64    // grows with every reclassification, erasure and corrected answer; begins anew with the process
	Merged    []Cluster // the profiles that are not their own customer, in no order; read only
}

// LivedQuery asks for facts. A fact passes when it is one of those asked for
// (All, or it shares an object of the type, or has one of the names, or happened
// at one of the touchpoints) and concerns who is asked for (Customers and Objects
// nil, or it is of one of the customers, or shares one of the objects).
type LivedQuery struct {
	Of    Of
	After cx.Seq // what came later only

	Window cx.Window // of when it was lived

	All         bool
	Object      string // a type of objects; the number of the fact's own is told
	Names       []string
	Touchpoints []string

	Customers []cx.CustomerNo
	Objects   []uint64

	Currency   string   // events with revenue in it only; it is told
	Properties []string // names of events, or surveys, whose properties are told
	Everything bool     // tell the properties of all facts
	Values     []string // properties: of each fact the value of the first that it has is told, instead of all
	Derived    bool     // tell what the model derives of each fact
}

// Validate reports what makes no sense.
func (q LivedQuery) Validate() error {
	var faults []cx.Fault
	if q.Of > Answers {
		faults = append(faults, cx.Fault{Field: "of", Message: "must be events or answers"})
	}
	if q.Of == Answers && q.Currency != "" {
		faults = append(faults, cx.Fault{Field: "of", Message: "answers have no revenue"})
	}
	if q.Values != nil && (q.Everything || q.Properties != nil) {
		faults = append(faults, cx.Fault{Field: "values", Message: "are among the properties that are told anyway"})
	}
	if w := q.Window; w.From != 0 && w.To != 0 && w.To < w.From {
		faults = append(faults, cx.Fault{Field: "window", Message: "ends before it begins"})
	}
	if q.Objects != nil && q.Object == "" {
		faults = append(faults, cx.Fault{Field: "objects", Message: fmt.Sprintf("are %d of no type: name it", len(q.Objects))})
	}
	return cx.InvalidFaults("history.LivedQuery", faults)
}

// Lived is a stretch of facts in columns of the same length; those that were not
// asked for are nil. It is valid only during the call, its dictionaries until
// the question ends: they grow, and a number in them stays.
type Lived struct {
	Names    []string // by number; the first is ""
	Contexts []Context

	Seq      []cx.Seq
	Customer []cx.CustomerNo
	At       []cx.Time
	Name     []uint32 // of Names; of an answer its survey
	Context  []uint32 // of Contexts
	Object   []uint64 // 0: it shares none of the type

	Valence    []int16     // of events: thousandths; NoValence: not known
	Revenue    []int64     // of events, with a Currency: minor units
	Properties [][]byte    // with Properties or Everything: JSON object; nil when not asked for or absent
	Values     []string    // with Values: as a key of groups; "" when the fact has none of them
	Derived    [][]Derived // with Derived: by property, without their objects
	Metric     []string    // of answers, items that have a value or words: "" without one
	Scale      []string
	Value      []float64 // NaN: none
}

// NoValence marks a fact of which it is not known how it was lived.
const NoValence = -1 << 15

// Context is where and with whom a fact happened.
type Context struct {
	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place, Source      string
}
