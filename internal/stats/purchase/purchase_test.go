package purchase_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// summary reads the 2,357 customers of CDNOW that the papers are about.
func summary(t testing.TB) (histories []purchase.History, spent []purchase.Spent) {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, "cdnow"), "cdnow_customers_summary_with_transactions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var v [4]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(row[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		histories = append(histories, purchase.History{X: int(v[0]), Tx: v[1], T: v[2]})
		spent = append(spent, purchase.Spent{X: int(v[0]), Mean: v[3]})
	}
	return histories, spent
}

// The oracle of the methods' chapter 5: Fader, Hardie & Lee 2005, tables 2 and on, and
// their note on Gamma-Gamma.
func TestCDNOW(t *testing.T) {
	t.Parallel()
	histories, spent := summary(t)
	m, fault := purchase.FitBGNBD(purchase.Compress(histories))
	if fault != "" || m.N != 2357 || m.Held {
		t.Fatalf("%+v: %s", m, fault)
	}
	near(t, "r", m.R, .2426, .00005)
	near(t, "alpha", m.Alpha, 4.4135, .0005)
	near(t, "a", m.A, .7929, .0005)
	near(t, "b", m.B, 2.4258, .0005)
	near(t, "log-likelihood", m.LogLikelihood, -9582.4256, .0005)
	h := purchase.History{X: 2, Tx: 30.43, T: 38.86}
	near(t, "expected", m.Expected(h, 39), 1.2259, .0005)
	near(t, "alive", m.Alive(h), .7266, .0005)
	sum := 0.0
	for _, h := range histories {
		sum += m.Expected(h, 39)
	}
	near(t, "sum", sum, 1653.42, .05)
	if in := m.Interval(func(m purchase.BGNBD) float64 { return m.Expected(h, 39) }); !(1.1 < in.Low && in.Low < 1.2259 && 1.2259 < in.High && in.High < 1.35) {
		t.Errorf("expected in %v", in)
	}
	if in := m.AliveInterval(h); !(.65 < in.Low && in.Low < .7266 && .7266 < in.High && in.High < .8) {
		t.Errorf("alive in %v", in)
	}

	g, fault := purchase.FitGammaGamma(spent)
	if fault != "" || g.N != 946 || g.Left != 2357-946 {
		t.Fatalf("%+v: %s", g, fault)
	}
	near(t, "correlation", g.Correlation, .114, .0005) // .11 in the note
	near(t, "p", g.P, 6.249, .001)
	near(t, "q", g.Q, 3.745, .001)
	near(t, "gamma", g.Gamma, 15.448, .005)
}
