package model

// Area answers for touchpoints inside the company.
type Area struct {
	Slug string
	Name Text
}

// Supplier answers for touchpoints from outside, on behalf of an area.
type Supplier struct {
	Slug string
	Name Text
	Area string // slug of the area that answers for it; may be empty
}
