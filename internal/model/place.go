package model

import "golang.org/x/text/language"

// Place is where things happen: a shop, a warehouse, a call centre.
type Place struct {
	Slug     string
	Name     Text
	Kind     string // a free slug: shop, warehouse, …
	City     string
	Country  string // ISO 3166-1 alpha-2; may be empty
	Timezone string // IANA; the company's when not declared
}

func (p *parsing) places(v value) []Place {
	var out []Place
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "kind", "city", "country", "timezone")
		place := Place{
			Slug:     f["slug"].slug(seen),
			Name:     f["name"].words(),
			Kind:     f["kind"].slug(map[string]bool{}),
			City:     f["city"].text(),
			Country:  f["country"].optional("use an ISO 3166 code of two letters, such as ES"),
			Timezone: f["timezone"].zone(f["timezone"].optional(zoneHint)),
		}
		if r, err := language.ParseRegion(place.Country); place.Country != "" && (err != nil || !r.IsCountry() || !isCode(place.Country, 2)) {
			f["country"].fault("%q is not a country: use an ISO 3166 code of two letters, such as ES", place.Country)
		}
		if place.Timezone == "" {
			place.Timezone = p.m.Company.Timezone
		}
		out = append(out, place)
	}
	return out
}
