package reasons

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// usual is the period that is shown unless another is asked for: the year until
// the newest answer.
const usual = 52

func periods() []int { return []int{4, 13, 26, usual} }

func metrics() []reason.Metric {
	return []reason.Metric{reason.All, reason.NPS, reason.CSAT, reason.CES}
}

// question is which answers an address asks about.
type question struct {
	metric     reason.Metric
	weeks      int
	segment    string
	area       string
	touchpoint []string // of any of them; several on a journey
	source     string   // a slug; of a file that was brought
	query      reason.Query
}

// question reads the address; what makes no sense is an error, not a guess.
func (p page) question(q *web.Request) (question, error) {
	const op = "reasons"
	v := q.URL.Query()
	a := question{metric: reason.Metric(v.Get("metric")), weeks: usual, segment: v.Get("segment"), area: v.Get("area"), source: v.Get("source")}
	fault := cx.Errorf(cx.Invalid, op, "there is no such choice; choose one of the list")
	if !slices.Contains(metrics(), a.metric) {
		return a, fault
	}
	if s := v.Get("weeks"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || !slices.Contains(periods(), n) {
			return a, fault
		}
		a.weeks = n
	}
	m := p.models.Current().Model
	if _, ok := m.Segment(a.segment); a.segment != "" && !ok {
		return a, fault
	}
	if _, ok := m.Area(a.area); a.area != "" && !ok {
		return a, fault
	}
	for t := range strings.SplitSeq(v.Get("touchpoint"), ",") {
		if t == "" {
			continue
		}
		if _, ok := m.Touchpoint(t); !ok {
			return a, fault
		}
		a.touchpoint = append(a.touchpoint, t)
	}
	a.query = reason.Query{Metric: a.metric, Segment: a.segment}
	if a.weeks != usual {
		y, month, d := q.L.In(q.Now()).AddDate(0, 0, -7*a.weeks).Date()
		a.query.Window.From = cx.TimeOf(time.Date(y, month, d, 0, 0, 0, 0, q.L.Zone()))
	}
	if a.area != "" {
		a.query.Where = append(a.query.Where, outcome.Condition{By: history.Area, In: []string{a.area}})
	}
	if len(a.touchpoint) > 0 {
		a.query.Where = append(a.query.Where, outcome.Condition{By: history.Touchpoint, In: a.touchpoint})
	}
	if a.source != "" {
		a.query.Where = append(a.query.Where, outcome.Condition{By: history.Source, In: []string{a.source}})
	}
	return a, nil
}

// narrowed tells whether there may be answers besides those asked about.
func (a question) narrowed() bool {
	return a.weeks != usual || a.segment != "" || a.area != "" || len(a.touchpoint) > 0 || a.source != ""
}

// at is an address that asks about the same answers, but for pairs of name and
// value; an empty value takes the name out.
func (a question) at(path string, pairs ...string) string {
	v := url.Values{}
	set := func(name, value string) {
		v.Del(name)
		if value != "" {
			v.Set(name, value)
		}
	}
	set("metric", string(a.metric))
	if a.weeks != usual {
		set("weeks", strconv.Itoa(a.weeks))
	}
	set("segment", a.segment)
	set("area", a.area)
	set("source", a.source)
	set("touchpoint", strings.Join(a.touchpoint, ","))
	for i := 0; i+1 < len(pairs); i += 2 {
		set(pairs[i], pairs[i+1])
	}
	u := url.URL{Path: path, RawQuery: v.Encode()}
	return u.String()
}

// of is the address of one reason.
func (a question) of(id string) string { return a.at("/reasons/of/" + id) }
