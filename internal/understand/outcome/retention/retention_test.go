package retention_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

const company = `
company: {slug: acme, name: Acme, timezone: UTC, currency: EUR, languages: [es]}
outcomes: {contract: {start: Joined, end: Left}}
areas: [{slug: sales, name: {es: Ventas}}, {slug: web, name: {es: Web}}]
touchpoints:
  - {slug: till, name: {es: Caja}, stage: during, channel: store, medium: physical, area: sales}
  - {slug: site, name: {es: Sitio}, stage: during, channel: web, medium: digital, area: web}
`

type models struct{ version model.Version }

func (m models) Current() model.Version { return m.version }

// people knows every customer by the number that their id is made of.
type people struct{}

func (people) CustomersByNo(_ context.Context, _ cx.Principal, nos []cx.CustomerNo) (out []remember.CustomerSummary, err error) {
	for _, no := range nos {
		out = append(out, remember.CustomerSummary{No: no, ID: cx.CustomerIDOf(cx.Seq(no)), Name: fmt.Sprint("n", no)})
	}
	return out, nil
}

func (people) Customer(_ context.Context, _ cx.Principal, id cx.CustomerID) (c remember.Customer, err error) {
	seq, ok := id.Seq()
	if !ok {
		return c, cx.Errorf(cx.NotFound, "", "there is no such customer")
	}
	c.No = cx.CustomerNo(seq)
	return c, nil
}

type world struct {
	*retention.Service
	purchases *purchases.Service
	clock     *cxtest.Clock
	batch     history.Batch
}

const until = 540 // days after the epoch on which questions are asked

func (w *world) lived(who cx.CustomerNo, name string, day float64, at string, valence float64, minor int64) {
	w.batch.Last++
	f := history.Fact{Seq: w.batch.Last, Profile: who, Kind: cx.Track, Name: name, Source: "web", At: cxtest.Epoch.Add(time.Duration(day * 24 * float64(time.Hour)))}
	f.Said.Class = model.Class{Touchpoint: at, Channel: at, Valence: valence, HasValence: valence != 0}
	if minor != 0 {
		f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: minor, Currency: "EUR"}, true
	}
	w.batch.Facts = append(w.batch.Facts, f)
}

func (w *world) open(t testing.TB) *world {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.batch.Model = 1
	if err := store.Append(t.Context(), w.batch); err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse([]byte(company))
	if err != nil {
		t.Fatal(err)
	}
	in := models{model.Version{Number: 1, Model: m}}
	w.clock = cxtest.NewClock()
	w.clock.Advance(until * 24 * time.Hour)
	logger := slog.New(slog.DiscardHandler)
	w.purchases = purchases.New(purchases.Config{Facts: store, Models: in, Clock: w.clock, Logger: logger})
	w.Service = retention.New(retention.Config{Purchases: w.purchases, Facts: store, Models: in, Memory: people{}, Clock: w.clock, Logger: logger})
	return w
}

var analyst = cx.Principal{ID: "person:1", Role: cx.Analyst}

// leaving is a company whose customers buy at random until they leave: an hour a month
// at the till that was bad makes them leave so much likelier, one at the site does not.
func leaving(customers int) *world {
	w, r := &world{}, rand.New(rand.NewPCG(5, 5))
	for c := range customers {
		who := cx.CustomerNo(c + 1)
		rate := 1 / (8 + 25*r.ExpFloat64()) // purchases a day
		hazard, bad := .05, -1000.
		for day := r.Float64() * 300; day < until; {
			w.lived(who, "Bought", day, "till", 0, int64(500+r.IntN(4_000)))
			if r.Float64() < .15 {
				w.lived(who, "Queued", day, "till", -2, 0)
				bad = day
			}
			if r.Float64() < .15 {
				w.lived(who, "Searched", day, "site", -2, 0)
			}
			if gone := hazard; r.Float64() < gone || bad == day && r.Float64() < .45 {
				break
			}
			day += r.ExpFloat64() / rate
		}
	}
	return w
}

func TestWhatGoesWithLeavingIsFound(t *testing.T) {
	t.Parallel()
	w := leaving(6_000).open(t)
	if r, err := w.Churn(t.Context(), analyst, retention.ChurnQuery{}); err != nil || !r.Pending {
		t.Fatalf("before it is found: %+v %v", r, err)
	}
	if err := w.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	r, err := w.Churn(t.Context(), analyst, retention.ChurnQuery{Limit: 20})
	if err != nil || !r.Learned {
		t.Fatalf("%+v %v", r, err)
	}
	if r.Brier >= .9*r.Base {
		t.Errorf("Brier %.4f, of telling everybody the mean %.4f", r.Brier, r.Base)
	}
	held := 0
	for _, b := range r.Calibration {
		if b.Told >= b.Interval.Low-.02 && b.Told <= b.Interval.High+.02 {
			held++
		}
	}
	if len(r.Calibration) != 10 || held < 8 {
		t.Errorf("%d of %d tenths left as often as was told: %+v", held, len(r.Calibration), r.Calibration)
	}
	for _, reason := range r.Reasons {
		if clear := reason.Key == "bad:till"; reason.Clear != clear {
			t.Errorf("%s has odds %.2f %.2f and is clear: %t", reason.Key, reason.Odds, reason.Interval, reason.Clear)
		}
	}
	if len(r.Customers) != 20 || r.Customers[0].Who == nil || r.Customers[0].Who.No != r.Customers[0].No {
		t.Fatalf("%d customers, the first %+v", len(r.Customers), r.Customers)
	}
	queued := retention.ChurnQuery{Reason: "bad:till", Limit: 500}
	some, err := w.Churn(t.Context(), analyst, queued)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range some.Customers {
		if !slices.ContainsFunc(l.Reasons, func(r retention.Reason) bool { return r.Key == "bad:till" }) {
			t.Errorf("customer %d is told to have queued: %+v", l.No, l.Reasons)
		}
	}
	at := slices.IndexFunc(r.Reasons, func(r retention.Reason) bool { return r.Key == "bad:till" })
	if at < 0 || len(some.Customers) != min(500, r.Reasons[at].Customers) || len(some.Customers) == 0 {
		t.Errorf("%d customers queued", len(some.Customers))
	}
	one := some.Customers[0]
	if got, err := w.Of(t.Context(), analyst, cx.CustomerIDOf(cx.Seq(one.No))); err != nil || got.P != one.P || len(got.Reasons) != len(one.Reasons) || got.Brought != one.Brought {
		t.Errorf("alone %+v, in the list %+v: %v", got, one, err)
	}
	limited := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{"web"}}
	if r, err := w.Churn(t.Context(), limited, retention.ChurnQuery{Reason: "bad:till"}); err != nil || len(r.Customers) != 0 || slices.ContainsFunc(r.Reasons, func(r retention.Reason) bool { return r.Key != "bad:site" }) {
		t.Errorf("who leads web sees %+v %v", r.Reasons, err)
	}
}

func TestPagesOfLeaversFollowEachOther(t *testing.T) {
	t.Parallel()
	w := leaving(2_000).open(t)
	if err := w.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	seen, q := map[cx.CustomerNo]bool{}, retention.ChurnQuery{Limit: 300}
	for {
		r, err := w.Churn(t.Context(), analyst, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range r.Customers {
			if seen[l.No] || l.P < 0 || l.P > 1 || math.IsNaN(l.P) {
				t.Fatalf("customer %d twice, or with chance %v", l.No, l.P)
			}
			seen[l.No] = true
		}
		if q.Cursor = r.Next; q.Cursor == "" {
			if len(seen) != r.Of {
				t.Errorf("%d listed of %d", len(seen), r.Of)
			}
			break
		}
	}
	for _, bad := range []retention.ChurnQuery{{Cursor: "x"}, {Limit: 501}, {Limit: -1}} {
		if _, err := w.Churn(t.Context(), analyst, bad); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestTooFewTeachNothing(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 10} {
		w := leaving(n).open(t)
		if err := w.Learn(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r, err := w.Churn(t.Context(), analyst, retention.ChurnQuery{})
		if err != nil || r.Pending || r.Learned || len(r.Customers) != 0 {
			t.Errorf("of %d customers: %+v %v", n, r, err)
		}
		if l, err := w.Of(t.Context(), analyst, cx.CustomerIDOf(1)); err != nil || !math.IsNaN(l.P) || l.Sure != retention.Unknown {
			t.Errorf("of %d customers: %+v %v", n, l, err)
		}
		if _, err := w.Survival(t.Context(), analyst, retention.SurvivalQuery{}); err != nil {
			t.Errorf("of %d customers: %v", n, err)
		}
	}
}

// A cohort is counted as one would by hand.
func TestCohortsAreCounted(t *testing.T) {
	t.Parallel()
	w := &world{}
	epoch := cxtest.Epoch.Std()
	month := func(back, day int) float64 { // a day of a month before the one of the question
		end := epoch.AddDate(0, 0, until)
		return time.Date(end.Year(), end.Month()-time.Month(back), day, 12, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24
	}
	w.lived(1, "Bought", month(3, 1), "till", 0, 100)
	w.lived(1, "Bought", month(3, 20), "till", 0, 100)
	w.lived(1, "Bought", month(1, 2), "till", 0, 100)
	w.lived(2, "Bought", month(3, 15), "till", 0, 700)
	w.lived(2, "Bought", month(2, 15), "till", 0, 100)
	w.lived(3, "Bought", month(1, 3), "site", 0, 100)
	w.lived(4, "Joined", month(3, 5), "", 0, 0)
	w.lived(4, "Left", month(1, 10), "", 0, 0)
	w.lived(5, "Joined", month(3, 9), "", 0, 0)
	w.open(t)
	ask := func(q retention.CohortQuery) retention.Cohorts {
		t.Helper()
		c, err := w.Cohorts(t.Context(), analyst, q)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	kn := func(cells []retention.Cell) (out [][2]int) {
		for _, c := range cells {
			out = append(out, [2]int{c.K, c.N})
		}
		return out
	}
	c := ask(retention.CohortQuery{})
	if len(c.Rows) != 4 || c.N != 3 || fmt.Sprint(kn(c.Rows[0].Cells)) != "[[2 2] [1 2] [1 2] [0 2]]" || c.Rows[1].N != 0 || fmt.Sprint(kn(c.Rows[2].Cells)) != "[[1 1] [0 1]]" {
		t.Errorf("%+v", c.Rows)
	}
	if !c.Rows[0].Cells[3].Running || c.Rows[0].Cells[2].Running || c.Rows[0].Cells[0].Brought != 900 {
		t.Errorf("%+v", c.Rows[0].Cells)
	}
	if fmt.Sprint(kn(c.All)) != "[[3 3] [1 2] [1 2]]" {
		t.Errorf("together %v", kn(c.All))
	}
	contract := ask(retention.CohortQuery{Contract: true})
	if fmt.Sprint(kn(contract.Rows[0].Cells)) != "[[2 2] [2 2] [1 2] [1 2]]" {
		t.Errorf("contracts %+v", contract.Rows)
	}
	relative := ask(retention.CohortQuery{Relative: true})
	if got := relative.Rows[0].Cells; got[1].K+got[2].K != 2 || got[0].K != 2 || got[0].Brought != 900 {
		t.Errorf("relative %+v", got)
	}
	if _, err := w.Cohorts(t.Context(), analyst, retention.CohortQuery{Every: "week"}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("by week: %v", err)
	}
	if _, err := w.Cohorts(t.Context(), cx.Principal{}, retention.CohortQuery{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody: %v", err)
	}
}

// The curve, and the share that ends each month, are those that were planted.
func TestContractsEndAsPlanted(t *testing.T) {
	t.Parallel()
	w, r := &world{}, rand.New(rand.NewPCG(9, 9))
	const monthly = .08
	for c := range 3_000 {
		start, begun := r.Float64()*400, 0.
		w.lived(cx.CustomerNo(c+1), "Joined", start, "", 0, 0)
		for r.Float64() >= monthly {
			begun += 30
		}
		if end := start + begun + 30*r.Float64(); end < until {
			w.lived(cx.CustomerNo(c+1), "Left", end, "", 0, 0)
		}
	}
	w.open(t)
	s, err := w.Survival(t.Context(), analyst, retention.SurvivalQuery{Contract: true})
	if err != nil || len(s.Groups) != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	for _, p := range s.Groups[0].Points {
		truth := math.Pow(1-monthly, float64(p.Day)/30)
		if p.Day > 30 && p.Day < 360 && (truth < p.Interval.Low-.03 || truth > p.Interval.High+.03) {
			t.Errorf("day %d: %.3f %.3f, planted %.3f", p.Day, p.Value, p.Interval, truth)
		}
	}
	if m := s.Groups[0].Median; math.Abs(m-30*math.Log(.5)/math.Log(1-monthly)) > 40 {
		t.Errorf("median %.0f days", m)
	}
	h, err := w.Hazard(t.Context(), analyst, purchases.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Ages[:12] {
		if e.Interval.Low-.015 > monthly || e.Interval.High+.015 < monthly {
			t.Errorf("month %d: %.3f %.3f", e.Age, e.Value, e.Interval)
		}
	}
}

func TestTheBackgroundEnds(t *testing.T) {
	t.Parallel()
	w := leaving(50).open(t)
	w.Start()
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
