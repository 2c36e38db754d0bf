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

func (p *parsing) areas(v value) []Area {
	var out []Area
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name")
		out = append(out, Area{Slug: f["slug"].slug(seen), Name: f["name"].words()})
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
