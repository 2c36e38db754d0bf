package referral

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Share is a proportion with its 95 % interval (Wilson 1927).
type Share struct {
	K, N             int
	Value, Low, High float64 // NaN without an N
}

func shareOf(k, n int) Share {
	i := stats.Wilson(k, n)
	v := math.NaN()
	if n > 0 {
		v = float64(k) / float64(n)
	}
	return Share{k, n, v, i.Low, i.High}
}

// Money is an amount in minor units with its 95 % interval.
type Money struct{ Value, Low, High float64 }

// Count is how many there are of something.
type Count struct {
	Key string
	N   int
}

// Spoken compares what a group of customers says with what they do.
type Spoken struct {
	Group   string // "promoter", "passive", "detractor"; "silent": never asked whether they would recommend us
	Brought Share  // of them, who brought somebody
}

// Group is claims that have something in common.
type Group struct {
	Key    string // a slug; "": not known
	Claims int
	Proven Share // of those whose time has passed, or who bought
}

// Worth is what the friends who came are worth, and to whom it is owed. Who would
// have come anyway is what they answered: a split by their own word (Kumar 2010),
// no proof.
type Worth struct {
	Friends  int
	Total    int64 // what they have left so far: margin, or revenue where no margin is declared
	Margin   bool
	Answered Share // friends who say that they would not have come otherwise, of those who answer
	Caused   Money // the part of Total of those who would not have come otherwise
	Anyway   Money // the rest
	Cost     int64 // rewards that stand
	Net      Money // Caused − Cost
	Verdict  Verdict
}

// Verdict says whether the programme earns more than it costs.
type Verdict string

// The verdicts. Below leastAnswers it cannot be told.
const (
	Worked     Verdict = "worked"
	DidNot     Verdict = "did-not"
	CannotTell Verdict = "cannot-tell"
)

const leastAnswers = 30

// Overview tells who brings others, in groups; people are not ranked.
type Overview struct {
	AsOf     cx.Time
	Declared bool // there is a programme …
	Open     bool // … and it goes on
	Currency string

	Links, Opened int // codes there are; how often their links were opened
	Claims        []Count
	Converted     Share // of the claims with a code whose time has passed, or who bought: proven
	Refused       []Count
	Late          int     // proven, and given back too late to be taken back
	Said          []Count // who told them, as they say, without a code
	Prescribers   int     // who brought somebody
	Generations   []Count // friends by how far from who came by themselves: "1", "2" …
	Further       Share   // friends who came and brought somebody in turn
	Spoken        []Spoken
	ByChannel     []Group // where they gave the code
	ByLived       []Group // the touchpoint that who brings them lived last
	ByJourney     []Group // the journeys that such a touchpoint is of
	Worth         Worth
	PerPrescriber Money // Caused, for each of them
	Asked         []Count
	NotAsked      []Count
}

// lasts is how long figures are shown before they are found anew.
const lasts = time.Minute

// Overview returns the figures, at most a minute old. Needs
// account.ViewReferrals.
func (s *Service) Overview(ctx context.Context, p cx.Principal) (Overview, error) {
	const op = "referral.Overview"
	if err := account.Check(p, account.ViewReferrals); err != nil {
		return Overview{}, cx.Wrap(op, err)
	}
	s.figures.Lock()
	defer s.figures.Unlock()
	now := s.c.Clock.Now()
	if s.figures.o != nil && now.Sub(s.figures.at) < lasts {
		return *s.figures.o, nil
	}
	o, err := s.overview(ctx, now)
	if err != nil {
		return o, cx.Wrap(op, err)
	}
	s.figures.o, s.figures.at = &o, now
	return o, nil
}

func (s *Service) overview(ctx context.Context, now cx.Time) (o Overview, err error) {
	m := s.c.Models.Current().Model
	o = Overview{AsOf: now, Declared: m.Referrals != nil, Currency: m.Company.Currency}
	o.Open = o.Declared && !over(m, now)
	var all []*claim
	var cost int64
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if all, err = claims(ctx, tx, ``); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT COALESCE(SUM(amount), 0) FROM referral_ledger WHERE currency = $1`, m.Company.Currency).Scan(&cost); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM referral_codes), (SELECT COALESCE(SUM(n), 0) FROM referral_opened)`).Scan(&o.Links, &o.Opened); err != nil {
			return err
		}
		for reason, n := range map[string]*[]Count{"state = 'asked'": &o.Asked, "state = 'not-asked'": &o.NotAsked} {
			rows, err := tx.Query(ctx, `SELECT reason, COUNT(*) FROM referral_asks WHERE `+reason+` GROUP BY reason ORDER BY COUNT(*) DESC, reason`)
			if err != nil {
				return err
			}
			if *n, err = sqldb.Collect(rows, scanCount); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return o, err
	}
	inOrder(all)
	nos, err := s.numbers(ctx, all)
	if err != nil {
		return o, err
	}
	o.count(all, now)
	o.network(all, nos)
	o.grouped(m, all, now)
	if o.Spoken, err = s.spoken(ctx, all, nos); err != nil {
		return o, err
	}
	o.Worth, err = s.worth(ctx, m, all, nos, cost)
	if o.Prescribers > 0 {
		n := float64(o.Prescribers)
		o.PerPrescriber = Money{o.Worth.Caused.Value / n, o.Worth.Caused.Low / n, o.Worth.Caused.High / n}
	} else {
		o.PerPrescriber = Money{math.NaN(), math.NaN(), math.NaN()}
	}
	return o, err
}

// Friends are the customers who came by a proven referral, in ascending order.
func (s *Service) Friends(ctx context.Context) ([]cx.CustomerNo, error) {
	const op = "referral.Friends"
	var all []*claim
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = claims(ctx, tx, `WHERE state = $1 AND friend <> ''`, string(Proven))
		return err
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	nos, err := s.numbers(ctx, all)
	var friends []cx.CustomerNo
	for _, c := range all {
		if no := nos[c.friend]; no != 0 {
			friends = append(friends, no)
		}
	}
	slices.Sort(friends)
	return slices.Compact(friends), cx.Wrap(op, err)
}

// numbers finds the customers of claims, by their ids.
func (s *Service) numbers(ctx context.Context, all []*claim) (map[cx.CustomerID]cx.CustomerNo, error) {
	of := map[cx.CustomerID]cx.CustomerNo{}
	for _, c := range all {
		of[c.friend], of[c.referrer] = 0, 0
	}
	ids := slices.Sorted(maps.Keys(of))
	nos, err := s.c.Memory.Numbers(ctx, ids)
	for i, no := range nos {
		of[ids[i]] = no
	}
	return of, err
}

// count counts claims by what became of them.
func (o *Overview) count(all []*claim, now cx.Time) {
	states, reasons, said := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range all {
		state := c.stateAt(now)
		switch states[string(state)]++; state {
		case Refused:
			reasons[string(c.reason)]++
		case Said:
			said[c.said]++
		case Proven:
			if c.late > 0 {
				o.Late++
			}
		default:
		}
	}
	delete(states, string(Repeated))
	o.Claims, o.Refused, o.Said = counts(states), counts(reasons), counts(said)
	o.Converted = shareOf(states[string(Proven)], states[string(Proven)]+states[string(Expired)]+states[string(TakenBack)])
}

// counts lists what was counted, the most first.
func counts(of map[string]int) []Count {
	out := make([]Count, 0, len(of))
	for key, n := range of {
		out = append(out, Count{key, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Key, b.Key)) })
	return out
}

// mostGenerations bounds how far a chain is told: what lies beyond counts there.
const mostGenerations = 6

// network counts who brings, and how far it goes.
func (o *Overview) network(all []*claim, nos map[cx.CustomerID]cx.CustomerNo) {
	type key struct {
		no cx.CustomerNo
		id string // of a claim whose friend was forgotten
	}
	by, brings := map[key]key{}, map[key]bool{}
	for _, c := range all {
		if c.state != Proven {
			continue
		}
		friend, referrer := key{no: nos[c.friend]}, key{no: nos[c.referrer]}
		if friend.no == 0 {
			friend.id = c.id
		}
		if referrer.no == 0 {
			referrer.id = c.id
		}
		by[friend], brings[referrer] = referrer, true
	}
	depths := make([]int, mostGenerations)
	further := 0
	for friend := range by {
		n := 0
		for up, ok := by[friend]; ok && n < mostGenerations; up, ok = by[up] {
			n++
		}
		depths[max(n, 1)-1]++
		if brings[friend] {
			further++
		}
	}
	for i, n := range depths {
		if n > 0 {
			o.Generations = append(o.Generations, Count{string(rune('1' + i)), n})
		}
	}
	o.Prescribers, o.Further = len(brings), shareOf(further, len(by))
}

// grouped tells claims by where they were made, and by what was lived before.
func (o *Overview) grouped(m *model.Model, all []*claim, now cx.Time) {
	channel, lived, journey := groups{}, groups{}, groups{}
	of := journeysOf(m)
	for _, c := range all {
		state := c.stateAt(now)
		if state == Said || state == Repeated || state == Refused || c.frozen {
			continue
		}
		channel.add(c.channel, state)
		lived.add(c.lived, state)
		for _, slug := range of[c.lived] {
			journey.add(slug, state)
		}
	}
	o.ByChannel, o.ByLived, o.ByJourney = channel.list(), lived.list(), journey.list()
}

// groups are claims, closed ones and proven ones by key.
type groups map[string]*[3]int

func (g groups) add(key string, s State) {
	if g[key] == nil {
		g[key] = &[3]int{}
	}
	g[key][0]++
	if s != Pending {
		g[key][1]++
	}
	if s == Proven {
		g[key][2]++
	}
}

// list lists the groups, that with the most claims first, what is not known last.
func (g groups) list() []Group {
	out := make([]Group, 0, len(g))
	for key, n := range g {
		out = append(out, Group{key, n[0], shareOf(n[2], n[1])})
	}
	slices.SortFunc(out, func(a, b Group) int {
		if (a.Key == "") != (b.Key == "") {
			return cmp.Compare(b.Key, a.Key)
		}
		return cmp.Or(b.Claims-a.Claims, cmp.Compare(a.Key, b.Key))
	})
	return out
}

// journeysOf tells of which journeys' scripts each touchpoint is.
func journeysOf(m *model.Model) map[string][]string {
	of := map[string][]string{}
	var walk func(slug string, nodes []model.Node)
	walk = func(slug string, nodes []model.Node) {
		for _, n := range nodes {
			if n.Step != nil && !slices.Contains(of[n.Step.Touchpoint], slug) {
				of[n.Step.Touchpoint] = append(of[n.Step.Touchpoint], slug)
			}
			for _, branch := range slices.Concat(n.Parallel, n.Choice) {
				walk(slug, branch)
			}
		}
	}
	for _, j := range m.Journeys {
		walk(j.Slug, j.Script)
	}
	return of
}

// spoken compares whether customers say that they would recommend us, by their
// newest answer, with whether they brought somebody.
func (s *Service) spoken(ctx context.Context, all []*claim, nos map[cx.CustomerID]cx.CustomerNo) ([]Spoken, error) {
	brought := map[cx.CustomerNo]bool{}
	for _, c := range all {
		if c.state == Proven && nos[c.referrer] != 0 {
			brought[nos[c.referrer]] = true
		}
	}
	type said struct {
		at    cx.Time
		value float64
	}
	newest := map[cx.CustomerNo]said{}
	if _, err := history.Tell(ctx, s.c.Facts, cx.System(), history.LivedQuery{Of: history.Answers, All: true}, func(l *history.Lived) error {
		for i, metric := range l.Metric {
			if v := l.Value[i]; metric == "nps" && !math.IsNaN(v) && l.At[i] >= newest[l.Customer[i]].at {
				newest[l.Customer[i]] = said{l.At[i], v}
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	totals, err := s.c.Memory.Totals(ctx, cx.System())
	if err != nil {
		return nil, err
	}
	k, n := map[string]int{}, map[string]int{"silent": max(0, int(totals.Customers)-len(newest))}
	for no, v := range newest {
		group := "passive"
		switch {
		case v.value >= 9:
			group = "promoter"
		case v.value <= 6:
			group = "detractor"
		}
		n[group]++
		if brought[no] {
			k[group]++
			delete(brought, no)
		}
	}
	k["silent"] = min(len(brought), n["silent"])
	var out []Spoken
	for _, group := range []string{"promoter", "passive", "detractor", "silent"} {
		out = append(out, Spoken{group, shareOf(k[group], n[group])})
	}
	return out, nil
}

// worth sums what the friends who came have left, and parts it by what they answer:
// a ratio of totals among those who do (Cochran 1977), carried to all.
func (s *Service) worth(ctx context.Context, m *model.Model, all []*claim, nos map[cx.CustomerID]cx.CustomerNo, cost int64) (w Worth, err error) {
	w.Cost, w.Margin = cost, m.Outcomes.Margin > 0
	said, since := map[cx.CustomerNo]Anyway{}, map[cx.CustomerNo]cx.Time{}
	for _, c := range all {
		if no := nos[c.friend]; no != 0 && c.state == Proven {
			said[no], since[no] = c.anyway, c.at
		}
	}
	w.Friends = len(said)
	left := map[cx.CustomerNo]int64{}
	if len(said) > 0 && m.Company.Currency != "" {
		q := history.LivedQuery{All: true, Customers: slices.Sorted(maps.Keys(said)), Currency: m.Company.Currency}
		if _, err := history.Tell(ctx, s.c.Facts, cx.System(), q, func(l *history.Lived) error {
			for i, minor := range l.Revenue {
				if no := l.Customer[i]; l.At[i] >= since[no] {
					left[no] += minor
				}
			}
			return nil
		}); err != nil {
			return w, err
		}
	}
	margin := 1.0
	if w.Margin {
		margin = m.Outcomes.Margin
	}
	var ratio stats.Ratio
	answered, no := 0, 0
	for _, customer := range slices.Sorted(maps.Keys(said)) { // the same sum each time
		anyway := said[customer]
		v := margin * float64(left[customer])
		w.Total += int64(math.Round(v))
		switch anyway {
		case "":
			continue
		case No:
			no++
			ratio.Add(v, v)
		default:
			ratio.Add(0, v)
		}
		answered++
	}
	w.Answered = shareOf(no, answered)
	share, i, total := ratio.Value(), ratio.Interval().Clip(0, 1), float64(w.Total)
	w.Caused = Money{share * total, i.Low * total, i.High * total}
	w.Anyway = Money{total - w.Caused.Value, total - w.Caused.High, total - w.Caused.Low}
	c := float64(cost)
	w.Net = Money{w.Caused.Value - c, w.Caused.Low - c, w.Caused.High - c}
	switch {
	case answered < leastAnswers || math.IsNaN(w.Net.Low):
		w.Verdict = CannotTell
	case w.Net.Low > 0:
		w.Verdict = Worked
	case w.Net.High < 0:
		w.Verdict = DidNot
	default:
		w.Verdict = CannotTell
	}
	return w, nil
}
