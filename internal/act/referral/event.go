package referral

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The events of customers. Those of others' systems may be called so, too.
const (
	SharedEvent   = "Referral Shared"         // {code}: it is this customer's; who says so first has it
	ClaimedEvent  = "Referral Claimed"        // {code | said, would_have_come}: of the friend
	ProvenEvent   = "Referral Proven"         // {code, claim, side, order_id}: of both
	RewardedEvent = "Referral Rewarded"       // {code, claim, milestone, amount, currency}
	RevokedEvent  = "Referral Reward Revoked" // {code, claim, milestone, amount, currency, why}
)

// DecidedEvent names what the log says of a refusal, and of whether somebody is
// asked for a recommendation: a Decision.
const DecidedEvent = "vivencia.referral.decided"

// Decision is the properties of a DecidedEvent.
type Decision struct {
	What     string        `json:"what"` // "claim" or "ask"
	Customer cx.CustomerID `json:"customer"`
	Acted    bool          `json:"acted"`
	Reason   Reason        `json:"reason,omitempty"` // why not
	About    cx.Seq        `json:"about,omitempty"`  // the event that it is about
	Due      *time.Time    `json:"due,omitempty"`    // of an ask
}

// What a Decision may be about.
const (
	aboutClaim = "claim"
	aboutAsk   = "ask"
)

func (d Decision) event(id string, at cx.Time) (cx.Event, error) {
	raw, err := json.Marshal(d)
	return cx.NewDecision(DecidedEvent, id, at, raw), err
}

// Reason says why a claim is refused or taken back, or why somebody is not asked.
type Reason string

// The reasons to refuse a claim.
const (
	Unknown  Reason = "unknown"  // nobody has such a code
	Closed   Reason = "closed"   // the programme was over
	Self     Reason = "self"     // both are one person
	Existing Reason = "existing" // they had bought before
	Taken    Reason = "taken"    // somebody else brought them
	Circular Reason = "circular" // they brought who brings them
)

// The reasons to take a reward back, beside those to refuse its claim.
const (
	Refunded Reason = "refunded" // what proved it was given back
	Fewer    Reason = "fewer"    // of a milestone: so many are not proven any more
	Again    Reason = "again"    // of a reward: what took it back holds no more
)

// The reasons not to ask, in the order in which they are looked at.
const (
	OpenCase     Reason = "case"         // something is being made right for them
	Broken       Reason = "promise"      // a promise to them is broken, or at risk
	Rested       Reason = "rested"       // they were asked lately
	Unsubscribed Reason = "unsubscribed" // they do not want to be written to
	NoConsent    Reason = "consent"      // they did not agree to it
	NoAddress    Reason = "no-address"   // there is no way to reach them
	Fatigue      Reason = "fatigue"      // they were written to as often as may be
	TooLate      Reason = "too-late"     // the moment has passed
)

// Refusals lists the reasons to refuse a claim.
func Refusals() []Reason { return []Reason{Self, Existing, Taken, Circular, Unknown, Closed} }

// NotAsking lists the reasons not to ask.
func NotAsking() []Reason {
	return []Reason{OpenCase, Broken, Rested, Unsubscribed, NoConsent, NoAddress, Fatigue, TooLate}
}

// Anyway is what friends answer: would you have come without it?
type Anyway string

// The answers; "" when they gave none.
const (
	Yes    Anyway = "yes"
	No     Anyway = "no"
	Unsure Anyway = "unsure"
)

func anywayOf(text string) Anyway {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "yes", "sí", "si", "sim", "true":
		return Yes
	case "no", "não", "nao", "false":
		return No
	case "unsure", "maybe", "quizás", "quizas", "talvez":
		return Unsure
	}
	return ""
}

// properties are those of an event that matter here.
type properties struct {
	Code   string `json:"code"`
	Said   string `json:"said"`
	Given  string `json:"referral_code"`
	By     string `json:"referred_by"`
	Anyway any    `json:"would_have_come"`
}

// read reads the properties; what is of another type says nothing.
func read(raw []byte) (p properties) {
	var all map[string]any
	if json.Unmarshal(raw, &all) != nil {
		return p
	}
	text := func(name string) string { s, _ := all[name].(string); return s }
	return properties{text("code"), text("said"), text("referral_code"), text("referred_by"), all["would_have_come"]}
}

func (p properties) anyway() Anyway {
	switch v := p.Anyway.(type) {
	case bool:
		if v {
			return Yes
		}
		return No
	case string:
		return anywayOf(v)
	}
	return ""
}

// ways are what a friend may say without a code; anything else is "other".
func ways() []string {
	return []string{"friend", "family", "colleague", "social", "search", "shop", "press", "advert"}
}
