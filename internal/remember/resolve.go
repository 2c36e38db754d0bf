package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Resolved tells whose the events of a stretch of the log are.
type Resolved struct {
	Facts    []Fact    // by seq; duplicates are missing
	Clusters []Cluster // profiles whose customer was last changed within the stretch
}

// Fact is an event that was not seen before. Circumstances and decisions have
// no profile (0).
type Fact struct {
	Seq       cx.Seq
	ProfileNo cx.ProfileNo
	Traits    []byte // answers only: the customer's traits as they were, a JSON object
}

// Cluster says which customer a profile belongs to now. A profile that was
// never named in one is a customer of its own.
type Cluster struct {
	ProfileNo  cx.ProfileNo
	CustomerNo cx.CustomerNo
}

// Resolve waits until everything up to last is remembered and tells of the
// stretch (after, last].
func (m *Memory) Resolve(ctx context.Context, after, last cx.Seq) (Resolved, error) {
	panic("not yet")
}

// Seen tells for each messageID of source whether it is remembered already.
func (m *Memory) Seen(ctx context.Context, source string, messageIDs []string) ([]bool, error) {
	panic("not yet")
}
