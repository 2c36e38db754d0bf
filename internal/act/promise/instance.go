package promise

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// State is how an instance stands.
type State string

// The states.
const (
	Waiting State = "open"    // neither kept nor broken yet
	AtRisk  State = "at-risk" // it must be feared that it breaks
	Kept    State = "kept"
	Broken  State = "broken"
	Void    State = "void" // of no account any more, before it was due
)

// Decided tells whether the state says how the promise ended.
func (s State) Decided() bool { return s == Kept || s == Broken }

// Pending tells whether the promise can still be kept.
func (s State) Pending() bool { return s == Waiting || s == AtRisk }

// InstanceID names an instance: by its object and which of the promise's
// instances for that object it is, or, without an object, by the event that
// began it.
type InstanceID string

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

func instanceID(promise, key string, n int) InstanceID {
	sum := sha256.Sum256([]byte(promise + "\x00" + key + "\x00" + strconv.Itoa(n)))
	return InstanceID("p_" + idText.EncodeToString(sum[:10]))
}

// Valid tells whether the id may be one of ours.
func (id InstanceID) Valid() bool {
	return len(id) == 18 && strings.HasPrefix(string(id), "p_")
}

// Instance is one promise to one customer.
type Instance struct {
	ID       InstanceID
	Promise  string          // slug
	Area     string          // slug: who answers
	Customer cx.CustomerID   // "" when who asks may not know, or nobody is known any more
	About    model.ObjectRef // zero: the customer

	State State
	From  cx.Seq  // the event that began it
	Made  cx.Time // when that was lived
	Due   cx.Time
	Since cx.Time // when it came into its state, as lived: at Due when the clock broke it
	By    cx.Seq  // the event that brought it there; 0: the clock
	Ended cx.Time // when what was promised was done, or void; 0: not yet. After Due: late

	Touchpoint, Supplier, Place, Region string // of what ended it, else of the event that put it at risk, else of what began it; each may be ""

	Told []Told // what was told of it while it was news, oldest first
}

// Told is a state that was told, with its record in the log.
type Told struct {
	State State
	At    cx.Time // when it was told
	Seq   cx.Seq
}
