package cases

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Sort is the order of a list.
type Sort string

// The orders.
const (
	ByPriority Sort = ""        // Priority.Rank, the first to take first
	ByDue      Sort = "due"     // the first due first
	ByNewest   Sort = "newest"  // the last opened first
	ByChange   Sort = "changed" // the last changed first
)

// DueIn narrows by when a case is due, in the company's days.
type DueIn string

// What DueIn can be.
const (
	AnyDue   DueIn = ""
	LateNow  DueIn = "late"
	DueToday DueIn = "today" // late ones too
	DueWeek  DueIn = "week"  // within seven days; late ones too
)

// Mine and Nobody are values of Query.Owner beside a person's id.
const (
	Mine   = "me"
	Nobody = "nobody"
)

// Query narrows a list of cases. Zero fields narrow nothing, except State: "" is
// what is not over (open and solved), AnyState all.
type Query struct {
	Area, Place, Kind, Supplier, Promise, Touchpoint, Cause string
	Owner                                                   string // Mine, Nobody, or a person's id
	State                                                   State
	Due                                                     DueIn
	Heard                                                   bool // the customer waits for an answer
	Customer                                                cx.CustomerID
	Text                                                    string    // in the title, the words, the number
	Opened                                                  cx.Window // when it was opened
	Sort                                                    Sort
	Language                                                string // of KindName
	Page                                                    int    // from 0
	Limit                                                   int    // 1..200; 0: 50
}

// AnyState lists cases of every state.
const AnyState State = "any"

// List is a page of cases.
type List struct {
	Cases []Case
	Total int // on all pages
	More  bool
}

// Queue counts the cases of an area that are not over.
type Queue struct {
	Area                         string
	Open, Late, Unowned, Waiting int // Waiting: solved, and the customer has not said
	Heard                        int
}

// Full is all of one case.
type Full struct {
	Case
	Story     []Entry // oldest first
	Checklist []Item
	Allowance Allowance // what who asks may still give here
	Siblings  int       // other cases of the same cause in the last 90 days; 0 without a cause
	Merged    []string  // ids of the cases that became part of it
	Link      string    // the address of the customer's Tu caso; "" of nobody known
}

// Allowance is what somebody may give without asking, in minor units.
type Allowance struct {
	Allowed           bool
	Each, Month       int64 // most a case, most a month
	LeftHere, Left    int64 // of both together, now: the smaller of what is left here and this month
	GivenMonth, Given int64 // by them this month; here by everybody
	Currency          string
}

// Day is somebody's day.
type Day struct {
	Cases  []Case // theirs, by priority; then those of their areas that nobody has
	Late   int    // of theirs
	Today  int    // of theirs, due today
	Heard  int    // customers of theirs who wait for an answer
	Queues []Queue
	Thanks []Thanks // of the last seven days, to them or to where they work
}

// Thanks is what a customer says to whoever helped them.
type Thanks struct {
	Case, Area, Place, Touchpoint, Owner, OwnerName string
	Customer                                        cx.CustomerID
	Text                                            string
	At                                              cx.Time
}

// Share is a proportion with its 95 % interval (Wilson 1927).
type Share struct {
	K, N             int
	Value, Low, High float64
}

// Span is a median of times, in seconds, with its 95 % interval (order statistics:
// Thompson 1936).
type Span struct {
	N                 int
	Median, Low, High float64
}

// Change is a mean of paired differences with its 95 % interval (Student 1908), of
// scores from 0 to 10.
type Change struct {
	N               int
	Before, After   float64 // means
	Mean, Low, High float64 // of after − before
}

// Figures tell how cases go.
type Figures struct {
	Opened, Open, Late, Solved, Closed int
	Given                              int64 // minor units
	FirstResponse                      Span
	MadeRight                          Span  // from opening to solved for the last time
	InTime                             Share // of those solved
	Reopened                           Share // of those solved
	Right                              Share // of the customers who say
	Recovered                          Change
	By                                 []Figures // where asked for, by Key
	Key                                string
}

// Update tells who watches that cases changed.
type Update struct{ Case, Area, Owner string }

// Colleague is somebody a case can be given to, or be mentioned in a note by
// "@" and their name.
type Colleague struct {
	ID, Name string // "person:3"
	Handle   string // what is written after "@": the name without spaces and accents
	Role     cx.Role
	Areas    []string // nil: all
	Open     int      // cases that are theirs now
}

// Do is one thing to do to several cases.
type Do struct {
	What What // Assigned (To: a person's id, "me" or ""), Closed (Text: why), Noted, Escalated, Caused
	To   string
	Text string
}
