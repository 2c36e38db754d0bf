package referral

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// judgement judges the claims of a stretch together with all that are connected
// with them.
type judgement struct {
	*stretch
	codes map[string]told   // new ones
	all   map[string]*claim // by id
	was   map[string]claim  // as they were stored
}

// gather reads what is needed, and judges. It writes nothing.
func (j *judgement) gather(ctx context.Context) error {
	j.codes, j.all, j.was = map[string]told{}, map[string]*claim{}, map[string]claim{}
	if err := j.shared(ctx); err != nil {
		return err
	}
	if err := j.newClaims(ctx); err != nil {
		return err
	}
	if err := j.said(ctx); err != nil {
		return err
	}
	if err := j.connected(ctx); err != nil {
		return err
	}
	if err := j.proofs(ctx); err != nil {
		return err
	}
	judge(slices.Collect(maps.Values(j.all)), func(id cx.CustomerID) cx.CustomerID { return j.who[id] })
	return nil
}

// shared keeps the codes that nobody had, and gives those who had claimed them in
// vain their referrer.
func (j *judgement) shared(ctx context.Context) error {
	return j.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, t := range j.stretch.codes {
			if _, known := j.codes[t.shared]; known {
				continue
			}
			id, err := whose(ctx, tx, t.shared)
			if err != nil {
				return err
			}
			if id != "" {
				continue
			}
			j.codes[t.shared] = t
			waiting, err := claims(ctx, tx, `WHERE code = $1 AND referrer = '' AND frozen = 0`, t.shared)
			if err != nil {
				return err
			}
			for _, c := range waiting {
				j.add(c)
				c.referrer = t.customer
				j.touched(c.friend, true)
			}
		}
		return nil
	})
}

// add takes a stored claim along.
func (j *judgement) add(c *claim) {
	if _, there := j.all[c.id]; !there {
		j.all[c.id], j.was[c.id] = c, *c
	}
}

// newClaims finds whose the codes are that were claimed.
func (j *judgement) newClaims(ctx context.Context) error {
	for _, c := range j.stretch.claims {
		if c.referrer == "" {
			c.referrer = j.codes[c.code].customer
		}
		if c.referrer == "" {
			if err := j.s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { c.referrer, err = whose(ctx, tx, c.code); return err }); err != nil {
				return err
			}
		}
		var err error
		if c.lived, err = j.s.lastTouchpoint(ctx, c.referrer, c.at); err != nil {
			return err
		}
		j.all[c.id] = c
	}
	return nil
}

// said keeps what friends say: with the claim that they have, or, when they named
// nobody, alone.
func (j *judgement) said(ctx context.Context) error {
	for _, t := range j.heard {
		ids, err := j.aliases(ctx, t.customer)
		if err != nil {
			return err
		}
		var has []*claim
		if err := j.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
			for _, id := range ids {
				more, err := claims(ctx, tx, `WHERE friend = $1 AND state IN ($2, $3, $4)`, string(id), string(Pending), string(Proven), string(TakenBack))
				if err != nil {
					return err
				}
				has = append(has, more...)
			}
			return nil
		}); err != nil {
			return err
		}
		for _, c := range j.all {
			if j.was[c.id].id == "" && slices.Contains(ids, c.friend) && c.state != Said {
				has = append(has, c)
			}
		}
		switch {
		case len(has) > 0 && t.anyway != "":
			for _, c := range has {
				j.add(c)
				if c = j.all[c.id]; c.anyway == "" {
					c.anyway = t.anyway
				}
				j.touched(c.friend, false)
			}
		case len(has) == 0 && t.said != "":
			c := &claim{id: j.s.name("said " + seqText(t.seq)), seq: t.seq, at: t.at, friend: t.customer, said: t.said, anyway: t.anyway, channel: t.channel, state: Said}
			j.all[c.id] = c
		}
	}
	return nil
}

// connected adds every claim that shares a customer with one that is touched, and
// so on.
func (j *judgement) connected(ctx context.Context) error {
	queue := slices.Clone(j.touch)
	for _, c := range j.all {
		queue = append(queue, c.friend, c.referrer)
	}
	seen := map[cx.CustomerID]bool{"": true}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if seen[id] {
			continue
		}
		ids, err := j.aliases(ctx, id)
		if err != nil {
			return err
		}
		if err := j.s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
			for _, id := range ids {
				seen[id] = true
				found, err := claims(ctx, tx, `WHERE (friend = $1 OR referrer = $1) AND state <> $2`, string(id), string(Said))
				if err != nil {
					return err
				}
				for _, c := range found {
					j.add(c)
					queue = append(queue, c.friend, c.referrer)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// proofs reads again what those bought who may have bought, or be, something else.
func (j *judgement) proofs(ctx context.Context) error {
	fresh := map[cx.CustomerID]bool{}
	for id := range j.fresh {
		fresh[j.who[id]] = true
	}
	read := map[cx.CustomerID][]purchase{}
	for _, c := range j.all {
		friend := j.who[c.friend]
		if c.state == Said || c.frozen || !fresh[friend] && !fresh[j.who[c.referrer]] {
			continue
		}
		if _, done := read[friend]; !done {
			all, err := j.s.bought(ctx, c.friend, j.last)
			if err != nil {
				return err
			}
			read[friend] = all
		}
		var err error
		c.proof = c.proofOf(read[friend])
		if c.same, err = j.s.alike(ctx, c.friend, c.referrer); err != nil {
			return err
		}
	}
	return nil
}

// write writes what was judged, and brings the ledger to it.
func (j *judgement) write(ctx context.Context, tx *sqldb.Tx) error {
	for code, t := range j.codes {
		if err := keepCode(ctx, tx, code, t); err != nil {
			return err
		}
	}
	all := slices.Collect(maps.Values(j.all))
	inOrder(all)
	b := &book{s: j.s, ctx: ctx, tx: tx, now: j.now}
	for _, c := range all {
		if err := j.writeClaim(ctx, tx, c); err != nil {
			return err
		}
		if err := b.bring(c, c.referrer, c.earns); err != nil {
			return err
		}
		if err := b.bring(c, c.friend, c.gift); err != nil {
			return err
		}
	}
	if j.m.Referrals == nil {
		return nil
	}
	proven := map[cx.CustomerID][]*claim{}
	for _, c := range all {
		if by := j.who[c.referrer]; by != "" && c.state != Said {
			if c.state == Proven {
				proven[by] = append(proven[by], c)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(j.ids)) {
		has := proven[id]
		slices.SortFunc(has, func(a, b *claim) int {
			return cmp.Or(cmp.Compare(a.proof.at, b.proof.at), cmp.Compare(a.proof.seq, b.proof.seq))
		})
		if err := b.milestones(j.ids[id], j.m, has); err != nil {
			return err
		}
	}
	return nil
}

// writeClaim keeps a claim when something of it changed, and has the log told
// while it is news.
func (j *judgement) writeClaim(ctx context.Context, tx *sqldb.Tx, c *claim) error {
	was := j.was[c.id]
	if was == *c {
		return nil
	}
	if was.id == "" {
		if err := c.insert(ctx, tx); err != nil {
			return err
		}
	} else if was.anyway != c.anyway {
		if _, err := tx.Exec(ctx, `UPDATE referral_claims SET anyway = $1 WHERE id = $2`, string(c.anyway), c.id); err != nil {
			return err
		}
	}
	if err := c.judged(ctx, tx); err != nil {
		return err
	}
	switch {
	case was.state == c.state && was.id != "":
	case c.state == Proven && j.now.Sub(c.proof.at) <= news:
		return j.s.put(ctx, tx, jobs.Job{Key: tellProven + c.id})
	case c.state == Refused && j.now.Sub(c.at) <= news:
		return j.s.put(ctx, tx, jobs.Job{Key: tellRefused + c.id})
	}
	return nil
}
