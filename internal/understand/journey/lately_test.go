package journey

import (
	"context"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// What is cheap is told of the runs as they are; what is costly is told once more
// of the runs as they were, and found anew meanwhile.
func TestWhatIsCostlyIsToldOnceMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		patient time.Duration
		want    [3]int // when first asked, when the runs were touched, and after that
	}{{time.Hour, [3]int{1, 2, 2}}, {-1, [3]int{1, 1, 2}}} {
		s := New(Config{})
		s.patient = c.patient
		runs := 1
		x := &lived{memos: &memos{}, lately: &latelies{known: map[string]*telling{}}}
		ask := func() int {
			asked := runs
			n, err := lately(t.Context(), s, x, "runs", func(context.Context) (int, error) { return asked, nil })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		var got [3]int
		got[0] = ask()
		runs = 2
		touched := *x
		touched.memos = &memos{}
		x = &touched
		x.lately.known["runs"].at = time.Now().Add(-time.Second) // longer ago than ten times what it took
		got[1] = ask()
		s.work.Wait()
		got[2] = ask()
		if got != c.want {
			t.Errorf("patient for %v: %v, want %v", c.patient, got, c.want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// An error is told, and not kept.
func TestNoErrorIsToldOnceMore(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	x := &lived{memos: &memos{}, lately: &latelies{known: map[string]*telling{}}}
	fails := true
	ask := func() error {
		_, err := lately(t.Context(), s, x, "runs", func(context.Context) (int, error) {
			if fails {
				return 0, cx.Errorf(cx.Unavailable, "", "try again")
			}
			return 1, nil
		})
		return err
	}
	if err := ask(); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("%v", err)
	}
	fails = false
	if err := ask(); err != nil {
		t.Error(err)
	}
}
