package app

import (
	"math"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
)

// Who stays is told as the simulation itself counts it: how many joined and left the
// club, the campaign whose customers do not come back, and what goes with leaving.
func TestPlantedLeavingIsFound(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	ctx, all := t.Context(), cx.System()
	if err := h.WaitApplied(ctx, h.Log.LastSeq(), nil); err != nil {
		t.Fatal(err)
	}
	if err := h.Purchases.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Retention.Learn(ctx, false); err != nil {
		t.Fatal(err)
	}
	if err := h.Worth.Learn(ctx, false); err != nil {
		t.Fatal(err)
	}
	club, err := h.Retention.Survival(ctx, all, retention.SurvivalQuery{Contract: true})
	if err != nil {
		t.Fatal(err)
	}
	if g := club.Groups[0]; g.N != truth.Club.Started || g.Events != truth.Club.Ended {
		t.Errorf("%d joined and %d left the club, of %d and %d", g.N, g.Events, truth.Club.Started, truth.Club.Ended)
	}
	groups, err := h.Worth.By(ctx, all, purchases.Filter{}, purchases.Campaign)
	if err != nil || len(groups) < 2 || groups[0].Key != "" {
		t.Fatalf("%+v %v", groups, err)
	}
	others := groups[0]
	for _, c := range truth.Campaigns {
		at := slices.IndexFunc(groups, func(g worth.Group) bool { return g.Key == c.Slug })
		if at < 0 || groups[at].N > c.Customers {
			t.Fatalf("%s is not told: %+v", c.Slug, groups)
		}
		if g := groups[at]; g.Again.Interval.High > others.Again.Interval.Low/2 || g.Interval.High > others.Interval.Low || g.Back < 2*others.Back {
			t.Errorf("%s brought %+v, others %+v", c.Slug, g, others)
		}
	}
	fit, err := h.Worth.Fit(ctx, all)
	if err != nil || fit.Fault != "" || !fit.Margin || fit.HoldOut.N == 0 {
		t.Fatalf("%+v %v", fit, err)
	}
	if x := fit.HoldOut; math.Abs(x.Expected-float64(x.Actual)) > .2*float64(x.Actual) {
		t.Errorf("%.0f purchases were expected of the last quarter, and %d came", x.Expected, x.Actual)
	}
	r, err := h.Retention.Churn(ctx, all, retention.ChurnQuery{})
	if err != nil || !r.Learned || r.Brier >= r.Base {
		t.Fatalf("%+v %v", r, err)
	}
	held := 0
	for _, b := range r.Calibration {
		if b.Told > b.Interval.Low-.03 && b.Told < b.Interval.High+.03 {
			held++
		}
	}
	if held < 8 {
		t.Errorf("%d of ten tenths left as often as was told: %+v", held, r.Calibration)
	}
	if !slices.ContainsFunc(r.Reasons, func(r retention.Reason) bool { return r.Clear }) {
		t.Errorf("nothing goes with leaving: %+v", r.Reasons)
	}
}
