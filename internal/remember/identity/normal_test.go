package identity_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, want string }{
		{"email", "  Ana.García@Example.COM ", "ana.garcía@example.com"},
		{"email", "ana", ""},
		{"email", "ana@", ""},
		{"email", "@example.com", ""},
		{"email", "a@b@c", ""},
		{"email", "ana maria@example.com", ""},
		{"phone", "+34 600 11-12-13", "+34600111213"},
		{"phone", "0034 (600) 111.213", "+34600111213"},
		{"phone", "tel:+34600111213", "+34600111213"},
		{"phone", "+44 (0)20 7946 0000", "+442079460000"},
		{"phone", "600111213", "600111213"},
		{"phone", "000000000", ""},
		{"phone", "12345", ""},
		{"phone", "1234567890123456", ""},
		{"phone", "600111213 ext 4", ""},
		{"phone", "", ""},
		{"card", " AB-12 ", "ab-12"},
		{"card", "  ", ""},
		{"userId", " Mixed Case ", " Mixed Case "},
		{"userId", "nul\x00", ""},
		{"anonymousId", "bad \xff", ""},
	} {
		if got := identity.Normalize(c.kind, c.value); got != c.want {
			t.Errorf("Normalize(%s, %q) = %q, want %q", c.kind, c.value, got, c.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", "+34 600 11-12-13", "Ana@Example.COM", "0034600111213", "\x00", "tel:+"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []string{identity.UserID, identity.Email, identity.Phone, "card"} {
			once := identity.Normalize(kind, s)
			if twice := identity.Normalize(kind, once); once != twice {
				t.Errorf("the normal form of %s %q is %q, and of that %q", kind, s, once, twice)
			}
		}
	})
}

func rules() identity.Rules {
	return identity.NewRules([]model.IdentifierRule{
		{Kind: "email", From: []string{"traits.email", "properties.email"}, Merges: true},
		{Kind: "phone", From: []string{"traits.phone"}},
		{Kind: "card", From: []string{"traits.loyalty.card", "properties.card"}, Merges: true},
		{Kind: "school-card", From: []string{"traits.school_card"}},
	})
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	type found = map[string]string
	evidence := func(e cx.Event) found {
		got := found{}
		for _, ev := range rules().Evidence(&e) {
			got[ev.Kind] = ev.Value
		}
		return got
	}
	for name, c := range map[string]struct {
		event cx.Event
		want  found
	}{
		"traits":          {cxtest.Identify("u", "", 0, cxtest.Object{"email": "A@x.es", "phone": 600111213, "n": 1}), found{"email": "a@x.es", "phone": "600111213"}},
		"second path":     {cxtest.Track("u", "Buy", 0, cxtest.Object{"email": "b@x.es", "card": "AB1"}), found{"email": "b@x.es", "card": "ab1"}},
		"first path wins": {cxtest.Fill(cx.Event{Kind: cx.Track}, cxtest.Object{"email": "b@x.es"}, cxtest.Object{"email": "a@x.es"}), found{"email": "a@x.es"}},
		"nested":          {cxtest.Identify("u", "", 0, cxtest.Object{"x": []any{1}, "loyalty": cxtest.Object{"since": 1, "card": "C9"}}), found{"card": "c9"}},
		"not a scalar":    {cxtest.Identify("u", "", 0, cxtest.Object{"email": true, "phone": nil, "loyalty": "card"}), found{}},
		"of a group":      {cxtest.Fill(cx.Event{Kind: cx.Group}, nil, cxtest.Object{"email": "school@x.es"}), found{}},
		"of its member":   {cx.Event{Kind: cx.Group, Context: []byte(`{"traits":{"email":"c@x.es"}}`)}, found{"email": "c@x.es"}},
	} {
		if got := evidence(c.event); len(got) != len(c.want) || got["email"] != c.want["email"] || got["phone"] != c.want["phone"] || got["card"] != c.want["card"] {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
