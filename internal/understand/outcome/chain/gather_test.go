package chain

import (
	"cmp"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

// lifes are what customers lived, answered and bought, at random, from July 2025 to
// the middle of September 2026.
type lifes struct {
	batch history.Batch
	table *purchases.Table
}

func madrid(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func newLifes(t testing.TB, customers int) *lifes {
	r, zone := rand.New(rand.NewPCG(6, 6)), madrid(t)
	begin, end := time.Date(2025, 7, 1, 0, 0, 0, 0, zone), time.Date(2026, 9, 15, 12, 0, 0, 0, zone)
	at := func() time.Time { return begin.Add(time.Duration(r.Int64N(int64(end.Sub(begin))))) }
	l := &lifes{table: &purchases.Table{AsOf: cx.TimeOf(end), Zone: zone, Currency: "EUR", Digits: 2, Margin: .4, HasMargin: true, From: []uint32{0}}}
	l.table.Today = l.table.DayOf(cx.TimeOf(end))
	l.batch.Model = 1
	for c := range cx.ProfileNo(customers) {
		area := func() model.Class {
			return model.Class{Touchpoint: "till", Area: []string{"shops", "web"}[r.IntN(2)]}
		}
		for range r.IntN(9) {
			said := area()
			said.Valence, said.HasValence = math.Round(4*r.NormFloat64())/4, r.IntN(5) > 0
			said.Valence = min(2, max(-2, said.Valence))
			l.add(history.Fact{Profile: c + 1, Kind: cx.Track, Name: "Lived", At: cx.TimeOf(at()), Said: history.Said{Class: said}})
		}
		for range r.IntN(5) {
			scale := []string{"1-5", "0-10"}[r.IntN(2)]
			metric := map[string]string{"1-5": "csat", "0-10": "nps"}[scale]
			l.add(history.Fact{Profile: c + 1, Kind: cx.Answer, Name: metric, At: cx.TimeOf(at()), Said: history.Said{Class: area()}, Answer: &fact.Answer{
				Survey: metric, Items: []fact.AnswerItem{{Question: "score", Metric: metric, Scale: scale, Value: float64(1 + r.IntN(5)), HasValue: true}},
			}})
		}
		var days []int32
		for range r.IntN(7) {
			days = append(days, l.table.DayOf(cx.TimeOf(at())))
		}
		slices.Sort(days)
		days = slices.Compact(days)
		l.table.Customers = append(l.table.Customers, c+1)
		for _, d := range days {
			l.table.Days, l.table.Minor = append(l.table.Days, d), append(l.table.Minor, int64(r.IntN(9000)))
		}
		l.table.From = append(l.table.From, uint32(len(l.table.Days)))
	}
	return l
}

func (l *lifes) add(f history.Fact) {
	l.batch.Last++
	f.Seq, f.Source = l.batch.Last, "web"
	l.batch.Facts = append(l.batch.Facts, f)
}

func (l *lifes) store(t testing.TB) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Append(t.Context(), l.batch); err != nil {
		t.Fatal(err)
	}
	return s
}

// row is a customer's month, as naive finds it.
type row struct {
	customer        cx.CustomerNo
	lived, memory   float64
	satisfaction    float64
	had             int
	stayed, brought float64
}

// naive looks at each month of each customer by itself.
func (l *lifes) naive(area string, metric outcome.Metric, lag, span int) (out []row) {
	facts := slices.Clone(l.batch.Facts)
	slices.SortStableFunc(facts, func(a, b history.Fact) int { return cmp.Compare(a.At, b.At) })
	w := outcome.Recuerdo{Peak: .2, End: .5, Mean: .3}
	end := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for c, customer := range l.table.Customers {
		days, minor := l.table.Purchases(c)
		day := func(d int32) time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }
		for from := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC); from.Before(end); from = from.AddDate(0, 1, 0) {
			to := from.AddDate(0, 1, 0)
			var felt, before, scores []float64
			for _, f := range facts {
				if f.Profile != customer {
					continue
				}
				local := f.At.Std().In(l.table.Zone)
				on := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
				if !on.Before(to) || area != "" && f.Said.Class.Area != area {
					continue
				}
				in := !on.Before(from)
				if f.Answer != nil && in {
					item := f.Answer.Items[0]
					switch {
					case metric == outcome.Mean && item.Metric == "csat":
						scores = append(scores, 25*(item.Value-1))
					case metric == outcome.Mean:
						scores = append(scores, 10*item.Value)
					case item.Metric == "csat" && item.Value >= 4:
						scores = append(scores, 100)
					case item.Metric == "csat":
						scores = append(scores, 0)
					}
				}
				if f.Answer != nil && in && len(scores) == 0 {
					scores = []float64{} // somebody answered, whatever
				}
				if f.Answer == nil && f.Said.Class.HasValence {
					before = append(before, f.Said.Class.Valence)
					if in {
						felt = append(felt, f.Said.Class.Valence)
					}
				}
			}
			r := row{customer: customer, lived: average(felt), memory: w.Of(before), satisfaction: average(scores)}
			if len(felt) == 0 && scores == nil {
				continue
			}
			for i, d := range days {
				switch {
				case day(d).Before(to):
					r.had++
				default:
					if day(d).Before(to.AddDate(0, lag, 0)) {
						r.stayed = 1
					}
					if day(d).Before(to.AddDate(0, span, 0)) {
						r.brought += float64(minor[i])
					}
				}
			}
			if to.AddDate(0, lag, 0).After(end) {
				r.stayed = math.NaN()
			}
			if to.AddDate(0, span, 0).After(end) {
				r.brought = math.NaN()
			}
			if r.had > 0 {
				out = append(out, r)
			}
		}
	}
	return out
}

func average(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func TestPanelIsEachMonthOfEachCustomer(t *testing.T) {
	t.Parallel()
	l := newLifes(t, 120)
	store := l.store(t)
	for _, area := range []string{"", "web"} {
		for _, metric := range []outcome.Metric{outcome.CSAT, outcome.Mean} {
			g := newGathering(l.table, area)
			err := store.Snapshot(t.Context(), cx.System(), g.read)
			if err != nil {
				t.Fatal(err)
			}
			p := g.panel(&Chain{Metric: metric, Lag: 2, Span: 5}, outcome.Recuerdo{Peak: .2, End: .5, Mean: .3})
			want := l.naive(area, metric, 2, 5)
			if len(want) < 100 || len(p.customer) != len(want) {
				t.Fatalf("%s %s: %d rows of %d", area, metric, len(p.customer), len(want))
			}
			for i, w := range want {
				got := row{
					l.table.Customers[g.rows[p.customer[i]]], p.steps[Lived][i], p.steps[Memory][i], p.steps[Satisfaction][i],
					int(math.Round(math.Expm1(p.equal[0][i]))), p.steps[Retention][i], p.steps[Revenue][i],
				}
				if got.customer != w.customer || got.had != w.had || !near(got.lived, w.lived) || !near(got.memory, w.memory) || !near(got.satisfaction, w.satisfaction) ||
					!near(got.stayed, w.stayed) || !near(got.brought, w.brought) {
					t.Fatalf("%s %s, row %d:\n got %+v\nwant %+v", area, metric, i, got, w)
				}
			}
		}
	}
}

func near(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9 }

func TestChainOfNobody(t *testing.T) {
	t.Parallel()
	l := newLifes(t, 0)
	g := newGathering(l.table, "")
	if err := l.store(t).Snapshot(t.Context(), cx.System(), g.read); err != nil {
		t.Fatal(err)
	}
	if c := g.chain(outcome.Usual()); c.Told() || c.Customers != 0 || c.Currency != "EUR" {
		t.Errorf("%+v", c)
	}
}

func TestSampleIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	table := &purchases.Table{Zone: time.UTC, Today: 20_600, From: []uint32{0}}
	for c := range 2 * most {
		table.Customers = append(table.Customers, cx.CustomerNo(c+1))
		table.Days, table.Minor, table.From = append(table.Days, 20_000), append(table.Minor, 1), append(table.From, uint32(c+1))
	}
	a, b := newGathering(table, ""), newGathering(table, "")
	if a.of != 2*most || len(a.chosen) < most*95/100 || len(a.chosen) > most*105/100 || !slices.Equal(a.chosen, b.chosen) {
		t.Errorf("%d of %d are looked at", len(a.chosen), a.of)
	}
}
