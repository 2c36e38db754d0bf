package stats_test

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The flow of the Nile fell after 1898 (Cobb 1978); Bai and Perron's interval,
// as in R's strucchange, is 1895 to 1902 for the last year before the break.
func TestMeanBreaksOfTheNile(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join(cxtest.Data(t, "reference"), "nile.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var bins []stats.Moments
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		var m stats.Moments
		m.Add(v)
		bins = append(bins, m)
	}
	got := stats.MeanBreaks(bins, .01)
	t.Logf("%+v", got)
	if len(got) != 1 || 1871+got[0].At != 1899 {
		t.Fatalf("the breaks are %+v, want the one of 1899", got)
	}
	if b := got[0]; 1871+b.Low < 1895 || 1871+b.High > 1903 || b.P > 1e-6 {
		t.Errorf("%d to %d, p %v", 1871+b.Low, 1871+b.High, b.P)
	}
}

// bins draws a share that is p until a bin and q from then on.
func bins(r *rand.Rand, days, each, at int, p, q float64) (k, n []int) {
	k, n = make([]int, days), make([]int, days)
	for i := range days {
		level := p
		if i >= at {
			level = q
		}
		for range each {
			n[i]++
			if r.Float64() < level {
				k[i]++
			}
		}
	}
	return k, n
}

func TestShareBreaks(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 2))
	within := 0
	const rounds = 200
	for range rounds {
		k, n := bins(r, 180, 12, 120, .05, .25)
		got := stats.ShareBreaks(k, n, .01)
		if len(got) == 0 {
			t.Fatal("the break is not found")
		}
		if len(got) == 1 && got[0].Low <= 120 && 120 <= got[0].High && got[0].At > 100 && got[0].At < 140 {
			within++
		}
	}
	if within < rounds*93/100 {
		t.Errorf("%d of %d intervals hold the break", within, rounds)
	}

	k, n := bins(r, 300, 10, 100, .02, .3)
	clear(k[130:])
	got := stats.ShareBreaks(k, n, .01)
	if len(got) != 2 || got[0].Low > 100 || got[0].High < 100 || got[1].At != 130 {
		t.Errorf("a period is %+v", got)
	}
	if got := stats.ShareBreaks([]int{0, 1}, []int{3, 4}, .01); got != nil {
		t.Errorf("seven trials break: %+v", got)
	}
	if got := stats.ShareBreaks(nil, nil, .01); got != nil {
		t.Errorf("nothing breaks: %+v", got)
	}
}

// Without a change a break is found at the rate asked for, also where days
// differ from one another more than trials do.
func TestNoBreak(t *testing.T) {
	t.Parallel()
	for _, clustered := range []bool{false, true} {
		r := rand.New(rand.NewPCG(3, 9))
		found := 0
		const rounds = 1000
		for range rounds {
			k, n := bins(r, 120, 8, 0, 0, .1)
			if clustered {
				for i := range k {
					if k[i] = 0; i%7 == 5 {
						k[i] = 3 + r.IntN(5)
					}
				}
			}
			if len(stats.ShareBreaks(k, n, .05)) > 0 {
				found++
			}
		}
		t.Logf("clustered %v: %d of %d", clustered, found, rounds)
		if found > rounds*7/100 {
			t.Errorf("clustered %v: a break in %d of %d", clustered, found, rounds)
		}
	}
}
