package importer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// OCEL imports an object-centric event log (OCEL 2.0 in JSON). Each event
// becomes a track event:
//
//   - name: the event's type; at: its time; messageId: name and the event's id;
//   - properties: its attributes, and of each object type that it relates to,
//     the object's id as TYPE_id ("Purchase Order": purchase_order_id); where
//     there are several of one type that is the first, and all are TYPE_ids;
//   - customer: its object of the type o.Customer or, when it has none, one that
//     an object of the event relates to or that relates to it; the attributes of
//     that object, as they stood at the time, are traits. Without o.Customer it
//     is the event's first object.
//
// Other attributes of objects, and what relationships are called, are not read.
// An event that cannot be mapped waits in quarantine as it stood.
//
// A file is read twice: the objects, of which id, type and relationships are
// held, then the events, which are streamed. Without a source, the first file's
// name makes one.
func OCEL(ctx context.Context, files []string, o Options) (Report, error) {
	line := &line{times: &times{zone: time.UTC}, layout: &layout{}}
	report, err := eachFile(ctx, "import ocel", files, o.source("", files), o, func(r *run, path string, in io.Reader) error {
		log := ocelLog{run: r, line: line, objects: map[string]*ocelObject{}, types: map[string]string{}}
		objects, err := open(path, "", &meter{})
		if err != nil {
			return err
		}
		defer objects.Close()
		if err := eachItem(objects, "objects", log.object); err != nil {
			return err
		}
		if err := log.resolve(o.Customer); err != nil {
			return err
		}
		err = eachItem(in, "events", log.event)
		r.report.MovedTimes = line.moved
		return err
	})
	return report, cx.Wrap("importer.OCEL", err)
}

type ocelLog struct {
	run      *run
	line     *line
	customer string // the type whose objects are customers; "": any
	objects  map[string]*ocelObject
	types    map[string]string // of objects → the property that holds their id
}

// ocelObject is an object, or an event: they look alike.
type ocelObject struct {
	ID            string             `json:"id"`
	Type          string             `json:"type"`
	Time          string             `json:"time"`
	Attributes    []ocelAttribute    `json:"attributes"`
	Relationships []ocelRelationship `json:"relationships"`

	customer *ocelObject // that it relates to
}

type ocelAttribute struct {
	Name  string         `json:"name"`
	Time  string         `json:"time"`
	Value jsontext.Value `json:"value"`
}

type ocelRelationship struct {
	ObjectID string `json:"objectId"`
}

// object keeps an object. One that cannot be read is refused when an event
// relates to it.
func (l *ocelLog) object(raw jsontext.Value, _ int) error {
	o := &ocelObject{}
	if err := json.Unmarshal(raw, o); err != nil || o.ID == "" || o.Type == "" {
		return nil //nolint:nilerr // as told above
	}
	if _, known := l.types[o.Type]; !known {
		l.types[strings.Clone(o.Type)] = idProperty(o.Type)
	}
	l.objects[o.ID] = o
	return nil
}

// idProperty names the property for ids of objects of a type.
func idProperty(objectType string) string {
	return strings.Trim(strings.ReplaceAll(unslug.ReplaceAllString(strings.ToLower(objectType), "_"), "-", "_"), "_") + "_id"
}

// resolve finds, for each object, the customer that it relates to, and forgets
// what is needed no more.
func (l *ocelLog) resolve(customer string) error {
	if l.customer = customer; customer != "" && l.types[customer] == "" {
		return cx.Errorf(cx.Invalid, "", "it has no objects of the type %q; there are %s", customer, listed(slices.Sorted(maps.Keys(l.types))))
	}
	for _, o := range l.objects {
		for _, to := range o.Relationships {
			other := l.objects[to.ObjectID]
			switch {
			case other == nil || customer == "":
			case other.Type == customer && o.customer == nil:
				o.customer = other
			case o.Type == customer && other.customer == nil:
				other.customer = o
			}
		}
	}
	for _, o := range l.objects {
		if o.Relationships = nil; o.Type != customer {
			o.Attributes = nil
		}
	}
	return nil
}

func (l *ocelLog) event(raw jsontext.Value, line int) error {
	var e ocelObject
	if err := json.Unmarshal(raw, &e); err != nil {
		return l.run.refuse(line, "", raw, "the event is not as OCEL 2.0 has it"+semanticFault(err))
	}
	at, ok := l.line.usual(strings.TrimSpace(e.Time))
	b := builder{dst: l.run.scratch[:0]}
	var reason string
	switch {
	case e.ID == "":
		reason = "the event has no id"
	case e.Type == "":
		reason = "the event has no type"
	case !ok:
		reason = "time is no time"
	default:
		reason = l.body(&b, &e, at)
	}
	l.run.scratch = b.dst
	if reason != "" {
		return l.run.refuse(line, "", raw, reason)
	}
	id := messageID("track", e.Type, e.ID)
	return l.run.track(line, id, raw, at, b.dst)
}

// semanticFault says where an object is not as it should be, without values.
func semanticFault(err error) string {
	var s *json.SemanticError
	if errors.As(err, &s) && s.JSONPointer != "" {
		return ": see " + strings.TrimPrefix(string(s.JSONPointer), "/")
	}
	return ""
}

// body appends name, customer, properties and traits of an event.
func (l *ocelLog) body(b *builder, e *ocelObject, at time.Time) (reason string) {
	var related []*ocelObject
	for _, to := range e.Relationships {
		if o := l.objects[to.ObjectID]; o != nil {
			related = append(related, o)
		}
	}
	customer := l.customerOf(related)
	switch {
	case len(related) == 0:
		return "the event relates to no object of the log"
	case customer == nil:
		return "neither the event nor its objects relate to an object of the type " + l.customer
	}
	b.text("event", e.Type)
	b.text("userId", customer.ID)
	b.dst = append(b.dst, `,"properties":{`...)
	taken := map[string]bool{}
	member := func(name string, value []byte) {
		if name == "" || taken[name] || len(value) == 0 || string(value) == "null" {
			return
		}
		if len(taken) > 0 {
			b.dst = append(b.dst, ',')
		}
		taken[name] = true
		b.dst = append(append(appendString(b.dst, name), ':'), value...)
	}
	slices.SortStableFunc(related, func(x, y *ocelObject) int { return cmp.Compare(x.Type, y.Type) })
	for i := 0; i < len(related); {
		name := l.types[related[i].Type]
		var ids []byte
		from := i
		for ; i < len(related) && related[i].Type == related[from].Type; i++ {
			ids = appendString(append(ids, ','), related[i].ID)
		}
		member(name, appendString(nil, related[from].ID))
		if i > from+1 {
			ids[0] = '['
			member(name+"s", append(ids, ']'))
		}
	}
	for _, a := range e.Attributes {
		member(a.Name, a.Value)
	}
	b.dst = append(b.dst, '}')
	l.traits(b, customer, at)
	return ""
}

// customerOf returns which of an event's objects is its customer, or whose they
// are; nil when none is known.
func (l *ocelLog) customerOf(related []*ocelObject) *ocelObject {
	for _, o := range related {
		if l.customer == "" || o.Type == l.customer {
			return o
		}
	}
	for _, o := range related {
		if o.customer != nil {
			return o.customer
		}
	}
	return nil
}

// traits appends what the log says of a customer at a time.
func (l *ocelLog) traits(b *builder, customer *ocelObject, at time.Time) {
	type stand struct {
		since time.Time
		value jsontext.Value
	}
	now := map[string]stand{}
	for _, a := range customer.Attributes {
		since, ok := l.line.usual(strings.TrimSpace(a.Time))
		if ok && !since.After(at) && !since.Before(now[a.Name].since) && a.Name != "" && len(a.Value) > 0 && a.Value.Kind() != 'n' {
			now[a.Name] = stand{since, a.Value}
		}
	}
	if len(now) == 0 {
		return
	}
	b.dst = append(b.dst, `,"context":{"traits":`...)
	sep := byte('{')
	for _, name := range slices.Sorted(maps.Keys(now)) {
		b.dst = append(append(appendString(append(b.dst, sep), name), ':'), now[name].value...)
		sep = ','
	}
	b.dst = append(b.dst, "}}"...)
}
