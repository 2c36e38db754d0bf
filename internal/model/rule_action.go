package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// The kinds of steps.
const (
	DoWait    = "wait"
	DoMessage = "message"
	DoChoice  = "choice"
	DoCase    = "case"
	DoSurvey  = "survey"
	DoTrait   = "trait"
	DoSegment = "segment"
	DoWebhook = "webhook"
	DoNotify  = "notify"
)

// ActionKinds lists them.
func ActionKinds() []string {
	return []string{DoWait, DoMessage, DoChoice, DoCase, DoSurvey, DoTrait, DoSegment, DoWebhook, DoNotify}
}

// Action is one thing that a rule does.
type Action struct {
	Kind string // DoWait …
	Of   string // the slug of the choice, kind of case, survey, segment or webhook; the name of the trait

	Wait Wait // of DoWait

	Title  Text          // of DoMessage its subject, of DoCase its title
	Text   Text          // of DoMessage and DoNotify
	Area   string        // of DoCase and DoNotify; "" is the rule's
	Within time.Duration // of DoCase: when it is due; 0: as its kind says
	Value  string        // of DoTrait: a JSON scalar
}

// Wait is a stretch of time, an hour of the customer's day, or an event.
type Wait struct {
	For   time.Duration
	Local int           // minute of the day plus 1, on the customer's own clock; 0: none
	Until string        // an event of the same customer
	When  *expr.Program // of scope expr.Fact: which of these events; nil: any
	Most  time.Duration // how long for Until
	Else  []Action      // what is done, instead of all that follows, when it did not come in time
}

// Reaches tells whether the step writes to the customer.
func (s Action) Reaches() bool {
	return s.Kind == DoMessage || s.Kind == DoChoice || s.Kind == DoSurvey
}

// Reaches tells whether the rule writes to the customer.
func (r Rule) Reaches() bool {
	for s := range r.Actions() {
		if s.Reaches() {
			return true
		}
	}
	return false
}

// Actions goes through all of them, those instead of others too.
func (r Rule) Actions() func(yield func(Action) bool) {
	var each func(steps []Action, yield func(Action) bool) bool
	each = func(steps []Action, yield func(Action) bool) bool {
		for _, s := range steps {
			if !yield(s) || !each(s.Wait.Else, yield) {
				return false
			}
		}
		return true
	}
	return func(yield func(Action) bool) { each(r.Then, yield) }
}

// String writes the step for a diff.
func (s Action) String() string {
	parts := []string{s.Kind}
	add := func(set bool, format string, args ...any) {
		if set {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(s.Of != "", "%s", s.Of)
	add(s.Value != "", "= %s", s.Value)
	add(s.Kind == DoWait, "%s", s.Wait)
	add(s.Area != "", "for %s", s.Area)
	add(s.Title != (Text{}), "%q", s.Title.String())
	add(s.Text != (Text{}), "%q", s.Text.String())
	add(s.Within > 0, "within %s", spanOrNothing(s.Within))
	return strings.Join(parts, " ")
}

// String writes what is waited for.
func (w Wait) String() string {
	switch {
	case w.Until == "" && w.Local > 0:
		return fmt.Sprintf("until %02d:%02d", (w.Local-1)/60, (w.Local-1)%60)
	case w.Until == "":
		return spanOrNothing(w.For)
	}
	text := "until " + w.Until
	if w.When != nil {
		text += " when " + w.When.Source()
	}
	text += ", at most " + spanOrNothing(w.Most)
	if len(w.Else) > 0 {
		text += ", else (" + actionsText(w.Else) + ")"
	}
	return text
}

func actionsText(steps []Action) string {
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = s.String()
	}
	return strings.Join(texts, "; ")
}

// Bounds of a rule.
const (
	maxActions = 30
	maxBranch  = 2
)

func (p *ruling) actionsOf(v value, depth int) (out []Action) {
	for _, item := range v.list() {
		if p.actions++; p.actions > maxActions {
			item.fault("is one more than the %d steps that a rule may have", maxActions)
			break
		}
		out = append(out, p.actionIn(item, depth))
	}
	return out
}

func (p *ruling) actionIn(item value, depth int) (s Action) {
	f := item.fields(ActionKinds()...)
	for _, kind := range ActionKinds() {
		switch {
		case f[kind].absent():
		case s.Kind != "":
			f[kind].fault("is one too many: give each its own step")
		default:
			s.Kind = kind
			p.actionOf(f[kind], &s, depth)
		}
	}
	if s.Kind == "" {
		item.fault("is empty: write one of %s", strings.Join(ActionKinds(), ", "))
	}
	return s
}

func (p *ruling) actionOf(v value, s *Action, depth int) {
	switch s.Kind {
	case DoWait:
		s.Wait = p.wait(v, depth)
	case DoMessage:
		f := v.fields("subject", "text")
		s.Title, s.Text = p.piped(f["subject"]), p.piped(f["text"])
	case DoChoice:
		s.Of = v.ref(v.required("name a choice"), "choice", "choices", slugs(p.m.Choices, func(c Choice) string { return c.Slug }))
	case DoCase:
		f := v.fields("kind", "area", "title", "within")
		s.Of = f["kind"].ref(f["kind"].optional("name one of cases.kinds"), "kind of case", "cases.kinds", slugs(p.m.Cases.Kinds, func(k CaseKind) string { return k.Slug }))
		s.Area = p.area(f["area"])
		s.Title, s.Within = p.piped(f["title"]), f["within"].optionalSpan()
	case DoSurvey:
		s.Of = v.ref(v.required("name a survey"), "survey", "surveys", slugs(p.m.Surveys, func(s Survey) string { return s.Slug }))
		if sv, ok := p.surveyOf(s.Of); ok && sv.Team() {
			v.fault("%q is for the company's own people: ask customers another", s.Of)
		}
	case DoTrait:
		p.trait(v, s)
	case DoSegment:
		s.Of = v.ref(v.required("name a segment"), "segment", "segments", slugs(p.m.Segments, func(s Segment) string { return s.Slug }))
		s.Value = "true"
		i := slices.IndexFunc(p.m.Segments, func(g Segment) bool { return g.Slug == s.Of })
		if i >= 0 && p.m.Segments[i].When != nil && !strings.Contains(p.m.Segments[i].When.Source(), "traits."+SegmentTrait(s.Of)) {
			v.fault("nobody can be added to %q: let its condition be, or hold, traits.%s == true", s.Of, SegmentTrait(s.Of))
		}
	case DoWebhook:
		s.Of = v.ref(v.required("name a webhook"), "webhook", "webhooks", slugs(p.m.Webhooks, func(w Webhook) string { return w.Slug }))
	case DoNotify:
		f := v.fields("area", "text")
		s.Area, s.Text = p.area(f["area"]), p.piped(f["text"])
	}
}

var traitForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// SegmentTrait is the trait by which a step adds somebody to a segment.
func SegmentTrait(slug string) string { return "in_" + strings.ReplaceAll(slug, "-", "_") }

func (p *ruling) area(v value) string {
	return v.ref(v.optional("name one of areas"), "area", "areas", p.m.areaSlugs())
}

func (p *ruling) surveyOf(slug string) (s Survey, ok bool) {
	i := slices.IndexFunc(p.m.Surveys, func(s Survey) bool { return s.Slug == slug })
	if i >= 0 {
		s = p.m.Surveys[i]
	}
	return s, i >= 0
}

func (p *ruling) trait(v value, s *Action) {
	const hint = "write one trait and what it becomes, such as {favourite: true}"
	entries, ok := v.entries()
	if !ok {
		return
	}
	if len(entries) != 1 {
		v.fault("is not one trait: %s", hint)
		return
	}
	e := entries[0]
	text, plain := scalar(e.node)
	switch n, isNumber := e.number(); {
	case !traitForm.MatchString(e.key):
		e.fault("has no name that a trait can have: use letters, digits and _")
	case !plain:
		e.fault("must be a text, a number, true or false")
	case isNumber:
		s.Value = strconv.FormatFloat(n, 'f', -1, 64)
	case text == "true" || text == "false":
		s.Value = text
	default:
		s.Value = strconv.Quote(e.text())
	}
	s.Of = e.key
}

const localHint = "write an hour of the day, such as 10:00"

func (p *ruling) wait(v value, depth int) (w Wait) {
	if _, one := scalar(v.node); one {
		w.For = v.span()
		return w
	}
	f := v.fields("until", "most", "local", "else")
	switch until, local := f["until"], f["local"]; {
	case until.absent() == local.absent():
		v.fault("waits for nothing, or for two things: write a time such as 2h, {local: \"10:00\"} or {until: {event: …}, most: 2d}")
	case !local.absent():
		s := local.required(localHint)
		t, err := time.Parse("15:04", s)
		if err != nil && s != "" {
			local.fault("%q is no hour of the day: %s", s, localHint)
		}
		w.Local = t.Hour()*60 + t.Minute() + 1
		for _, key := range []string{"most", "else"} {
			if !f[key].absent() {
				f[key].fault("goes with until: an hour of the day always comes")
			}
		}
	default:
		g := until.fields("event", "when")
		w.Until, w.When = p.lived(g["event"], "name the event that it waits for"), p.program(g["when"], p.expr, expr.Bool)
		if w.Most = f["most"].span(); w.Most > 365*24*time.Hour {
			f["most"].fault("is more than a year: nobody waits so long")
		}
		if e := f["else"]; !e.absent() {
			if depth == maxBranch {
				e.fault("is nested too deep: make it a rule of its own")
				break
			}
			w.Else = p.actionsOf(e, depth+1)
		}
	}
	return w
}
