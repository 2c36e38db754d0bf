package purchase_test

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
)

// log reads CDNOW's purchases, by customer; day 0 is 1997-01-01.
func log(t testing.TB, file string, customer int) map[string][]purchase.Money {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, "cdnow"), file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string][]purchase.Money{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Fields(lines.Text())
		if cells[0] == "customer_id" {
			continue
		}
		at, err := time.Parse("20060102", cells[len(cells)-3])
		if err != nil {
			t.Fatal(err)
		}
		amount, err := strconv.ParseFloat(cells[len(cells)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		day := int(at.Sub(time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24)
		out[cells[customer]] = append(out[cells[customer]], purchase.Money{Day: day, Amount: amount})
	}
	return out
}

const calibration = 272 // 1997-09-30

func master(t testing.TB) (histories []purchase.History) {
	for _, money := range log(t, "CDNOW_master.txt", 0) {
		if b, ok := purchase.Read(money, calibration, 7); ok {
			histories = append(histories, b.History)
		}
	}
	return histories
}

// From the purchases themselves comes what the papers fitted, and what they held out.
func TestCDNOWFromItsPurchases(t *testing.T) {
	t.Parallel()
	var histories []purchase.History
	later := 0
	for _, money := range log(t, "CDNOW_sample.txt", 1) {
		before, _ := purchase.Read(money, calibration, 7)
		after, _ := purchase.Read(money, calibration+39*7, 7)
		histories = append(histories, before.History)
		later += after.X - before.X
	}
	m, fault := purchase.FitBGNBD(purchase.Compress(histories))
	if fault != "" || m.N != 2357 || later != 1882 {
		t.Errorf("%q %+v, %d later", fault, m, later)
	}
	near(t, "log-likelihood", m.LogLikelihood, -9582.43, .05) // times are rounded in the papers
	near(t, "r", m.R, .2426, .0002)
}

func TestRead(t *testing.T) {
	t.Parallel()
	type m = purchase.Money
	for _, c := range []struct {
		name   string
		money  []m
		x      int
		tx, t  float64
		mean   float64
		paid   int
		refund float64
		ok     bool
	}{
		{"nothing", nil, 0, 0, 0, 0, 0, 0, false},
		{"once", []m{{3, 10}}, 0, 0, 4, math.NaN(), 0, 0, true},
		{"today", []m{{31, 10}}, 0, 0, 0, math.NaN(), 0, 0, true},
		{"after the end", []m{{32, 10}}, 0, 0, 0, 0, 0, 0, false},
		{"again, in any order", []m{{17, 30}, {3, 10}, {10, 20}}, 2, 2, 4, 25, 2, 0, true},
		{"twice in a day is once", []m{{3, 10}, {3, 5}, {10, 20}, {10, 1}}, 1, 1, 4, 21, 1, 0, true},
		{"for nothing is a purchase without a price", []m{{3, 10}, {10, 0}, {17, 8}}, 2, 2, 4, 8, 1, 0, true},
		{"a part back on the day", []m{{3, 10}, {10, -5}, {10, 20}}, 1, 1, 4, 15, 1, 0, true},
		{"all back on the day", []m{{3, 10}, {10, 20}, {10, -20}}, 0, 0, 4, math.NaN(), 0, 0, true},
		{"all back later", []m{{3, 10}, {10, 20}, {24, -20}}, 0, 0, 4, math.NaN(), 0, 0, true},
		{"back after the end", []m{{3, 10}, {10, 20}, {40, -20}}, 1, 1, 4, 20, 1, 0, true},
		{"the latest first", []m{{3, 10}, {10, 20}, {17, 5}, {24, -12}}, 1, 1, 4, 13, 1, 0, true},
		{"the first too", []m{{3, 10}, {10, 20}, {17, -25}}, 0, 0, 4, math.NaN(), 0, 0, true},
		{"more than was bought", []m{{3, 10}, {10, -25}, {17, 4}}, 0, 0, 2, math.NaN(), 0, 15, true},
		{"only back", []m{{3, -10}}, 0, 0, 0, 0, 0, 10, false},
	} {
		got, ok := purchase.Read(c.money, 31, 7)
		if ok != c.ok || got.Refund != c.refund || ok && (got.History != purchase.History{X: c.x, Tx: c.tx, T: c.t} || got.Paid != c.paid || !(got.Mean == c.mean || math.IsNaN(got.Mean) && math.IsNaN(c.mean))) {
			t.Errorf("%s: %+v %v", c.name, got, ok)
		}
	}
}

// Money is neither lost nor found, and the histories are possible.
func TestReadKeepsTheSum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		money := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) purchase.Money {
			return purchase.Money{Day: rapid.IntRange(0, 20).Draw(t, "day"), Amount: float64(rapid.IntRange(-30, 60).Draw(t, "amount"))}
		}), 0, 12).Draw(t, "money")
		b, ok := purchase.Read(money, 20, 1)
		sum, first := 0.0, 0.0
		for _, m := range money {
			sum += m.Amount
			if m.Amount > 0 {
				first += m.Amount
			}
		}
		later := 0.0
		if b.Paid > 0 {
			later = b.Mean * float64(b.Paid)
		}
		if ok && (b.T < b.Tx || b.X == 0 && b.Tx != 0 || b.X > 0 && b.Tx <= 0 || b.Paid > b.X) {
			t.Fatalf("%+v", b)
		}
		if got := later - b.Refund; got > sum+1e-9 || sum > first+1e-9 || !ok && math.Abs(-b.Refund-sum) > 1e-9 {
			t.Fatalf("%+v of a sum of %v", b, sum)
		}
	})
}
