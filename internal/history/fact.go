package history

import (
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Words is how many different words of one kind (event names, places, …) a
// store numbers.
const Words = 60_000

// Fact is an event or an answer in the shape in which it is counted.
type Fact struct {
	Seq        cx.Seq
	Profile    cx.ProfileNo
	Kind       cx.Kind // one that is OfCustomer
	Name       string
	Source     string
	At         cx.Time
	ReceivedAt cx.Time
	Properties []byte // JSON object, nil when absent
	Answer     *fact.Answer
	Corrects   []cx.Seq // earlier answers of this profile: what they say to this answer's questions counts no more
	Traits     []byte   // of the customer as they were at the answer; JSON object
	Says       []Trait
	Said       Said
}

// Trait is what an event says of its customer. The newest by time, then seq,
// holds, over all profiles of the customer; the JSON null takes the trait away.
type Trait struct {
	Name  string
	Value string // JSON
}

// Said is what the model says of a fact.
type Said struct {
	Class   model.Class
	Derived []Derived
}

// Derived is the value of a model property on a fact, as a key of groups.
type Derived struct {
	Property string
	Value    string
	Object   model.ObjectRef // the value holds for all that shares it; zero: only for the fact
}

// Circumstance is what was so at a place for a time.
type Circumstance struct {
	Seq cx.Seq
	fact.Circumstance
}

// Cluster says which customer a profile belongs to now.
type Cluster struct {
	Profile  cx.ProfileNo
	Customer cx.CustomerNo
}

// Batch is a stretch of the log as facts.
type Batch struct {
	Last          cx.Seq // the position to store
	Model         int    // the version that Said is from
	Facts         []Fact // by seq
	Circumstances []Circumstance
	Clusters      []Cluster // that changed within the stretch, as they are now
}

// Chunk is what another model says of the facts in (After, Through].
type Chunk struct {
	Model          int
	After, Through cx.Seq
	Facts          []Reclassified // by seq; seqs that are no fact of the store are left out
}

// Reclassified is what a model says of a fact.
type Reclassified struct {
	Seq  cx.Seq
	Said Said
}

// VocabularyFullError tells that the fact Seq brings a word of a kind of which
// the store has numbered as many as it can.
type VocabularyFullError struct {
	Seq  cx.Seq
	Kind string // "name", "place", …
}

// Error says which words are too many.
func (e *VocabularyFullError) Error() string {
	return fmt.Sprintf("more than %d different words of the kind %q: is an id part of it?", Words, e.Kind)
}
