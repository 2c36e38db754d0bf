package model

// Identifier is a declared way to know a customer beyond userId, anonymousId,
// email and phone.
type Identifier struct {
	Slug   string
	Name   Text
	From   string // "traits.card", "properties.card"
	Merges bool
}

// IdentifierRule tells identity where to look for an identifier and what it
// may do.
type IdentifierRule struct {
	Kind   string   // "email", "phone", or the declared slug
	Name   Text     // as people read it
	From   []string // paths in order: "traits.email", "properties.email"
	Merges bool     // whether it joins profiles (never two identified customers)
}

// IdentifierRules lists the built-in email and phone, then the declared ones.
func (m *Model) IdentifierRules() []IdentifierRule { return nil }
