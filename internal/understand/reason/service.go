package reason

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Models is where names and whys come from.
type Models interface{ Current() model.Version }

// Voices tells what customers say. voice.Service does.
type Voices interface {
	Tell(ctx context.Context, p cx.Principal, f voice.Filter, fn func(*voice.Text) error) error
	Quotes(ctx context.Context, p cx.Principal, q voice.QuoteQuery) (voice.Quotes, error)
}

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Memory tells who customers are. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Config wires a Service.
type Config struct {
	Facts    history.Teller
	Models   Models
	Voices   Voices
	Segments Segments
	Memory   Memory
	Clock    cx.Clock
}

// Service answers why customers score as they do. It is safe for concurrent use,
// and does nothing while nobody asks.
type Service struct{ c Config }

// New returns a service.
func New(c Config) *Service { return &Service{c: c} }

// Reasons answers the query. It needs the right scores.view; of who is limited to
// areas, all is of what was answered and lived there.
func (s *Service) Reasons(ctx context.Context, p cx.Principal, q Query) (Answer, error) {
	return Answer{}, nil
}

// Reason tells one reason in detail. The error is cx.NotFound when the query has
// no such reason.
func (s *Service) Reason(ctx context.Context, p cx.Principal, q Query, id string) (Detail, error) {
	return Detail{}, nil
}

// Changed tells which reasons moved the score between two periods.
func (s *Service) Changed(ctx context.Context, p cx.Principal, q ChangedQuery) (Changes, error) {
	return Changes{}, nil
}

// Detail is one reason with what is behind it.
type Detail struct {
	Reason
	Metric    Metric           `json:"metric"`
	Lived     outcome.Estimate `json:"lived"`     // the score of those who lived it
	Others    outcome.Estimate `json:"others"`    // and of those who could have
	Weeks     []Week           `json:"weeks"`     // oldest first, without gaps
	ForWhom   []Whom           `json:"for_whom"`  // clear ones, the greatest part first
	Facts     []Behind         `json:"facts"`     // the newest first, up to a hundred
	Extreme   []voice.Quote    `json:"extreme"`   // the most extreme words of those who lived it
	Proposals []Link           `json:"proposals"` // whys that the data propose
}

// Week is how often a reason was lived in a week, and how those answered.
type Week struct {
	From  cx.Time          `json:"from"`
	To    cx.Time          `json:"to"`
	Share outcome.Estimate `json:"share"` // of those who could have lived it; N 0: nobody could
}

// Whom is a group in which a reason is lived more often.
type Whom struct {
	By    string `json:"by"` // segment, place, supplier, channel, area, weekday
	Value string `json:"value"`
	Within
}

// Behind is one answer of somebody who lived a reason.
type Behind struct {
	Answer   cx.Seq        `json:"answer"`          // seq of the answer
	Facts    []cx.Seq      `json:"facts,omitempty"` // of what was lived
	At       cx.Time       `json:"at"`
	Survey   string        `json:"survey"`
	Metric   string        `json:"metric"`
	Value    float64       `json:"value"`
	Customer cx.CustomerID `json:"customer,omitempty"` // when who asks may know
	Name     string        `json:"name,omitempty"`

	no cx.CustomerNo
}

// ChangedQuery asks what moved the score from one period to another.
type ChangedQuery struct {
	Query            // its window is the later period; zero: the last 28 days
	Before cx.Window // zero: as long, just before
}

// Changes splits the change of a score.
type Changes struct {
	Metric Metric           `json:"metric"`
	Now    cx.Window        `json:"-"`
	Before cx.Window        `json:"-"`
	Score  outcome.Estimate `json:"score"`
	Was    outcome.Estimate `json:"was"`
	Delta  outcome.Estimate `json:"delta"`
	Moves  []Move           `json:"moves"` // the greatest first
}

// Move is what a reason has of a change: because more or fewer live it (mix), and
// because it weighs more or less with them (rate). Both add up to Points.
type Move struct {
	Reason
	Was    outcome.Estimate `json:"was"` // share of the answers of those who lived it, before
	Points outcome.Estimate `json:"points"`
	Mix    float64          `json:"mix"`
	Rate   float64          `json:"rate"`
	Clear  bool             `json:"clear"` // among all reasons (Benjamini–Hochberg, 5 %)
}

// Point is a reason in the picture of importance and performance (Martilla & James 1977).
type Point struct {
	ID          string     `json:"id"`
	Name        model.Text `json:"name"`
	Touchpoint  string     `json:"touchpoint,omitempty"`
	Importance  float64    `json:"importance"`  // 0–100
	Performance float64    `json:"performance"` // 0–100
	Quadrant    string     `json:"quadrant"`    // act, keep, watch, relax
	N           int        `json:"n"`
}

// Picture is importance × performance, with the lines that part the quadrants.
type Picture struct {
	Importance  float64 `json:"importance"`
	Performance float64 `json:"performance"`
	Points      []Point `json:"points"`
}
