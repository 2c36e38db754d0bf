package cycle

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// OpportunityQuery narrows the opportunities. Zero fields narrow nothing, except
// State: "" is StateOpen.
type OpportunityQuery struct {
	State      OpportunityState
	Source     Source
	Area       string
	Touchpoint string
	Text       string // in titles and texts of every language, accents folded
	Limit      int    // 1..200; 0: 50
}

// Query narrows the initiatives. Zero fields narrow nothing.
type Query struct {
	Stage      Stage
	Area       string
	Touchpoint string
	Mine       bool   // whose owner or one of whose people asks
	Text       string // in all that is written of it, every language, accents folded
}

// Column is a stage of the board, what changed last first.
type Column struct {
	Stage Stage
	Items []Initiative
}

// Board is where the initiatives stand: a column for each of Stages. Closed ones
// are in Learned.
type Board struct {
	Columns []Column
	Closed  int // how many more are over
}

// Day is something of the calendar.
type Day struct {
	At        cx.Time
	Until     cx.Time // of what lasts; 0: of a day
	Slug      string  // of the initiative
	Title     model.Text
	What      string     // "start", "end", "milestone", "decision" (by the rule of its plan), "shop" (a shop or city that begins)
	Name      model.Text // of the milestone; the shop
	Done      bool
	Late      bool
	Stage     Stage
	Milestone string // its id
}

// Lesson is what an initiative that is over taught.
type Lesson struct {
	Slug      string
	Title     model.Text
	Learned   model.Text
	Areas     []string
	Choice    Choice
	Verdict   impact.Verdict // "" without an evaluation
	DecidedAt cx.Time
	Version   int
}

// Full is all of one initiative.
type Full struct {
	Initiative
	Story    []Entry // oldest first
	Said     []Quote // of its evidence, as far as who asks may read them
	Versions []Version
	Gone     int // customers and words of its evidence that were forgotten since
}

// Version is one of the versions of an initiative, the first first.
type Version struct {
	Slug    string
	Version int
	Stage   Stage
	Verdict impact.Verdict
}

// Detail is all of one opportunity.
type Detail struct {
	Opportunity
	Said []Quote // of its evidence, as far as who asks may read them
	Gone int     // customers and words of its evidence that were forgotten since
}

// Quote is what somebody said, personal data masked.
type Quote struct {
	Seq      cx.Seq
	Customer cx.CustomerID // "" of nobody known
	At       cx.Time
	Words    string
	Language string
}

// What is one thing that happened to an initiative.
type What string

// What happens to initiatives; all but the last three are told to the log.
const (
	Planned   What = "planned"
	Started   What = "started"   // the plan was frozen; Text is its hash
	Reached   What = "milestone" // To is it
	Ended     What = "ended"     // nobody is exposed any more
	Evaluated What = "evaluated" // Text is the verdict
	Stopped   What = "stopped"   // before its end; Text is why
	Adopted   What = "adopted"   // To is what it became part of: "rule:SLUG"
	Learned   What = "closed"    // it is over, and learned from
	Announced What = "told"      // those who asked for it know; Amount is how many

	Edited    What = "edited"
	Paid      What = "paid"      // Amount is what was spent so far
	Versioned What = "versioned" // To is the next version
)

// Entry is one line of an initiative's story.
type Entry struct {
	N          int64 // from 1
	At         cx.Time
	By, ByName string // a principal's id and name; "system"
	What       What
	Text       string
	To         string
	Amount     int64 // of Paid, minor units
}

// Cadence is how the cycle goes.
type Cadence struct {
	Planned, Started, Ended, Decided int
	Areas                            []string // that take part
	People                           int      // who take part
	Who                              []string // their ids: to be counted with others, never shown
}
