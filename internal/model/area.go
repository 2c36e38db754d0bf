package model

import "slices"

// Whom an area's people reach.
const (
	AllCustomers = "all" // every customer
	OwnCustomers = "own" // those who lived something at a touchpoint of the area
)

// Area answers for touchpoints inside the company.
type Area struct {
	Slug      string
	Name      Text
	Customers string // AllCustomers or OwnCustomers
}

// OwnOnly tells whether who is limited to these areas (nil: to none) reaches
// only customers who lived something at a touchpoint of theirs. One area that
// reaches all is enough to reach all; once any area is limited, one that is not
// declared opens nothing.
func (m *Model) OwnOnly(areas []string) bool {
	if areas == nil || !slices.ContainsFunc(m.Areas, func(a Area) bool { return a.Customers == OwnCustomers }) {
		return false
	}
	return !slices.ContainsFunc(m.Areas, func(a Area) bool { return a.Customers == AllCustomers && slices.Contains(areas, a.Slug) })
}

// Supplier answers for touchpoints from outside, on behalf of an area.
type Supplier struct {
	Slug string
	Name Text
	Area string // slug of the area that answers for it; may be empty
}

func (p *parsing) areas(v value) []Area {
	var out []Area
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "customers")
		area := Area{Slug: f["slug"].slug(seen), Name: f["name"].words(), Customers: AllCustomers}
		if !f["customers"].absent() {
			area.Customers = f["customers"].oneOf(AllCustomers, OwnCustomers)
		}
		out = append(out, area)
	}
	return out
}

func (p *parsing) suppliers(v value) []Supplier {
	var out []Supplier
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "area")
		out = append(out, Supplier{
			Slug: f["slug"].slug(seen),
			Name: f["name"].words(),
			Area: f["area"].ref(f["area"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
		})
	}
	return out
}

func (m *Model) areaSlugs() []string {
	return slugs(m.Areas, func(a Area) string { return a.Slug })
}

func (m *Model) supplierSlugs() []string {
	return slugs(m.Suppliers, func(s Supplier) string { return s.Slug })
}

func slugs[T any](items []T, slug func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = slug(item)
	}
	return out
}
