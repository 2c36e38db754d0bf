package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
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
	const op = "remember.Resolve"
	if err := m.WaitFor(ctx, last); err != nil {
		return Resolved{}, cx.Wrap(op, err)
	}
	var r Resolved
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		facts, err := timeline.Facts(ctx, tx, after, last)
		if err != nil {
			return err
		}
		r.Facts = make([]Fact, len(facts))
		for i, f := range facts {
			r.Facts[i] = Fact{f.Seq, f.Profile, f.Traits}
		}
		clusters, err := identity.Changed(ctx, tx, after, last)
		for _, c := range clusters {
			r.Clusters = append(r.Clusters, Cluster{c.Profile, c.Customer})
		}
		return err
	})
	return r, cx.Wrap(op, err)
}

// Seen tells for each messageID of source whether it is remembered already.
func (m *Memory) Seen(ctx context.Context, source string, messageIDs []string) ([]bool, error) {
	hashes := make([]cx.MessageHash, len(messageIDs))
	for i, id := range messageIDs {
		hashes[i] = cx.HashMessage(m.config.Salt, source, id)
	}
	var out []bool
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = m.dedupe().Has(ctx, tx, hashes)
		return err
	})
	return out, cx.Wrap("remember.Seen", err)
}
