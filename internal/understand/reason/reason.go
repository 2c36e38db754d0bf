package reason

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Metric is the score that is explained.
type Metric string

// The metrics, each with the unit of its effects.
const (
	All  Metric = ""     // every score, moved to 0–100 on its scale: points of 100
	NPS  Metric = "nps"  // points of NPS
	CSAT Metric = "csat" // points of the percentage of the satisfied
	CES  Metric = "ces"  // points of 100 on its scale
	Mean Metric = "mean" // ratings: points of 100 on their scale
)

// Kind says what a reason is.
type Kind string

// The kinds.
const (
	Fact  Kind = "fact"  // something lived
	Topic Kind = "topic" // something spoken of
)

// Query asks for reasons.
type Query struct {
	Metric Metric
	Survey string              // "": all
	Window cx.Window           // of when was answered; zero: the last year
	Where  []outcome.Condition // on the answers: touchpoint, stage, channel, medium, area, supplier, place, survey, metric
}

// Answer is what goes with a score, and how much of it.
type Answer struct {
	Metric    Metric           `json:"metric"`
	Survey    string           `json:"survey,omitempty"`
	Window    cx.Window        `json:"-"`
	N         int              `json:"n"`         // answers weighed
	Of        int              `json:"of"`        // answers that the query lets through: above MostAnswers a sample is weighed
	Customers int              `json:"customers"` // who gave them
	Score     outcome.Estimate `json:"score"`     // in the unit of the metric
	Method    string           `json:"method"`    // lmg or johnson; "" without reasons
	R2        float64          `json:"r2"`        // of all reasons together, with its interval
	R2Low     float64          `json:"r2_low"`
	R2High    float64          `json:"r2_high"`
	Tested    int              `json:"tested"`  // how many candidates were looked at
	Reasons   []Reason         `json:"reasons"` // that hold, the weightiest first
	Unclear   []Reason         `json:"unclear"` // looked likely, and are not known yet: their interval holds 0
}

// Reason is one thing that goes with a score.
type Reason struct {
	ID         string     `json:"id"` // in addresses: "late@courier", "queue.long@till", "topic:wait"
	Kind       Kind       `json:"kind"`
	Driver     string     `json:"driver"`               // what it is, as a Why's Of says it: "property.late", "topic.wait", "circumstance.strike", "touchpoint.till"
	Value      string     `json:"value,omitempty"`      // of a property: "true", "long", "≥ 8"
	Name       model.Text `json:"name"`                 // in the model's words, else the driver's own
	Touchpoint string     `json:"touchpoint,omitempty"` // where it is lived
	Area       string     `json:"area,omitempty"`       // that answers for the touchpoint or the topic

	Weight Weight           `json:"weight"` // its part of what the reasons explain of the scores
	Effect outcome.Estimate `json:"effect"` // by how many points the score is other for all of it: how many lived it × how differently they score, all else held equal
	Each   outcome.Estimate `json:"each"`   // how differently those score who lived it
	N      int              `json:"n"`      // answers of those who lived it
	Share  outcome.Estimate `json:"share"`  // of the answers
	Among  outcome.Estimate `json:"among"`  // of the answers of those who could have lived it
	Top3   float64          `json:"top3"`   // probability of being among the three weightiest
	P      float64          `json:"p"`      // of adding nothing to the others
	Good   bool             `json:"good"`   // it raises the score

	Importance  float64       `json:"importance"`  // 0–100: its weight, of the weightiest
	Performance float64       `json:"performance"` // 0–100: how often it goes well
	Contrast    *Contrast     `json:"contrast,omitempty"`
	Since       *Since        `json:"since,omitempty"`
	Quotes      []voice.Quote `json:"quotes"`          // up to three, the most representative first
	Whys        []Link        `json:"whys"`            // what stands behind, as declared
	Owner       string        `json:"owner,omitempty"` // the area that answers for it: of the whys, else of the supplier, the topic or the touchpoint
}

// Weight is a part of the explained variance: Share of R², and that of the sum.
type Weight struct {
	Share float64 `json:"share"` // of the scores' variance
	Part  float64 `json:"part"`  // of R²; the parts of all reasons make 1
	Low   float64 `json:"low"`   // of Part
	High  float64 `json:"high"`
}

// Contrast tells a basic need from an exciter (Brandt 1987): what the score loses
// where it goes badly, and gains where it goes well, against what is between.
type Contrast struct {
	Kind    string           `json:"kind"` // basic: it only costs; linear; exciter: it only gains; "" when it cannot be told
	Penalty outcome.Estimate `json:"penalty"`
	Reward  outcome.Estimate `json:"reward"`
}

// Since is from when on something is lived as often as now.
type Since struct {
	From  cx.Time `json:"from,omitempty"` // the first day; 0: from the beginning until Until
	Low   cx.Time `json:"low,omitempty"`  // where From lies with 95 % confidence
	High  cx.Time `json:"high,omitempty"`
	Until cx.Time `json:"until,omitempty"` // when it was over; 0: it lasts still
	Then  float64 `json:"then"`            // the share before (after, when From is 0)
	Now   float64 `json:"now"`             // and from then on
}

// Link is one step of "and why?".
type Link struct {
	Slug     string     `json:"slug,omitempty"` // of the model's why; "" of a proposal
	Of       string     `json:"of"`
	Kind     string     `json:"kind"` // circumstance, policy, goal, supplier, tool, place
	Ref      string     `json:"ref,omitempty"`
	Name     model.Text `json:"name"`
	Area     string     `json:"area,omitempty"`
	Within   *Within    `json:"within,omitempty"` // what the data say of it
	Proposed bool       `json:"proposed"`         // found in the data, not declared
}

// Within is how much more often a reason is lived where something is so.
type Within struct {
	Share  outcome.Estimate `json:"share"`  // of those with it, who lived the reason
	Others outcome.Estimate `json:"others"` // of the others
	Of     outcome.Estimate `json:"of"`     // of who lived the reason, those with it
	P      float64          `json:"p"`
}
