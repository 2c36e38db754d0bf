package today

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// The views of where it hurts.
const (
	worstFirst = "worst"
	byStage    = "stage"
)

// Whom the page is laid out for: who leads the company, or who serves today.
const (
	forBoard = "board"
	forDay   = "day"
)

// question is what the address asks for.
type question struct {
	weeks  int            // the period, and the one before it to compare with
	area   string         // slug; "" for all
	in     string         // slug of a segment; "" for everybody
	view   string         // worstFirst or byStage
	metric outcome.Metric // of the chart; "" for the first there is
	still  bool           // no live news
	whom   string         // for whom the page is laid out: forBoard or forDay
	usual  string         // for whom it is when the address does not say
	to     cx.Time        // the end of the period; 0: now

	customers []cx.CustomerNo // who is in the segment now, ascending; nil for everybody
}

// periods are the lengths to choose from, in weeks.
func periods() []int { return []int{4, 13, 26, 52} }

func metrics() []outcome.Metric { return []outcome.Metric{outcome.NPS, outcome.CSAT, outcome.CES} }

// question reads the address; what makes no sense is an error, not a guess.
func (p page) question(q *web.Request) (question, error) {
	const op = "today"
	v := q.URL.Query()
	ask := question{weeks: periods()[0], view: worstFirst, area: v.Get("area"), in: v.Get("segment"), metric: outcome.Metric(v.Get("chart")), still: v.Get("live") == "off"}
	ask.usual = forDay
	if q.Principal.Role == cx.Board {
		ask.usual = forBoard
	}
	if ask.whom = cmp.Or(v.Get("for"), ask.usual); ask.whom != forBoard && ask.whom != forDay {
		return question{}, cx.Errorf(cx.Invalid, op, "there is no such view; choose one of the tabs")
	}
	if s := v.Get("weeks"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || !slices.Contains(periods(), n) {
			return question{}, cx.Errorf(cx.Invalid, op, "there is no such period; choose one of the list")
		}
		ask.weeks = n
	}
	if s := v.Get("view"); s != "" {
		if s != worstFirst && s != byStage {
			return question{}, cx.Errorf(cx.Invalid, op, "there is no such view; choose one of the tabs")
		}
		ask.view = s
	}
	if ask.metric != "" && !slices.Contains(metrics(), ask.metric) {
		return question{}, cx.Errorf(cx.Invalid, op, "there is no such score; choose one of the tabs")
	}
	if _, ok := p.models.Current().Model.Area(ask.area); ask.area != "" && !ok {
		return question{}, cx.Errorf(cx.Invalid, op, "there is no area %q; choose one of the list", ask.area)
	}
	if ask.in != "" {
		var err error
		if ask.customers, err = p.segments.Customers(q.Context(), q.Principal, ask.in); err != nil {
			return question{}, err
		}
	}
	return ask, nil
}

// filter lets through what the question is about.
func (a question) filter(w cx.Window) history.Filter {
	return history.Filter{Window: w, Customers: a.customers, Where: a.where()}
}

func (a question) where() []history.Condition {
	if a.area == "" {
		return nil
	}
	return []history.Condition{{By: history.Area, In: []string{a.area}}}
}

// pulse asks for the period and the one before; the series shows both, and at
// least half a year.
func (a question) pulse() outcome.PulseQuery {
	return outcome.PulseQuery{Days: 7 * a.weeks, Weeks: min(max(2*a.weeks, 26), 104), Where: a.where(), Customers: a.customers}
}

// values are what is not as it is by default.
func (a question) values() url.Values {
	v := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			v.Set(name, value)
		}
	}
	set("weeks", strconv.Itoa(a.weeks), strconv.Itoa(periods()[0]))
	set("for", a.whom, a.usual)
	set("area", a.area, "")
	set("segment", a.in, "")
	set("view", a.view, worstFirst)
	set("chart", string(a.metric), "")
	if a.still {
		v.Set("live", "off")
	}
	return v
}

// at is an address of this page that asks the same, but for pairs of name and
// value; an empty value takes the name out.
func (a question) at(path string, pairs ...string) string {
	v := a.values()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: path, RawQuery: v.Encode()}
	return u.String()
}

// behind is the address of what lies behind a figure.
func (a question) behind(pairs ...string) string {
	a.view, a.metric, a.still, a.whom = worstFirst, "", false, a.usual
	if a.to != 0 {
		pairs = append(pairs, "to", strconv.FormatInt(int64(a.to), 10))
	}
	return a.at("/today/lived", pairs...)
}
