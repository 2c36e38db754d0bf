package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// CasePlan says how cases are worked on.
type CasePlan struct {
	Calendar string        // slug; what is due is counted in its hours. "": every hour counts
	Area     string        // slug of who answers for a case of nobody else; "": nobody in particular
	Within   time.Duration // of a case of no kind, or whose kind says nothing
	Escalate Escalation
	Confirm  time.Duration // how long the customer may say that it is not right, before a solved case is closed
	Kinds    []CaseKind
	Give     []Give
	Driver   Driver
}

// Escalation says when a case that is late is told to more people.
type Escalation struct {
	Lead  time.Duration // after it was due, to who leads its area
	Above time.Duration // after it was due, to Area
	Area  string        // slug of the area above all; "": CasePlan.Area
}

// CaseKind is a sort of case.
type CaseKind struct {
	Slug      string
	Name      Text
	Area      string        // slug of who answers; "": the touchpoint's
	Within    time.Duration // 0: CasePlan.Within
	Checklist []CheckItem
	Anyone    bool // offered to who opens a case at a QR
}

// CheckItem is one line of what is to be done.
type CheckItem struct {
	Slug string
	Text Text
}

// Give is what may be given to a customer without asking.
type Give struct {
	Role        cx.Role
	Area        string // slug; "": of any area
	Each, Month int64  // most in one case, and in a month, in minor units
}

// Driver names what drivers tell of an order.
type Driver struct {
	Object                  string // of objects: what they type or scan
	Delivered, Failed, Said string // events
	Reasons                 []CheckItem
}

var defaultCases = CasePlan{
	Within: 24 * time.Hour, Confirm: 7 * 24 * time.Hour, Escalate: Escalation{Lead: 2 * time.Hour, Above: 24 * time.Hour},
	Driver: Driver{
		Object: "order", Delivered: "Delivery Confirmed", Failed: "Delivery Failed", Said: "Delivery Commented",
		Reasons: []CheckItem{
			{"nobody-home", Text{"No había nadie", "Nobody was there", "Não havia ninguém"}},
			{"address", Text{"La dirección no está bien", "The address is wrong", "O endereço está errado"}},
			{"refused", Text{"No lo quiso", "They did not want it", "Não quiseram"}},
			{"damaged", Text{"Estaba dañado", "It was damaged", "Estava danificado"}},
			{"other", Text{"Otra cosa", "Something else", "Outra coisa"}},
		},
	},
}

// Kind returns the kind of a slug.
func (c CasePlan) Kind(slug string) (CaseKind, bool) {
	i := slices.IndexFunc(c.Kinds, func(k CaseKind) bool { return k.Slug == slug })
	if i < 0 {
		return CaseKind{}, false
	}
	return c.Kinds[i], true
}

// DueOf returns when a case of a kind that is opened at a time is due.
func (m *Model) DueOf(kind string, at cx.Time) cx.Time {
	within := m.Cases.Within
	if k, ok := m.Cases.Kind(kind); ok && k.Within > 0 {
		within = k.Within
	}
	return m.CaseTime(at, within)
}

// CaseTime returns when a span of the cases' working time has passed since at.
func (m *Model) CaseTime(at cx.Time, d time.Duration) cx.Time {
	if c, ok := m.Calendar(m.Cases.Calendar); ok {
		return c.Add(at, d)
	}
	return at.Add(d)
}

func (p *parsing) cases(v value) CasePlan {
	c := defaultCases
	if v.absent() {
		return c
	}
	f := v.fields("calendar", "area", "within", "escalate", "confirm", "kinds", "give", "driver")
	c.Calendar = f["calendar"].ref(f["calendar"].optional("name one of calendars"), "calendar", "calendars", slugs(p.m.Calendars, func(c Calendar) string { return c.Slug }))
	c.Area = p.caseArea(f["area"])
	f["within"].spanInto(&c.Within)
	f["confirm"].spanInto(&c.Confirm)
	if e := f["escalate"]; !e.absent() {
		g := e.fields("lead", "above", "area")
		g["lead"].spanInto(&c.Escalate.Lead)
		g["above"].spanInto(&c.Escalate.Above)
		c.Escalate.Area = p.caseArea(g["area"])
		if c.Escalate.Above < c.Escalate.Lead {
			e.fault("above comes before lead: who leads the area is told first")
		}
	}
	seen := map[string]bool{}
	for _, item := range f["kinds"].list() {
		g := item.fields("slug", "name", "area", "within", "checklist", "anyone")
		c.Kinds = append(c.Kinds, CaseKind{
			Slug: g["slug"].slug(seen), Name: g["name"].words(), Area: p.caseArea(g["area"]), Within: g["within"].optionalSpan(),
			Checklist: checkItems(g["checklist"]), Anyone: g["anyone"].boolean(),
		})
	}
	for _, item := range f["give"].list() {
		g := item.fields("role", "area", "each", "month")
		give := Give{Role: cx.Role(g["role"].oneOf(roleWords()...)), Area: p.caseArea(g["area"]), Each: p.amount(g["each"]), Month: p.amount(g["month"])}
		if give.Month < give.Each {
			g["month"].fault("is less than each: a month allows at least one")
		}
		c.Give = append(c.Give, give)
	}
	if !f["driver"].absent() {
		p.driver(f["driver"], &c.Driver)
	}
	return c
}

// spanInto reads a time where there is one.
func (v value) spanInto(to *time.Duration) {
	if !v.absent() {
		*to = v.span()
	}
}

func (p *parsing) caseArea(v value) string {
	return v.ref(v.optional("name one of areas"), "area", "areas", p.m.areaSlugs())
}

func (p *parsing) driver(v value, d *Driver) {
	f := v.fields("object", "delivered", "failed", "said", "reasons")
	if !f["object"].absent() {
		d.Object = f["object"].ref(f["object"].text(), "object", "objects", slugs(p.m.Objects, func(o Object) string { return o.Slug }))
	}
	for key, to := range map[string]*string{"delivered": &d.Delivered, "failed": &d.Failed, "said": &d.Said} {
		if !f[key].absent() {
			*to = f[key].required("name an event")
		}
	}
	if !f["reasons"].absent() {
		d.Reasons = checkItems(f["reasons"])
	}
}

const maxChecks = 20

func checkItems(v value) (out []CheckItem) {
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxChecks {
			item.fault("is one more than the %d that a list may have", maxChecks)
			break
		}
		g := item.fields("slug", "text")
		out = append(out, CheckItem{g["slug"].slug(seen), g["text"].words()})
	}
	return out
}

// amount reads an amount of the company's currency into minor units.
func (p *parsing) amount(v value) int64 {
	n, ok := v.number()
	minor := math.Round(n * math.Pow10(p.m.Company.Digits()))
	if !ok || n < 0 || minor > 1e12 {
		v.fault("must be an amount in the company's currency, such as 10")
		return 0
	}
	return int64(minor)
}

func roleWords() []string {
	all := cx.Roles()
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = string(r)
	}
	return out
}

// elements writes the plan for a diff: what holds for all cases, then each kind.
func (c CasePlan) elements() []element {
	give := make([]string, len(c.Give))
	for i, g := range c.Give {
		give[i] = fmt.Sprintf("%s %s: %d, %d a month", g.Role, g.Area, g.Each, g.Month)
	}
	out := []element{{"", "", []part{
		{"calendar", c.Calendar},
		{"area", c.Area},
		{"within", spanOrNothing(c.Within)},
		{"confirm", spanOrNothing(c.Confirm)},
		{"escalate", strings.TrimSpace(fmt.Sprintf("lead %s, above %s %s", spanOrNothing(c.Escalate.Lead), spanOrNothing(c.Escalate.Above), c.Escalate.Area))},
		{"give", strings.Join(give, "; ")},
		{"driver", strings.Join([]string{c.Driver.Object, c.Driver.Delivered, c.Driver.Failed, c.Driver.Said, checksText(c.Driver.Reasons)}, "; ")},
	}}}
	return append(out, elements(c.Kinds, func(k CaseKind) element {
		return element{k.Slug, k.Name.String(), []part{
			{"name", k.Name.String()}, {"area", k.Area}, {"within", spanOrNothing(k.Within)}, {"checklist", checksText(k.Checklist)}, {"anyone", strconv.FormatBool(k.Anyone)},
		}}
	})...)
}

func checksText(items []CheckItem) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.Slug + ": " + item.Text.String()
	}
	return strings.Join(out, "; ")
}
