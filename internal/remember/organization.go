package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Organization is a school or a company that several customers belong to.
type Organization struct {
	ID              string // the groupId
	Name            string // its trait "name", else the id
	Traits          []Trait
	Members         []CustomerSummary // most recently active first, at most MaxMembers
	MemberCount     int
	Events, Answers int
	FirstAt, LastAt cx.Time
}

// MaxMembers is how many members Organization lists.
const MaxMembers = 500

// OrganizationSummary is a line of a list of organizations.
type OrganizationSummary struct {
	ID, Name        string
	MemberCount     int
	Events, Answers int
	LastAt          cx.Time
}

// OrganizationPage is a stretch of a list; Next is "" at its end.
type OrganizationPage struct {
	Organizations []OrganizationSummary
	Next          string
}

// Organization returns the organization with the groupId. The error is NotFound
// when there is none.
func (m *Memory) Organization(ctx context.Context, p cx.Principal, id string) (Organization, error) {
	panic("not yet")
}

// Organizations lists those whose name or id contains the query, most recently
// active first.
func (m *Memory) Organizations(ctx context.Context, p cx.Principal, query, cursor string, limit int) (OrganizationPage, error) {
	panic("not yet")
}

// OrganizationTimeline returns a page of what its members lived for it, newest
// first; each item names its customer.
func (m *Memory) OrganizationTimeline(ctx context.Context, p cx.Principal, id string, q TimelineQuery) (TimelinePage, error) {
	panic("not yet")
}
