package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Totals counts what is remembered.
type Totals struct {
	Events     int64 // without answers, circumstances, decisions and duplicates
	Customers  int64 // as they are now: merged ones count once
	Answers    int64
	Duplicates int64 // dropped
	Applied    cx.Seq
}

// Lived is something that was just remembered.
type Lived struct {
	Seq          cx.Seq
	Kind         cx.Kind
	Name         string
	Source       string
	MessageID    string
	At           cx.Time
	ReceivedAt   cx.Time
	Customer     cx.CustomerID // "" for a circumstance
	CustomerName string
	Class        model.Class
	Answer       *fact.Answer
}

// EventQuery asks for events of all customers, newest by seq first.
type EventQuery struct {
	Cursor   string
	Limit    int // 0: 50; at most 500
	Name     string
	Source   string
	Kind     cx.Kind // 0: every kind of a customer's
	Customer cx.CustomerID
}

// EventPage is a stretch of the events; Next is "" at its end.
type EventPage struct {
	Events []EventLine
	Next   string
}

// EventLine is an item and whose it is.
type EventLine struct {
	Item
	Customer     cx.CustomerID
	CustomerName string
}

// Totals answers from counters, in constant time.
func (m *Memory) Totals(ctx context.Context) (Totals, error) { panic("not yet") }

// Recent returns what was remembered last, newest first.
func (m *Memory) Recent(ctx context.Context, p cx.Principal, limit int) ([]Lived, error) {
	panic("not yet")
}

// Watch sends what is remembered from now on, oldest first, until ctx ends;
// then it closes the channel. A slow reader loses events, newest last.
func (m *Memory) Watch(ctx context.Context, p cx.Principal) (<-chan []Lived, error) {
	panic("not yet")
}

// Events lists the events of all customers.
func (m *Memory) Events(ctx context.Context, p cx.Principal, q EventQuery) (EventPage, error) {
	panic("not yet")
}
