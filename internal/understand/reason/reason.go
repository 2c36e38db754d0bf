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
	Metric  Metric
	Survey  string              // "": all
	Window  cx.Window           // of when was answered; zero: the year until the newest answer
	Segment string              // slug: only of its customers; "": of all
	Where   []outcome.Condition // on the answers: touchpoint, stage, channel, medium, area, supplier, place, survey, metric
}

// Answer is what goes with a score, and how much of it.
type Answer struct {
	Metric    Metric
	Survey    string
	Window    cx.Window
	N         int              // answers weighed
	Of        int              // answers that the query lets through: above MostAnswers a sample is weighed
	Customers int              // who gave them
	Score     outcome.Estimate // in the unit of the metric
	Method    string           // lmg or johnson; "" without reasons
	R2        float64          // of all reasons together, with its interval
	R2Low     float64
	R2High    float64
	Tested    int      // how many candidates were looked at
	Reasons   []Reason // that hold, the weightiest first
	Unclear   []Reason // looked likely, and are not known yet: their interval holds 0
}

// Reason is one thing that goes with a score.
type Reason struct {
	ID         string // in addresses: "late@courier", "queue@till", "topic.wait.negative"
	Kind       Kind
	Driver     string     // what it is, as a Why's Of says it: "property.late", "topic.wait", "circumstance.strike", "touchpoint.till"
	Values     []string   // of a property, the weightiest first: "true", "long", "≥ 8"
	Name       model.Text // in the model's words, else the driver's own
	Touchpoint string     // where it is lived
	Area       string     // that answers for the touchpoint or the topic

	Weight Weight           // its part of what the reasons explain of the scores
	Effect outcome.Estimate // by how many points the score is other for all of it: how many lived it × how differently they score, all else held equal
	Each   outcome.Estimate // how differently those score who lived it
	N      int              // answers of those who lived it
	Share  outcome.Estimate // of the answers
	Among  outcome.Estimate // of the answers of those who could have lived it
	Top3   float64          // probability of being among the three weightiest
	P      float64          // of adding nothing to the others
	Good   bool             // it raises the score

	Importance  float64 // 0–100: its weight, of the weightiest
	Performance float64 // 0–100: how often it goes well
	Contrast    *Contrast
	Since       *Since
	Quotes      []voice.Quote // up to three, the most representative first
	Whys        []Link        // what stands behind, as declared
	Owner       string        // the area that answers for it: of the whys, else of the supplier, the topic or the touchpoint
}

// Weight is a part of the explained variance: Share of R², and that of the sum.
type Weight struct {
	Share float64 // of the scores' variance
	Part  float64 // of R²; the parts of all reasons make 1
	Low   float64 // of Part
	High  float64
}

// Contrast tells a basic need from an exciter (Brandt 1987): what the score loses
// where it goes badly, and gains where it goes well, against what is between.
type Contrast struct {
	Kind    string // basic: it only costs; linear; exciter: it only gains; "" when it cannot be told
	Penalty outcome.Estimate
	Reward  outcome.Estimate
}

// Since is from when on something is lived as often as now.
type Since struct {
	From  cx.Time // the first day; 0: from the beginning until Until
	Low   cx.Time // where From lies with 95 % confidence
	High  cx.Time
	Until cx.Time // when it was over; 0: it lasts still
	Then  float64 // the share before (after, when From is 0)
	Now   float64 // and from then on
}

// Link is one step of "and why?".
type Link struct {
	Slug     string // of the model's why; "" of a proposal
	Of       string
	Kind     string // circumstance, policy, goal, supplier, tool, place
	Ref      string
	Name     model.Text
	Area     string
	Within   *Within // what the data say of it
	Proposed bool    // found in the data, not declared
}

// Within is how much more often a reason is lived where something is so.
type Within struct {
	Share  outcome.Estimate // of those with it, who lived the reason
	Others outcome.Estimate // of the others
	Of     outcome.Estimate // of who lived the reason, those with it
	P      float64
}
