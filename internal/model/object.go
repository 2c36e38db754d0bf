package model

// Object is a kind of thing that events share: an order, a ticket.
type Object struct {
	Slug     string
	Property string // where on an event its number is
}

// ObjectRef names one object.
type ObjectRef struct{ Type, ID string }
