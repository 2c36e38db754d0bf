package cx

import "context"

// Subject is whose data is exported or erased, as memory knows them. For
// retention it is not one customer but a stretch of events: then Customer and
// Profiles are empty.
type Subject struct {
	Customer CustomerID
	Profiles []ProfileNo // every profile that is the customer's, ascending
	Seqs     []Seq       // ascending: their events and answers, and the decisions about them
	Values   []string    // what names them (identifiers, texts of traits), for stores that know no customer
	// Snapshots are of answers of somebody else who was held for one with them
	// when answering, ascending: the traits of that customer then, without the
	// subject's.
	Snapshots []Snapshot
}

// Snapshot is the traits, a JSON object, that a customer had at an answer.
type Snapshot struct {
	Seq    Seq
	Traits []byte
}

// Whole tells whether a customer is meant, not only some events.
func (s Subject) Whole() bool { return s.Customer != "" }

// Section is one part of what is known of a customer: a name ("timeline") and
// items that marshal to JSON.
type Section struct {
	Name  string `json:"name"`
	Items any    `json:"items"`
}

// Holder keeps personal data. Every package that does implements it, so that a
// customer can take away all of it, or have it erased.
type Holder interface {
	// Holds names what the package keeps personal data in: its tables
	// ("timeline_rows"), streams or files.
	Holds() []string
	// Export returns all that it keeps of the subject.
	Export(ctx context.Context, s Subject) ([]Section, error)
	// Erase removes the subject's data so that no byte of it is left in the
	// holder's files, and returns how many records were erased. It may be
	// called again after a crash.
	Erase(ctx context.Context, s Subject) (int, error)
}
