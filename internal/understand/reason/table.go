package reason

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// table is scored answers and what is known of each. Rows are added in the order
// of their customers.
type table struct {
	rows     []row
	seen     []observation // of the rows, one after another
	drivers  []driver
	numbered map[driverKey]uint32
}

// row is one scored answer.
type row struct {
	stratum  uint32  // answers that are comparable: same survey, metric and scale
	customer uint32  // whose answers are not independent
	score    float64 // 0–100 on its scale
	points   float64 // in the unit of the metric that is explained
	from, to uint32  // of seen
}

// observation is that something was so once of what a row is about.
type observation struct {
	driver, value uint32
	fact          uint32 // that it was so of: an index of whoever fills the table
}

// driverKey names what may go with a score.
type driverKey struct {
	kind       string // property, circumstance, supplier, place, event, touchpoint, topic
	name       string
	touchpoint string // where it is lived; "" of topics
}

// driver is what may go with a score, with the values that were seen of it.
type driver struct {
	driverKey
	rank    int       // of two that are the same, the one with the lesser rank is told
	among   int       // the driver whose observations say who could have lived it; −1: its own
	silent  bool      // it only says who could have lived something
	values  []string  // by number
	numbers []float64 // of the values, as long as all are numbers
	texts   bool      // one of them is no number
	open    bool      // it has more values than a reason may have: names, ids, free text
	find    map[string]uint32
}

// The bounds of what is looked at.
const (
	mostValues  = 24   // of a text; with more it is a name or free text
	mostNumbers = 5000 // of a number

	longestValue = 60 // bytes: what is longer is free text
)

func newTable() *table { return &table{numbered: map[driverKey]uint32{}} }

// driver returns the number of a driver, made when it is new.
func (t *table) driver(k driverKey, rank, among int) uint32 {
	if no, ok := t.numbered[k]; ok {
		return no
	}
	no := uint32(len(t.drivers))
	t.numbered[k] = no
	t.drivers = append(t.drivers, driver{driverKey: k, rank: rank, among: among, find: map[string]uint32{}})
	return no
}

// silent returns the number of a driver that only says who could have lived
// something.
func (t *table) silent(k driverKey) uint32 {
	no := t.driver(k, 0, -1)
	t.drivers[no].silent = true
	return no
}

// value returns the number of a driver's value, as JSON has it or plain; ok is false
// when it has too many.
func (t *table) value(no uint32, raw []byte) (value uint32, ok bool) {
	d := &t.drivers[no]
	if value, ok = d.find[string(raw)]; ok || d.open {
		return value, ok
	}
	text := string(raw)
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '"' {
		unquoted, _ := jsontext.AppendUnquote(nil, raw)
		text = strings.TrimSpace(string(unquoted))
	} else if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		d.numbers = append(d.numbers, n)
	}
	d.texts = d.texts || len(d.numbers) <= len(d.values)
	if len(d.values) == mostNumbers || d.texts && len(d.values) == mostValues || len(text) > longestValue {
		d.open, d.find, d.values, d.numbers = true, nil, nil, nil
		return 0, false
	}
	value = uint32(len(d.values))
	d.find[string(raw)], d.values = value, append(d.values, text)
	return value, true
}

// begin starts a row.
func (t *table) begin(r row) {
	r.from, r.to = uint32(len(t.seen)), uint32(len(t.seen))
	t.rows = append(t.rows, r)
}

// see says of the row begun last that a driver had a value.
func (t *table) see(o observation) {
	t.seen = append(t.seen, o)
	t.rows[len(t.rows)-1].to = uint32(len(t.seen))
}

// sight is a row in which a driver was seen, with one value of it.
type sight struct{ row, value uint32 }

// sights returns of each driver where it was seen, by row.
func (t *table) sights() [][]sight {
	count := make([]int, len(t.drivers))
	for _, o := range t.seen {
		count[o.driver]++
	}
	all, out, at := make([]sight, len(t.seen)), make([][]sight, len(t.drivers)), 0
	for d, n := range count {
		out[d] = all[at : at : at+n]
		at += n
	}
	for r, row := range t.rows {
		for _, o := range t.seen[row.from:row.to] {
			out[o.driver] = append(out[o.driver], sight{uint32(r), o.value})
		}
	}
	return out
}
