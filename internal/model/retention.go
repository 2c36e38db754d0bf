package model

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Retention says how long what customers lived is kept. What is empty names
// all; the first rule that names an event decides, and what no rule names is
// kept for ever. Who they are (identify, group and alias calls) does not age.
type Retention struct {
	Source string  // a source's slug
	Event  string  // an event's name; an answer's survey
	Kind   cx.Kind // one that ages; 0: all of them
	Keep   Keep
}

// ages tells whether events of this kind grow old: what was lived does.
func ages(k cx.Kind) bool {
	return k == cx.Track || k == cx.Page || k == cx.Screen || k == cx.Answer
}

// Keep is an age. Months and years are the calendar's.
type Keep struct {
	N    int    // 0: for ever
	Unit string // day, week, month or year
}

// forever as a rule's keep makes an exception to the rules below it.
const forever = "forever"

var keepForm = regexp.MustCompile(`^([1-9][0-9]{0,4}) (day|week|month|year)s?$`)

// ParseKeep reads "90 days", "2 years" or "forever"; ok is false for anything
// else.
func ParseKeep(s string) (k Keep, ok bool) {
	if s == forever {
		return Keep{}, true
	}
	m := keepForm.FindStringSubmatch(s)
	if m == nil {
		return Keep{}, false
	}
	k.N, _ = strconv.Atoi(m[1])
	k.Unit = m[2]
	return k, true
}

// String writes the age as the model's YAML does.
func (k Keep) String() string {
	switch k.N {
	case 0:
		return forever
	case 1:
		return "1 " + k.Unit
	}
	return strconv.Itoa(k.N) + " " + k.Unit + "s"
}

// before returns the instant at which what is kept now was lived at the
// earliest; ok is false when all is kept.
func (k Keep) before(now cx.Time, c Company) (t cx.Time, ok bool) {
	local := now.Std().In(c.Zone())
	switch k.Unit {
	case "day":
		local = local.AddDate(0, 0, -k.N)
	case "week":
		local = local.AddDate(0, 0, -7*k.N)
	case "month":
		local = local.AddDate(0, -k.N, 0)
	case "year":
		local = local.AddDate(-k.N, 0, 0)
	}
	return cx.TimeOf(local), k.N > 0
}

// selects tells whether the rule is about the event.
func (r Retention) selects(e *cx.Event) bool {
	return (r.Source == "" || r.Source == e.Source) && (r.Event == "" || r.Event == e.Name) && (r.Kind == 0 || r.Kind == e.Kind)
}

// covers tells whether every event of other is one of the rule's.
func (r Retention) covers(other Retention) bool {
	return (r.Source == "" || r.Source == other.Source) && (r.Event == "" || r.Event == other.Event) && (r.Kind == 0 || r.Kind == other.Kind)
}

// selector names what the rule is about: "web, Page Viewed"; "*" for all.
func (r Retention) selector() string {
	var parts []string
	for _, s := range []string{r.Source, r.Event} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if r.Kind != 0 {
		parts = append(parts, r.Kind.String())
	}
	if len(parts) == 0 {
		return "*"
	}
	return strings.Join(parts, ", ")
}

// Expiry tells which events are past their age at one moment.
type Expiry struct {
	rules  []Retention
	before []cx.Time // by rule; the least time of all when it keeps for ever
}

// Expiry returns what is past its age now, and false when the model lets
// nothing expire.
func (m *Model) Expiry(now cx.Time) (x Expiry, any bool) {
	x = Expiry{rules: m.Retention, before: make([]cx.Time, len(m.Retention))}
	for i, r := range m.Retention {
		before, ends := r.Keep.before(now, m.Company)
		if !ends {
			before = -1 << 63
		}
		x.before[i], any = before, any || ends
	}
	return x, any
}

// Before returns the instant before which a rule's events are past their age;
// ok is false when the rule keeps for ever.
func (x Expiry) Before(rule int) (t cx.Time, ok bool) {
	return x.before[rule], x.rules[rule].Keep.N > 0
}

// Rule returns which rule (its index in the model) an event has outlived; -1
// when it is kept. Its age counts from when it was lived.
func (x Expiry) Rule(e *cx.Event) int {
	if !ages(e.Kind) {
		return -1
	}
	for i, r := range x.rules {
		if r.selects(e) {
			if e.At < x.before[i] {
				return i
			}
			return -1
		}
	}
	return -1
}

const keepHint = "write an age, such as 90 days, 6 months or 2 years, or forever"

func (p *parsing) retention(v value) []Retention {
	var out []Retention
	var kinds []string
	for k := cx.Track; k.OfCustomer(); k++ {
		if ages(k) {
			kinds = append(kinds, k.String())
		}
	}
	for _, item := range v.list() {
		f := item.fields("source", "event", "kind", "keep")
		r := Retention{
			Source: f["source"].optional("name a source"),
			Event:  f["event"].optional("name an event"),
		}
		if r.Source != "" && !slugForm.MatchString(r.Source) {
			f["source"].fault("%q is not a source's slug: `vivencia source list` shows them", r.Source)
		}
		if !f["kind"].absent() {
			r.Kind, _ = cx.ParseKind(f["kind"].oneOf(kinds...))
		}
		if s := f["keep"].required(keepHint); s != "" {
			var ok bool
			if r.Keep, ok = ParseKeep(s); !ok {
				f["keep"].fault("%q is no age: %s", s, keepHint)
			}
		}
		for _, earlier := range out {
			if earlier.covers(r) {
				item.fault("is never reached: a rule before it decides about all of its events; put this one first")
				break
			}
		}
		out = append(out, r)
	}
	return out
}
