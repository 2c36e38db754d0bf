package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Resolve waits until everything up to last is remembered and tells of the
// stretch (after, last]: whose each event is that was not seen before
// (circumstances and decisions have no profile), and the profiles whose customer
// it changed, as they are now. A profile that was never named in a cluster is a
// customer of its own.
func (m *Memory) Resolve(ctx context.Context, after, last cx.Seq) (history.Resolved, error) {
	const op = "remember.Resolve"
	if err := m.WaitFor(ctx, last); err != nil {
		return history.Resolved{}, cx.Wrap(op, err)
	}
	var r history.Resolved
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		facts, err := timeline.Facts(ctx, tx, after, last)
		if err != nil {
			return err
		}
		r.Facts = make([]history.ResolvedFact, len(facts))
		for i, f := range facts {
			r.Facts[i] = history.ResolvedFact{Seq: f.Seq, Profile: f.Profile, Traits: f.Traits}
		}
		clusters, err := identity.Changed(ctx, tx, after, last)
		for _, c := range clusters {
			r.Clusters = append(r.Clusters, history.Cluster{Profile: c.Profile, Customer: c.Customer})
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
