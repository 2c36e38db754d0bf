package voices

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// none is how an address writes the texts that have no key of a dimension.
const none = "-"

// always is the period without a beginning.
const always = 0

func periods() []int { return []int{always, 52, 26, 13, 4, 1} }

// question is which texts an address asks for.
type question struct {
	weeks int
	voice.Filter
}

// dimensions are those that the page filters by, in the order of its facets.
func dimensions() []voice.Dimension {
	return []voice.Dimension{
		voice.ByPolarity, voice.ByTopic, voice.ByTouchpoint, voice.ByEmotion, voice.ByBand, voice.ByStage, voice.ByChannel, voice.ByArea,
		voice.BySupplier, voice.ByPlace, voice.BySurvey, voice.ByLanguage, voice.ByKind,
	}
}

// question reads the address; what makes no sense is an error, not a guess.
func (p page) question(q *web.Request) (question, error) {
	v := q.URL.Query()
	a := question{Filter: voice.Filter{Words: strings.TrimSpace(v.Get("q")), Segment: v.Get("segment"), Customer: cx.CustomerID(v.Get("customer"))}}
	fault := cx.Errorf(cx.Invalid, "voices", "there is no such choice; choose one of the list")
	if s := v.Get("weeks"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || !slices.Contains(periods(), n) {
			return a, fault
		}
		if a.weeks = n; n != always {
			y, month, d := q.L.In(q.Now()).AddDate(0, 0, -7*n).Date()
			a.Window.From = cx.TimeOf(time.Date(y, month, d, 0, 0, 0, 0, q.L.Zone()))
		}
	}
	if _, ok := p.models.Current().Model.Segment(a.Segment); a.Segment != "" && !ok {
		return a, fault
	}
	for _, d := range dimensions() {
		if in := slices.DeleteFunc(slices.Clone(v[string(d)]), func(s string) bool { return s == "" }); len(in) > 0 {
			for i := range in {
				if in[i] == none {
					in[i] = ""
				}
			}
			a.Where = append(a.Where, voice.Condition{By: d, In: in})
		}
	}
	return a, nil
}

// values are what the question asks for, as an address says it.
func (a question) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", a.Words)
	set("segment", a.Segment)
	set("customer", string(a.Customer))
	if a.weeks != always {
		set("weeks", strconv.Itoa(a.weeks))
	}
	for _, c := range a.Where {
		for _, key := range c.In {
			v.Add(string(c.By), written(key))
		}
	}
	return v
}

func written(key string) string {
	if key == "" {
		return none
	}
	return key
}

// at is an address that asks for the same texts.
func (a question) at(path string) string {
	u := url.URL{Path: path, RawQuery: a.values().Encode()}
	return u.String()
}

// with is an address of the same texts with a value set; an empty one takes the
// name out.
func (a question) with(path, name, value string) string {
	v := a.values()
	if v.Del(name); value != "" {
		v.Set(name, value)
	}
	u := url.URL{Path: path, RawQuery: v.Encode()}
	return u.String()
}

// without is the stream without one of the keys chosen.
func (a question) without(d voice.Dimension, key string) string {
	v := a.values()
	v[string(d)] = slices.DeleteFunc(v[string(d)], func(s string) bool { return s == written(key) })
	u := url.URL{Path: "/voice", RawQuery: v.Encode()}
	return u.String()
}

// only is the stream with one key of a dimension, besides what is chosen of others.
func (a question) only(d voice.Dimension, key string) string {
	return a.with("/voice", string(d), written(key))
}

func (a question) chosen(d voice.Dimension, key string) bool {
	return slices.ContainsFunc(a.Where, func(c voice.Condition) bool { return c.By == d && slices.Contains(c.In, key) })
}

// and is the filter with one condition more in place of those of its dimension.
func (a question) and(d voice.Dimension, keys ...string) voice.Filter {
	f := a.Filter
	f.Where = append(slices.DeleteFunc(slices.Clone(f.Where), func(c voice.Condition) bool { return c.By == d }), voice.Condition{By: d, In: keys})
	return f
}

// narrowed tells whether there may be texts besides those asked for.
func (a question) narrowed() bool { return len(a.values()) > 0 }
