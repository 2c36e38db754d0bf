package reason

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// column is a candidate: a driver that had a value, or a number from a cut on. It
// is told of the rows whose customers could have lived it.
type column struct {
	driver uint32
	value  string    // "" when the driver has no values
	least  float64   // of a number: from here on; NaN of others
	rows   []uint32  // that could have it, ascending
	has    []bool    // of those rows
	x      []float64 // 1 or 0 less the mean of rows that are comparable, and as often could have had it
	hits   int
}

// fewest is how many rows must have something, and how many must not, for it to be
// looked at.
const fewest = 15

// columns returns the candidates, in the order of the drivers.
func (t *table) columns() []column {
	sights := t.sights()
	exposed := map[int]*exposure{}
	of := func(d int) *exposure {
		if exposed[d] == nil {
			exposed[d] = t.exposure(sights[d])
		}
		return exposed[d]
	}
	var out []column
	for no := range t.drivers {
		d := &t.drivers[no]
		if d.open || d.silent || len(sights[no]) < fewest {
			continue
		}
		among := of(no)
		if d.among >= 0 {
			among = of(d.among)
		}
		for _, pick := range d.picks(sights[no], among) {
			if c, ok := t.column(among, sights[no], pick.holds); ok && (d.rank != rankFelt || 2*c.hits <= len(c.rows)) { // what is usually felt is told by who does not
				c.driver, c.value, c.least = uint32(no), pick.value, pick.least
				out = append(out, c)
			}
		}
	}
	return out
}

// exposure is who could have lived something, and how often.
type exposure struct {
	rows  []uint32
	class []uint32 // of each row: its stratum and how often, as one number
	most  uint32   // classes
}

// exposure tells how often each row could: once, twice, three to five times, more.
func (t *table) exposure(seen []sight) *exposure {
	e := &exposure{}
	for i := 0; i < len(seen); {
		n := i
		for n < len(seen) && seen[n].row == seen[i].row {
			n++
		}
		often := uint32(3)
		switch n - i {
		case 1:
			often = 0
		case 2:
			often = 1
		case 3, 4, 5:
			often = 2
		}
		class := t.rows[seen[i].row].stratum*4 + often
		e.rows, e.class, e.most = append(e.rows, seen[i].row), append(e.class, class), max(e.most, class+1)
		i = n
	}
	return e
}

// pick is which values of a driver a candidate is about.
type pick struct {
	value string
	least float64
	holds func(value uint32) bool
}

// picks returns what of a driver may be a reason: of two values the rarer, of more
// each but the commonest, of numbers from a few cuts on.
func (d *driver) picks(seen []sight, among *exposure) []pick {
	count := make([]int, len(d.values))
	for _, s := range seen {
		count[s.value]++
	}
	if !d.texts && len(d.values) > 2 {
		return d.cuts(count, len(seen))
	}
	whole, usual := d.among < 0, -1
	if d.kind != "topic" && (whole || len(d.values) > 1) {
		for v, n := range count {
			if usual < 0 || n > count[usual] {
				usual = v
			}
		}
	}
	if d.kind == "topic" && slices.Max(count) < fewest { // too few to tell complaints from praise
		return []pick{{"", math.NaN(), func(uint32) bool { return true }}}
	}
	var out []pick
	for v, text := range d.values {
		if v == usual && (whole || text != "true" || 2*count[v] > len(among.rows)) || text == "false" && len(d.values) == 1 || d.kind == "topic" && text == "neutral" {
			continue
		}
		out = append(out, pick{text, math.NaN(), func(value uint32) bool { return value == uint32(v) }})
	}
	return out
}

// cuts returns numbers from the half, three quarters and nine tenths on.
func (d *driver) cuts(count []int, n int) (out []pick) {
	order := make([]int, len(count))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(d.numbers[a], d.numbers[b]) })
	last := d.numbers[order[0]]
	for _, q := range []float64{.5, .75, .9} {
		below, i := 0, 0
		for i < len(order)-1 && float64(below+count[order[i]]) <= q*float64(n) {
			below += count[order[i]]
			i++
		}
		least := d.numbers[order[i]]
		if least <= last {
			continue
		}
		last = least
		out = append(out, pick{"≥ " + strconv.FormatFloat(least, 'g', 4, 64), least, func(value uint32) bool { return d.numbers[value] >= least }})
	}
	return out
}

// column tells which of the rows that could have lived something did, at least
// once; false when that is too few of them, or all.
func (t *table) column(among *exposure, seen []sight, holds func(uint32) bool) (column, bool) {
	c := column{rows: among.rows, has: make([]bool, len(among.rows)), x: make([]float64, len(among.rows))}
	at := 0
	for _, s := range seen {
		if !holds(s.value) {
			continue
		}
		for at < len(c.rows) && c.rows[at] < s.row {
			at++
		}
		if at < len(c.rows) && c.rows[at] == s.row && !c.has[at] {
			c.has[at] = true
			c.hits++
		}
	}
	if c.hits < fewest || len(c.rows)-c.hits < fewest {
		return c, false
	}
	sum, n := make([]float64, among.most), make([]float64, among.most)
	for i, class := range among.class {
		n[class]++
		if c.has[i] {
			sum[class]++
		}
	}
	for i, class := range among.class {
		if c.has[i] {
			c.x[i] = 1
		}
		c.x[i] -= sum[class] / n[class]
	}
	return c, true
}

// dense returns the column over all rows, 0 where it could not be lived.
func (c *column) dense(rows int) []float64 {
	out := make([]float64, rows)
	for i, r := range c.rows {
		out[r] = c.x[i]
	}
	return out
}
