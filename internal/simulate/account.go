package simulate

// account keeps what came of a past: of what was tried out, of the campaign, of
// who spoke of Candil, and the money.
type account struct {
	trials    []trial
	newcomers map[uint32]*newcomer // who bought nothing before the past began
	revenue   int64                // cents, less what went back

	started, ended int // members
	referrals      TruthReferrals
	claimants      map[uint32]*claimant
	no, yes        int // of the friends with a code: who would not have come otherwise, who would
}

// trial is what came of an initiative, by arm.
type trial struct {
	takes map[uint32]*taking
	arms  [treated + 1]tried
}

// taking is a customer who takes part.
type taking struct {
	since int64
	arm   arm
	back  bool
}

// tried sums up an arm.
type tried struct {
	n, back       int
	scores, asked float64 // of the survey: sum and number, of those who answer on average
	lived         int     // of what begins shop by shop: how often, and what it came to
	sum           float64
}

// newcomer is a customer and their first purchase.
type newcomer struct {
	at              int64
	order           uint64
	again, sentBack bool
}

// claimant is a customer who named a friend's code.
type claimant struct {
	at, proven int64 // proven: when; 0: not yet
	order      uint64
}

const (
	provenWithin = 60 * day // of the claim: as the model's referrals have it
	provenLeast  = 1500     // cents
	clawedWithin = 30 * day
	repeatWithin = 90 * day
)

func newAccount(w *world) *account {
	a := &account{trials: make([]trial, len(w.initiatives)), newcomers: map[uint32]*newcomer{}, claimants: map[uint32]*claimant{}}
	for i := range a.trials {
		a.trials[i].takes = map[uint32]*taking{}
	}
	return a
}

// fact keeps what comes of a fact that was lived.
func (a *account) fact(e *engine, f *fact) {
	for i := range e.w.initiatives {
		if x := &e.w.initiatives[i]; x.value != nil && f.verb == x.of && x.began(f) {
			t := &a.trials[i].arms[treated]
			t.lived++
			t.sum += x.value(f)
		}
	}
	switch f.verb {
	case exposed:
		in := control
		if e.w.treats(int(f.count), e.c.number) {
			in = treated
		}
		t := &a.trials[f.count]
		t.takes[f.customer] = &taking{since: f.at, arm: in}
		t.arms[in].n++
	case ordered, paid:
		a.bought(e, f)
	case refunded, returnAccepted:
		if f.verb == returnAccepted && !e.w.moneyBack(f) {
			return
		}
		a.revenue -= int64(f.cents)
		if n := a.newcomers[f.customer]; n != nil && (n.order == f.object || n.order == f.parent) {
			n.sentBack = true
		}
		if c := a.claimants[f.customer]; c != nil && c.proven != 0 && c.order == f.object && f.at <= c.proven+clawedWithin {
			a.referrals.ClawedBack++
			c.proven = -1
		}
	case memberStarted:
		a.started++
	case memberEnded:
		a.ended++
	case shared:
		a.referrals.Prescribers++
	case claimed:
		a.referrals.Said++
	}
}

// bought keeps what comes of a purchase.
func (a *account) bought(e *engine, f *fact) {
	a.revenue += int64(f.cents)
	for i := range a.trials {
		t := &a.trials[i]
		if k := t.takes[f.customer]; k != nil && !k.back && f.at > k.since && f.at <= k.since+again*day {
			k.back = true
			t.arms[k.arm].back++
		}
	}
	if !e.c.is(regular) {
		if n := a.newcomers[f.customer]; n == nil {
			a.newcomers[f.customer] = &newcomer{at: f.at, order: f.object}
		} else if f.at <= n.at+repeatWithin {
			n.again = true
		}
	}
	a.named(f)
}

// named keeps what becomes of the code that a purchase names.
func (a *account) named(f *fact) {
	r := &a.referrals
	if f.claim != noClaim {
		r.Claims++
	}
	switch f.claim {
	case brought, anyway:
		a.claimants[f.customer] = &claimant{at: f.at}
		if f.claim == brought {
			a.no++
		} else {
			a.yes++
		}
	case selfClaim:
		r.Refused.Self++
	case duplicate:
		r.Refused.Duplicate++
	case unknownCode:
		r.Refused.Unknown++
	}
	if c := a.claimants[f.customer]; c != nil && c.proven == 0 && f.verb == ordered && f.cents >= provenLeast && f.at <= c.at+provenWithin {
		c.proven, c.order = f.at, f.object
		r.Proven++
	}
}

// asked keeps what somebody who is asked would answer on average, as often as they
// would.
func (a *account) asked(e *engine, f *fact, response, score float64) {
	for i := range a.trials {
		x, t := &e.w.initiatives[i], &a.trials[i]
		k := t.takes[f.customer]
		if f.survey != x.survey || k == nil || f.at > k.since+again*day {
			continue
		}
		t.arms[k.arm].scores += response * score
		t.arms[k.arm].asked += response
	}
}

// campaign tells what came of those whom the campaign brought, and of the others
// who came in the past.
func (a *account) campaign(w *world) TruthCampaign {
	since := w.daysBefore(launchSince)
	t := TruthCampaign{Slug: launchSlug, Since: utc(since), Until: utc(since + launchDays*day)}
	for index, n := range a.newcomers {
		if n.at > w.until-repeatWithin {
			continue // nobody knows yet whether they come again
		}
		of := &t.Others
		if int(index) >= w.cfg.Customers {
			of = &t.TruthRepeat
		}
		of.Customers++
		if n.again {
			of.Repeat90++
		}
		if n.sentBack {
			of.Refunded++
		}
	}
	for _, of := range []*TruthRepeat{&t.TruthRepeat, &t.Others} {
		of.Repeat90 /= float64(max(of.Customers, 1))
		of.Refunded /= float64(max(of.Customers, 1))
	}
	return t
}

// referred tells what came of who spoke of Candil.
func (a *account) referred() TruthReferrals {
	r := a.referrals
	if a.no+a.yes > 0 {
		r.Otherwise = float64(a.no) / float64(a.no+a.yes)
	}
	return r
}

// whole sums up both arms.
func (t *trial) whole() *tried {
	c, w := t.arms[control], t.arms[treated]
	return &tried{
		n: c.n + w.n, back: c.back + w.back, scores: c.scores + w.scores, asked: c.asked + w.asked,
		lived: c.lived + w.lived, sum: c.sum + w.sum,
	}
}

// chance is a share, 0 of nothing.
func chance(k, n int) float64 { return float64(k) / float64(max(n, 1)) }

// metrics compares what came of an initiative with and without it, in two pasts of
// the same customers.
func (x *initiative) metrics(i int, with, without *account) []TruthMetric {
	one, other := &with.trials[i].arms[treated], &without.trials[i].arms[control]
	switch {
	case x.better == nil: // whoever takes part
		one = with.trials[i].whole()
		other = one
	case x.starts != nil: // never begun, the same shops and days count
		other = &without.trials[i].arms[treated]
	}
	var list []TruthMetric
	add := func(kind, of string, days int, without, with float64, n int) {
		if n > 0 {
			list = append(list, TruthMetric{Kind: kind, Of: of, Days: days, N: n, Control: without, Treated: with, Effect: with - without})
		}
	}
	if x.until != 0 {
		add("return", "", again, chance(other.back, other.n), chance(one.back, one.n), one.n)
	}
	if x.starts != nil {
		add(x.kind, x.about, 0, other.sum/float64(max(other.lived, 1)), one.sum/float64(max(one.lived, 1)), one.lived)
	}
	if one.asked > 0 && other.asked > 0 {
		add("score", surveyed[x.survey].slug, again, other.scores/other.asked, one.scores/one.asked, int(one.asked))
	}
	return list
}
