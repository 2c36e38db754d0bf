package importer

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// XES imports an event log (IEEE 1849). A trace is one run of a journey; each
// of its events becomes a track event:
//
//   - name: concept:name; with the map's xes.append_lifecycle, NAME+TRANSITION;
//   - at: time:timestamp; an event without one is counted as empty;
//   - customer: the trace's concept:name, or what the map's customer says, whose
//     columns are the properties below;
//   - properties: the event's other attributes under their keys; case_id (or
//     o.CaseKey), the trace's name; the trace's other attributes as case_KEY; an attribute
//     within another as OUTER.INNER; lists as arrays. Of equal keys the first
//     counts.
//   - messageId: name, the trace's name, the event's number in it and its time.
//
// What stands outside traces (globals, classifiers, the log's attributes) is
// not read. A trace without a name is called by its number. An event that
// cannot be mapped waits in quarantine as a JSON object of its attributes. The
// attributes of a trace stand before its events, as the standard has it.
//
// O.Map may be nil; its files and entries are not for event logs. Without a
// source, the first file's name makes one.
func XES(ctx context.Context, files []string, o Options) (Report, error) {
	const op = "importer.XES"
	m := o.Map
	if m == nil {
		m = &Map{zone: time.UTC, decimal: '.', layout: &layout{}}
	}
	if len(m.entries) > 0 {
		return Report{}, cx.Errorf(cx.Invalid, op, "the map has events, answers or circumstances, which are for CSV: an event log needs source, timezone, customer and xes")
	}
	x := &xesLog{lifecycle: m.lifecycle, caseKey: cmp.Or(o.CaseKey, "case_id")}
	x.xesReader = newXESReader(x.message)
	x.bind(m)
	report, err := eachFile(ctx, "import xes", files, o.source(m.source, files), o, func(r *run, _ string, in io.Reader) error {
		x.run = r
		err := x.file(in)
		r.report.MovedTimes = x.line.moved
		return err
	})
	return report, cx.Wrap(op, err)
}

// xesLog maps the events that its reader reads.
type xesLog struct {
	*xesReader
	run       *run
	lifecycle bool
	caseKey   string
	line      line
	customer  *customer // nil: the trace
	wanted    []string  // the columns it reads
	cel       bool
}

func (x *xesLog) bind(m *Map) {
	x.line = line{times: &times{zone: m.zone}, layout: m.layout, decimal: m.decimal}
	if m.customer == nil {
		return
	}
	b := &binder{index: map[string]int{}, zone: m.zone, open: true}
	x.customer = &customer{m.customer.at, b.value(m.customer.userID), b.value(m.customer.anonymousID), b.fields(m.customer.traits)}
	x.wanted, x.cel = b.names, b.cel != nil
	x.line.columns = make([]string, len(x.wanted))
}

// message maps the event that was read.
func (x *xesLog) message(line int) error {
	name := strings.TrimSpace(x.event.textOf("concept:name"))
	if transition := x.event.textOf("lifecycle:transition"); x.lifecycle && transition != "" {
		name += "+" + transition
	}
	stamp := x.event.textOf("time:timestamp")
	if stamp == "" {
		x.run.empty()
		return nil
	}
	at, ok := x.line.usual(strings.TrimSpace(stamp))
	b := builder{dst: x.run.scratch[:0]}
	var reason string
	switch {
	case !x.named:
		reason = "the event stands outside any trace"
	case name == "":
		reason = "the event has no concept:name"
	case !ok:
		reason = "time:timestamp is no time"
	case x.event.large || x.trace.large:
		reason = "the event has more attributes than a message may hold"
	default:
		reason = x.body(&b, name)
	}
	x.run.scratch = b.dst
	if reason != "" {
		return x.run.refuse(line, "", x.raw(), reason)
	}
	id := messageID("track", name, x.name, itoa(x.index), strconv.FormatInt(at.UnixMicro(), 10))
	return x.run.track(line, id, nil, at, b.dst)
}

func (x *xesLog) body(b *builder, name string) (reason string) {
	b.text("event", name)
	userID, anonymousID := x.name, ""
	if x.customer != nil {
		f := found{}
		x.columns()
		if reason := f.find(&entry{kind: cx.Track, name: &value{typ: "text", constant: name}, customer: x.customer}, &x.line); reason != "" {
			return reason
		}
		userID, anonymousID = f.userID, f.anonymousID
	}
	b.text("userId", userID)
	b.text("anonymousId", anonymousID)
	b.dst = append(b.dst, `,"properties":{`...)
	x.each(func(prefix, key string, c byte, text []byte) {
		if b.dst[len(b.dst)-1] != '{' {
			b.dst = append(b.dst, ',')
		}
		b.dst = append(appendString(b.dst, prefix+key), ':')
		b.dst = cell{c, string(text)}.appendJSON(b.dst)
	})
	b.dst = append(b.dst, '}')
	if x.customer != nil && len(x.customer.traits) > 0 {
		before := len(b.dst)
		b.dst = append(b.dst, `,"context":{"traits":`...)
		some, reason := b.members(x.customer.traits, &x.line, '{')
		if reason != "" {
			return reason
		}
		if b.dst = append(b.dst, "}}"...); !some {
			b.dst = b.dst[:before]
		}
	}
	return ""
}

// each calls fn for each property of the event, none twice.
func (x *xesLog) each(fn func(prefix, key string, kind byte, text []byte)) {
	fn("", x.caseKey, 't', []byte(x.name))
	for _, a := range x.trace.list {
		if a.key != "concept:name" && a.key != "id" {
			fn("case_", a.key, a.kind, x.trace.value(a))
		}
	}
	for _, a := range x.event.list {
		if a.key == "concept:name" || a.key == "time:timestamp" || a.key == x.caseKey {
			continue
		}
		if rest, clash := strings.CutPrefix(a.key, "case_"); clash {
			if _, taken := x.trace.find(rest); taken || rest == "id" {
				continue
			}
		}
		fn("", a.key, a.kind, x.event.value(a))
	}
}

// columns fills what the customer's values read.
func (x *xesLog) columns() {
	if x.cel {
		x.line.vars = expr.Vars{Row: map[string]string{}}
	}
	clear(x.line.columns)
	x.each(func(prefix, key string, _ byte, text []byte) {
		for i, name := range x.wanted {
			if rest, ok := strings.CutPrefix(name, prefix); ok && rest == key {
				x.line.columns[i] = string(text)
			}
		}
		if x.cel {
			x.line.vars.Row[prefix+key] = string(text)
		}
	})
}

// raw is the event as a JSON object of its attributes.
func (x *xesLog) raw() []byte {
	b := []byte{'{'}
	for i, a := range x.event.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, a.key), ':')
		b = cell{a.kind, string(x.event.value(a))}.appendJSON(b)
	}
	return append(b, '}')
}
