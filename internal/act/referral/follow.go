package referral

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const (
	// news is how long after it was lived something is still told, or asked about.
	news = 24 * time.Hour
	// keepEvery is how often the position is kept when nothing else is written.
	keepEvery = time.Second
)

var _ stream.View = (*Service)(nil)

// Name returns "referral".
func (s *Service) Name() string { return "referral" }

// Position returns the seq up to which the log is read.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, nil
}

// told is what one event says of who brought whom.
type told struct {
	seq      cx.Seq
	at       cx.Time
	shared   string // a code that is its customer's
	code     string // one that its customer was given
	by       string // who gave it: a code, or a userId
	said     string
	anyway   Anyway
	channel  string
	customer cx.CustomerID // by their profile's own id
}

// found is what a batch holds that matters here.
type found struct {
	told  []told
	money []cx.Seq // somebody bought, or gave back
	peaks []peak
}

// find looks for what matters in a batch. Money matters only when somebody in a
// claim may have spent it.
func (s *Service) find(m *model.Model, b stream.Batch, position, effects cx.Seq, watching bool) (f found) {
	now := s.c.Clock.Now()
	for i := range b.Events {
		e := &b.Events[i]
		if e.Seq <= position {
			continue
		}
		switch e.Kind {
		case cx.Track:
			if t, ok := tells(m, e); ok {
				f.told = append(f.told, t)
				watching = true
			}
			var class *model.Class
			if watching || s.mayAsk(m, e, effects, now) {
				c := m.Classify(model.FactOf(*e))
				class = &c
			}
			if class != nil && watching && class.HasRevenue && class.Revenue.Minor != 0 {
				f.money = append(f.money, e.Seq)
			}
			if class != nil && s.mayAsk(m, e, effects, now) && class.HasValence && class.Valence >= m.Referrals.Ask.Peak {
				f.peaks = append(f.peaks, peak{seq: e.Seq, at: e.At, place: class.Place})
			}
		case cx.Answer:
			if t, ok := answered(m, e); ok {
				f.told = append(f.told, t)
			}
			if s.mayAsk(m, e, effects, now) && promotes(e) {
				f.peaks = append(f.peaks, peak{seq: e.Seq, at: e.At})
			}
		default:
		}
	}
	return f
}

// tells reads what an event says. Codes count once there is a programme.
func tells(m *model.Model, e *cx.Event) (t told, ok bool) {
	t = told{seq: e.Seq, at: e.At, channel: m.Classify(model.FactOf(*e)).Channel}
	switch e.Name {
	case SharedEvent:
		t.shared = foldCode(read(e.Properties).Code)
		return t, t.shared != ""
	case ProvenEvent, RewardedEvent, RevokedEvent:
		return t, false
	}
	p := read(e.Properties)
	t.anyway = p.anyway()
	if e.Name == ClaimedEvent {
		t.code, t.said = foldCode(p.Code), saidOf(p.Said)
	}
	if m.Referrals != nil && t.code == "" {
		t.code, t.by = foldCode(p.Given), p.By
	}
	return t, t.code != "" || t.by != "" || t.said != ""
}

// answered reads what somebody answers about who told them.
func answered(m *model.Model, e *cx.Event) (t told, ok bool) {
	if m.Referrals == nil || m.Referrals.Heard.Survey != e.Name || e.Name == "" || fact.Suspect(*e) {
		return t, false
	}
	a, err := fact.ParseAnswer(*e)
	if err != nil {
		return t, false
	}
	t = told{seq: e.Seq, at: e.At}
	for _, item := range a.Items {
		switch item.Question {
		case m.Referrals.Heard.Who:
			if t.said = saidOf(item.Choice); t.said == "" {
				t.code = foldCode(item.Text)
			}
			if t.said == "" && t.code == "" && item.Text != "" {
				t.said = "other"
			}
		case m.Referrals.Heard.Anyway:
			t.anyway = anywayOf(item.Choice)
		}
	}
	return t, t.code != "" || t.said != "" || t.anyway != ""
}

// Apply reads a batch: what it says becomes claims, claims that it may change are
// judged anew, and the ledger is brought to that, together with the position.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "referral.Apply"
	s.deciding.Lock()
	defer s.deciding.Unlock()
	s.mu.Lock()
	position, effects, kept, keptAt, any := s.position, s.effects, s.kept, s.keptAt, s.any
	s.mu.Unlock()
	if b.Last <= position {
		return nil
	}
	m, now := s.c.Models.Current().Model, s.c.Clock.Now()
	f := s.find(m, b, position, effects, any)
	if len(f.told)+len(f.money)+len(f.peaks) == 0 && !any {
		if kept > 0 && now.Sub(keptAt) < keepEvery {
			s.reached(b.Last, kept, keptAt)
			return nil
		}
		if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return keep(ctx, tx, b.Last) }); err != nil {
			return cx.Wrap(op, err)
		}
		s.reached(b.Last, b.Last, now)
		return nil
	}
	st := &stretch{s: s, m: m, now: now, last: b.Last, who: map[cx.CustomerID]cx.CustomerID{}, ids: map[cx.CustomerID][]cx.CustomerID{}}
	if err := st.read(ctx, f, position); err != nil {
		return cx.Wrap(op, err)
	}
	if err := st.asks(ctx, f.peaks); err != nil {
		return cx.Wrap(op, err)
	}
	if !st.nothing() || kept == 0 || now.Sub(keptAt) >= keepEvery {
		if err := st.commit(ctx); err != nil {
			return cx.Wrap(op, err)
		}
		kept, keptAt = b.Last, now
	}
	s.reached(b.Last, kept, keptAt)
	return nil
}

func keep(ctx context.Context, tx *sqldb.Tx, position cx.Seq) error {
	_, err := tx.Exec(ctx, `UPDATE referral_state SET position = $1`, int64(position))
	return err
}

func (s *Service) reached(position, kept cx.Seq, at cx.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position, s.kept, s.keptAt = position, kept, at
}

// stretch is a batch at work.
type stretch struct {
	s    *Service
	m    *model.Model
	now  cx.Time
	last cx.Seq

	who map[cx.CustomerID]cx.CustomerID   // each id → the oldest of the customer that it leads to now
	ids map[cx.CustomerID][]cx.CustomerID // … and all of that customer's

	origin map[cx.Seq]cx.CustomerID // whose the events are, by their profiles' own ids
	codes  []told                   // codes that came
	claims []*claim                 // new ones
	heard  []told                   // what was said of a claim that there is: would they have come anyway?
	touch  []cx.CustomerID          // whose claims are to be judged anew …
	fresh  map[cx.CustomerID]bool   // … after reading what they bought

	decisions []cx.Event
	rows      []asked
}

func (st *stretch) nothing() bool {
	return len(st.codes)+len(st.claims)+len(st.heard)+len(st.touch)+len(st.rows)+len(st.decisions) == 0
}

// read finds whose the events are, and who is touched by them.
func (st *stretch) read(ctx context.Context, f found, position cx.Seq) error {
	s := st.s
	resolved, err := s.c.Memory.Resolve(ctx, position, st.last)
	if err != nil {
		return err
	}
	profiles := map[cx.Seq]cx.ProfileNo{}
	for _, r := range resolved.Facts {
		profiles[r.Seq] = r.Profile
	}
	if err := st.origins(ctx, f, profiles); err != nil {
		return err
	}
	st.fresh = map[cx.CustomerID]bool{}
	if err := st.claimed(ctx, f.told); err != nil {
		return err
	}
	if err := s.watch(ctx); err != nil {
		return err
	}
	known := s.watched
	for _, seq := range f.money {
		if known[profiles[seq]] {
			st.touched(st.origin[seq], true)
		}
	}
	for _, c := range resolved.Clusters {
		_, own := known[c.Profile]
		if _, other := known[c.Customer]; !own && !other {
			continue
		}
		ids, err := s.c.Memory.Origins(ctx, []cx.ProfileNo{c.Profile})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := st.parted(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// parted touches, and watches, all that a customer is made of, or was.
func (st *stretch) parted(ctx context.Context, id cx.CustomerID) error {
	g, err := st.s.c.Memory.Graph(ctx, cx.System(), id)
	if err != nil {
		return notFound(err)
	}
	for _, p := range g.Profiles {
		st.touched(p.ID, true)
		st.s.watched[p.No] = true
	}
	return nil
}

func (st *stretch) touched(id cx.CustomerID, fresh bool) {
	if id == "" {
		return
	}
	st.touch = append(st.touch, id)
	if fresh {
		st.fresh[id] = true
	}
}

// origins tells whose events are. Those of a message that was there before are
// nobody's.
func (st *stretch) origins(ctx context.Context, f found, profiles map[cx.Seq]cx.ProfileNo) error {
	st.origin = map[cx.Seq]cx.CustomerID{}
	var seqs []cx.Seq
	var nos []cx.ProfileNo
	add := func(seq cx.Seq) {
		if p := profiles[seq]; p != 0 {
			seqs, nos = append(seqs, seq), append(nos, p)
		}
	}
	for _, t := range f.told {
		add(t.seq)
	}
	for _, seq := range f.money {
		add(seq)
	}
	for _, p := range f.peaks {
		add(p.seq)
	}
	ids, err := st.s.c.Memory.Origins(ctx, nos)
	for i, id := range ids {
		st.origin[seqs[i]] = id
	}
	return err
}

// claimed makes claims of what was told.
func (st *stretch) claimed(ctx context.Context, all []told) error {
	s := st.s
	for _, t := range all {
		if t.customer = st.origin[t.seq]; t.customer == "" {
			continue
		}
		switch {
		case t.shared != "":
			st.codes = append(st.codes, t)
			continue
		case t.code == "" && t.by == "":
			st.heard = append(st.heard, t)
			continue
		}
		c := &claim{id: s.name("claim " + strconv.FormatUint(uint64(t.seq), 10)), seq: t.seq, at: t.at, friend: t.customer, code: t.code, said: t.said, anyway: t.anyway, channel: t.channel, state: Pending}
		if t.code == "" {
			if c.code = foldCode(t.by); c.code == "" || st.unknown(ctx, c.code) {
				switch id, err := s.c.Memory.Lookup(ctx, cx.System(), identity.UserID, t.by); {
				case err == nil:
					c.referrer, c.code = id, ""
				case notFound(err) != nil:
					return err
				}
			}
		}
		st.terms(c)
		st.claims = append(st.claims, c)
		st.touched(c.friend, true)
	}
	return nil
}

// unknown tells whether nobody has a code yet.
func (st *stretch) unknown(ctx context.Context, code string) bool {
	if slices.ContainsFunc(st.codes, func(t told) bool { return t.shared == code }) {
		return false
	}
	var id cx.CustomerID
	err := st.s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { id, err = whose(ctx, tx, code); return err })
	return err == nil && id == ""
}

// terms sets the terms of a claim: those of the programme now.
func (st *stretch) terms(c *claim) {
	r := st.m.Referrals
	if r == nil {
		c.closed = true
		return
	}
	c.closed, c.until, c.event, c.least, c.back = over(st.m, c.at), c.at.Add(r.Proof.Within), r.Proof.Event, r.Proof.Least, r.Reward.Back
	c.earns, c.gift, c.currency = r.Reward.Referrer, r.Reward.Friend, st.m.Company.Currency
}

// aliases returns every id of the customer that an id leads to now.
func (st *stretch) aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error) {
	if first, known := st.who[id]; known {
		return st.ids[first], nil
	}
	all, err := st.s.c.Memory.Aliases(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, id) {
		all = append(all, id)
	}
	for _, a := range all {
		st.who[a] = all[0]
	}
	st.ids[all[0]] = all
	return all, nil
}

// commit writes what was found, judges, and brings the ledger to it.
func (st *stretch) commit(ctx context.Context) error {
	s := st.s
	if len(st.decisions) > 0 {
		if _, err := s.c.Log.Append(ctx, st.decisions); err != nil {
			return err
		}
	}
	j := &judgement{stretch: st}
	if err := j.gather(ctx); err != nil {
		return err
	}
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := j.write(ctx, tx); err != nil {
			return err
		}
		for _, r := range st.rows {
			if err := r.insert(ctx, tx); err != nil {
				return err
			}
			if r.state == due {
				if err := s.put(ctx, tx, jobs.Job{Key: doAsk + r.id, Due: r.at}); err != nil {
					return err
				}
			}
		}
		return keep(ctx, tx, st.last)
	}); err != nil {
		return err
	}
	s.c.Jobs.Wake()
	if len(j.all) > 0 {
		s.mu.Lock()
		s.any = true
		s.mu.Unlock()
	}
	for _, c := range st.claims {
		if err := s.watching(ctx, c.friend, true); err != nil {
			return err
		}
		if err := s.watching(ctx, c.referrer, false); err != nil {
			return err
		}
	}
	return nil
}

// watching adds the profiles of somebody in a claim to those that are watched.
func (s *Service) watching(ctx context.Context, id cx.CustomerID, friend bool) error {
	if id == "" {
		return nil
	}
	g, err := s.c.Memory.Graph(ctx, cx.System(), id)
	if err != nil {
		return notFound(err)
	}
	for _, p := range g.Profiles {
		s.watched[p.No] = s.watched[p.No] || friend
	}
	return nil
}

// watch finds the profiles of everybody in a claim, when they are not known yet.
func (s *Service) watch(ctx context.Context) error {
	if s.watched != nil {
		return nil
	}
	s.watched = map[cx.ProfileNo]bool{}
	for column, friend := range map[string]bool{"friend": true, "referrer": false} {
		var ids []cx.CustomerID
		err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
			rows, err := tx.Query(ctx, `SELECT DISTINCT `+column+` FROM referral_claims WHERE `+column+` > ''`)
			if err == nil {
				ids, err = sqldb.Collect(rows, sqldb.Scan[cx.CustomerID])
			}
			return err
		})
		for _, id := range ids {
			if err == nil {
				err = s.watching(ctx, id, friend)
			}
		}
		if err != nil {
			s.watched = nil
			return err
		}
	}
	return nil
}

// trait returns the text of a trait; "" when there is none.
func trait(c *remember.Customer, name string) string {
	i := slices.IndexFunc(c.Traits, func(t remember.Trait) bool { return t.Name == name })
	if i < 0 {
		return ""
	}
	return textOf(c.Traits[i].Value)
}
