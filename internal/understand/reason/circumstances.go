package reason

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// circumstances finds what was so where and when something was lived.
type circumstances struct {
	masks []uint8 // which of place, touchpoint, supplier, product circumstances name
	known map[situation][]stretch
}

// situation is where a circumstance was; what it does not name is "".
type situation struct {
	mask                                 uint8
	place, touchpoint, supplier, product string
}

// stretch is a time for which something was so.
type stretch struct {
	from, until cx.Time // until 0: it lasts still
	last        cx.Time // the latest until of this one and those before
	kind        string
}

const forEver = cx.Time(1<<63 - 1)

func circumstancesOf(list []history.Circumstance) *circumstances {
	c := &circumstances{known: map[situation][]stretch{}}
	for _, one := range list {
		s := situation{place: one.Place, touchpoint: one.Touchpoint, supplier: one.Supplier, product: one.Product}
		for i, named := range []string{s.place, s.touchpoint, s.supplier, s.product} {
			if named != "" {
				s.mask |= 1 << i
			}
		}
		if !slices.Contains(c.masks, s.mask) {
			c.masks = append(c.masks, s.mask)
		}
		until := one.Until
		if until == 0 {
			until = forEver
		}
		c.known[s] = append(c.known[s], stretch{one.From, until, 0, one.Kind})
	}
	for _, list := range c.known {
		slices.SortFunc(list, func(a, b stretch) int {
			return cmp.Or(cmp.Compare(a.from, b.from), strings.Compare(a.kind, b.kind))
		})
		for i := range list {
			list[i].last = list[i].until
			if i > 0 {
				list[i].last = max(list[i].last, list[i-1].last)
			}
		}
	}
	return c
}

// at calls fn with the kinds of what was so, perhaps with one more than once.
func (c *circumstances) at(place, touchpoint, supplier, product string, at cx.Time, fn func(kind string)) {
	for _, mask := range c.masks {
		s := situation{mask: mask}
		for i, field := range []struct {
			to   *string
			name string
		}{{&s.place, place}, {&s.touchpoint, touchpoint}, {&s.supplier, supplier}, {&s.product, product}} {
			if mask&(1<<i) != 0 {
				*field.to = field.name
			}
		}
		list := c.known[s]
		i, _ := slices.BinarySearchFunc(list, at, func(s stretch, at cx.Time) int {
			if s.from <= at {
				return -1
			}
			return 1
		})
		for i--; i >= 0 && list[i].last > at; i-- {
			if list[i].until > at {
				fn(list[i].kind)
			}
		}
	}
}
