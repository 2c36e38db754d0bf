package risk

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
)

const parcels = `
company: {slug: parcels, name: Parcels, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: logistics, name: Logística}, {slug: it, name: Sistemas}]
suppliers: [{slug: rayo, name: Rayo, area: logistics}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: it, events: [Ordered]}
  - {slug: courier, name: Repartidor, stage: during, channel: home, medium: physical, area: logistics, events: [Delivered]}
promises:
  - {slug: on-time, name: A tiempo, area: logistics, touchpoint: courier, at: {event: Delivered, holds: 'properties.days < 3.0'}, objective: 0.9, window: 30d}
`

// world is a company whose customers leave half of the time when a parcel came badly,
// else three times in ten. What they are worth, what was promised and why they score low
// is what it says.
type world struct {
	*Service
	version model.Version
	store   *duckdb.Store
	fit     worth.Fit
	asked   int
	values  []worth.Customer
	late    []cx.CustomerNo
	onTime  []cx.CustomerNo
}

func newWorld(t *testing.T) *world {
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := model.Parse([]byte(parcels))
	if err != nil {
		t.Fatal(err)
	}
	clock := cxtest.NewClock()
	w := &world{store: store, version: model.Version{Number: 1, Model: m}, fit: worth.Fit{AsOf: clock.Now(), Currency: "EUR", Margin: true}}
	w.Service = New(Config{Facts: store, Worth: w, Promises: w, Reasons: w, Models: w, Clock: clock})
	r := rand.New(rand.NewPCG(8, 8))
	b := history.Batch{Model: 1}
	live := func(p cx.ProfileNo, touchpoint, area, supplier string, valence float64) {
		b.Last++
		b.Facts = append(b.Facts, history.Fact{
			Seq: b.Last, Profile: p, Kind: cx.Track, Name: "Lived", Source: "web", At: clock.Now().Add(-time.Duration(1+r.IntN(100)) * 24 * time.Hour),
			Said: history.Said{Class: model.Class{Touchpoint: touchpoint, Area: area, Supplier: supplier, Valence: valence, HasValence: true}},
		})
	}
	for c := cx.CustomerNo(1); c <= 600; c++ {
		value := worth.Customer{No: c, Purchases: 1 + r.IntN(6), First: int32(20_000 + r.IntN(500)), Soon: int64(1000 + r.IntN(2000)), Leave: .3 + .02*r.NormFloat64()}
		live(c, "web", "it", "", float64(r.IntN(5)-2))
		if c%2 == 0 {
			if c%6 == 0 {
				live(c+1000, "courier", "logistics", "rayo", -1.5) // by another device
				b.Clusters = append(b.Clusters, history.Cluster{Profile: c + 1000, Customer: c})
				value.Leave += .2
				w.late = append(w.late, c)
			} else {
				live(c, "courier", "logistics", "rayo", 1)
				w.onTime = append(w.onTime, c)
			}
		}
		w.values = append(w.values, value)
	}
	if err := store.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) Current() model.Version { return w.version }

func (w *world) Each(_ context.Context, _ cx.Principal, _ purchases.Filter, fn func(worth.Customer) error) (worth.Fit, error) {
	w.asked++
	for _, c := range w.values {
		if err := fn(c); err != nil {
			return worth.Fit{}, err
		}
	}
	return w.fit, nil
}

func (w *world) Outcomes(_ context.Context, p cx.Principal, _ string, _ cx.Window, fn func(profile cx.ProfileNo, at cx.Time, place string, kept bool)) error {
	if p.Areas != nil {
		return cx.Errorf(cx.Forbidden, "", "not yours")
	}
	for _, c := range w.late {
		fn(c+1000, 1, "", false)
	}
	for _, c := range w.onTime {
		fn(c, 1, "", true)
	}
	return nil
}

func (w *world) Touched(context.Context, cx.Principal, reason.Query, cx.Window, []cx.CustomerNo) ([]reason.Touched, error) {
	return []reason.Touched{{Reason: reason.Reason{ID: "late@courier", Name: model.Text{ES: "Llegó tarde"}}, Lived: w.late, Others: w.onTime}}, nil
}

func TestAtRisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.AtRisk(t.Context(), cx.System(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	want, money, late := 0.0, 0.0, 0.0
	for _, v := range w.values {
		want += float64(v.Soon) * v.Leave
		money += float64(v.Soon)
		if v.No%6 == 0 {
			late += float64(v.Soon) * v.Leave
		}
	}
	if d := got.Total.Value - want; d*d > 1e-6 || got.Total.N != 600 || got.Total.Low >= want || got.Total.High <= want || got.Expected.Value != money || got.Currency != "EUR" || !got.Margin || got.Sampled != 600 {
		t.Errorf("%v at risk of %v: %+v", want, money, got)
	}
	groups := map[thing]Group{}
	for _, g := range got.Groups {
		groups[thing{g.By, g.Key}] = g
	}
	for of, name := range map[thing]string{
		{Touchpoint, "courier"}: "Repartidor", {Area, "logistics"}: "Logística", {Supplier, "rayo"}: "Rayo", {Promise, "on-time"}: "A tiempo", {Reason, "late@courier"}: "Llegó tarde",
	} {
		g := groups[of]
		beyond := .2 / .5 * late
		if !g.Clear || g.Customers != 100 || g.Name.ES != name || g.Beyond.Low > beyond || g.Beyond.High < beyond || g.Leave.Value-g.Others.Value < .15 || g.AtRisk.Value-late > 1 || late-g.AtRisk.Value > 1 {
			t.Errorf("%v: %+v", of, g)
		}
	}
	if g := groups[thing{Touchpoint, "web"}]; g.Clear || g.Customers == 0 {
		t.Errorf("what moves nothing: %+v", g)
	}
	if again, err := w.AtRisk(t.Context(), cx.System(), Query{}); err != nil || again.Total != got.Total || w.asked != 1 {
		t.Errorf("asked again: %+v, %v, found %d times", again.Total, err, w.asked)
	}
}

func TestAtRiskOfAnArea(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.AtRisk(t.Context(), cx.System(), Query{Area: "logistics"})
	if err != nil || got.Total.N != 300 {
		t.Errorf("%d customers of three hundred were there: %v", got.Total.N, err)
	}
	for _, g := range got.Groups {
		if g.By == Touchpoint && g.Key != "courier" {
			t.Errorf("%s is not the area's", g.Key)
		}
	}
	if _, err := w.AtRisk(t.Context(), cx.System(), Query{Area: "nowhere"}); cx.KindOf(err) != cx.NotFound {
		t.Error(err)
	}
	if _, err := w.AtRisk(t.Context(), cx.Principal{}, Query{}); cx.KindOf(err) != cx.Forbidden && cx.KindOf(err) != cx.Unauthorized {
		t.Error(err)
	}
}

func TestAtRiskOfNothingKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fit = worth.Fit{Pending: true}
	if got, err := w.AtRisk(t.Context(), cx.System(), Query{}); err != nil || !got.Pending {
		t.Errorf("%+v, %v", got, err)
	}
	w.fit = worth.Fit{Fault: "nobody bought twice"}
	if got, err := w.AtRisk(t.Context(), cx.System(), Query{}); err != nil || got.Fault == "" || got.Total.N != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
