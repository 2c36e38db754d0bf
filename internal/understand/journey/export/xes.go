package export

import (
	"bufio"
	"encoding/xml"
	"io"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// XES writes a log called name as XES (IEEE 1849-2016): a trace for each case,
// with its id as concept:name, customer and state; an event for each event, with
// concept:name, time:timestamp, where it happened and how it was lived
// (valence).
func XES(w io.Writer, l *eventlog.Log, name string, cases Cases) error {
	x := &xesWriter{Writer: bufio.NewWriterSize(w, 64<<10)}
	x.text(`<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000000+00:00"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
`)
	x.attribute("  ", "string", "concept:name", name)
	label := labels(l)
	var about []detail
	err := cases.each(l, func(c int, of Case) error {
		x.text("  <trace>\n")
		x.attribute("    ", "string", "concept:name", of.ID)
		for _, d := range [...]detail{{"customer", of.Customer}, {"state", of.State}} {
			if d.value != "" {
				x.attribute("    ", "string", d.key, d.value)
			}
		}
		for from, to := l.Span(c); from < to; from++ {
			x.text("    <event>\n")
			x.attribute("      ", "string", "concept:name", label[l.Activity[from]])
			x.attribute("      ", "date", "time:timestamp", instant(l.At[from]))
			if phase := transition(l, from); phase != "" {
				x.attribute("      ", "string", "lifecycle:transition", phase)
			}
			about = details(about[:0], l, from)
			for _, d := range about {
				x.attribute("      ", "string", d.key, d.value)
			}
			if v, known := felt(l, from); known {
				x.attribute("      ", "float", "valence", strconv.FormatFloat(v, 'f', -1, 64))
			}
			x.text("    </event>\n")
		}
		x.text("  </trace>\n")
		return x.err
	})
	if err != nil {
		return cx.Wrap("export.XES", err)
	}
	x.text("</log>\n")
	if x.err == nil {
		x.err = x.Flush()
	}
	return cx.Wrap("export.XES", x.err)
}

// transition returns which part of an activity an event tells of; "" for all of
// it.
func transition(l *eventlog.Log, e int) string {
	if l.Phase == nil {
		return ""
	}
	return map[eventlog.Phase]string{eventlog.Begun: "start", eventlog.Done: "complete"}[l.Phase[e]]
}

// xesWriter writes until something fails.
type xesWriter struct {
	*bufio.Writer
	err error
}

func (x *xesWriter) text(s string) {
	if x.err == nil {
		_, x.err = x.WriteString(s)
	}
}

func (x *xesWriter) attribute(indent, kind, key, value string) {
	x.text(indent + "<" + kind + ` key="` + key + `" value="`)
	if x.err == nil {
		x.err = xml.EscapeText(x, []byte(value))
	}
	x.text("\"/>\n")
}
