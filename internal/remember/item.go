package remember

import "github.com/vivencia-cx/vivencia/internal/remember/timeline"

// What a timeline is made of.
type (
	Item          = timeline.Item
	Episode       = timeline.Episode
	Circumstance  = timeline.Circumstance
	TimelineQuery = timeline.Query
	TimelinePage  = timeline.Page
)
