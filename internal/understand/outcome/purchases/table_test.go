package purchases_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
)

const company = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
outcomes: {margin: 0.4, contract: {start: Joined, end: Left}}
areas: [{slug: sales, name: {es: Ventas}}]
touchpoints: [{slug: till, name: {es: Caja}, stage: during, channel: store, medium: physical, area: sales}]
`

type models struct{ version model.Version }

func (m *models) Current() model.Version { return m.version }

func modelOf(t testing.TB, number int, yaml string) *models {
	t.Helper()
	m, err := model.Parse([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return &models{model.Version{Number: number, Model: m}}
}

// odds says that customers with odd numbers are in the segment.
type odds struct{}

func (odds) Customers(_ context.Context, _ cx.Principal, slug string) (out []cx.CustomerNo, err error) {
	if slug != "odd" {
		return nil, cx.Errorf(cx.NotFound, "", "there is no such segment")
	}
	for c := cx.CustomerNo(1); c < 200; c += 2 {
		out = append(out, c)
	}
	return out, nil
}

// world is a history and the service that reads it.
type world struct {
	*purchases.Service
	store  history.Store
	models *models
	clock  *cxtest.Clock
	facts  []history.Fact
	owner  map[cx.ProfileNo]cx.CustomerNo
	seq    cx.Seq
}

func newWorld(t testing.TB, yaml string) *world {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{store: s, models: modelOf(t, 1, yaml), clock: cxtest.NewClock(), owner: map[cx.ProfileNo]cx.CustomerNo{}}
	w.clock.Advance(400 * 24 * time.Hour)
	w.Service = purchases.New(purchases.Config{Facts: s, Models: w.models, Segments: odds{}, Clock: w.clock, Logger: slog.New(slog.DiscardHandler)})
	return w
}

// append stores facts, and says whose profiles are from then on.
func (w *world) append(t testing.TB, facts []history.Fact, clusters ...history.Cluster) {
	t.Helper()
	for i := range facts {
		w.seq++
		facts[i].Seq = w.seq
	}
	w.seq++ // a decision
	if err := w.store.Append(t.Context(), history.Batch{Last: w.seq, Model: 1, Facts: facts, Clusters: clusters}); err != nil {
		t.Fatal(err)
	}
	w.facts = append(w.facts, facts...)
	for _, c := range clusters {
		w.owner[c.Profile] = c.Customer
	}
}

func (w *world) ask(t testing.TB, p cx.Principal, f purchases.Filter) *purchases.Table {
	t.Helper()
	w.clock.Advance(2 * purchases.MaxAge)
	table, err := w.Ask(t.Context(), p, f)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func lived(profile cx.ProfileNo, name string, at cx.Time, currency string, minor int64, order string) history.Fact {
	f := history.Fact{Profile: profile, Kind: cx.Track, Name: name, Source: "web", At: at}
	f.Said.Class = model.Class{Touchpoint: "till", Channel: "store", Place: "goya", Area: []string{"sales", "web"}[int(at/1e6)%2]}
	if currency != "" {
		f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: minor, Currency: currency}, true
	}
	if order != "" {
		f.Said.Class.Objects = []model.ObjectRef{{Type: "order", ID: order}}
	}
	if int(at)%3 == 0 {
		f.Properties = []byte(`{"campaign":"c` + fmt.Sprint(int(at)%2) + `"}`)
	}
	return f
}

// random makes facts of few customers: purchases, refunds with and without an order,
// before and after it, too large ones, other currencies, contracts in any order.
func random(r *rand.Rand, n int) []history.Fact {
	var out []history.Fact
	for range n {
		at := cxtest.Epoch.Add(time.Duration(r.IntN(410*24*60)) * time.Minute) // some are still to come
		who, order := cx.ProfileNo(1+r.IntN(25)), ""
		if r.IntN(2) == 0 {
			order = fmt.Sprint(r.IntN(60))
		}
		switch k := r.IntN(10); {
		case k < 5:
			out = append(out, lived(who, "Bought", at, "EUR", int64(1+r.IntN(5_000)), order))
		case k < 7:
			out = append(out, lived(who, "Refunded", at, "EUR", -int64(1+r.IntN(6_000)), order))
		case k < 8:
			out = append(out, lived(who, "Bought", at, []string{"USD", "EUR", ""}[r.IntN(3)], 0, order))
		case k < 9:
			out = append(out, lived(who, "Bought", at, "USD", int64(1+r.IntN(9)), order))
		default:
			out = append(out, lived(who, []string{"Joined", "Left"}[r.IntN(2)], at, "", 0, ""))
		}
	}
	return out
}

// customer is a row as a person would write it down.
type customer struct {
	No     cx.CustomerNo
	Days   []int32
	Minor  []int64
	Back   int64
	Origin purchases.Origin
	Spans  []purchases.Span
}

func rowsOf(t *purchases.Table) (out []customer) {
	for i, no := range t.Customers {
		days, minor := t.Purchases(i)
		out = append(out, customer{no, slices.Clone(days), slices.Clone(minor), t.Back[i], t.Origin(i), slices.Clone(t.Spans(i))})
	}
	return out
}

// oracle works the same out one customer after the other.
func (w *world) oracle(t testing.TB, areas []string) (out []customer, odd purchases.Odd) {
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	day := func(at cx.Time) int32 {
		y, m, d := at.Std().In(zone).Date()
		return int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
	}
	of := map[cx.CustomerNo][]history.Fact{}
	for _, f := range w.facts {
		if day(f.At) > day(w.clock.Now()) || areas != nil && !slices.Contains(areas, f.Said.Class.Area) {
			continue
		}
		c, ok := w.owner[f.Profile]
		if !ok {
			c = f.Profile
		}
		of[c] = append(of[c], f)
	}
	for _, no := range slices.Sorted(maps.Keys(of)) {
		facts := of[no]
		slices.SortFunc(facts, func(a, b history.Fact) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq)) })
		c := customer{No: no}
		left := map[cx.Seq]int64{}
		var bought, refunds []history.Fact
		for _, f := range facts {
			m := f.Said.Class.Revenue
			switch {
			case f.Name == "Joined" && len(c.Spans) > 0 && c.Spans[len(c.Spans)-1].Lasts():
				odd.Duplicated++
			case f.Name == "Joined":
				c.Spans = append(c.Spans, purchases.Span{Start: day(f.At), End: purchases.Lasting})
			case f.Name == "Left" && (len(c.Spans) == 0 || !c.Spans[len(c.Spans)-1].Lasts()):
				odd.Unstarted++
			case f.Name == "Left":
				c.Spans[len(c.Spans)-1].End = day(f.At)
			case m.Currency != "EUR" || m.Minor == 0:
			case m.Minor > 0:
				if bought = append(bought, f); len(bought) == 1 {
					c.Origin = purchases.Origin{Touchpoint: "till", Channel: "store", Place: "goya"}
					if f.Properties != nil {
						c.Origin.Campaign = "c" + fmt.Sprint(int(f.At)%2)
					}
				}
				left[f.Seq] = m.Minor
			default:
				refunds = append(refunds, f)
			}
		}
		order := func(f history.Fact) string {
			if len(f.Said.Class.Objects) == 0 {
				return ""
			}
			return f.Said.Class.Objects[0].ID
		}
		known := func(r history.Fact) bool {
			return order(r) != "" && slices.ContainsFunc(bought, func(b history.Fact) bool { return order(b) == order(r) })
		}
		for _, first := range []bool{true, false} {
			for _, r := range refunds {
				if known(r) != first {
					continue
				}
				amount := -r.Said.Class.Revenue.Minor
				for _, b := range slices.Backward(bought) {
					if first && order(b) == order(r) || !first && day(b.At) <= day(r.At) {
						taken := min(amount, left[b.Seq])
						left[b.Seq] -= taken
						amount -= taken
						c.Back += taken
					}
				}
				if amount > 0 {
					odd.Refunds++
					odd.Minor += amount
				}
			}
		}
		for _, b := range bought {
			switch n := len(c.Days); {
			case left[b.Seq] == 0:
			case n > 0 && c.Days[n-1] == day(b.At):
				c.Minor[n-1] += left[b.Seq]
			default:
				c.Days, c.Minor = append(c.Days, day(b.At)), append(c.Minor, left[b.Seq])
			}
		}
		if len(bought)+len(refunds)+len(c.Spans) > 0 {
			out = append(out, c)
		}
	}
	return out, odd
}

func (w *world) check(t *testing.T, when string) {
	t.Helper()
	for _, areas := range [][]string{nil, {"sales"}, {}} {
		p := cx.Principal{ID: "person:1", Role: cx.Analyst, Areas: areas}
		got := w.ask(t, p, purchases.Filter{})
		want, odd := w.oracle(t, areas)
		if diff := gocmp.Diff(want, rowsOf(got), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s, areas %q: %s", when, areas, diff)
		}
		if got.Odd != odd {
			t.Fatalf("%s, areas %q: %+v, want %+v", when, areas, got.Odd, odd)
		}
	}
}

// What is kept up to date while facts come late, customers are merged, parted and
// erased, and everything is classified otherwise, is what one would work out anew.
func TestTheTableIsWhatOneWouldWorkOut(t *testing.T) {
	t.Parallel()
	w, r := newWorld(t, company), rand.New(rand.NewPCG(7, 7))
	w.check(t, "of nothing")
	for round := range 12 {
		var clusters []history.Cluster
		for range r.IntN(4) {
			c := history.Cluster{Profile: cx.ProfileNo(1 + r.IntN(25)), Customer: cx.CustomerNo(1 + r.IntN(25))}
			if r.IntN(3) == 0 {
				c.Customer = c.Profile
			}
			clusters = append(clusters, c)
		}
		w.append(t, random(r, 60), clusters...)
		w.check(t, fmt.Sprint("round ", round))
	}
	before := w.ask(t, cx.System(), purchases.Filter{})
	if again := w.ask(t, cx.System(), purchases.Filter{}); again.Edition != before.Edition || again.AsOf <= before.AsOf {
		t.Errorf("nothing came, and edition %d of %s is %d of %s", before.Edition, before.AsOf, again.Edition, again.AsOf)
	}
	if _, err := w.store.Erase(t.Context(), cx.Subject{Profiles: []cx.ProfileNo{3, 4}}); err != nil {
		t.Fatal(err)
	}
	w.facts = slices.DeleteFunc(w.facts, func(f history.Fact) bool { return f.Profile == 3 || f.Profile == 4 })
	w.check(t, "after an erasure")
	w.clock.Advance(20 * 24 * time.Hour)
	w.check(t, "when what was to come has come")
	w.models.version.Number = 2
	chunk := history.Chunk{Model: 2, Through: w.seq}
	for i, f := range w.facts {
		if f.Said.Class.Revenue.Minor > 1000 {
			w.facts[i].Said.Class.Revenue, w.facts[i].Said.Class.HasRevenue = cx.Money{}, false
		}
		chunk.Facts = append(chunk.Facts, history.Reclassified{Seq: f.Seq, Said: w.facts[i].Said})
	}
	if err := w.store.Reclassify(t.Context(), chunk); err != nil {
		t.Fatal(err)
	}
	w.check(t, "under another model")
}

func TestWhoAndWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	at := func(days int) cx.Time { return cxtest.Epoch.Add(time.Duration(days) * 24 * time.Hour) }
	a, b, c := lived(1, "Bought", at(1)+1, "EUR", 100, ""), lived(2, "Bought", at(2)+2, "EUR", 200, ""), lived(3, "Bought", at(3)+4, "EUR", 300, "")
	b.Said.Class.Place, a.Properties, c.Properties = "sol", []byte(`{"campaign":"launch"}`), []byte(`{"utm_campaign":"launch","campaign":null}`)
	w.append(t, []history.Fact{a, b, c, lived(4, "Bought", at(4), "USD", 900, ""), lived(5, "Refunded", at(5), "EUR", -50, ""), lived(6, "Joined", at(6), "", 0, "")})
	all := w.ask(t, cx.System(), purchases.Filter{})
	if all.Len() != 5 || all.Margin != .4 || !all.HasMargin || !all.HasContracts || all.Currency != "EUR" || all.Digits != 2 {
		t.Errorf("%+v", all)
	}
	if diff := gocmp.Diff([]cx.Money{{Minor: 900, Currency: "USD"}}, all.Others); diff != "" {
		t.Errorf("other currencies: %s", diff)
	}
	if (all.Odd != purchases.Odd{Refunds: 1, Minor: 50}) {
		t.Errorf("a refund of nothing is told as %+v", all.Odd)
	}
	for _, x := range []struct {
		filter purchases.Filter
		want   []cx.CustomerNo
	}{
		{purchases.Filter{Campaign: "launch"}, []cx.CustomerNo{1, 3}},
		{purchases.Filter{Place: "sol", Channel: "store", Touchpoint: "till"}, []cx.CustomerNo{2}},
		{purchases.Filter{Segment: "odd"}, []cx.CustomerNo{1, 3, 5}},
		{purchases.Filter{Segment: "odd", Place: "sol"}, nil},
	} {
		got := w.ask(t, cx.System(), x.filter)
		if diff := gocmp.Diff(x.want, got.Customers, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%+v: %s", x.filter, diff)
		}
	}
	groups, err := w.Groups(t.Context(), cx.System(), all, purchases.Campaign)
	if err != nil || len(groups) != 2 || groups[0].Key != "launch" || len(groups[0].Rows) != 2 || groups[1].Key != "" {
		t.Errorf("groups %+v %v", groups, err)
	}
	if groups, err := w.Groups(t.Context(), cx.System(), all, purchases.Touchpoint); err != nil || groups[0].Name.ES != "Caja" {
		t.Errorf("groups %+v %v", groups, err)
	}
	if _, err := w.Groups(t.Context(), cx.System(), all, "colour"); cx.KindOf(err) != cx.Invalid {
		t.Errorf("by colour: %v", err)
	}
	if _, err := w.Ask(t.Context(), cx.System(), purchases.Filter{Segment: "nobody"}); cx.KindOf(err) != cx.NotFound {
		t.Errorf("no segment: %v", err)
	}
	if _, err := w.Ask(t.Context(), cx.Principal{}, purchases.Filter{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody: %v", err)
	}
}

// A day is the company's: it has 23 hours, or 25, when the clock changes.
func TestDaysAreTheCompanys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	y := w.clock.Now().Std().Year() - 1
	var facts []history.Fact
	for i, m := range []time.Month{time.March, time.October} {
		last := time.Date(y, m+1, 0, 0, 0, 0, 0, zone)
		sunday := last.AddDate(0, 0, -int(last.Weekday()))
		for _, at := range []time.Time{sunday, sunday.AddDate(0, 0, 1).Add(-time.Microsecond), sunday.AddDate(0, 0, 1)} {
			facts = append(facts, lived(cx.ProfileNo(i+1), "Bought", cx.TimeOf(at), "EUR", 100, ""))
		}
	}
	w.append(t, facts)
	table := w.ask(t, cx.System(), purchases.Filter{})
	for row := range table.Customers {
		days, minor := table.Purchases(row)
		if len(days) != 2 || minor[0] != 200 || days[1] != days[0]+1 {
			t.Errorf("days %v bring %v", days, minor)
		}
		if start := table.Start(days[0]); table.DayOf(start) != days[0] || table.DayOf(start-1) != days[0]-1 {
			t.Errorf("day %d begins %s", days[0], start)
		}
	}
}

func TestTheBackgroundEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, company)
	w.append(t, []history.Fact{lived(1, "Bought", cxtest.Epoch, "EUR", 100, "")})
	w.Start()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}
