package export

import (
	"bufio"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// customerType is what objects are called that are customers.
const customerType = "customer"

// transitionKey is the attribute for which part of an activity an event tells of.
const transitionKey = "transition"

// OCEL writes a log as OCEL 2.0 in JSON: an object of the type object for each
// case, with its state; one of the type customer for each customer; and an event
// for each event, which relates to both. Where object is "customer" or empty,
// cases are objects of the type run.
func OCEL(w io.Writer, l *eventlog.Log, object string, cases Cases) error {
	o := &ocelWriter{Writer: bufio.NewWriterSize(w, 64<<10), log: l, label: labels(l)}
	if o.object = object; object == "" || object == customerType {
		o.object = "run"
	}
	o.types()
	o.text("],\n\"objects\": [")
	customers := map[string]struct{}{}
	err := cases.each(l, func(c int, of Case) error {
		if _, known := customers[of.Customer]; !known && of.Customer != "" {
			customers[of.Customer] = struct{}{}
			o.item(`{"id": `, of.Customer, `, "type": `, customerType, `, "attributes": [], "relationships": []}`)
		}
		o.run(c, of)
		return o.err
	})
	if err != nil {
		return cx.Wrap("export.OCEL", err)
	}
	o.text("],\n\"events\": [")
	o.some = false
	if err = cases.each(l, o.events); err != nil {
		return cx.Wrap("export.OCEL", err)
	}
	o.text("]}\n")
	if o.err == nil {
		o.err = o.Flush()
	}
	return cx.Wrap("export.OCEL", o.err)
}

// ocelWriter writes until something fails.
type ocelWriter struct {
	*bufio.Writer
	log    *eventlog.Log
	label  []string // of each activity
	object string   // the type of cases
	some   bool     // the list that is open has an item
	about  []detail
	buffer []byte
	err    error
}

func (o *ocelWriter) text(s string) {
	if o.err == nil {
		_, o.err = o.WriteString(s)
	}
}

func (o *ocelWriter) quote(s string) {
	o.buffer, _ = jsontext.AppendQuote(o.buffer[:0], s) // fails on bad UTF-8 only, and then replaces it
	if o.err == nil {
		_, o.err = o.Write(o.buffer)
	}
}

// item begins an item of the open list: texts as they are and, in turn, quoted.
func (o *ocelWriter) item(texts ...string) {
	if o.some {
		o.text(",")
	}
	o.some = true
	o.text("\n")
	o.row(texts...)
}

// row writes texts as they are and, in turn, quoted.
func (o *ocelWriter) row(texts ...string) {
	for i, s := range texts {
		if i%2 == 0 {
			o.text(s)
		} else {
			o.quote(s)
		}
	}
}

// types writes which types of objects and events there are.
func (o *ocelWriter) types() {
	o.text(`{"objectTypes": [`)
	o.item(`{"name": `, o.object, `, "attributes": [{"name": "state", "type": "string"}]}`)
	o.item(`{"name": `, customerType, `, "attributes": []}`)
	o.text("],\n\"eventTypes\": [")
	o.some = false
	keys := detailKeys
	if o.log.Phase != nil {
		keys = append([]string{transitionKey}, keys...)
	}
	lived := make([]bool, len(o.label))
	for _, a := range o.log.Activity {
		lived[a] = true
	}
	for a, label := range o.label {
		if !lived[a] {
			continue
		}
		o.item(`{"name": `, label, `, "attributes": [{"name": "valence", "type": "float"}`)
		for _, key := range keys {
			o.row(`, {"name": `, key, `, "type": "string"}`)
		}
		o.text("]}")
	}
	o.some = false
}

// run writes a case as an object. Its state is of its last event's time.
func (o *ocelWriter) run(c int, of Case) {
	_, to := o.log.Span(c)
	o.item(`{"id": `, of.ID, `, "type": `, o.object, `, "attributes": [`)
	if of.State != "" {
		o.row(`{"name": "state", "time": `, instant(o.log.At[to-1]), `, "value": `, of.State, `}`)
	}
	o.text(`], "relationships": [`)
	if of.Customer != "" {
		o.row(`{"objectId": `, of.Customer, `, "qualifier": "lived by"}`)
	}
	o.text("]}")
}

// events writes the events of a case.
func (o *ocelWriter) events(c int, of Case) error {
	l := o.log
	from, to := l.Span(c)
	for e := from; e < to; e++ {
		o.item(`{"id": `, of.ID+"-"+strconv.Itoa(e-from), `, "type": `, o.label[l.Activity[e]], `, "time": `, instant(l.At[e]), `, "attributes": [`)
		o.about = details(o.about[:0], l, e)
		if phase := transition(l, e); phase != "" {
			o.about = append(o.about, detail{transitionKey, phase})
		}
		for i, d := range o.about {
			o.row([]string{`{"name": `, `, {"name": `}[min(i, 1)], d.key, `, "value": `, d.value, `}`)
		}
		if v, known := felt(l, e); known {
			o.row([]string{"", ", "}[min(len(o.about), 1)] + `{"name": "valence", "value": ` + strconv.FormatFloat(v, 'f', -1, 64) + `}`)
		}
		o.row(`], "relationships": [{"objectId": `, of.ID, `, "qualifier": "part of"}`)
		if of.Customer != "" {
			o.row(`, {"objectId": `, of.Customer, `, "qualifier": "lived by"}`)
		}
		o.text("]}")
	}
	return o.err
}
