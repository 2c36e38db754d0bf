package outcome

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Metric is a way to score answers.
type Metric string

// The metrics.
const (
	NPS  Metric = "nps"  // −100..100: share of 9–10 less share of 0–6
	CSAT Metric = "csat" // 0..1: share of the two best scores of each answer's scale
	CES  Metric = "ces"  // mean on its scale; higher is easier
	Mean Metric = "mean" // mean of any survey's scores, on their scale
)

// Estimate is a figure with its 95 % interval and the n it rests on. With N = 0
// there is no figure: show none.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// Query asks for scores.
type Query struct {
	Metric Metric
	Survey string            // "": all surveys
	By     history.Dimension // "": no groups
	Window cx.Window
	Where  []history.Condition
}

// Result is a score and its groups.
type Result struct {
	Estimate
	Metric Metric  `json:"metric"`
	Scale  string  `json:"scale,omitempty"`  // of ces and mean
	Groups []Group `json:"groups,omitempty"` // most answers first, then by key
}

// Group is the score of the answers with a key; "" is for those without.
type Group struct {
	Key string `json:"key"`
	Estimate
}

// Scores answers the query. It needs the right scores.view. The error is
// cx.Invalid when scores on different scales would be averaged.
func (s *Service) Scores(ctx context.Context, p cx.Principal, q Query) (Result, error) {
	panic("not yet")
}
