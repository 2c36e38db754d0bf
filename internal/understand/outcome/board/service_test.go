package board

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

const shops = `
company: {slug: shops, name: Shops, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: tills, name: Cajas}, {slug: web, name: Web}]
touchpoints:
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: tills, events: [Paid]}
  - {slug: site, name: Web, stage: before, channel: web, medium: digital, area: web, events: [Seen]}
segments: [{slug: even, name: Pares, when: 'true'}]
`

// world is a company with a history of its own; the chain, the money at risk, the reasons
// and the referrals are what it says.
type world struct {
	*Service
	t         *testing.T
	clock     *cxtest.Clock
	store     *duckdb.Store
	version   model.Version
	last      cx.Seq
	found     int // times that reasons were asked for
	purchases *purchases.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := model.Parse([]byte(shops))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: cxtest.NewClock(), store: store, version: model.Version{Number: 1, Model: m}}
	w.purchases = purchases.New(purchases.Config{Facts: store, Models: w, Segments: w, Clock: w.clock, Logger: slog.New(slog.DiscardHandler)})
	w.Service = New(Config{
		Facts: store, Scores: outcome.New(store, w, w.clock), Purchases: w.purchases, Chains: w, Risks: w, Reasons: w, Referrals: w, Segments: w, Models: w,
		Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
	return w
}

func (w *world) Current() model.Version { return w.version }

func (w *world) Customers(context.Context, cx.Principal, string) ([]cx.CustomerNo, error) {
	return []cx.CustomerNo{2, 4, 6, 8, 10, 12, 14, 16, 18, 20}, nil
}

func (w *world) Chain(context.Context, cx.Principal, chain.Query) (chain.Chain, error) {
	worth := outcome.Estimate{Value: 1000, Low: 800, High: 1200, N: 50}
	return chain.Chain{Metric: outcome.CSAT, Whole: chain.Link{Clear: true, Worth: worth}}, nil
}

func (w *world) AtRisk(context.Context, cx.Principal, risk.Query) (risk.AtRisk, error) {
	return risk.AtRisk{Total: outcome.Estimate{Value: 5, N: 1}}, nil
}

func (w *world) Changed(_ context.Context, _ cx.Principal, q reason.ChangedQuery) (reason.Changes, error) {
	if q.Metric != reason.CSAT || q.Before.To != q.Window.From {
		w.t.Errorf("asked why %+v", q)
	}
	w.found++
	return reason.Changes{Moves: []reason.Move{{Reason: reason.Reason{ID: "late"}, Points: outcome.Estimate{Value: -2, Low: -3, High: -1, N: 40}, Clear: true}}}, nil
}

func (w *world) Reasons(context.Context, cx.Principal, reason.Query) (a reason.Answer, err error) {
	a.Reasons = []reason.Reason{{ID: "late", Quotes: []voice.Quote{{Words: "it came late"}}}}
	return a, nil
}

func (w *world) Came(_ context.Context, _ cx.Principal, win cx.Window, _ []cx.CustomerNo) (came, of int, err error) {
	if win.Contains(w.clock.Now()) {
		return 12, 40, nil
	}
	return 4, 40, nil
}

// bought makes customers 1 to n buy for as much so many days ago, at the till or on the
// site, and say what they think of it.
func (w *world) bought(n int, days int, at string, minor int64, score float64) {
	w.t.Helper()
	b := history.Batch{Model: 1}
	touchpoint, _ := w.version.Model.Touchpoint(at)
	for c := cx.ProfileNo(1); c <= cx.ProfileNo(n); c++ {
		f := history.Fact{
			Profile: c, Kind: cx.Track, Name: "Paid", Source: "till", At: w.clock.Now().Add(-time.Duration(days)*24*time.Hour - time.Hour),
			Said: history.Said{Class: model.Class{Touchpoint: at, Area: touchpoint.Area, Stage: "during", Revenue: cx.Money{Minor: minor, Currency: "EUR"}, HasRevenue: true}},
		}
		answer := f
		answer.Kind, answer.Name, answer.Said.Class.HasRevenue = cx.Answer, "csat", false
		answer.Answer = &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{{Question: "score", Metric: "csat", Scale: "1-5", Value: score, HasValue: true}}}
		for _, one := range []history.Fact{f, answer} {
			w.last++
			one.Seq = w.last
			b.Facts = append(b.Facts, one)
		}
	}
	b.Last = w.last
	if err := w.store.Append(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ask(p cx.Principal, q Query) Indicators {
	w.t.Helper()
	i, err := w.Indicators(w.t.Context(), p, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func TestIndicators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought(40, 100, "till", 1000, 2) // the base of retention
	w.bought(30, 40, "till", 2000, 3)  // the period before; thirty of forty came back
	w.bought(20, 3, "till", 3000, 5)
	w.bought(10, 2, "site", 500, 5)
	if got := w.ask(cx.System(), Query{}); !got.Pending {
		t.Fatalf("before anything was found: %+v", got)
	}
	w.Refresh(t.Context())
	got := w.ask(cx.System(), Query{})
	if got.Pending || got.AsOf != w.clock.Now() || got.Why != nil {
		t.Fatalf("%+v", got)
	}
	if r := got.Revenue; r.Now.Value != 20*3000+10*500 || r.Now.N != 20 || r.Before.Value != 30*2000 || r.Currency != "EUR" || r.Change.Verdict != outcome.NoClearChange {
		t.Errorf("revenue %+v", r)
	}
	if r := got.Retention; r.Now.N != 40 || r.Now.Value != .75 || r.Within != 90 {
		t.Errorf("retention %+v", r)
	}
	if s := got.Satisfaction; s.Metric != outcome.CSAT || s.Now.Value != 1 || s.Now.N != 30 || s.Before.Value != 0 || s.Change.Verdict != outcome.Better || len(s.Weeks) != 26 {
		t.Errorf("satisfaction %+v", s)
	}
	if r := got.Recommendation; !r.Known || r.Came != 12 || r.Done.Now.Value != .3 || r.Done.Change.Verdict != outcome.Better || r.Said.Now.N != 0 {
		t.Errorf("recommendation %+v", r)
	}
	w.RefreshWhy(t.Context())
	why := w.ask(cx.System(), Query{}).Why
	if why == nil || why.Risk.Total.Value != 5 || len(why.Moved) != 1 || why.Moved[0].Quote != "it came late" {
		t.Fatalf("%+v", why)
	}
	months := 28 / (365.25 / 12)
	if m := why.Moved[0].Money; m.Value < -2000*months-1e-6 || m.Value > -2000*months+1e-6 || m.Low >= m.Value || m.High >= 0 {
		t.Errorf("two points less are %+v", m)
	}
}

func TestIndicatorsAreKeptFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought(20, 3, "till", 3000, 5)
	w.Refresh(t.Context())
	w.RefreshWhy(t.Context())
	w.clock.Advance(50 * time.Second)
	w.Refresh(t.Context())
	w.RefreshWhy(t.Context())
	if got := w.ask(cx.System(), Query{}); got.Pending || got.AsOf != w.clock.Now() || w.found != 2 {
		t.Errorf("nothing came, and it is of %v at %v, found %d times", got.AsOf, w.clock.Now(), w.found)
	}
	w.clock.Advance(settling)
	w.Refresh(t.Context())
	w.RefreshWhy(t.Context())
	if got := w.ask(cx.System(), Query{}); got.Why == nil || w.found != 2 {
		t.Errorf("nothing came for long, and what stands behind was found %d times", w.found)
	}
	w.bought(5, 1, "till", 100, 5)
	w.clock.Advance(20 * time.Second)
	if got := w.ask(cx.System(), Query{}); got.Revenue.Now.Value != 60_000 || got.Why == nil {
		t.Errorf("until it is found anew: %+v", got.Revenue.Now)
	}
	w.clock.Advance(20 * time.Second)
	w.Refresh(t.Context())
	w.RefreshWhy(t.Context())
	if got := w.ask(cx.System(), Query{}); got.Revenue.Now.Value != 60_500 || w.found != 3 {
		t.Errorf("what came since is not counted: %+v", got.Revenue.Now)
	}
	w.clock.Advance(MaxAge + time.Second)
	if got := w.ask(cx.System(), Query{}); !got.Pending {
		t.Error("more than a minute old, and told")
	}
	w.Refresh(t.Context())
	if _, err := w.store.Erase(t.Context(), cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{1}}); err != nil {
		t.Fatal(err)
	}
	if got := w.ask(cx.System(), Query{}); !got.Pending {
		t.Error("somebody was erased, and what they said is told still")
	}
	w.Refresh(t.Context())
	if got := w.ask(cx.System(), Query{}); got.Pending || got.Revenue.Now.N != 19 || got.Why != nil {
		t.Errorf("after the erasure %+v, why %v", got.Revenue.Now, got.Why)
	}
}

func TestIndicatorsOfAnAreaAndASegment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought(20, 3, "till", 3000, 5)
	w.bought(12, 1, "site", 500, 1)
	limited := cx.System()
	limited.Areas = []string{"web"}
	for _, c := range []struct {
		name      string
		p         cx.Principal
		q         Query
		revenue   float64
		n, scores int
	}{
		{"segment", cx.System(), Query{Segment: "even"}, 10*3000 + 6*500, 10, 16},
		{"area", cx.System(), Query{Area: "web"}, 12 * 3500, 12, 12},
		{"who may see one area", limited, Query{}, 12 * 500, 12, 12},
		{"a year", cx.System(), Query{Days: 364}, 20*3000 + 12*500, 20, 32},
	} {
		w.ask(c.p, c.q)
		w.Refresh(t.Context())
		if got := w.ask(c.p, c.q); got.Pending || got.Revenue.Now.Value != c.revenue || got.Revenue.Now.N != c.n || got.Satisfaction.Now.N != c.scores {
			t.Errorf("%s: %+v, %+v", c.name, got.Revenue.Now, got.Satisfaction.Now)
		}
	}
	for _, q := range []Query{{Area: "nowhere"}, {Segment: "nobody"}, {Days: 400}, {Days: -1}} {
		if _, err := w.Indicators(t.Context(), cx.System(), q); cx.KindOf(err) != cx.NotFound && cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := w.Indicators(t.Context(), cx.Principal{}, Query{}); err == nil {
		t.Error("anybody may ask")
	}
}

func TestNothingAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Refresh(t.Context())
	got := w.ask(cx.System(), Query{})
	if got.Pending || got.Revenue.Now.N != 0 || got.Retention.Now.N != 0 || got.Satisfaction.Now.N != 0 || got.Satisfaction.Metric != outcome.NEV || got.Revenue.Change.Verdict != outcome.NoComparison {
		t.Errorf("%+v", got)
	}
}

// What is asked for while it runs is found by itself, and Close may be called again.
func TestBackground(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bought(20, 3, "till", 3000, 5)
	w.Start()
	for deadline := time.Now().Add(20 * time.Second); ; {
		got := w.ask(cx.System(), Query{Area: "tills"})
		if !got.Pending && got.Why != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not found in time: %+v", got)
		}
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
