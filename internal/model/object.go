package model

import (
	"crypto/sha256"
	"encoding/binary"
)

// Object is a kind of thing that events share: an order, a ticket.
type Object struct {
	Slug     string
	Property string // where on an event its number stands
}

// ObjectRef names one object.
type ObjectRef struct{ Type, ID string }

// Number numbers an object by a hash of its type and id: no dictionary grows
// with the orders of a company, and two of 100 million share one with a
// probability of .0003.
func (o ObjectRef) Number() uint64 {
	sum := sha256.Sum256([]byte(o.Type + "\x00" + o.ID))
	return binary.LittleEndian.Uint64(sum[:])
}

func defaultObjects() []Object { return []Object{{"order", "order_id"}} }

func (p *parsing) objects(v value) []Object {
	if v.absent() {
		return defaultObjects()
	}
	out := []Object{}
	seen := map[string]bool{}
	entries, _ := v.entries()
	for _, e := range entries {
		switch {
		case seen[e.key]:
			v.r.fault(e.at, e.path, "is there twice: keep one")
		case !slugForm.MatchString(e.key) || len(e.key) > 64:
			v.r.fault(e.at, e.path, "%q is not a slug: use at most 64 small letters, digits, - and _", e.key)
		}
		seen[e.key] = true
		out = append(out, Object{Slug: e.key, Property: e.required("write the property that holds its number, such as order_id")})
	}
	return out
}
