package fact

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Circumstance is what was so at a place, a touchpoint, for a product or a
// supplier for a time. It joins every episode that overlaps it.
type Circumstance struct {
	Kind                                 string // "till-closed"
	Place, Touchpoint, Product, Supplier string // slugs; at least one is given
	From                                 cx.Time
	Until                                cx.Time // zero: it lasts still
	Value                                string  // a JSON string's text, else the JSON as sent; "" when absent
}

// Window returns the stretch of time for which the circumstance was so.
func (c Circumstance) Window() cx.Window { return cx.Window{From: c.From, To: c.Until} }

// ParseCircumstance reads a circumstance's body:
//
//	{"kind":"till-closed","place":"goya","touchpoint":"till","from":"2026-03-02T09:00:00Z","until":"2026-03-02T11:00:00Z","value":3}
//
// Until may be absent (it lasts still) and must be after from. Unknown members
// are ignored. The strings are copies. The error is Invalid and lists every
// fault.
func ParseCircumstance(e cx.Event) (Circumstance, error) {
	var (
		c       Circumstance
		faults  faults
		hasFrom bool
	)
	err := members(e.Body, func(name string, v jsontext.Value) {
		switch name {
		case "kind":
			c.Kind = faults.text("kind", v)
		case "place":
			c.Place = faults.text("place", v)
		case "touchpoint":
			c.Touchpoint = faults.text("touchpoint", v)
		case "product":
			c.Product = faults.text("product", v)
		case "supplier":
			c.Supplier = faults.text("supplier", v)
		case "from":
			c.From, hasFrom = faults.time("from", v)
		case "until":
			c.Until, _ = faults.time("until", v)
		case "value":
			c.Value = faults.scalar("value", v)
		}
	})
	if err != nil {
		return Circumstance{}, cx.Errorf(cx.Invalid, "fact.ParseCircumstance", "the body is no JSON object: %w", err)
	}
	if c.Kind == "" {
		faults.missing("kind", `is missing: say what was so, such as "till-closed"`)
	}
	if c.Place == "" && c.Touchpoint == "" && c.Product == "" && c.Supplier == "" {
		faults.missing("place", "is missing: give at least one of place, touchpoint, product, supplier")
	}
	if !hasFrom {
		faults.missing("from", "is missing: say since when it was so, such as 2026-03-02T09:00:00Z")
	}
	if hasFrom && c.Until != 0 && c.Until <= c.From {
		faults.add("until", "must be after from")
	}
	if err := cx.InvalidFaults("fact.ParseCircumstance", faults); err != nil {
		return Circumstance{}, err
	}
	return c, nil
}

func (fs *faults) time(field string, v jsontext.Value) (cx.Time, bool) {
	s := fs.text(field, v)
	if s == "" {
		return 0, false
	}
	t, ok := cx.ParseTime(s)
	if !ok {
		fs.add(field, "must be a time with its zone, such as 2026-03-02T09:00:00Z")
	}
	return t, ok
}
