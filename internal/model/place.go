package model

// Place is where things happen: a shop, a warehouse, a call centre.
type Place struct {
	Slug     string
	Name     Text
	Kind     string // "shop", "warehouse", … free slug
	City     string
	Country  string // ISO 3166-1 alpha-2
	Timezone string // IANA; the company's when not declared
}
