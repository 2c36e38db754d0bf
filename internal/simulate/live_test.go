package simulate_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// live lets a company live for a while of false time and returns what it says.
func live(t *testing.T, c simulate.Config, after, lasting time.Duration) (all []lived) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.Until = time.Now()
		time.Sleep(after)
		ctx, cancel := context.WithTimeout(t.Context(), lasting)
		defer cancel()
		err := simulate.Company(c).Live(ctx, cx.SystemClock{}, func(source string, raw []byte) error {
			var l lived
			if err := json.Unmarshal(raw, &l); err != nil {
				return err
			}
			if behind := time.Since(l.At); after == 0 && (behind < 0 || behind > 5*time.Millisecond) {
				t.Errorf("%s %s says %v at %v", l.Type, l.Event, l.At, time.Now())
			}
			all = append(all, l)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	return all
}

func TestLiveGoesOnAtAboutOneMessageASecond(t *testing.T) {
	t.Parallel()
	for _, customers := range []int{500, 8000} {
		all := live(t, simulate.Config{Seed: 1, Customers: customers}, 0, 2*time.Hour)
		if perSecond := float64(len(all)) / 7200; perSecond < .5 || perSecond > 1.6 {
			t.Errorf("%d customers: %.2f messages a second", customers, perSecond)
		}
		late, ids, inMinute := 0, map[string]bool{}, [120]int{}
		for _, l := range all {
			inMinute[int(l.At.Sub(all[0].At)/time.Minute)]++
			if ids[l.MessageID] {
				t.Fatalf("messageId %s comes twice", l.MessageID)
			}
			ids[l.MessageID] = true
			if l.Event == "Order Delivered" && l.At.After(l.Properties.PromisedAt) {
				late++
			}
		}
		for m, n := range inMinute[:100] {
			if n < 10 || n > 200 {
				t.Errorf("%d customers: %d messages in minute %d", customers, n, m)
			}
		}
		if customers == 8000 && late == 0 {
			t.Error("nothing is late while one looks")
		}
	}
}

func TestEveryLiveIsAnotherFuture(t *testing.T) {
	t.Parallel()
	c := simulate.Config{Seed: 1, Customers: 400}
	first, second := live(t, c, 0, 10*time.Minute), live(t, c, time.Hour, 10*time.Minute)
	ids := map[string]time.Time{}
	for _, l := range first {
		ids[l.MessageID] = l.At
	}
	shared := 0
	for _, l := range second {
		if at, ok := ids[l.MessageID]; ok {
			shared++
			if !at.Equal(l.At) {
				t.Errorf("%s: one message says %v and %v", l.MessageID, at, l.At)
			}
		}
	}
	if shared == len(second) || len(second) == 0 {
		t.Errorf("all %d messages were said before", shared)
	}
}

func TestLiveEndsWithYieldsError(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	synctest.Test(t, func(t *testing.T) {
		err := simulate.Company(simulate.Config{Seed: 1, Customers: 50, Months: 1, Until: time.Now()}).
			Live(t.Context(), cx.SystemClock{}, func(string, []byte) error { return stop })
		if !errors.Is(err, stop) {
			t.Errorf("Live = %v", err)
		}
	})
}
