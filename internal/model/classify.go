package model

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/currency"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// MaxName bounds, in bytes, what a class takes from an event's properties: a
// longer place, product, supplier or object number is no name.
const MaxName = 200

// Fact is what classification sees of an event.
type Fact struct {
	Kind                        cx.Kind
	Name, Source                string
	At                          cx.Time
	Properties, Traits, Context []byte // JSON objects; nil when absent
	UserID                      string
	Touchpoint                  string // named by the body; empty when not
}

// FactOf returns the fact of an event; its slices are the event's.
func FactOf(e cx.Event) Fact {
	f := Fact{
		Kind: e.Kind, Name: e.Name, Source: e.Source, At: e.At, UserID: e.UserID,
		Properties: e.Properties, Traits: e.Traits, Context: e.Context,
	}
	if bytes.Contains(e.Body, []byte(`"touchpoint"`)) {
		f.Touchpoint = expr.NewObject(e.Body).Text("touchpoint")
	}
	return f
}

// Class is what the model says of a fact. Place and Supplier are slugs when
// they are declared (by slug or by name), else what the event says.
type Class struct {
	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place, Product     string
	Region                             string  // as the event says, else the city of a declared place
	Valence                            float64 // −2..+2
	HasValence                         bool
	Revenue                            cx.Money
	HasRevenue                         bool
	Objects                            []ObjectRef // in declared order
}

// Classify tells where a fact happened and what it touches. A touchpoint that
// the fact names wins; then, for an answer, that of its survey; then the first
// entry of the model's touchpoints for its name whose condition holds. It is
// pure, fast and safe for concurrent use.
func (m *Model) Classify(f Fact) Class {
	var c Class
	if f.Kind == cx.Decision {
		return c
	}
	v := f.vars()
	if i, ok := m.where(f, &v, &c); ok {
		t := &m.Touchpoints[i]
		c.Touchpoint, c.Stage, c.Channel, c.Medium = t.Slug, t.Stage, t.Channel, t.Medium
		c.Area, c.Supplier = t.Area, t.Supplier
	}
	p := v.Properties
	c.Place = declared(m.index.placeNames, first(p, m.Facts.Place))
	if c.Region = first(p, m.Facts.Region); c.Region == "" {
		at, _ := m.Place(c.Place)
		c.Region = at.City
	}
	c.Product = first(p, m.Facts.Product)
	if s := first(p, m.Facts.Supplier); s != "" {
		c.Supplier = declared(m.index.supplierNames, s)
	}
	c.Revenue, c.HasRevenue = m.revenue(f.Name, p)
	for _, o := range m.Objects {
		if id := name(p, o.Property); id != "" {
			c.Objects = append(c.Objects, ObjectRef{o.Slug, id})
		}
	}
	return c
}

// where finds the touchpoint, and sets the valence of the entry that fits.
func (m *Model) where(f Fact, v *expr.Vars, c *Class) (touchpoint int, ok bool) {
	named, isNamed := m.index.touchpoints[f.Touchpoint]
	if f.Kind == cx.Answer {
		if !isNamed {
			named, isNamed = m.index.surveys[f.Name]
		}
		return named, isNamed
	}
	for _, e := range m.index.claims[f.Name] {
		if isNamed && e.touchpoint != named {
			continue
		}
		if e.When != nil {
			if holds, err := e.When.Bool(*v); err != nil || !holds {
				continue
			}
		}
		if e.Valence != nil {
			c.Valence, c.HasValence = valence(e.Valence, v)
		}
		return e.touchpoint, true
	}
	return named, isNamed
}

func valence(p *expr.Program, v *expr.Vars) (float64, bool) {
	got, err := p.Value(*v)
	if err != nil {
		return 0, false
	}
	switch n := got.(type) {
	case float64:
		return min(max(n, MinValence), MaxValence), true
	case int64:
		return min(max(float64(n), MinValence), MaxValence), true
	}
	return 0, false
}

// vars makes what expressions see; the objects are parsed when asked for.
func (f Fact) vars() expr.Vars {
	v := expr.Vars{Name: f.Name, Type: f.Kind.String(), Source: f.Source, UserID: f.UserID, At: f.At}
	v.Properties = expr.NewObject(f.Properties)
	if f.Traits != nil {
		v.Traits = expr.NewObject(f.Traits)
	}
	if f.Context != nil {
		v.Context = expr.NewObject(f.Context)
	}
	return v
}

// first returns the first of the properties that is present.
func first(o *expr.Object, properties []string) string {
	for _, p := range properties {
		if s := name(o, p); s != "" {
			return s
		}
	}
	return ""
}

func name(o *expr.Object, property string) string {
	s := strings.TrimSpace(o.Text(property))
	if len(s) > MaxName || !utf8.ValidString(s) {
		return ""
	}
	return s
}

func declared(slugs map[string]string, s string) string {
	if slug, ok := slugs[s]; ok || len(slugs) == 0 {
		if ok {
			return slug
		}
		return s
	}
	if slug, ok := slugs[fold(s)]; ok {
		return slug
	}
	return s
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// revenue reads what the fact brought, in minor units, halves away from zero:
// its revenue less its refund; of an event whose revenue went back, less the
// refund, or else the revenue. An amount in no known currency is none.
func (m *Model) revenue(event string, o *expr.Object) (cx.Money, bool) {
	amount, brought := number(o, m.Facts.Revenue)
	refund, back := number(o, m.Facts.Refund)
	if !brought && !back {
		return cx.Money{}, false
	}
	switch refund = math.Abs(refund); {
	case !slices.Contains(m.Facts.Refunded, event):
		amount -= refund
	case back:
		amount = -refund
	default:
		amount = -math.Abs(amount)
	}
	code, digits := strings.ToUpper(first(o, m.Facts.Currency)), m.index.digits
	switch code {
	case "", m.Company.Currency:
		code = m.Company.Currency
	default:
		digits = currencyDigits(code)
	}
	if digits < 0 {
		return cx.Money{}, false
	}
	minor := math.Round(amount * math.Pow10(digits))
	if math.IsNaN(minor) || math.Abs(minor) > 1<<53 {
		return cx.Money{}, false
	}
	return cx.Money{Minor: int64(minor), Currency: code}, true
}

// number reads the first of the properties that is present.
func number(o *expr.Object, properties []string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(first(o, properties), 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// currencyDigits returns how many digits the minor unit has; -1 when there is
// no such currency.
func currencyDigits(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return -1
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}
