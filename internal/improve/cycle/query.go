package cycle

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// OpportunityQuery narrows the opportunities. Zero fields narrow nothing, except
// State: "" is Open.
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
	At     cx.Time
	Until  cx.Time // of what lasts; 0: of a day
	Slug   string  // of the initiative
	Title  model.Text
	What   string     // "start", "end", "milestone", "decision" (by the rule of its plan), "shop" (a shop or city that begins)
	Name   model.Text // of the milestone; the shop
	Done   bool
	Late   bool
	Stage  Stage
	Number string // the milestone's id
}

// Lesson is what an initiative that is over taught.
type Lesson struct {
	Slug     string
	Title    model.Text
	Learned  model.Text
	Areas    []string
	Choice   Choice
	Verdict  impact.Verdict // "" without an evaluation
	ClosedAt cx.Time
	Version  int
}

// Full is all of one initiative.
type Full struct {
	Initiative
	Story    []Entry // oldest first
	Words    []Quote // of its evidence, as far as who asks may read them
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

// What happens to initiatives. Those of Told are told to the log.
const (
	Proposed  What = "proposed" // an opportunity; To is its id
	Planned   What = "planned"
	Edited    What = "edited"
	Started   What = "started" // the plan was frozen
	Reached   What = "milestone"
	Ended     What = "ended" // exposure is over
	Evaluated What = "evaluated"
	Stopped   What = "stopped" // before its end
	Adopted   What = "adopted"
	Learned   What = "closed"
	Versioned What = "versioned" // To is the next version
	TellDone  What = "told"
	Paid      What = "paid"
)

// Entry is one line of an initiative's story.
type Entry struct {
	N          int64 // from 1
	At         cx.Time
	By, ByName string // a principal's id and name; "system"
	What       What
	Text       string
	To         string
}
