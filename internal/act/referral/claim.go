package referral

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// State is how far a claim is.
type State string

// The states.
const (
	Pending   State = "pending"    // the code was given, nothing proves it yet
	Proven    State = "proven"     // they bought in time
	Expired   State = "expired"    // they bought nothing in time
	Refused   State = "refused"    // see the Reason
	TakenBack State = "taken-back" // what proved it was given back in time
	Said      State = "said"       // they only say so: nobody can tell whether it is so
	Repeated  State = "repeated"   // it says again what another claim says already
)

// claim is a claim as it is stored.
type claim struct {
	id               string
	seq              cx.Seq
	at               cx.Time
	friend, referrer cx.CustomerID // by their profiles' own ids; "": nobody known
	code, said       string
	anyway           Anyway
	channel, lived   string

	// The terms, as they were when it was claimed.
	closed      bool
	until       cx.Time
	event       string
	least       int64
	back        time.Duration
	earns, gift int64
	currency    string

	proof

	state  State
	reason Reason
	frozen bool
}

// proof is what the friend's timeline says of a claim.
type proof struct {
	had, same    bool
	at           cx.Time
	seq          cx.Seq
	order        string
	backAt, late cx.Time
}

// stateAt is the state of a claim at a time: one that nothing proved in time is
// Expired.
func (c *claim) stateAt(now cx.Time) State {
	if c.state == Pending && now > c.until {
		return Expired
	}
	return c.state
}

// inOrder sorts claims as they were made.
func inOrder(all []*claim) {
	slices.SortFunc(all, func(a, b *claim) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
}

// judge says of each claim what it is, from all that are connected with it, in
// the order in which they were made. Who tells which customer an id leads to now.
// A claim whose time passed before another was made stands in nobody's way.
func judge(all []*claim, who func(cx.CustomerID) cx.CustomerID) {
	inOrder(all)
	brought := map[cx.CustomerID]*claim{} // who was brought, by the claim that holds
	holds := func(friend cx.CustomerID, at cx.Time) *claim {
		c := brought[friend]
		if c == nil || c.proof.at == 0 && at > c.until {
			return nil
		}
		return c
	}
	for _, c := range all {
		if c.state == Said {
			continue
		}
		friend, referrer := who(c.friend), who(c.referrer)
		if c.frozen { // it stays what it was, and holds its friend
			if c.state != Refused && c.state != Repeated && c.friend != "" {
				brought[friend] = c
			}
			continue
		}
		c.reason = ""
		held := holds(friend, c.at)
		switch {
		case c.referrer == "":
			c.reason = Unknown
		case c.closed:
			c.reason = Closed
		case friend == referrer || c.same:
			c.reason = Self
		case held != nil && who(held.referrer) == referrer:
			c.state = Repeated
			continue
		case held != nil:
			c.reason = Taken
		case c.had:
			c.reason = Existing
		default:
			for up := holds(referrer, c.at); up != nil; up = holds(who(up.referrer), c.at) {
				if who(up.referrer) == friend {
					c.reason = Circular
					break
				}
			}
		}
		switch {
		case c.reason != "":
			c.state = Refused
			continue
		case c.proof.at == 0:
			c.state = Pending
		case c.backAt != 0:
			c.state, c.reason = TakenBack, Refunded
		default:
			c.state = Proven
		}
		brought[friend] = c
	}
}

const columns = `id, seq, at, friend, referrer, code, said, anyway, channel, lived, closed, until, event, least, back, earns, gift, currency,
	had, same, proof_at, proof_seq, proof_id, back_at, late_at, state, reason, frozen`

func scanClaim(rows *sql.Rows) (*claim, error) {
	c := &claim{}
	var closed, had, same, frozen, back int64
	err := rows.Scan(&c.id, &c.seq, &c.at, &c.friend, &c.referrer, &c.code, &c.said, &c.anyway, &c.channel, &c.lived, &closed, &c.until, &c.event, &c.least, &back, &c.earns, &c.gift, &c.currency,
		&had, &same, &c.proof.at, &c.proof.seq, &c.order, &c.backAt, &c.late, &c.state, &c.reason, &frozen)
	c.closed, c.had, c.same, c.frozen, c.back = closed == 1, had == 1, same == 1, frozen == 1, time.Duration(back)*time.Microsecond
	return c, err
}

func claims(ctx context.Context, tx *sqldb.Tx, which string, args ...any) ([]*claim, error) {
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM referral_claims `+which, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanClaim)
}

func one(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// insert keeps a claim; what was there stays.
func (c *claim) insert(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO referral_claims (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 0, 0, 0, '', 0, 0, $19, $20, 0)
		ON CONFLICT (id) DO NOTHING`,
		c.id, int64(c.seq), int64(c.at), string(c.friend), string(c.referrer), c.code, c.said, string(c.anyway), c.channel, c.lived, one(c.closed), int64(c.until), c.event, c.least, c.back.Microseconds(),
		c.earns, c.gift, c.currency, string(c.state), string(c.reason))
	return err
}

// judged keeps what was found of a claim.
func (c *claim) judged(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE referral_claims SET referrer = $1, had = $2, same = $3, proof_at = $4, proof_seq = $5, proof_id = $6, back_at = $7, late_at = $8, state = $9, reason = $10 WHERE id = $11`,
		string(c.referrer), one(c.had), one(c.same), int64(c.proof.at), int64(c.proof.seq), c.order, int64(c.backAt), int64(c.late), string(c.state), string(c.reason), c.id)
	return err
}
