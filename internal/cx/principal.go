package cx

import "slices"

// Role is what a person or a token is in the company. The slugs never change.
type Role string

// The roles, from the widest to the narrowest.
const (
	Admin   Role = "admin"
	Board   Role = "board"
	Analyst Role = "analyst"
	Lead    Role = "lead"
	Member  Role = "member"
)

// Roles lists every role.
func Roles() []Role { return []Role{Admin, Board, Analyst, Lead, Member} }

// Valid tells whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Principal is who asks: a person, an API token or the system itself. It is an
// argument of every service and every question on history.
type Principal struct {
	ID    string // "person:3", "token:7", "system"
	Name  string // as shown to others; never logged
	Role  Role
	Areas []string // the slugs of the areas it is limited to; nil means all
}

// System is the principal of what the product does by itself: commands run on
// the data directory, background work.
func System() Principal { return Principal{ID: "system", Name: "Vivencia", Role: Admin} }
