package impact

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Plan is what is written down before an initiative starts, and never changed
// after: another metric, population or rule is another version.
type Plan struct {
	Design     Design      `json:"design"`
	Population Population  `json:"population"`
	Metric     Metric      `json:"metric"`
	Expected   float64     `json:"expected"` // the change of the metric that is hoped for, in its own units: 0.05 of a share is five points
	Guardrails []Guardrail `json:"guardrails,omitempty"`
	Rule       Rule        `json:"rule"`
	Sample     int         `json:"sample,omitempty"` // customers (or organisations) in each arm; 0 of a design without arms
	Each       int64       `json:"each,omitempty"`   // what it costs for each customer who lives it, in minor units of the company's currency; what it costs in all is Initiative.Cost
}

// Kind says how an initiative is done, which decides how it can be judged.
type Kind string

// The kinds of designs, the strongest first.
const (
	Random    Kind = "random"    // a draw decides who lives it
	Staggered Kind = "staggered" // shops or cities begin one after the other
	Date      Kind = "date"      // everybody from a day on: nobody can tell
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Random, Staggered, Date} }

// Units of whom a draw is of.
const (
	OfCustomers     = "customer"
	OfOrganizations = "organization" // all customers of one live the same
)

// What begins one after the other.
const (
	ByPlace = "place"
	ByCity  = "city"
)

// The usual arms. The control is the first of a design's.
const (
	Control = "control"
	Treated = "treated"
)

// Design is how it is done.
type Design struct {
	Kind Kind `json:"kind"`

	Arms      []Arm  `json:"arms,omitempty"`      // of Random: the first is the control; none: half control, half treated
	Unit      string `json:"unit,omitempty"`      // of Random: OfCustomers (also "") or OfOrganizations
	Exclusive string `json:"exclusive,omitempty"` // of Random: the slug of a group; nobody is in two initiatives of it

	By     string  `json:"by,omitempty"`     // of Staggered: ByPlace (also "") or ByCity
	Starts []Start `json:"starts,omitempty"` // of Staggered: those that are not named never begin

	From time.Time `json:"from,omitzero"` // of Date
}

// Arm is what some of those who take part live.
type Arm struct {
	Name  string  `json:"name"`  // a slug
	Share float64 `json:"share"` // of those who take part; all of a design add up to 1
}

// Start is when a shop or a city begins.
type Start struct {
	Unit string    `json:"unit"` // slug of the place, or name of the city
	At   time.Time `json:"at"`
}

// Population is who may take part; both empty: everybody.
type Population struct {
	Segment string `json:"segment,omitempty"` // slug
	When    string `json:"when,omitempty"`    // a condition on customers
}

// Measure is what a metric counts.
type Measure string

// The measures. Of a customer they count what came within the metric's days after
// the exposure; of a shop, what came in a week.
const (
	Score   Measure = "score"   // the mean of the answers to Metric.Of: a metric (nps, csat, ces …) or a survey
	Valence Measure = "valence" // the mean of how it was lived at the touchpoint Metric.Of; "" at any
	Event   Measure = "event"   // whether the event Metric.Of was lived: a share
	Return  Measure = "return"  // whether they bought again: a share
	Revenue Measure = "revenue" // what they brought less what went back, in the company's currency
	Kept    Measure = "kept"    // the share of the promises Metric.Of that were kept of those told
)

// Measures lists them.
func Measures() []Measure { return []Measure{Score, Valence, Event, Return, Revenue, Kept} }

// Metric is what is compared.
type Metric struct {
	Kind  Measure `json:"kind"`
	Of    string  `json:"of,omitempty"`
	Days  int     `json:"days,omitempty"`  // how long after the exposure it is counted; 0 of a staggered design
	Lower bool    `json:"lower,omitempty"` // less is better
}

// Guardrail is harm that stops it: a metric that may not get worse by more than
// Worst, in its units.
type Guardrail struct {
	Metric Metric  `json:"metric"`
	Worst  float64 `json:"worst"`
}

// Rule decides the verdict.
type Rule struct {
	Alpha float64   `json:"alpha"`          // how often it may say "worked" of what does nothing; 0 is 0.05
	Least float64   `json:"least"`          // the smallest change worth having, ≥ 0
	Power float64   `json:"power"`          // how probably it finds Expected; 0 is 0.8
	Until time.Time `json:"until,omitzero"` // it is decided by then; zero: when the sample is reached
}

// Normal returns the plan with what it leaves open filled in, in one form: equal
// plans are equal texts.
func (p Plan) Normal() Plan {
	p.Design.Arms, p.Design.Starts, p.Guardrails = slices.Clone(p.Design.Arms), slices.Clone(p.Design.Starts), slices.Clone(p.Guardrails)
	switch p.Design.Kind {
	case Random:
		if len(p.Design.Arms) == 0 {
			p.Design.Arms = []Arm{{Control, .5}, {Treated, .5}}
		}
		if p.Design.Unit == "" {
			p.Design.Unit = OfCustomers
		}
	case Staggered:
		if p.Design.By == "" {
			p.Design.By = ByPlace
		}
		for i := range p.Design.Starts {
			p.Design.Starts[i].At = p.Design.Starts[i].At.UTC().Truncate(time.Second)
		}
		slices.SortFunc(p.Design.Starts, func(a, b Start) int { return strings.Compare(a.Unit, b.Unit) })
	case Date:
		p.Design.From = p.Design.From.UTC().Truncate(time.Second)
	}
	if p.Rule.Alpha == 0 {
		p.Rule.Alpha = .05
	}
	if p.Rule.Power == 0 {
		p.Rule.Power = .8
	}
	if !p.Rule.Until.IsZero() {
		p.Rule.Until = p.Rule.Until.UTC().Truncate(time.Second)
	}
	return p
}

// Canonical returns the one text of the plan: JSON of its Normal, whose SHA-256 is
// its Hash.
func (p Plan) Canonical() []byte {
	text, err := json.Marshal(p.Normal())
	if err != nil { // a NaN or an infinity, which Check refuses
		return nil
	}
	return text
}

// Hash names the plan by what it says.
func (p Plan) Hash() string {
	sum := sha256.Sum256(p.Canonical())
	return hex.EncodeToString(sum[:])
}
