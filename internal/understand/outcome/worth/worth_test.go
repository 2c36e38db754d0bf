package worth_test

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
)

type models struct{ version model.Version }

func (m models) Current() model.Version { return m.version }

type people struct{}

func (people) Customer(_ context.Context, _ cx.Principal, id cx.CustomerID) (c remember.Customer, err error) {
	seq, ok := id.Seq()
	if !ok {
		return c, cx.Errorf(cx.NotFound, "", "there is no such customer")
	}
	c.No = cx.CustomerNo(seq)
	return c, nil
}

// leaving says of some customers how likely they leave.
type leaving struct{ told *retention.Leaving }

func (l *leaving) Leaving(context.Context, cx.Principal) (*retention.Leaving, error) {
	return l.told, nil
}

type world struct {
	*worth.Service
	purchases *purchases.Service
	leaving   leaving
	batch     history.Batch
	later     int // purchases within a year after the question
	brought   int64
}

const until = 600 // days after the epoch on which questions are asked

func (w *world) brings(who cx.CustomerNo, day float64, minor int64, campaign string) {
	w.batch.Last++
	f := history.Fact{Seq: w.batch.Last, Profile: who, Kind: cx.Track, Name: "Bought", Source: "web", At: cxtest.Epoch.Add(time.Duration(day * 24 * float64(time.Hour)))}
	f.Said.Class = model.Class{Revenue: cx.Money{Minor: minor, Currency: "EUR"}, HasRevenue: true, Channel: "web", Area: "web"}
	if campaign != "" {
		f.Properties = []byte(`{"campaign":"` + campaign + `"}`)
	}
	w.batch.Facts = append(w.batch.Facts, f)
}

func (w *world) open(t testing.TB, outcomes string) *world {
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
	m, err := model.Parse([]byte("company: {slug: acme, name: Acme, timezone: UTC, currency: EUR, languages: [es]}\n" + outcomes))
	if err != nil {
		t.Fatal(err)
	}
	clock := cxtest.NewClock()
	clock.Advance(until * 24 * time.Hour)
	logger := slog.New(slog.DiscardHandler)
	w.purchases = purchases.New(purchases.Config{Facts: store, Models: models{model.Version{Number: 1, Model: m}}, Clock: clock, Logger: logger})
	w.Service = worth.New(worth.Config{Purchases: w.purchases, Retention: &w.leaving, Memory: people{}, Clock: clock, Logger: logger})
	return w
}

// buyers buy and leave as BG/NBD says, and spend as Gamma-Gamma says.
func buyers(n int) *world {
	src := rand.NewPCG(3, 4)
	w, r := &world{}, rand.New(src)
	for c := range n {
		rate := distuv.Gamma{Alpha: .9, Beta: 45, Src: src}.Rand()
		leaves := distuv.Beta{Alpha: .8, Beta: 2.5, Src: src}.Rand()
		each := distuv.Gamma{Alpha: 4, Beta: 6000, Src: src}.Rand()
		alive := true
		for day := r.Float64() * 400; alive && day < until+365; day += r.ExpFloat64() / rate {
			minor := int64(math.Ceil(distuv.Gamma{Alpha: 6, Beta: each, Src: src}.Rand()))
			if day < until {
				w.brings(cx.CustomerNo(c+1), day, minor, []string{"", "launch"}[c%2])
			} else {
				w.later++
				w.brought += minor
			}
			if r.Float64() < leaves && len(w.batch.Facts) > 0 && day > 0 {
				alive = false
			}
		}
	}
	return w
}

var analyst = cx.Principal{ID: "person:1", Role: cx.Analyst}

func TestWhatCustomersBringIsExpected(t *testing.T) {
	t.Parallel()
	w := buyers(5_000)
	w.open(t, "outcomes: {margin: 0.5}\n")
	if f, err := w.Fit(t.Context(), analyst); err != nil || !f.Pending {
		t.Fatalf("before it is fitted: %+v %v", f, err)
	}
	if err := w.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	f, err := w.Fit(t.Context(), analyst)
	if err != nil || f.Fault != "" || !f.Margin {
		t.Fatalf("%+v %v", f, err)
	}
	if h := f.HoldOut; h.N == 0 || math.Abs(h.Expected-float64(h.Actual)) > .12*float64(h.Actual) {
		t.Errorf("expected %.0f purchases %.0f in the last quarter, and %d came", h.Expected, h.Interval, h.Actual)
	}
	if truth := float64(w.brought) / 2; math.Abs(float64(f.Total)-truth) > .15*truth || f.Spread <= 0 || f.Spread > .2 {
		t.Errorf("a year brings %d ± %.3f, planted %.0f", f.Total, f.Spread, truth)
	}
	n, total := 0, int64(0)
	if _, err := w.Each(t.Context(), analyst, purchases.Filter{}, func(c worth.Customer) error {
		if !(c.Alive >= 0 && c.Alive <= 1 && c.Leave >= 0 && c.Leave <= 1) || c.Value < 0 || c.Soon < 0 || c.Purchases == 0 || c.Last < c.First {
			t.Fatalf("%+v", c)
		}
		n++
		total += c.Value
		return nil
	}); err != nil || n != f.N || total != f.Total {
		t.Errorf("%d customers bring %d: %v", n, total, err)
	}
	d, err := w.Distribution(t.Context(), analyst, purchases.Filter{})
	if err != nil || d.N != f.N || math.Abs(d.Mean*float64(d.N)-float64(total)) > 1 || !(d.Top > .1 && d.Top < 1) {
		t.Errorf("%+v %v", d, err)
	}
	counted := 0
	for i, b := range d.Bins {
		counted += b.N
		if i > 0 && d.Bins[i-1].To != b.From {
			t.Errorf("bins %+v", d.Bins)
		}
	}
	if counted != d.N {
		t.Errorf("%d counted of %d", counted, d.N)
	}
	groups, err := w.By(t.Context(), analyst, purchases.Filter{}, purchases.Campaign)
	if err != nil || len(groups) != 2 || groups[0].N+groups[1].N != f.N || groups[0].Total+groups[1].Total != f.Total {
		t.Errorf("%+v %v", groups, err)
	}
	one, err := w.OfCustomer(t.Context(), analyst, cx.CustomerIDOf(7))
	if err != nil || one.No != 7 || one.Interval.Low > one.Value || one.Interval.High < one.Value {
		t.Errorf("%+v %v", one, err)
	}
}

// What retention learned wins over what BG/NBD tells.
func TestTheChanceOfLeavingIsTheCalibratedOne(t *testing.T) {
	t.Parallel()
	w := buyers(600)
	w.open(t, "")
	table, err := w.purchases.Ask(t.Context(), cx.System(), purchases.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, table.Len())
	for row := range p {
		p[row] = math.NaN()
	}
	p[3] = .123
	w.leaving.told = &retention.Leaving{Table: table, P: p}
	if err := w.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	row, long := 0, 0
	f, err := w.Each(t.Context(), analyst, purchases.Filter{}, func(c worth.Customer) error {
		if row == 3 && math.Abs(c.Leave-.123) > 1e-6 {
			t.Errorf("told %v", c.Leave)
		}
		if row != 3 && table.Today-c.Last >= 365 {
			long++
			if c.Leave != 1 {
				t.Errorf("who bought nothing for a year leaves with %v", c.Leave)
			}
		}
		row++
		return nil
	})
	if err != nil || f.Margin || long == 0 {
		t.Errorf("%+v %d %v", f, long, err)
	}
}

func TestWhatCannotBeToldSaysWhy(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*world){
		"nothing":       func(*world) {},
		"ten customers": func(w *world) { *w = *buyers(10) },
		"one each": func(w *world) {
			for c := range 100 {
				w.brings(cx.CustomerNo(c+1), float64(c), 500, "")
			}
		},
		"only refunds": func(w *world) { w.brings(1, 5, -500, "") },
	} {
		w := &world{}
		make(w)
		w.open(t, "")
		if err := w.Learn(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		f, err := w.Fit(t.Context(), analyst)
		if err != nil || f.Fault == "" || f.Total != 0 {
			t.Errorf("%s: %+v %v", name, f, err)
		}
		if d, err := w.Distribution(t.Context(), analyst, purchases.Filter{}); err != nil || d.N != 0 || d.Pending {
			t.Errorf("%s: %+v %v", name, d, err)
		}
		if g, err := w.By(t.Context(), analyst, purchases.Filter{}, purchases.Channel); err != nil || len(g) != 0 {
			t.Errorf("%s: %+v %v", name, g, err)
		}
		if c, err := w.OfCustomer(t.Context(), analyst, cx.CustomerIDOf(1)); err != nil || c != (worth.Customer{No: 1}) {
			t.Errorf("%s: %+v %v", name, c, err)
		}
	}
	if purchase.MinCustomers < 11 {
		t.Error("ten customers tell something")
	}
}

// Who is limited to areas is told of who bought there.
func TestWhoIsLimitedSeesTheirs(t *testing.T) {
	t.Parallel()
	w := buyers(300)
	w.open(t, "")
	if err := w.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	for area, want := range map[string]bool{"web": true, "sales": false} {
		p := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{area}}
		if d, err := w.Distribution(t.Context(), p, purchases.Filter{}); err != nil || (d.N > 0) != want {
			t.Errorf("%s: %+v %v", area, d, err)
		}
	}
	if _, err := w.Fit(t.Context(), cx.Principal{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody: %v", err)
	}
}

func TestTheBackgroundEnds(t *testing.T) {
	t.Parallel()
	w := buyers(40)
	w.open(t, "")
	w.Start()
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}
