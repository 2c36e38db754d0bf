package promise_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The published figures of service-level objectives: 14 days at 95 % by the minute,
// and what a burn rate of 14.4 for an hour spends of 30 days.
func TestErrorBudgetsAreThoseOfTheBook(t *testing.T) {
	t.Parallel()
	const slices = 14 * 24 * 60
	b := promise.BudgetOf(0, slices, .95)
	if slices != 20160 {
		t.Fatal(slices)
	}
	near(t, "the budget", b.Allowed, 1008, 1e-9)
	if d := time.Duration(math.Round(b.Allowed)) * time.Minute; d != 16*time.Hour+48*time.Minute {
		t.Errorf("the budget is %v", d)
	}
	near(t, "spent", promise.SpendOf(14.4, time.Hour, 30*24*time.Hour), .02, 1e-12)
	near(t, "spent", promise.SpendOf(6, 6*time.Hour, 30*24*time.Hour), .05, 1e-12)
	near(t, "spent", promise.SpendOf(1, 72*time.Hour, 30*24*time.Hour), .10, 1e-12)
	near(t, "a burn rate", promise.BurnOf(time.Hour, 144, 1000, .99).Rate, 14.4, 1e-9)
	half := promise.BudgetOf(5, 100, .9)
	near(t, "what is left", half.Left, .5, 1e-12)
	if half.Low >= half.Left || half.High <= half.Left || half.High > 1 {
		t.Errorf("%+v", half)
	}
}

// Few instances say little: the interval says so, not the point.
func TestFewInstancesCannotTell(t *testing.T) {
	t.Parallel()
	s := promise.ShareOf(3, 1)
	near(t, "rate", s.Rate, .75, 1e-12)
	near(t, "low", s.Low, .300642, 1e-6) // Wilson, 3 of 4
	near(t, "high", s.High, .954413, 1e-6)
	if none := promise.ShareOf(0, 0); !math.IsNaN(none.Rate) || none.N != 0 {
		t.Errorf("%+v", none)
	}
	if b := promise.BurnOf(time.Hour, 0, 0, .9); !math.IsNaN(b.Rate) {
		t.Errorf("%+v", b)
	}
}

func TestTheDayTheBudgetIsSpentIsForetold(t *testing.T) {
	t.Parallel()
	now := cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	days := make([]promise.Ended, 30)
	for i := range days {
		days[i] = promise.Ended{Kept: 100} // 3,000 ended: 150 may be broken at 95 %
	}
	for i := 23; i < 30; i++ {
		days[i] = promise.Ended{Kept: 90, Broken: 10} // twice what may be, for a week: 70 are
	}
	f := promise.ForecastOf(days, .95, now)
	// 80 are left, ten a day go, and no broken ones leave the window before that.
	if got := f.At.Sub(now); got != 9*24*time.Hour || f.Spent {
		t.Errorf("it is spent in %v, %+v", got, f)
	}
	if f.Earliest >= f.At || f.Latest <= f.At || f.Broken != 70 || f.N != 700 || f.Days != 7 {
		t.Errorf("%+v", f)
	}
	for i := range days {
		days[i] = promise.Ended{Kept: 99, Broken: 1}
	}
	if f := promise.ForecastOf(days, .95, now); f.At != 0 || f.Spent {
		t.Errorf("one in a hundred never spends a budget of five: %+v", f)
	}
	if f := promise.ForecastOf(make([]promise.Ended, 30), .95, now); f != nil {
		t.Errorf("nothing ended, and %+v is foretold", f)
	}
	for i := range days {
		days[i] = promise.Ended{Kept: 90, Broken: 10}
	}
	if f := promise.ForecastOf(days, .95, now); !f.Spent || f.At != now {
		t.Errorf("%+v", f)
	}
}

func TestTrustFollowsWhatWasLived(t *testing.T) {
	t.Parallel()
	now := cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	none := promise.TrustOf(nil, now)
	near(t, "without any", none.Value, .5, 1e-12)
	near(t, "low", none.Low, .025, 1e-9)
	// Beta(2, 1): mean 2/3, quantiles √p.
	kept := promise.TrustOf([]promise.Lived{{At: now, Kept: true}}, now)
	near(t, "one kept", kept.Value, 2./3, 1e-12)
	near(t, "high", kept.High, math.Sqrt(.975), 1e-9)
	near(t, "before", kept.Before, .5, 1e-12)
	// Half a year ago counts half.
	old := promise.TrustOf([]promise.Lived{{At: now.Add(-180 * 24 * time.Hour), Kept: true}}, now)
	near(t, "one kept long ago", old.Value, 1.5/2.5, 1e-12)
	rapid.Check(t, func(t *rapid.T) {
		var lived []promise.Lived
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			lived = append(lived, promise.Lived{At: now.Add(-time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours")) * time.Hour), Kept: rapid.Bool().Draw(t, "kept")})
		}
		a := promise.TrustOf(lived, now)
		b := promise.TrustOf(append(lived, promise.Lived{At: now, Kept: false}), now)
		c := promise.TrustOf(append(lived, promise.Lived{At: now, Kept: true}), now)
		if !(0 < b.Value && b.Value < a.Value && a.Value < c.Value && c.Value < 1) || math.Abs(b.Before-a.Value) > 1e-12 || !(a.Low < a.Value && a.Value < a.High) {
			t.Fatalf("%+v, then broken %+v, or kept %+v", a, b, c)
		}
	})
}
