package model

import "regexp"

// Identifier is a declared way to know a customer beyond userId, anonymousId,
// email and phone. Like those it joins somebody who is not identified to the
// customer who has it, and between two identified customers is a suggestion for
// a person; with Merges it joins these too.
type Identifier struct {
	Slug   string
	Name   Text
	From   string // "traits.card", "properties.card"
	Merges bool
}

// IdentifierRule tells identity where to look for an identifier and what it
// may do.
type IdentifierRule struct {
	Kind   string // "email", "phone", or the declared slug
	Name   Text
	From   []string // paths in order: "traits.email"
	Merges bool     // whether it joins even two identified customers; never of email and phone
}

// IdentifierRules lists the built-in email and phone, then the declared ones.
// The built-in ones look at traits only: an e-mail among an event's properties
// may be somebody else's.
func (m *Model) IdentifierRules() []IdentifierRule {
	rules := []IdentifierRule{
		{"email", Text{"Correo electrónico", "E-mail", "E-mail"}, []string{"traits.email"}, false},
		{"phone", Text{"Teléfono", "Phone", "Telefone"}, []string{"traits.phone"}, false},
	}
	for _, i := range m.Identifiers {
		rules = append(rules, IdentifierRule{i.Slug, i.Name, []string{i.From}, i.Merges})
	}
	return rules
}

var fromForm = regexp.MustCompile(`^(traits|properties)(\.[A-Za-z0-9_-]+)+$`)

func (p *parsing) identifiers(v value) []Identifier {
	var out []Identifier
	seen := map[string]bool{}
	for _, item := range v.list() {
		f := item.fields("slug", "name", "from", "merges")
		id := Identifier{
			Slug:   f["slug"].slug(seen),
			Name:   f["name"].words(),
			From:   f["from"].required("write where it stands, such as traits.card"),
			Merges: f["merges"].boolean(),
		}
		switch id.Slug {
		case "email", "phone", "userid", "anonymousid":
			f["slug"].fault("%q is built in: remove it, or give yours another slug", id.Slug)
		}
		if id.From != "" && !fromForm.MatchString(id.From) {
			f["from"].fault("%q is not a path: write traits.NAME or properties.NAME", id.From)
		}
		out = append(out, id)
	}
	return out
}
