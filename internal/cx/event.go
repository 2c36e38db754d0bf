package cx

import (
	"crypto/sha256"
	"fmt"
)

// Seq numbers an event in the log: dense, from 1, ours. Zero means "none".
type Seq uint64

// Kind says what an event is.
type Kind uint8

// The kinds. Their numbers are written in the log: never change one.
const (
	Track        Kind = 1
	Identify     Kind = 2
	Page         Kind = 3
	Screen       Kind = 4
	Group        Kind = 5
	Alias        Kind = 6
	Answer       Kind = 7
	Circumstance Kind = 8  // concerns a place, not a customer
	Decision     Kind = 9  // a vivencia.* record: what people or the model decided
	Redacted     Kind = 10 // what is left of an erased event, so that neither a retry nor a rebuild brings it back
	Team         Kind = 11 // what somebody of the company answered or reported; of no customer
	Mention      Kind = 12 // said about the company in public, nobody knows by which customer
)

var kindNames = [...]string{"", "track", "identify", "page", "screen", "group", "alias", "answer", "circumstance", "decision", "redacted", "team", "mention"}

// String returns the kind as it is written in JSON ("track", "answer", …).
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads the JSON word of a kind; ok is false when there is none.
func ParseKind(s string) (k Kind, ok bool) {
	for i := 1; i < len(kindNames); i++ {
		if kindNames[i] == s {
			return Kind(i), true
		}
	}
	return 0, false
}

// OfCustomer tells whether events of this kind belong to a customer.
func (k Kind) OfCustomer() bool { return k >= Track && k <= Answer }

// Event is one thing that a customer lived (or a circumstance, or a decision),
// as it stands in the log. It is immutable. Seq and ReceivedAt are given by
// the stream and the intake; everything else came from outside and was
// validated by listen/intake.
//
// Body is the JSON object as it was sent, with the batch's context merged and
// nothing else changed. Properties, Traits and Context are slices of Body (nil
// when absent): JSON objects, not copies. An Event handed to a view is valid
// only during that call; copy what must live longer.
type Event struct {
	Seq        Seq
	Kind       Kind
	Name       string // track: the event's name; page and screen: theirs; answer: the survey's slug; circumstance: its kind; decision: vivencia.…
	Source     string // slug of the source (write key, import, "vivencia") that sent it
	MessageID  string // unique within Source
	At         Time   // when it was lived, corrected for the sender's clock
	ReceivedAt Time

	UserID      string
	AnonymousID string
	GroupID     string // group calls, or context.groupId
	PreviousID  string // alias only

	Body       []byte
	Properties []byte
	Traits     []byte // identify and group: "traits"; else "context"."traits"
	Context    []byte
}

// MessageHash identifies a message for de-duplication.
type MessageHash [16]byte

// HashMessage hashes (source, messageID) with the instance's salt, so that the
// hash of a forgotten customer's message tells nothing.
func HashMessage(salt []byte, source, messageID string) MessageHash {
	h := sha256.New()
	h.Write(salt)
	h.Write([]byte{byte(len(source) >> 8), byte(len(source))})
	h.Write([]byte(source))
	h.Write([]byte(messageID))
	var out MessageHash
	copy(out[:], h.Sum(nil))
	return out
}
