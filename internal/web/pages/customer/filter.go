package customer

import (
	"net/url"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// filter is what of a line is shown, as the address says it.
type filter struct {
	stage, touchpoint, channel, medium, kind string
	from, to                                 string // days: 2026-11-03; to is the last one
	window                                   cx.Window
}

// filterNames are its names in the address, in the order of the form.
var filterNames = [...]string{"stage", "touchpoint", "channel", "medium", "kind", "from", "to"}

// filterOf reads the address. The error is Invalid when a day is none.
func filterOf(q *web.Request) (filter, error) {
	v := q.URL.Query()
	get := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	f := filter{
		stage: get("stage"), touchpoint: get("touchpoint"), channel: get("channel"), medium: get("medium"),
		kind: get("kind"), from: get("from"), to: get("to"),
	}
	var err error
	if f.window.From, err = day(f.from, 0, q.L.Zone()); err != nil {
		return f, err
	}
	f.window.To, err = day(f.to, 1, q.L.Zone())
	return f, err
}

// day returns the beginning of a day, or of the one that many later; 0 for "".
func day(s string, later int, zone *time.Location) (cx.Time, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseInLocation(time.DateOnly, s, zone)
	if err != nil {
		return 0, cx.Errorf(cx.Invalid, "customer.filter", "%q is no day: write it as year-month-day", s)
	}
	return cx.TimeOf(d.AddDate(0, 0, later)), nil
}

func (f filter) value(name string) string {
	switch name {
	case "stage":
		return f.stage
	case "touchpoint":
		return f.touchpoint
	case "channel":
		return f.channel
	case "medium":
		return f.medium
	case "kind":
		return f.kind
	case "from":
		return f.from
	}
	return f.to
}

func (f filter) values() url.Values {
	v := url.Values{}
	for _, name := range filterNames {
		if s := f.value(name); s != "" {
			v.Set(name, s)
		}
	}
	return v
}

func (f filter) count() int { return len(f.values()) }
func (f filter) any() bool  { return f.count() > 0 }

// The kinds by which people choose.
const (
	kindEvents  = "events"
	kindAnswers = "answers"
	kindProfile = "profile"
)

func (f filter) query() remember.TimelineQuery {
	q := remember.TimelineQuery{Stage: f.stage, Touchpoint: f.touchpoint, Channel: f.channel, Medium: f.medium, Window: f.window}
	switch f.kind {
	case kindEvents:
		q.Kinds = []cx.Kind{cx.Track, cx.Page, cx.Screen}
	case kindAnswers:
		q.Kinds = []cx.Kind{cx.Answer}
	case kindProfile:
		q.Kinds = []cx.Kind{cx.Identify, cx.Group, cx.Alias}
	}
	return q
}
