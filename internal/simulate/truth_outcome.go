package simulate

import (
	"math"
	"sync"
	"time"
)

// What Truth holds once Run has come to its end: what came of the club, of what
// was tried out, of a campaign and of who spoke of Candil.

// TruthInitiative is something that was tried out.
type TruthInitiative struct {
	Slug    string               `json:"slug"`
	Name    string               `json:"name"`
	What    string               `json:"what"`
	Design  string               `json:"design"` // random: by a draw of customers; staggered: shop by shop
	Since   time.Time            `json:"since"`
	Until   *time.Time           `json:"until,omitempty"`  // customers were drawn until then; absent: they still are
	Starts  map[string]time.Time `json:"starts,omitempty"` // since when, by place
	Works   bool                 `json:"works"`
	Metrics []TruthMetric        `json:"metrics,omitempty"` // the first is the one to judge it by
}

// TruthMetric is what an initiative does to a metric: what came of all who take
// part (or of the shops since they began) in a past in which everybody lives it,
// and in one in which nobody does.
type TruthMetric struct {
	Kind    string  `json:"kind"`           // return (a share), score (the mean of those who answer), valence or kept (means of what was lived)
	Of      string  `json:"of,omitempty"`   // a survey, a touchpoint or a promise
	Days    int     `json:"days,omitempty"` // after the exposure
	N       int     `json:"n"`              // customers, answers or times
	Control float64 `json:"control"`
	Treated float64 `json:"treated"`
	Effect  float64 `json:"effect"`
}

// TruthClub is what the club's members do.
type TruthClub struct {
	Started int     `json:"started"`
	Ended   int     `json:"ended"`
	Hazard  float64 `json:"hazard"` // of ending, a month, of who remembers as usual
	Memory  float64 `json:"memory"` // what a point of memory adds to its log
}

// TruthChain is what moves what, in this company.
type TruthChain struct {
	CSAT            float64 `json:"csat"`              // points of satisfaction for a point of valence
	CSATMemory      float64 `json:"csat_memory"`       // and for one of memory
	NPS             float64 `json:"nps"`               // points of recommendation for one of memory
	Visits          float64 `json:"visits"`            // what a point of memory adds to the log of the rate of visits
	Leaving         float64 `json:"leaving"`           // and to the log-odds of leaving after an episode
	RevenuePerPoint float64 `json:"revenue_per_point"` // money for each customer and year of one point of memory: the same past with it
}

// TruthRepeat is what came of customers after their first purchase.
type TruthRepeat struct {
	Customers int     `json:"customers"`
	Repeat90  float64 `json:"repeat_90d"` // the share who bought again within 90 days
	Refunded  float64 `json:"refunded"`   // the share who sent the first back
}

// TruthCampaign is a campaign, and those whom no campaign brought.
type TruthCampaign struct {
	Slug  string    `json:"slug"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	TruthRepeat
	Others TruthRepeat `json:"others"`
}

// TruthReferrals is what came of codes and of who spoke of Candil.
type TruthReferrals struct {
	Prescribers int          `json:"prescribers"` // times a code was passed on
	Claims      int          `json:"claims"`      // purchases that name a code
	Proven      int          `json:"proven"`      // by an order within the time and of the worth that the model says
	Refused     TruthRefused `json:"refused"`
	ClawedBack  int          `json:"clawed_back"`
	Said        int          `json:"said"`      // who only said who told them
	Otherwise   float64      `json:"otherwise"` // the share of friends with a code who would not have come without
}

// TruthRefused counts claims that must not be rewarded.
type TruthRefused struct {
	Self      int `json:"self"`
	Duplicate int `json:"duplicate"` // customers already
	Circular  int `json:"circular"`
	Unknown   int `json:"unknown"`
}

// another lives a past that differs from this company's in what change makes of
// its world.
func (s *Simulation) another(change func(*world)) (*account, error) {
	e, err := newEngine(s.cfg, func(string, []byte) error { return nil })
	if err != nil {
		return nil, err
	}
	change(e.w)
	e.account = newAccount(e.w)
	return e.account, e.run(e.w.until)
}

// outcomes tells what came of the past that was lived, and compares it with
// others of the same customers.
func (s *Simulation) outcomes(t *Truth, w *world, was *account) error {
	const point = .25 // of memory: small, as what follows is not straight
	var all, nobody, never, better *account
	var errs [4]error
	var pasts sync.WaitGroup
	for i, p := range []struct {
		to     **account
		change func(*world)
	}{
		{&all, func(w *world) { w.all = treated }},
		{&nobody, func(w *world) { w.all = control }},
		{&never, func(w *world) { w.never = true }},
		{&better, func(w *world) { w.better = point }},
	} {
		pasts.Go(func() { *p.to, errs[i] = s.another(p.change) })
	}
	pasts.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for i := range w.initiatives {
		x := &w.initiatives[i]
		told := x.truth()
		switch {
		case x.better == nil:
			told.Metrics = x.metrics(i, was, was)
		case x.starts != nil:
			told.Metrics = x.metrics(i, was, never)
		default:
			told.Metrics = x.metrics(i, all, nobody)
		}
		t.Initiatives = append(t.Initiatives, told)
	}
	years := float64(w.until-w.from) / float64(365*day)
	t.Club = &TruthClub{Started: was.started, Ended: was.ended, Hazard: clubHazard, Memory: clubSlope}
	t.Chain = &TruthChain{
		CSAT: csatSlope, CSATMemory: csatMemory, NPS: npsSlope, Visits: visitsSlope, Leaving: leavingSlope,
		RevenuePerPoint: math.Round(float64(better.revenue-was.revenue)/point/float64(s.cfg.Customers)/years) / 100,
	}
	referrals := was.referred()
	ring, err := w.circle()
	if err != nil {
		return err
	}
	if len(ring) > 0 {
		referrals.Prescribers += circleSize
		referrals.Claims += circleSize
		referrals.Proven += circleSize - 1
		referrals.Refused.Circular++
	}
	t.Referrals = &referrals
	if lured(s.cfg.Customers) > 0 {
		t.Campaigns = []TruthCampaign{was.campaign(w)}
	}
	return nil
}
