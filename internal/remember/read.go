package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
)

// What a timeline is made of.
type (
	Item          = timeline.Item
	Episode       = timeline.Episode
	Circumstance  = timeline.Circumstance
	TimelineQuery = timeline.Query
	TimelinePage  = timeline.Page
)

// Timeline returns a page of what the customer lived, newest first by (at,
// seq), classified under the model in force.
func (m *Memory) Timeline(ctx context.Context, p cx.Principal, id cx.CustomerID, q TimelineQuery) (TimelinePage, error) {
	panic("not yet")
}
