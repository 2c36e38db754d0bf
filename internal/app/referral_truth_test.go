package app

import (
	"math"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Who brought whom in the simulated company is told as it was planted: who came, who
// is refused and why, who gave it back; and how many would not have come otherwise
// lies in the interval.
func TestPlantedReferralsAreFound(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	ctx, planted := t.Context(), truth.Referrals
	h.broughtUp()
	o, err := h.Referrals.Overview(ctx, cx.System())
	if err != nil {
		t.Fatal(err)
	}
	n := func(all []referral.Count, key string) int {
		for _, c := range all {
			if c.Key == key {
				return c.N
			}
		}
		return 0
	}
	t.Logf("planted %+v", *planted)
	t.Logf("claims %v, refused %v, said %v, generations %v, further %+v, worth %+v, spoken %+v", o.Claims, o.Refused, o.Said, o.Generations, o.Further, o.Worth, o.Spoken)
	said := 0
	for _, c := range o.Said {
		said += c.N
	}
	// A purchase by somebody who never says who they are is nobody's known friend; and
	// who gave one purchase back and kept another did come.
	const unknown = 2
	for what, count := range map[string][3]int{
		"came":       {n(o.Claims, string(referral.Proven)) + n(o.Claims, string(referral.TakenBack)), planted.Proven, unknown},
		"given back": {n(o.Claims, string(referral.TakenBack)), planted.ClawedBack, unknown},
		"self":       {n(o.Refused, string(referral.Self)), planted.Refused.Self, unknown},
		"duplicate":  {n(o.Refused, string(referral.Existing)) + n(o.Refused, string(referral.Taken)), planted.Refused.Duplicate, unknown},
		"circular":   {n(o.Refused, string(referral.Circular)), planted.Refused.Circular, 0},
		"unknown":    {n(o.Refused, string(referral.Unknown)), planted.Refused.Unknown, 0},
		"said":       {said, planted.Said, 0},
	} {
		if off := count[0] - count[1]; off > 0 || off < -count[2] {
			t.Errorf("%s: %d, planted %d", what, count[0], count[1])
		}
	}
	if a := o.Worth.Answered; !(a.Low <= planted.Otherwise && planted.Otherwise <= a.High) {
		t.Errorf("%+v would not have come otherwise, planted %.3f", a, planted.Otherwise)
	}
	if math.IsNaN(o.Worth.Caused.Low) || o.Worth.Total <= 0 || o.Worth.Cost <= 0 {
		t.Errorf("worth %+v", o.Worth)
	}
}

// The board tells how many of those who came lately somebody brought.
func TestTheBoardTellsWhoWasBrought(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	h.broughtUp()
	if err := h.Purchases.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	always := cx.Window{From: 1, To: cx.TimeOf(candilUntil)}
	came, of, err := brought{h.App}.Came(t.Context(), cx.System(), always, nil)
	if err != nil {
		t.Fatal(err)
	}
	if planted := truth.Referrals.Proven; came < planted*9/10 || came > planted || of < 10*came {
		t.Errorf("%d of %d were brought, planted are %d", came, of, planted)
	}
	if came, of, err = (brought{h.App}).Came(t.Context(), cx.System(), always, []cx.CustomerNo{}); err != nil || came != 0 || of != 0 {
		t.Errorf("of nobody %d of %d were brought (%v)", came, of, err)
	}
}

// broughtUp waits until referrals have read the log.
func (h house) broughtUp() {
	h.t.Helper()
	ctx, last := h.t.Context(), h.Log.LastSeq()
	if err := h.WaitApplied(ctx, last, nil); err != nil {
		h.t.Fatal(err)
	}
	for {
		at, err := h.Referrals.Position(ctx)
		if err != nil {
			h.t.Fatal(err)
		}
		if at >= last {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			h.t.Fatalf("referrals are read up to %d of %d", at, last)
		}
	}
}
