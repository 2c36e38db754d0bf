package model

import "github.com/vivencia-cx/vivencia/internal/expr"

// Touchpoint is where company and customer meet.
type Touchpoint struct {
	Slug     string
	Name     Text
	Stage    string // before, during, after
	Channel  string // free slug: store, web, app, phone, mail, …
	Medium   string // physical, digital
	Area     string // slug
	Supplier string // slug; may be empty
	Icon     string // a lucide name; may be empty
	Events   []TouchpointEvent
	Surveys  []string // answers to these happened here, unless they say where
}

// TouchpointEvent is an event that happens at a touchpoint.
type TouchpointEvent struct {
	Name    string
	When    *expr.Program // nil: always
	Valence *expr.Program // nil when not declared, or fixed
	Fixed   *float64      // −2..+2
}
