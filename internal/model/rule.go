package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Rule says what is done when a customer lives something: when it happens, and
// if a condition holds, then its steps, one after the other. It is a framework:
// caps bound it, some are left out to compare with, and moments that must be
// human go to a person.
type Rule struct {
	Slug     string
	Name     Text
	Area     string // that answers for it; may be empty
	When     Trigger
	If       *expr.Program // of scope expr.Moment; nil: always
	Priority int           // of several that write to a customer about the same, the highest does
	Holdout  float64       // the share of customers for whom it never acts, to compare with
	Caps     Caps
	Quiet    bool // it keeps the quiet hours and the consent of Asking; else it says what must be said
	// Initiative is the slug of one that this rule carries out: it acts for those
	// whom the initiative draws to live it, and for nobody else; "" is none.
	Initiative string
	Human      []string // events: for whom lived one within HumanFor, a person acts
	Off        bool     // it begins nothing; what it began goes on
	Then       []Action
}

// HumanFor is how long a moment that must be human stays one.
const HumanFor = 30 * 24 * time.Hour

// Caps bound a rule. Zero: no bound.
type Caps struct {
	PerCustomer struct {
		N   int
		Per time.Duration
	}
	Running int   // of its runs that go on at once
	Entries Quota // of its runs in a period of the company's time
}

// The kinds of triggers.
const (
	WhenEvent   = "event"
	WhenAnswer  = "answer"
	WhenPromise = "promise"
	WhenSilence = "silence"
	WhenJourney = "journey"
	WhenScore   = "score"
	WhenReason  = "reason"
	WhenSegment = "segment"
	WhenChoice  = "choice"
	WhenCase    = "case"
)

// TriggerKinds lists them.
func TriggerKinds() []string {
	return []string{WhenEvent, WhenAnswer, WhenPromise, WhenSilence, WhenJourney, WhenScore, WhenReason, WhenSegment, WhenChoice, WhenCase}
}

// Trigger is what happens to one customer that a rule waits for.
type Trigger struct {
	Kind    string        // WhenEvent …
	Of      string        // the event's name, or the slug of the survey, promise, journey, metric, topic, segment, choice or kind of case; "" of WhenSilence, and of any case
	State   string        // of WhenPromise, WhenJourney, WhenSegment and WhenCase: what it becomes
	Option  string        // of WhenChoice: which; "" is any
	Silence time.Duration // of WhenSilence: nothing was lived for so long …
	After   string        // … since this event; "" is any
	Least   float64       // of WhenScore: the answered value lies within, both included
	Most    float64
}

// The states that a trigger can wait for, by kind.
var triggerStates = map[string][]string{
	WhenPromise: {"at-risk", "kept", "broken", "void"},
	WhenJourney: {"stuck", "completed", "abandoned"},
	WhenSegment: {"entered", "left"},
	WhenCase:    {"opened", "assigned", "due", "solved", "closed", "reopened", "merged", "escalated"},
}

// TriggerStates lists the states that a trigger of a kind can wait for.
func TriggerStates(kind string) []string { return slices.Clone(triggerStates[kind]) }

// AnyScore bounds an WhenScore that names no bound.
const AnyScore = 1e9

// String writes the trigger for a diff.
func (t Trigger) String() string {
	parts := []string{t.Kind}
	add := func(set bool, format string, args ...any) {
		if set {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(t.Of != "", "%s", t.Of)
	add(t.State != "", "%s", t.State)
	add(t.Option != "", "option %s", t.Option)
	add(t.Silence > 0, "%s", spanOrNothing(t.Silence))
	add(t.After != "", "after %s", t.After)
	add(t.Kind == WhenScore && t.Least > -AnyScore, "from %s", strconv.FormatFloat(t.Least, 'f', -1, 64))
	add(t.Kind == WhenScore && t.Most < AnyScore, "up to %s", strconv.FormatFloat(t.Most, 'f', -1, 64))
	return strings.Join(parts, " ")
}

// Rule returns the rule of a slug.
func (m *Model) Rule(slug string) (Rule, bool) { return find(m.Rules, m.index.rules, slug) }

const maxRules = 500

// ruling reads rules.
type ruling struct {
	*surveying
	actions int // of the rule that is read
}

func (p *parsing) rules(v value) []Rule {
	if v.absent() {
		return nil
	}
	asking, ok := p.asking(v)
	if !ok {
		return nil
	}
	r := &ruling{surveying: asking}
	var out []Rule
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxRules {
			item.fault("is one more than the %d rules that a model may have", maxRules)
			break
		}
		out = append(out, r.rule(item, seen))
	}
	return out
}

// ParseRule reads one rule, as it stands in a model's YAML or in JSON, on the
// ground of a model: what it names must be declared there. The error is Invalid
// with every fault.
func (m *Model) ParseRule(src []byte) (r Rule, err error) {
	p := &parsing{m: m}
	if p.expr, err = expr.NewCompiler(expr.Fact, expr.Zone(m.Company.Zone())); err != nil {
		return r, cx.Wrap("model.ParseRule", err)
	}
	if root, ok := p.open(src); ok {
		if asking, ok := p.asking(root); ok {
			r = (&ruling{surveying: asking}).rule(root, map[string]bool{})
		}
	}
	return r, cx.InvalidFaults("model.ParseRule", p.faults)
}

func (p *ruling) rule(item value, seen map[string]bool) Rule {
	f := item.fields("slug", "name", "area", "when", "if", "priority", "holdout", "caps", "quiet", "human", "initiative", "off", "then")
	p.actions = 0
	r := Rule{
		Slug: f["slug"].slug(seen), Name: f["name"].words(),
		Area: f["area"].ref(f["area"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
		When: p.trigger(f["when"]), If: p.condition(f["if"]), Priority: f["priority"].whole(0, -100, 100, "a whole number from -100 to 100"),
		Holdout: f["holdout"].share(.5), Caps: f["caps"].caps(), Quiet: f["quiet"].absent() || f["quiet"].boolean(), Off: f["off"].boolean(),
		Initiative: f["initiative"].optionalSlug(),
	}
	for _, h := range f["human"].list() {
		r.Human = append(r.Human, p.lived(h, "name an event after which a person must act"))
	}
	if f["then"].absent() {
		f["then"].fault("is missing: write what is done, such as [{notify: {area: …, text: …}}]")
	} else if r.Then = p.actionsOf(f["then"], 0); len(r.Then) == 0 {
		f["then"].fault("is empty: a rule does something")
	}
	return r
}

// condition reads a condition on the moment.
func (p *ruling) condition(v value) *expr.Program {
	prog := p.program(v, p.moment, expr.Bool)
	if prog == nil {
		return nil
	}
	touchpoints := slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })
	for _, ask := range prog.Asks() {
		v.ref(ask.Touchpoint, "touchpoint", "touchpoints", touchpoints)
	}
	return prog
}

// ours are the events that the product itself lets customers live: they happen at
// no touchpoint.
var ours = []string{"Message Sent", "Message Received", "Choice Offered", "Choice Made", "Thanks Given"}

// lived reads the name of an event that a customer can live.
func (p *ruling) lived(v value, hint string) string {
	name, claimed := v.required(hint), append(p.claimed(), ours...)
	if name != "" && !slices.Contains(claimed, name) {
		v.fault("%q happens at no touchpoint%s", name, orMean(name, claimed, ""))
	}
	return name
}

func (p *ruling) trigger(v value) (t Trigger) {
	const hint = "write when it begins, such as {event: Order Completed}"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return t
	}
	f := v.fields(append(TriggerKinds(), "state", "option", "after", "least", "most")...)
	for _, kind := range TriggerKinds() {
		switch {
		case f[kind].absent():
		case t.Kind != "":
			f[kind].fault("is one too many: write a rule for each")
		default:
			t.Kind = kind
			p.triggerOf(f, &t)
		}
	}
	if t.Kind == "" {
		v.fault("begins with nothing: %s", hint)
		return t
	}
	for _, only := range []struct{ key, kind string }{{"option", WhenChoice}, {"after", WhenSilence}, {"least", WhenScore}, {"most", WhenScore}} {
		if !f[only.key].absent() && t.Kind != only.kind {
			f[only.key].fault("goes with %s, not with %s", only.kind, t.Kind)
		}
	}
	if states := triggerStates[t.Kind]; states != nil {
		t.State = f["state"].oneOf(states...)
	} else if !f["state"].absent() {
		f["state"].fault("goes with %s, %s, %s and %s", WhenPromise, WhenJourney, WhenSegment, WhenCase)
	}
	return t
}

func (p *ruling) triggerOf(f map[string]value, t *Trigger) {
	v := f[t.Kind]
	switch t.Kind {
	case WhenEvent:
		t.Of = p.lived(v, "name the event")
	case WhenAnswer:
		t.Of = v.ref(v.required("name a survey"), "survey", "surveys", slugs(p.m.Surveys, func(s Survey) string { return s.Slug }))
	case WhenPromise:
		t.Of = v.ref(v.required("name a promise"), "promise", "promises", slugs(p.m.Promises, func(p Promise) string { return p.Slug }))
	case WhenJourney:
		t.Of = v.ref(v.required("name a journey"), "journey", "journeys", slugs(p.m.Journeys, func(j Journey) string { return j.Slug }))
	case WhenReason:
		t.Of = v.ref(v.required("name a topic"), "topic", "topics", slugs(p.m.Topics, func(t Topic) string { return t.Slug }))
	case WhenSegment:
		t.Of = v.ref(v.required("name a segment"), "segment", "segments", slugs(p.m.Segments, func(s Segment) string { return s.Slug }))
	case WhenChoice:
		t.Of = v.ref(v.required("name a choice"), "choice", "choices", slugs(p.m.Choices, func(c Choice) string { return c.Slug }))
		if o := f["option"]; !o.absent() {
			c, _ := findIn(p.m.Choices, t.Of)
			t.Option = o.ref(o.text(), "option", "its options", slugs(c.Options, func(o ChoiceOption) string { return o.ID }))
		}
	case WhenCase:
		if t.Of = v.required("name a kind of case, or any"); t.Of == "any" {
			t.Of = ""
		} else {
			v.ref(t.Of, "kind of case", "cases.kinds", slugs(p.m.Cases.Kinds, func(k CaseKind) string { return k.Slug }))
		}
	case WhenSilence:
		if t.Silence = v.span(); t.Silence > 0 && t.Silence < time.Hour {
			v.fault("is too short: silence is told from an hour on")
		}
		if a := f["after"]; !a.absent() {
			t.After = p.lived(a, "name the event")
		}
	case WhenScore:
		t.Of, t.Least, t.Most = v.required("name a metric, such as nps"), f["least"].numberOr(-AnyScore), f["most"].numberOr(AnyScore)
		if t.Least > t.Most {
			f["least"].fault("is more than most: no score lies between")
		}
	}
}

func findIn(choices []Choice, slug string) (c Choice, ok bool) {
	i := slices.IndexFunc(choices, func(c Choice) bool { return c.Slug == slug })
	if i >= 0 {
		c = choices[i]
	}
	return c, i >= 0
}

// numberOr reads a number, or what holds when there is none.
func (v value) numberOr(otherwise float64) float64 {
	if v.absent() {
		return otherwise
	}
	n, ok := v.number()
	if !ok || n < -AnyScore || n > AnyScore {
		v.fault("must be a number")
	}
	return n
}

// whole reads a whole number between two, or what holds when there is none.
func (v value) whole(otherwise, least, most int, hint string) int {
	if v.absent() {
		return otherwise
	}
	n, ok := v.number()
	if !ok || n != float64(int(n)) || int(n) < least || int(n) > most {
		v.fault("must be %s", hint)
		return otherwise
	}
	return int(n)
}

// share reads a share from 0 up to most.
func (v value) share(most float64) float64 {
	if v.absent() {
		return 0
	}
	n, ok := v.number()
	if !ok || n < 0 || n > most {
		v.fault("must be a share of the customers, from 0 to %g", most)
	}
	return n
}

// optionalSlug reads a slug of what the model does not declare, or none.
func (v value) optionalSlug() string {
	if v.absent() {
		return ""
	}
	return v.slug(map[string]bool{})
}

func (v value) caps() (c Caps) {
	if v.absent() {
		return c
	}
	f := v.fields("per_customer", "running", "entries")
	const many = 1_000_000
	if pc := f["per_customer"]; !pc.absent() {
		g := pc.fields("n", "per")
		c.PerCustomer.N = g["n"].whole(1, 1, many, "how often at most, a whole number from 1 on")
		c.PerCustomer.Per = g["per"].span()
	}
	c.Running = f["running"].whole(0, 1, many, "how many at once at most, a whole number from 1 on")
	if e := f["entries"]; !e.absent() {
		g := e.fields("n", "per")
		c.Entries = Quota{g["n"].whole(1, 1, many, "how often at most, a whole number from 1 on"), g["per"].oneOf(PerDay, PerWeek, PerMonth)}
	}
	return c
}

// String writes the caps for a diff.
func (c Caps) String() string {
	var parts []string
	if c.PerCustomer.N > 0 {
		parts = append(parts, fmt.Sprintf("%d per customer in %s", c.PerCustomer.N, spanOrNothing(c.PerCustomer.Per)))
	}
	if c.Running > 0 {
		parts = append(parts, fmt.Sprintf("%d at once", c.Running))
	}
	if c.Entries.N > 0 {
		parts = append(parts, fmt.Sprintf("%d per %s", c.Entries.N, c.Entries.Per))
	}
	return strings.Join(parts, "; ")
}

func (r Rule) parts() []part {
	condition, holdout := "", ""
	if r.If != nil {
		condition = r.If.Source()
	}
	if r.Holdout > 0 {
		holdout = strconv.FormatFloat(r.Holdout, 'f', -1, 64)
	}
	return []part{
		{"name", r.Name.String()},
		{"area", r.Area},
		{"when", r.When.String()},
		{"if", condition},
		{"priority", strconv.Itoa(r.Priority)},
		{"holdout", holdout},
		{"caps", r.Caps.String()},
		{"quiet", strconv.FormatBool(r.Quiet)},
		{"human", strings.Join(r.Human, ", ")},
		{"initiative", r.Initiative},
		{"off", strconv.FormatBool(r.Off)},
		{"then", actionsText(r.Then)},
	}
}
