package impact

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Verdict is what is said of an initiative.
type Verdict string

// The verdicts.
const (
	Worked     Verdict = "worked"
	DidNot     Verdict = "did-not"
	CannotTell Verdict = "cannot-tell" // yet, or by this design ever: Why says
)

// Sure is the verdict for whoever serves: how sure it is that it does good.
type Sure string

// How sure.
const (
	Certain Sure = "sure"
	Likely  Sure = "likely"
	Unknown Sure = "unknown"
)

// Why says why a verdict is as it is.
type Why string

// The reasons of verdicts.
const (
	Proven       Why = "proven"        // worked: all of the interval is better than nothing, and the effect worth having
	Harmful      Why = "harmful"       // did not: all of the interval is worse than nothing
	TooSmall     Why = "too-small"     // did not: all of the interval is below the least that is worth having
	NotShown     Why = "not-shown"     // did not: the sample that was to show it is there, and does not
	Breached     Why = "breached"      // did not: a guardrail was, and it was stopped
	TooEarly     Why = "too-early"     // not as many as were planned, and the interval tells neither
	TooFew       Why = "too-few"       // so few customers, shops or weeks that nothing can be computed
	EmptyArm     Why = "empty-arm"     // nobody is in one of the arms
	Uneven       Why = "uneven"        // the arms are not as many as were drawn: something loses customers
	Attrition    Why = "attrition"     // the outcome is missing in one arm more than in another
	Missing      Why = "missing"       // the outcome is missing of most
	NoComparison Why = "no-comparison" // before and after only: other things changed too
	PoorFit      Why = "poor-fit"      // what it is compared with did not move alike before
	Mixed        Why = "currencies"    // most of the money is in other currencies
)

// Methods of evaluations.
const (
	ByDraw      = "randomised"
	ByStages    = "staggered"
	BySynthetic = "synthetic"
	ByDate      = "before-after"
)

// Evaluation is how far an initiative was found to work, at a time. It holds sums
// only, of nobody.
type Evaluation struct {
	ID         string  `json:"id"`         // opaque
	Initiative string  `json:"initiative"` // slug
	Number     int     `json:"number"`     // of the initiative, rising
	At         cx.Time `json:"at"`         // as of when: nothing lived later counts
	Position   cx.Seq  `json:"position"`   // nothing later in the log counts
	Final      bool    `json:"final"`      // the rule has decided: a later one changes nothing
	Over       bool    `json:"over"`       // nobody takes part any more, and all days are over, or the rule's
	Cost       int64   `json:"cost"`       // in all, as it was known: minor units of the company's currency
	PlanHash   string  `json:"plan_hash"`
	InputsHash string  `json:"inputs_hash"` // SHA-256 over the plan, the outcomes of each unit in canonical order, and Version
	Version    int     `json:"version"`     // of the method
	Method     string  `json:"method"`

	Verdict Verdict `json:"verdict"`
	Why     Why     `json:"why"`
	Sure    Sure    `json:"sure"`

	Said model.Text `json:"said"` // the verdict, the effect and the money in sentences

	Effect  *Effect  `json:"effect,omitempty"`  // of the best arm; nil when none can be computed
	Effects []Effect `json:"effects,omitempty"` // of each arm but the control
	Arms    []ArmSum `json:"arms,omitempty"`
	SRM     *Ratio   `json:"srm,omitempty"` // of a draw
	Planned int      `json:"planned"`       // in each arm
	Share   float64  `json:"share"`         // of the planned sample that is there, at most 1

	Money      *Money      `json:"money,omitempty"`
	ForWhom    []Group     `json:"for_whom,omitempty"` // those Told first; of those Told at most a share of Alpha is chance
	Guardrails []GuardSum  `json:"guardrails,omitempty"`
	Series     []Look      `json:"series,omitempty"`    // of the best arm, over time
	Weights    []Weight    `json:"weights,omitempty"`   // of a synthetic control: whom it is made of
	PlaceboP   *float64    `json:"placebo_p,omitempty"` // of a synthetic control
	Pretrend   *Effect     `json:"pretrend,omitempty"`  // of stages: what was different before it began
	Times      []EventTime `json:"times,omitempty"`     // of stages: by periods since it began
	Offer      []string    `json:"offer,omitempty"`     // what would tell: Random, Staggered, "longer", "more"
	Dropped    []string    `json:"dropped,omitempty"`   // of stages: shops or cities of which nothing is known in some period
	Period     int         `json:"period,omitempty"`    // of stages and of a date: days of a period
	Crossed    int         `json:"crossed"`             // customers who were exposed in two arms, by a merge or by who drew: they count in the first
	Left       int         `json:"left"`                // exposures without a known arm, left out
}

// Effect is what an arm makes different.
type Effect struct {
	Arm     string  `json:"arm"`
	Value   float64 `json:"value"` // treated less control, in the metric's units
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	P       float64 `json:"p"`                 // of a draw: always valid, however often it is looked at
	N       int     `json:"n"`                 // units with an outcome in the arm
	Control int     `json:"control"`           // and in the control
	Theta   float64 `json:"theta,omitempty"`   // of CUPED; 0: there was nothing before to adjust by
	Reduced float64 `json:"reduced,omitempty"` // the share of the variance that CUPED took away
}

// ArmSum is what an arm adds up to.
type ArmSum struct {
	Arm     string  `json:"arm"`
	Planned float64 `json:"planned"` // the share drawn
	Exposed int     `json:"exposed"`
	Due     int     `json:"due"`     // whose days are over
	Known   int     `json:"known"`   // of those, with an outcome
	Missing float64 `json:"missing"` // the share of those due without one
	Mean    float64 `json:"mean"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Ratio tells whether the arms are as many as they were to be.
type Ratio struct {
	P       float64 `json:"p"`
	Flagged bool    `json:"flagged"`
}

// Money is what it earned: effect × reached − cost, with the interval of the effect.
type Money struct {
	Currency string  `json:"currency"`
	Each     float64 `json:"each"`    // minor units of margin (or revenue) more for each customer reached
	Reached  int     `json:"reached"` // who lived it and whose days are over
	Earned   int64   `json:"earned"`  // minor units, before the cost
	Cost     int64   `json:"cost"`
	Net      int64   `json:"net"`
	Low      int64   `json:"low"` // of Net
	High     int64   `json:"high"`
	N        int     `json:"n"`                 // customers, or shops and weeks, that it rests on
	Margin   bool    `json:"margin"`            // false: the model declares none, and this is revenue
	Periods  bool    `json:"periods,omitempty"` // Each and Reached are of a shop's weeks, not of customers
	Foreign  int     `json:"foreign"`           // amounts in other currencies, which are left out
	Days     int     `json:"days"`              // within which it came
}

// Group is for whom it worked best, by something that was known of them. Which
// level that is was chosen on other customers than those it is told of.
type Group struct {
	By     string  `json:"by"`     // a trait, or BoughtBefore
	Key    string  `json:"key"`    // the level
	Within Effect  `json:"within"` // on those of the level
	Others Effect  `json:"others"` // on the others
	More   Effect  `json:"more"`   // the difference of the two
	Same   float64 `json:"same"`   // the share of the parts of the customers that tell the same level
	Told   bool    `json:"told"`   // it holds though so many groups were looked at
}

// BoughtBefore groups customers by whether they had bought in as many days before
// they were exposed: its levels are "true" and "false".
const BoughtBefore = "bought before"

// GuardSum is how a guardrail stands.
type GuardSum struct {
	Metric   Metric  `json:"metric"`
	Worst    float64 `json:"worst"`
	Effect   *Effect `json:"effect,omitempty"` // of the arm that does worst; nil while nothing is known
	Breached bool    `json:"breached"`
}

// Look is what was known at a time.
type Look struct {
	At    cx.Time `json:"at"`
	N     int     `json:"n"`
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Weight is a part of a synthetic control.
type Weight struct {
	Unit   string  `json:"unit"`
	Weight float64 `json:"weight"`
}

// EventTime is an effect so many periods after it began; negative: before.
type EventTime struct {
	Periods int     `json:"periods"`
	Value   float64 `json:"value"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	N       int     `json:"n"`
}
