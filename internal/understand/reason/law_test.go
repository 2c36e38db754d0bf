package reason

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Of many companies in which nothing goes with the scores, with twenty facts each of
// which some come together and customers answer three times, hardly one in twenty is
// told a reason.
func TestNothingIsSeldomAReason(t *testing.T) {
	t.Parallel()
	const companies = 200
	told := 0
	for seed := range uint64(companies) {
		r := rand.New(rand.NewPCG(seed, 3))
		table := newTable()
		for c := range uint32(150) {
			mood := 15 * r.NormFloat64()
			habit := r.Float64()
			for range 3 {
				table.begin(row{customer: c + 1, stratum: uint32(r.IntN(2)), score: 60 + mood + 10*r.NormFloat64()})
				table.rows[len(table.rows)-1].points = table.rows[len(table.rows)-1].score
				for d := range 20 {
					see(table, fmt.Sprint("fact", d), habit+r.Float64()/2 > .4+.04*float64(d))
				}
			}
		}
		if f := table.fit(1); len(f.chosen) > 0 {
			told++
		}
	}
	t.Logf("%d of %d", told, companies)
	if told > 18 { // of 200 at 5 %: 10, and 18 at most in 99 of 100 such tests
		t.Errorf("%d of %d companies without any are told a reason", told, companies)
	}
}

func see(t *table, name string, is bool) {
	no := t.driver(driverKey{"property", name, "till"}, rankNoted, -1)
	value, _ := t.value(no, []byte(fmt.Sprint(is)))
	t.see(observation{no, value, noFact})
}

// What is found beside each other is what least squares finds, and its errors hold by
// customer: brute force.
func TestJointIsLeastSquares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n, k := rapid.IntRange(30, 60).Draw(rt, "rows"), rapid.IntRange(1, 3).Draw(rt, "columns")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		table := newTable()
		chosen := make([]candidate, k)
		y := make([]float64, n)
		for i := range n {
			table.begin(row{customer: uint32(i / 2)})
			y[i] = r.NormFloat64()
			for j := range chosen {
				if r.Float64() < .7 {
					x := r.NormFloat64()
					chosen[j].rows, chosen[j].x = append(chosen[j].rows, uint32(i)), append(chosen[j].x, x)
					y[i] += float64(j) * x
				}
			}
		}
		slopes, p := table.joint(chosen, y)
		columns := make([][]float64, k)
		for j := range chosen {
			columns[j] = chosen[j].dense(n)
		}
		residual := slices.Clone(y)
		for j, c := range columns {
			for i := range residual {
				residual[i] -= slopes[j].value * c[i]
			}
		}
		for j, c := range columns { // the normal equations
			if d := dot(c, residual); math.Abs(d) > 1e-8 {
				rt.Errorf("column %d is not done with: %v", j, d)
			}
			if !(p[j] >= 0 && p[j] <= 1) {
				rt.Errorf("p %v", p[j])
			}
		}
		if k == 1 {
			meat := 0.0
			for i := 0; i < n; i += 2 {
				part := columns[0][i] * residual[i]
				if i+1 < n {
					part += columns[0][i+1] * residual[i+1]
				}
				meat += part * part
			}
			xx := dot(columns[0], columns[0])
			if want := math.Sqrt(max(meat/xx, dot(residual, residual)/float64(n)) / xx); math.Abs(slopes[0].err-want) > 1e-9 {
				rt.Errorf("error %v, want %v", slopes[0].err, want)
			}
			alone, _ := table.slope(&chosen[0].column, y)
			if math.Abs(alone.value-slopes[0].value) > 1e-9 {
				rt.Errorf("alone %+v, beside nothing %+v", alone, slopes[0])
			}
		}
	})
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// A column is compared within its stratum and with who could have had it as often:
// there it adds up to nothing, and who could not have it is not in it.
func TestColumnsAreCentred(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		table := newTable()
		visits := map[uint32]int{}
		for i := range uint32(200) {
			table.begin(row{customer: i, stratum: uint32(r.IntN(3))})
			visits[i] = r.IntN(8)
			for range visits[i] {
				see(table, "queue", r.Float64() < .2)
			}
		}
		for _, c := range table.columns() {
			sums := map[[2]int]float64{}
			for i, row := range c.rows {
				n := visits[row]
				if n == 0 {
					rt.Fatalf("row %d has no visit", row)
				}
				often := map[bool]int{true: 3}[n > 5]
				if n <= 5 {
					often = []int{0, 0, 1, 2, 2, 2}[n]
				}
				sums[[2]int{int(table.rows[row].stratum), often}] += c.x[i]
			}
			for class, sum := range sums {
				if math.Abs(sum) > 1e-9 {
					rt.Errorf("%v adds up to %v", class, sum)
				}
			}
		}
	})
}

// What was so where and when something was lived is found as going through all finds
// it.
func TestCircumstances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom([]string{"", "a", "b"})
		var list []history.Circumstance
		for range rapid.IntRange(0, 20).Draw(rt, "n") {
			c := fact.Circumstance{Kind: rapid.SampledFrom([]string{"strike", "rain"}).Draw(rt, "kind"), Place: word.Draw(rt, "place"), Touchpoint: word.Draw(rt, "touchpoint"), Supplier: word.Draw(rt, "supplier"), Product: word.Draw(rt, "product"), From: cx.Time(rapid.IntRange(1, 30).Draw(rt, "from"))}
			if long := rapid.IntRange(0, 20).Draw(rt, "long"); long > 0 {
				c.Until = c.From + cx.Time(long)
			}
			list = append(list, history.Circumstance{Circumstance: c})
		}
		found := circumstancesOf(list)
		for range 20 {
			place, touchpoint, supplier, product := word.Draw(rt, "p"), word.Draw(rt, "t"), word.Draw(rt, "s"), word.Draw(rt, "o")
			at := cx.Time(rapid.IntRange(0, 60).Draw(rt, "at"))
			want, got := map[string]int{}, map[string]int{}
			for _, c := range list {
				is := func(named, here string) bool { return named == "" || named == here }
				if is(c.Place, place) && is(c.Touchpoint, touchpoint) && is(c.Supplier, supplier) && is(c.Product, product) && c.Window().Contains(at) {
					want[c.Kind]++
				}
			}
			found.at(place, touchpoint, supplier, product, at, func(kind string) { got[kind]++ })
			if fmt.Sprint(want) != fmt.Sprint(got) {
				rt.Fatalf("at %v of %+v: %v, want %v", at, list, got, want)
			}
		}
	})
}

func TestPersonal(t *testing.T) {
	t.Parallel()
	for property, want := range map[string]bool{
		"agent_id": true, "agent": true, "cashierName": true, "vendedor": true, "served_by": true, "atendido_por": true, "employee-no": true, "Driver": true,
		"late": false, "queue": false, "staff_count": false, "training": false, "tool": false, "rider_roster": false, "standby": false, "by": false, "wait_min": false, "agentic": false, "": false,
	} {
		if got := Personal(property); got != want {
			t.Errorf("%q: %v", property, got)
		}
	}
	for property, want := range map[string]bool{"rating": true, "customerScore": true, "tone": true, "valoración": true, "scoreboard": false, "wait": false} {
		if got := opinion(property); got != want {
			t.Errorf("%q as an opinion: %v", property, got)
		}
	}
}

// An answer on the whole relationship is about all that was lived lately; one on an
// order about that order and the visit of which its newest fact was a part; one on a
// touchpoint without an object about the newest visit there.
func TestWhatAnAnswerIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, parcels)
	b := w.batch()
	at := cx.TimeOf(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	long := b.event(1, at.Add(-100*day), "Paid", facts{"n": 1})
	paid := b.event(1, at.Add(-40*day), "Paid", facts{"n": 2})
	ordered := b.event(1, at.Add(-9*day), "Ordered", facts{"order_id": "a"})
	other := b.event(1, at.Add(-8*day), "Ordered", facts{"order_id": "b"})
	again := b.event(1, at.Add(-5*day), "Paid", facts{"n": 3})
	delivered := b.event(1, at.Add(-time.Hour), "Delivered", facts{"order_id": "a", "days": 0})
	near := b.event(1, at.Add(-30*time.Minute), "Paid", facts{"n": 4})
	after := b.event(1, at.Add(time.Hour), "Paid", facts{"n": 5})
	stranger := b.event(2, at.Add(-time.Hour), "Paid", facts{"n": 6})
	b.answer(1, at, "nps", "nps", "0-10", 9, nil)
	b.answer(1, at, "csat", "csat", "1-5", 3, facts{"order_id": "a"})
	b.answer(1, at.Add(-4*day), "csat-till", "csat", "1-5", 3, nil)
	b.live()
	x, err := w.gather(t.Context(), cx.System(), w.version.Model, Query{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]cx.Seq{}
	for i, a := range x.answers {
		survey := x.surveys[a.survey]
		for _, o := range x.table.seen[x.table.rows[i].from:x.table.rows[i].to] {
			if o.fact != noFact && !slices.Contains(got[survey], x.events[o.fact].seq) {
				got[survey] = append(got[survey], x.events[o.fact].seq)
			}
		}
		slices.Sort(got[survey])
	}
	for survey, want := range map[string][]cx.Seq{
		"nps":       {paid, ordered, other, again, delivered, near},
		"csat":      {ordered, delivered, near},
		"csat-till": {again},
	} {
		if !slices.Equal(got[survey], want) {
			t.Errorf("%s is about %v, want %v (never %d, %d, %d)", survey, got[survey], want, long, after, stranger)
		}
	}
}
