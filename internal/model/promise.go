package model

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Promise is a commitment that is measured on what customers live: why, who
// answers, when and how are for people to read; the rest says when it begins,
// and by when it is kept. Either From and To are declared, or At.
//
// All its conditions are of scope expr.Moment and see the event, with the traits that it carries itself, and
// nothing that other events would change: whether a promise was kept is decided
// by its own events, today and in a year.
type Promise struct {
	Slug                string
	Name                Text
	Why, Who, When, How Text   // each may be empty
	Area                string // slug: who answers for it
	Serves              string // slug of the area that it is made to; "": to customers
	Touchpoint          string // slug: where it is kept; may be empty
	About               string // slug of the object whose number From and To share; "": the customer

	From, To, Void Mark // Void's may be empty
	Within         Within

	At    Mark          // instead of From and To: one event, at which …
	Holds *expr.Program // … this holds, when the promise is kept

	For         *expr.Program // whom it is made to, at From or At; nil: everybody
	Objective   float64       // the share to be kept, above 0 and below 1
	Window      time.Duration // over which the share is taken
	Risk        Risk
	Dimension   string // one of Dimensions; may be empty
	Made        []Made
	Expectation string // slug of the survey that asks what it made expect; may be empty
}

// Within says by when a promise is to be kept: one of a stretch of time after
// From, business time of a calendar after it, or the time that a property of
// From says (a date is the end of that day for the company).
type Within struct {
	Span     time.Duration
	Calendar string // slug; Span is of its time
	Property string
}

// Risk says when it must be feared that a promise will be broken.
type Risk struct {
	Before time.Duration // so long before it is due, in the time of Within; 0: not by time
	Mark                 // an event; may be empty
}

// Made is where a promise was made.
type Made struct {
	Channel  string
	Campaign string // may be empty
	Words    Text   // as customers read it; may be empty
}

// The dimensions of service quality (Parasuraman, Zeithaml & Berry 1988).
const (
	Reliability    = "reliability"
	Responsiveness = "responsiveness"
	Assurance      = "assurance"
	Empathy        = "empathy"
	Tangibles      = "tangibles"
)

// Dimensions lists them.
func Dimensions() []string {
	return []string{Reliability, Responsiveness, Assurance, Empathy, Tangibles}
}

// DefaultPromiseWindow is the window of a promise that says none.
const DefaultPromiseWindow = 30 * 24 * time.Hour

const (
	maxPromises      = 200
	maxPromiseWindow = 400 * 24 * time.Hour
)

// Promise returns the promise of a slug.
func (m *Model) Promise(slug string) (Promise, bool) {
	return find(m.Promises, m.index.promises, slug)
}

// Calendar returns the calendar of a slug.
func (m *Model) Calendar(slug string) (Calendar, bool) {
	return find(m.Calendars, m.index.calendars, slug)
}

// Instant tells whether the promise is decided by one event.
func (p *Promise) Instant() bool { return p.At.Event != "" }

// Events lists the names of the events that the promise looks at, each once.
func (p *Promise) Events() (names []string) {
	for _, m := range []Mark{p.From, p.To, p.Void, p.At, p.Risk.Mark} {
		if m.Event != "" && !slices.Contains(names, m.Event) {
			names = append(names, m.Event)
		}
	}
	return names
}

// ownEvents are those that the product itself tells of a customer; they happen
// at no touchpoint.
var ownEvents = []string{"Message Sent", "Message Received", "Choice Offered", "Choice Made", "Thanks Given"}

// OwnEvents lists them: promises may look at them too.
func OwnEvents() []string { return slices.Clone(ownEvents) }

func (p *parsing) promises(v value) (out []Promise) {
	if v.absent() {
		return nil
	}
	moment, ok := p.asking(v)
	if !ok {
		return nil
	}
	q := promising{moment}
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxPromises {
			item.fault("is one more than the %d promises that a model may have: keep fewer, and keep them", maxPromises)
			break
		}
		out = append(out, q.promise(item, seen))
	}
	return out
}

// promising is a promise on its way from YAML.
type promising struct{ *surveying }

func (p promising) promise(v value, seen map[string]bool) Promise {
	f := v.fields("slug", "name", "why", "who", "when", "how", "area", "serves", "touchpoint", "about", "from", "to", "void", "within",
		"at", "for", "objective", "window", "risk", "dimension", "made", "expectation")
	pr := Promise{
		Slug: f["slug"].slug(seen), Name: f["name"].words(),
		Why: f["why"].optionalWords(), Who: f["who"].optionalWords(), When: f["when"].optionalWords(), How: f["how"].optionalWords(),
		Area:       f["area"].ref(f["area"].required("say which area answers for it"), "area", "areas", p.m.areaSlugs()),
		Serves:     f["serves"].ref(f["serves"].optional("name the area that is served"), "area", "areas", p.m.areaSlugs()),
		Touchpoint: f["touchpoint"].ref(f["touchpoint"].optional("name one of touchpoints"), "touchpoint", "touchpoints", slugs(p.m.Touchpoints, func(t Touchpoint) string { return t.Slug })),
		About:      f["about"].ref(f["about"].optional("name the object that joins its events, such as order"), "object", "objects", slugs(p.m.Objects, func(o Object) string { return o.Slug })),
		For:        p.condition(f["for"]),
		Window:     DefaultPromiseWindow,
	}
	if pr.Serves != "" && pr.Serves == pr.Area {
		f["serves"].fault("is the area that answers for it: a promise is made to another")
	}
	p.measure(v, f, &pr)
	if n, ok := f["objective"].number(); f["objective"].absent() {
		f["objective"].fault("is missing: write the share that is to be kept, such as 0.95")
	} else if !ok || n <= 0 || n >= 1 {
		f["objective"].fault("must be the share that is to be kept, above 0 and below 1, such as 0.95: what may never fail leaves no room to learn")
	} else {
		pr.Objective = n
	}
	if w := f["window"]; !w.absent() {
		if pr.Window = w.span(); pr.Window != 0 && (pr.Window < 24*time.Hour || pr.Window > maxPromiseWindow) {
			w.fault("must be between 1d and 400d")
		}
	}
	if !f["dimension"].absent() {
		pr.Dimension = f["dimension"].oneOf(Dimensions()...)
	}
	for _, item := range f["made"].list() {
		g := item.fields("channel", "campaign", "words")
		pr.Made = append(pr.Made, Made{g["channel"].slug(map[string]bool{}), g["campaign"].optional("name the campaign"), g["words"].optionalWords()})
	}
	var before []string
	for i := range p.m.Surveys {
		if p.m.Surveys[i].Purpose == Expectation {
			before = append(before, p.m.Surveys[i].Slug)
		}
	}
	pr.Expectation = f["expectation"].ref(f["expectation"].optional("name a survey of purpose before"), "survey of purpose before", "surveys", before)
	return pr
}

// measure reads when the promise begins and by when it is kept.
func (p promising) measure(v value, f map[string]value, pr *Promise) {
	if at := f["at"]; !at.absent() {
		for _, key := range []string{"from", "to", "void", "within", "risk"} {
			if !f[key].absent() {
				f[key].fault("has no place beside at: a promise is decided at one event, or between two")
			}
		}
		g := at.fields("event", "when", "holds")
		pr.At = p.markOf(g)
		if pr.Holds = p.condition(g["holds"]); g["holds"].absent() {
			g["holds"].fault("is missing: write what holds when the promise is kept, such as properties.wait_min <= 5.0")
		}
		return
	}
	pr.From, pr.To = p.needed(f["from"]), p.needed(f["to"])
	if !f["void"].absent() {
		pr.Void = p.mark(f["void"])
	}
	pr.Within = p.within(f["within"])
	if r := f["risk"]; !r.absent() {
		if _, span := scalar(r.node); span {
			pr.Risk.Before = r.span()
		} else {
			g := r.fields("before", "event", "when")
			pr.Risk.Before = g["before"].optionalSpan()
			if pr.Risk.Before == 0 || !g["event"].absent() {
				pr.Risk.Mark = p.markOf(g)
			}
		}
		if span := pr.Within.Span; span > 0 && pr.Risk.Before >= span {
			r.fault("is as long as the promise itself: it would be at risk from its first moment")
		}
	}
}

func (p promising) needed(v value) Mark {
	if v.absent() {
		v.fault("is missing: write the event, such as {event: Order Completed}, or declare at: instead of from, to and within")
		return Mark{}
	}
	return p.mark(v)
}

func (p promising) mark(v value) Mark { return p.markOf(v.fields("event", "when")) }

func (p promising) markOf(f map[string]value) Mark {
	m := Mark{Event: f["event"].required("name the event"), When: p.condition(f["when"])}
	if claimed := p.claimed(); m.Event != "" && !slices.Contains(ownEvents, m.Event) && !slices.Contains(claimed, m.Event) {
		f["event"].fault("%q happens at no touchpoint%s", m.Event, orMean(m.Event, claimed, ""))
	}
	return m
}

// condition reads a condition that nothing but its own event decides.
func (p promising) condition(v value) *expr.Program {
	c := p.program(v, p.moment, expr.Bool)
	if c != nil && len(c.Asks()) > 0 {
		v.fault("asks what else the customer lived, which changes: a promise is decided by its own events; use their properties")
		return nil
	}
	return c
}

func (p promising) within(v value) (w Within) {
	const hint = "write a time such as 2h, {hours: 16h, calendar: …} for business time, or {property: promised_at} for what an event says"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return w
	}
	if _, span := scalar(v.node); span {
		w.Span = v.span()
		return w
	}
	f := v.fields("hours", "calendar", "property")
	switch {
	case !f["property"].absent():
		if w.Property = f["property"].required("name the property"); !f["hours"].absent() || !f["calendar"].absent() {
			f["property"].fault("is one too many beside hours: %s", hint)
		}
	case f["hours"].absent():
		v.fault("is empty: %s", hint)
	default:
		w.Span = f["hours"].span()
		if w.Span%(24*time.Hour) == 0 && strings.ContainsAny(f["hours"].text(), "dw") || w.Span > 2000*time.Hour {
			f["hours"].fault("is no business time: write at most 2000h in hours or minutes, since days have different hours")
		}
		w.Calendar = f["calendar"].ref(f["calendar"].required("name one of calendars"), "calendar", "calendars", slugs(p.m.Calendars, func(c Calendar) string { return c.Slug }))
	}
	return w
}

// optionalWords reads a Text that may be absent.
func (v value) optionalWords() Text {
	if v.absent() {
		return Text{}
	}
	return v.words()
}

// Due returns by when the promise is kept that a fact begins, and when it begins
// to be at risk by time (0: never before). Ok is false when the fact says no time
// that can be read: then nothing measurable was promised.
func (m *Model) Due(p *Promise, f Fact) (due, risk cx.Time, ok bool) {
	before := p.Risk.Before
	switch {
	case p.Within.Property != "":
		if due, ok = dueOf(expr.NewObject(f.Properties).Text(p.Within.Property), m.Company.Zone()); !ok || due < f.At.Add(-maxPromiseWindow) {
			return 0, 0, false
		}
		if before > 0 {
			risk = due.Add(-before)
		}
	case p.Within.Calendar != "":
		c, _ := m.Calendar(p.Within.Calendar)
		due = c.Add(f.At, p.Within.Span)
		if before > 0 {
			risk = c.Add(f.At, p.Within.Span-before)
		}
	default:
		due = f.At.Add(p.Within.Span)
		if before > 0 {
			risk = due.Add(-before)
		}
	}
	return due, risk, true
}

// dueOf reads a time; one without a zone is the company's, a date is the end of
// that day.
func dueOf(s string, zone *time.Location) (cx.Time, bool) {
	if t, ok := cx.ParseTime(s); ok {
		return t, true
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return cx.TimeOf(t), true
		}
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return cx.TimeOf(t.AddDate(0, 0, 1)), true
	}
	return 0, false
}

// String writes the time for a diff.
func (w Within) String() string {
	switch {
	case w.Property != "":
		return "property " + w.Property
	case w.Calendar != "":
		return FormatSpan(w.Span) + " of " + w.Calendar
	}
	return spanOrNothing(w.Span)
}

func source(p *expr.Program) string {
	if p == nil {
		return ""
	}
	return p.Source()
}

func (p Promise) parts() []part {
	risk := spanOrNothing(p.Risk.Before)
	if p.Risk.Event != "" {
		risk = strings.TrimPrefix(risk+" or "+p.Risk.Mark.String(), " or ")
	}
	made := make([]string, len(p.Made))
	for i, m := range p.Made {
		made[i] = strings.TrimSpace(fmt.Sprintf("%s %s %s", m.Channel, m.Campaign, m.Words))
	}
	return []part{
		{"name", p.Name.String()},
		{"why", p.Why.String()},
		{"who", p.Who.String()},
		{"when", p.When.String()},
		{"how", p.How.String()},
		{"area", p.Area},
		{"serves", p.Serves},
		{"touchpoint", p.Touchpoint},
		{"about", p.About},
		{"from", p.From.String()},
		{"to", p.To.String()},
		{"void", p.Void.String()},
		{"within", p.Within.String()},
		{"at", p.At.String()},
		{"at.holds", source(p.Holds)},
		{"for", source(p.For)},
		{"objective", strconv.FormatFloat(p.Objective, 'f', -1, 64)},
		{"window", spanOrNothing(p.Window)},
		{"risk", risk},
		{"dimension", p.Dimension},
		{"made", strings.Join(made, "; ")},
		{"expectation", p.Expectation},
	}
}

// ParsePromise reads one promise from JSON, as part of a model: what it names must
// be declared there. The error is Invalid with every fault, each with its field
// path.
func ParsePromise(src []byte, m *Model) (pr Promise, err error) {
	const op = "model.ParsePromise"
	plain := jsontext.Value(bytes.Clone(src))
	if err := plain.Canonicalize(); err != nil || plain.Kind() != '{' {
		return pr, cx.Errorf(cx.Invalid, op, "this is no promise: write a JSON object with the keys of one of promises")
	}
	p := &parsing{m: m} // JSON without its escapes is YAML
	if root, ok := p.open(plain); ok {
		if q, ok := p.asking(root); ok {
			pr = promising{q}.promise(root, map[string]bool{})
		}
	}
	for i := range p.faults {
		p.faults[i].Line, p.faults[i].Column = 0, 0 // of the JSON without its spaces
	}
	return pr, cx.InvalidFaults(op, p.faults)
}
