package model

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Ask says whom a survey is put to, and when: after an event, under a
// condition.
type Ask struct {
	Event  string
	When   *expr.Program // of scope expr.Moment: the event, and the customer as they are then; nil: always
	Delay  time.Duration // after the event
	At     Hours         // in the customer's own time; zero: any hour that Asking leaves
	Sample float64       // the share of those who would be asked, above 0 and up to 1
	Quota  Quota
	Rest   time.Duration // no one is asked this survey twice within; 0: only Asking.Rest counts
	Ways   []string      // in order of preference: AskByMail, AskByAPI
	Expire time.Duration // how long the link is good
}

// The ways to put a survey to somebody.
const (
	AskByMail = "mail"
	AskByAPI  = "api" // who sends messages for the company fetches the links
)

// DefaultExpiry is how long a personal link is good when nothing else is said.
const DefaultExpiry = 30 * 24 * time.Hour

// String writes the rule for a diff.
func (a *Ask) String() string {
	if a == nil {
		return ""
	}
	parts := []string{"after " + a.Event}
	add := func(set bool, format string, args ...any) {
		if set {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	if a.When != nil {
		parts = append(parts, "when "+a.When.Source())
	}
	add(a.Delay > 0, "delay %s", spanOrNothing(a.Delay))
	add(a.At != Hours{}, "at %s", a.At)
	add(a.Sample < 1, "sample %s", strconv.FormatFloat(a.Sample, 'f', -1, 64))
	add(a.Quota.N > 0, "quota %d per %s", a.Quota.N, a.Quota.Per)
	add(a.Rest > 0, "rest %s", spanOrNothing(a.Rest))
	add(true, "by %s", strings.Join(a.Ways, ", "))
	add(a.Expire != DefaultExpiry, "expire %s", spanOrNothing(a.Expire))
	return strings.Join(parts, "; ")
}

// Hours is a stretch of the day in minutes since midnight: From ≤ t < To, over
// midnight when From > To. The zero value is the whole day.
type Hours struct{ From, To int }

// Contains tells whether a minute of the day lies within.
func (h Hours) Contains(minute int) bool {
	switch {
	case h == Hours{}:
		return true
	case h.From <= h.To:
		return h.From <= minute && minute < h.To
	}
	return minute >= h.From || minute < h.To
}

// String writes the hours as they are read: 10:00-20:00; "" of the whole day.
func (h Hours) String() string {
	if h == (Hours{}) {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// Quota bounds how often a survey is put in a period of the company's time.
type Quota struct {
	N   int    // 0: no bound
	Per string // PerDay, PerWeek, PerMonth
}

// The periods of a quota.
const (
	PerDay   = "day"
	PerWeek  = "week"
	PerMonth = "month"
)

// Asking holds for all surveys that are put to customers.
type Asking struct {
	Rest    time.Duration // no customer is asked anything twice within
	Quiet   Hours         // nobody is asked then, in the customer's own time; zero, NeverQuiet: at any hour
	Consent string        // a trait that must be true before anybody is asked; "": none
	Holdout float64       // the share of customers who are never asked, to compare with
	// Contacts is how often a customer is written to at most, whatever for: surveys
	// and rules together; N 0: no bound.
	Contacts struct {
		N   int
		Per time.Duration
	}
	Sites []string // origins whose pages may show the widget: https://shop.example
}

// What holds when a model does not say.
var defaultAsking = Asking{Rest: 30 * 24 * time.Hour, Quiet: Hours{21 * 60, 9 * 60}}

// NeverQuiet says that a company writes at any hour: a hospital, a port.
const NeverQuiet = "none"

// askingRules reads what holds for all surveys.
func (p *parsing) askingRules(v value) Asking {
	a := defaultAsking
	f := v.fields("rest", "quiet", "consent", "holdout", "contacts", "sites")
	if !f["rest"].absent() {
		a.Rest = f["rest"].span()
	}
	if q := f["quiet"]; q.text() == NeverQuiet {
		a.Quiet = Hours{}
	} else if !q.absent() {
		a.Quiet = q.hours()
	}
	a.Consent = f["consent"].optional("name the trait that must be true, such as may_ask")
	if h := f["holdout"]; !h.absent() {
		n, ok := h.number()
		if !ok || n < 0 || n > .5 {
			h.fault("must be a share of the customers, from 0 to 0.5")
		}
		a.Holdout = n
	}
	if c := f["contacts"]; !c.absent() {
		g := c.fields("n", "per")
		a.Contacts.N = g["n"].whole(1, 1, 1000, "how often at most, a whole number from 1 to 1000")
		a.Contacts.Per = g["per"].span()
	}
	for _, site := range f["sites"].list() {
		s := site.required("write an origin, such as https://candil.example")
		u, err := url.Parse(s)
		if s != "" && (err != nil || u.Scheme != "https" && u.Hostname() != "localhost" || s != u.Scheme+"://"+u.Host || strings.ContainsAny(u.Host, "*;, ")) {
			site.fault("%q is no origin: write https:// and the name of the site, with nothing after it, such as https://candil.example", s)
		}
		a.Sites = append(a.Sites, s)
	}
	return a
}

func (p *surveying) ask(v value) *Ask {
	f := v.fields("event", "when", "delay", "at", "sample", "quota", "rest", "ways", "expire")
	a := &Ask{
		Event: f["event"].required("name the event after which it is asked"), When: p.program(f["when"], p.moment, expr.Bool),
		Delay: f["delay"].optionalSpan(), Sample: 1, Rest: f["rest"].optionalSpan(), Expire: DefaultExpiry,
	}
	if claimed := p.claimed(); a.Event != "" && !slices.Contains(claimed, a.Event) {
		f["event"].fault("%q happens at no touchpoint%s", a.Event, orMean(a.Event, claimed, ""))
	}
	if a.When != nil {
		touchpoints := slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })
		for _, ask := range a.When.Asks() {
			f["when"].ref(ask.Touchpoint, "touchpoint", "touchpoints", touchpoints)
		}
	}
	if !f["at"].absent() {
		a.At = f["at"].hours()
	}
	if s := f["sample"]; !s.absent() {
		n, ok := s.number()
		if !ok || n <= 0 || n > 1 {
			s.fault("must be a share of those who would be asked, above 0 and up to 1")
		}
		a.Sample = n
	}
	if q := f["quota"]; !q.absent() {
		g := q.fields("n", "per")
		n, ok := g["n"].number()
		if !ok || n < 1 || n != float64(int(n)) {
			g["n"].fault("must be how often it is asked at most, a whole number from 1 on")
		}
		a.Quota = Quota{int(n), g["per"].oneOf(PerDay, PerWeek, PerMonth)}
	}
	for _, way := range f["ways"].list() {
		a.Ways = append(a.Ways, way.oneOf(AskByMail, AskByAPI))
	}
	if a.Ways == nil {
		a.Ways = []string{AskByMail}
	}
	if !f["expire"].absent() {
		a.Expire = f["expire"].span()
	}
	return a
}

var hoursForm = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9]) ?- ?([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

// hours reads a stretch of the day.
func (v value) hours() Hours {
	const hint = "write hours of the day, such as 10:00-20:00"
	s := v.required(hint)
	m := hoursForm.FindStringSubmatch(s)
	if m == nil {
		if s != "" {
			v.fault("%q is no stretch of the day: %s", s, hint)
		}
		return Hours{}
	}
	n := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
	h := Hours{n(1)*60 + n(2), n(3)*60 + n(4)}
	if h.From == h.To {
		v.fault("begins when it ends: %s", hint)
		return Hours{}
	}
	return h
}

// parts writes the rules for a diff.
func (a Asking) parts() []part {
	holdout := ""
	if a.Holdout > 0 {
		holdout = strconv.FormatFloat(a.Holdout, 'f', -1, 64)
	}
	contacts := ""
	if a.Contacts.N > 0 {
		contacts = fmt.Sprintf("%d in %s", a.Contacts.N, spanOrNothing(a.Contacts.Per))
	}
	return []part{{"contacts", contacts}, {"rest", spanOrNothing(a.Rest)}, {"quiet", a.Quiet.String()}, {"consent", a.Consent}, {"holdout", holdout}, {"sites", strings.Join(a.Sites, ", ")}}
}
