package model

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Policy is an internal rule that decides about customers when something happens:
// a decision table whose rows are tried in order, and the first that holds decides.
// Where none holds the policy says nothing.
type Policy struct {
	Slug       string
	Name       Text
	Area       string // slug of the area that owns it
	Touchpoint string // slug of where it decides; may be empty
	Reason     Text   // why there is such a policy; may be empty
	Since      string // the day it began, "2006-01-02"; may be empty
	On         string // the event whose customers it decides about
	About      string // slug of the object that joins that event and what the policy does to others; "": the customer
	Rows       []PolicyRow
	Outcome    Outcome // of the rows that name none
	Complete   bool    // every situation is meant to be decided: what no row takes is a gap

	Suspended    *Suspension // nil: it is in force
	Acknowledged []Acknowledgement
}

// PolicyRow is a row of a decision table.
type PolicyRow struct {
	Cells   []Cell        // all must hold; nil when the row is written as an expression
	When    *expr.Program // the same, of scope expr.Moment
	Outcome Outcome
}

// Effect is what a policy does.
type Effect string

// The effects.
const (
	Refuse   Effect = "refuse"   // what it prevents never comes
	Require  Effect = "require"  // what it prevents comes only where something holds
	Delay    Effect = "delay"    // an event comes later
	Charge   Effect = "charge"   // an event says that the customer pays
	Escalate Effect = "escalate" // somebody else has to decide
	Allow    Effect = "allow"    // nothing is in the customer's way: rows below do not count
)

// Effects lists them.
func Effects() []Effect { return []Effect{Refuse, Require, Delay, Charge, Escalate, Allow} }

// Outcome is an effect and what it does to the events that may follow.
type Outcome struct {
	Effect   Effect
	Prevents []string      // refuse, require: events that do not come
	Requires *expr.Program // require: what must hold of the event, of scope expr.Moment; else the customer is refused
	Delays   Later         // delay, escalate
	Sets     *Setting      // charge, escalate: what an event then says; nil: nothing
}

// Later says by how much an event comes later, in hours as they pass.
type Later struct {
	Event string
	By    time.Duration
}

// Setting is a property that an event has because of a policy.
type Setting struct {
	Event, Property string
	Value           any // bool, float64 or string
}

// Suspension says that a policy or goal is not in force, since when, by whom, and why.
type Suspension struct {
	Since string // "2006-01-02"
	By    string
	Why   string
}

// Acknowledgement says that people know of a contradiction and live with it until a
// day, that day included.
type Acknowledgement struct {
	With   string // "promise.SLUG", "policy.SLUG" or "goal.SLUG"
	Reason string
	Until  string // "2006-01-02"
	By     string // may be empty
	Since  string // may be empty
}

const (
	maxPolicies   = 500
	maxPolicyRows = 1000
)

var celWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// policing is the parsing of policies.
type policing struct {
	*surveying
	declared map[string][]string // kind → slugs, wherever they stand in the file
}

func (p *parsing) policies(v value, root map[string]value) []Policy {
	if v.absent() {
		return nil
	}
	asking, ok := p.asking(v)
	if !ok {
		return nil
	}
	r := &policing{asking, declaredIn(root)}
	var out []Policy
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxPolicies {
			item.fault("is one more than the %d policies that a model may have", maxPolicies)
			break
		}
		out = append(out, r.policy(item, seen))
	}
	return out
}

// declaredIn reads the slugs of what policies and goals are acknowledged to
// contradict: each may stand below the other.
func declaredIn(root map[string]value) map[string][]string {
	out := map[string][]string{}
	for kind, section := range map[string]string{"promise": "promises", "policy": "policies", "goal": "goals"} {
		list, ok := generic(root[section].node).([]any)
		if !ok {
			continue
		}
		for _, item := range list {
			part, _ := texts(item).(Part)
			if slug, _ := part.Get("slug").(string); slug != "" {
				out[kind] = append(out[kind], slug)
			}
		}
	}
	return out
}

func (p *policing) policy(item value, seen map[string]bool) Policy {
	f := item.fields("slug", "name", "area", "touchpoint", "reason", "since", "on", "about", "when", "complete",
		"effect", "prevents", "requires", "delays", "sets", "suspended", "acknowledged")
	out := Policy{
		Slug: f["slug"].slug(seen), Name: f["name"].words(),
		Area:       f["area"].ref(f["area"].required("name the area that owns it"), "area", "areas", p.m.areaSlugs()),
		Touchpoint: f["touchpoint"].ref(f["touchpoint"].optional("name one of touchpoints"), "touchpoint", "touchpoints", slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })),
		Since:      f["since"].optionalDay(),
		On:         p.happens(f["on"], "name the event whose customers it decides about"),
		About:      f["about"].ref(f["about"].optional("name one of objects"), "object", "objects", slugs(p.m.Objects, func(o Object) string { return o.Slug })),
		Complete:   f["complete"].boolean(),
	}
	if !f["reason"].absent() {
		out.Reason = f["reason"].words()
	}
	if !f["effect"].absent() {
		out.Outcome = p.outcome(f)
	}
	out.Rows = p.rows(f["when"], f["effect"], out.Outcome)
	out.Suspended = suspension(f["suspended"])
	out.Acknowledged = p.acknowledged(f["acknowledged"], "policy."+out.Slug)
	return out
}

// rows reads a decision table, or the one condition that stands for it.
func (p *policing) rows(v, effect value, otherwise Outcome) (rows []PolicyRow) {
	const hint = "write rows such as [{properties.receipt: false}], or a condition such as properties.receipt == false"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return nil
	}
	if _, one := scalar(v.node); one {
		return []PolicyRow{{When: p.program(v, p.moment, expr.Bool), Outcome: p.otherwise(effect, otherwise)}}
	}
	for i, item := range v.list() {
		if i == maxPolicyRows {
			item.fault("is one more than the %d rows that a policy may have", maxPolicyRows)
			break
		}
		if row, ok := p.row(item, effect, otherwise); ok {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 && len(v.list()) == 0 {
		v.fault("is empty: %s", hint)
	}
	return rows
}

// otherwise is the policy's own effect, which a row that names none needs.
func (p *policing) otherwise(effect value, o Outcome) Outcome {
	if effect.absent() {
		effect.fault("is missing: use %s", strings.Join(effectWords(), ", "))
	}
	return o
}

func (p *policing) row(item, effect value, otherwise Outcome) (row PolicyRow, ok bool) {
	if _, one := scalar(item.node); one {
		return PolicyRow{When: p.program(item, p.moment, expr.Bool), Outcome: p.otherwise(effect, otherwise)}, true
	}
	entries, ok := item.entries()
	if !ok {
		return row, false
	}
	row.Outcome, row.Cells = otherwise, []Cell{}
	var conditions []string
	own, expression := false, false
	seen := map[string]bool{}
	for _, e := range entries {
		switch {
		case seen[e.key]:
			p.fault(e.at, e.path, "is there twice: keep one")
		case e.key == "then":
			own = true
			row.Outcome = p.outcome(e.value.fields("effect", "prevents", "requires", "delays", "sets"))
		case e.key == "cel":
			expression = true
			if prog := p.program(e.value, p.moment, expr.Bool); prog != nil {
				conditions = append(conditions, "("+prog.Source()+")")
			}
		default:
			if cell, ok := e.cell(); ok {
				row.Cells = append(row.Cells, cell)
				conditions = append(conditions, cell.CEL())
			}
		}
		seen[e.key] = true
	}
	if expression {
		row.Cells = nil
	}
	if !own {
		row.Outcome = p.otherwise(effect, otherwise)
	}
	if len(conditions) == 0 {
		conditions = []string{"true"}
	}
	prog, err := p.moment.Compile(strings.Join(conditions, " && "))
	if err != nil { // each part is well: together they are too much
		item.fault("is longer than a condition may be: split the row")
		return row, false
	}
	row.When = prog
	return row, true
}

func effectWords() []string {
	words := make([]string, len(Effects()))
	for i, e := range Effects() {
		words[i] = string(e)
	}
	return words
}

// outcome reads an effect and what belongs to it.
func (p *policing) outcome(f map[string]value) (o Outcome) {
	o.Effect = Effect(f["effect"].oneOf(effectWords()...))
	for _, item := range f["prevents"].list() {
		o.Prevents = append(o.Prevents, p.happens(item, "name an event"))
	}
	o.Requires = p.program(f["requires"], p.moment, expr.Bool)
	if d := f["delays"]; !d.absent() {
		g := d.fields("event", "by")
		o.Delays = Later{p.happens(g["event"], "name the event that comes later"), g["by"].span()}
	}
	if s := f["sets"]; !s.absent() {
		g := s.fields("event", "property", "value")
		o.Sets = &Setting{Event: p.happens(g["event"], "name the event"), Property: g["property"].required("name the property, such as fee")}
		if o.Sets.Value = g["value"].literal(); o.Sets.Value == nil {
			g["value"].fault("is missing: write a number, a text, true or false")
		}
	}
	takes := map[string][]Effect{"prevents": {Refuse, Require}, "requires": {Require}, "delays": {Delay, Escalate}, "sets": {Charge, Escalate}}
	needs := map[string][]Effect{"prevents": {Refuse, Require}, "requires": {Require}, "delays": {Delay}, "sets": {Charge}}
	for _, key := range []string{"prevents", "requires", "delays", "sets"} {
		switch {
		case o.Effect == "":
		case !f[key].absent() && !slices.Contains(takes[key], o.Effect):
			f[key].fault("says nothing of the effect %s: leave it out", o.Effect)
		case f[key].absent() && slices.Contains(needs[key], o.Effect):
			f[key].fault("is missing: %s", map[string]string{
				"prevents": "write which events do not come, such as [Return Accepted]",
				"requires": "write what must hold, such as properties.receipt == true",
				"delays":   "write {event: …, by: 3d}",
				"sets":     "write what the customer then pays, such as {event: Return Accepted, property: fee, value: 4.95}",
			}[key])
		}
	}
	return o
}

// happens reads the name of an event that some touchpoint claims.
func (p *policing) happens(v value, hint string) string {
	name, claimed := v.required(hint), p.claimed()
	if name != "" && !slices.Contains(claimed, name) {
		v.fault("%q happens at no touchpoint%s", name, orMean(name, claimed, ""))
	}
	return name
}

func suspension(v value) *Suspension {
	if v.absent() {
		return nil
	}
	f := v.fields("since", "by", "why")
	return &Suspension{Since: f["since"].day(), By: f["by"].optional("write who did it"), Why: f["why"].required("write why")}
}

func (p *policing) acknowledged(v value, self string) (out []Acknowledgement) {
	const hint = "write what is contradicted: {promise: …}, {policy: …} or {goal: …}"
	for _, item := range v.list() {
		f := item.fields("promise", "policy", "goal", "reason", "until", "by", "since")
		a := Acknowledgement{
			Reason: f["reason"].required("write why it stays as it is"), Until: f["until"].day(),
			By: f["by"].optional("write who did it"), Since: f["since"].optionalDay(),
		}
		for _, kind := range []string{"promise", "policy", "goal"} {
			at := f[kind]
			if at.absent() {
				continue
			}
			section := map[string]string{"promise": "promises", "policy": "policies", "goal": "goals"}[kind]
			slug := at.ref(at.required(hint), kind, section, p.declared[kind])
			if a.With != "" {
				at.fault("is one too many: write an acknowledgement for each")
			}
			if a.With = kind + "." + slug; a.With == self {
				at.fault("is itself: name what it contradicts")
			}
		}
		if a.With == "" {
			item.fault("is of nothing: %s", hint)
		}
		out = append(out, a)
	}
	return out
}

const dayHint = "write a day, such as 2026-12-31"

// day reads a day that must be there.
func (v value) day() string {
	s := v.required(dayHint)
	if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
		v.fault("%q is no day: %s", s, dayHint)
		return ""
	}
	return s
}

// optionalDay reads a day; "" when absent.
func (v value) optionalDay() string {
	if v.absent() {
		return ""
	}
	return v.day()
}

// Policy returns the policy of a slug.
func (m *Model) Policy(slug string) (Policy, bool) {
	i := slices.IndexFunc(m.Policies, func(x Policy) bool { return x.Slug == slug })
	if i < 0 {
		return Policy{}, false
	}
	return m.Policies[i], true
}

// Goal returns the goal of a slug.
func (m *Model) Goal(slug string) (Goal, bool) {
	i := slices.IndexFunc(m.Goals, func(g Goal) bool { return g.Slug == slug })
	if i < 0 {
		return Goal{}, false
	}
	return m.Goals[i], true
}
