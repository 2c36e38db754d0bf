package purchases

// Filter says of whom a question is. The zero Filter lets all through.
type Filter struct {
	Segment                              string // slug: who is in it now
	Touchpoint, Channel, Place, Campaign string // of the first purchase
}

// By is what customers are told apart by.
type By string

// What customers are told apart by: how their first purchase came about, and the
// segments they are in now; somebody may be in several.
const (
	Together   By = ""
	Touchpoint By = "touchpoint"
	Channel    By = "channel"
	Place      By = "place"
	Campaign   By = "campaign"
	Segment    By = "segment"
)
