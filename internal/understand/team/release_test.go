package team

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// Whoever compares any two moments of what is shown, of any groups, learns of
// nobody, or of at least five people at once: each closed batch is of five
// different people in truth, whatever order, lateness and repetition there is,
// and never changes once it is shown.
func TestReleaseKeepsFiveTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := newRelease()
		now := cxtest.Epoch
		speaker := map[cx.Seq]int{}
		spoke := map[string]bool{} // the roll
		shown := map[*batch][]cx.Seq{}
		for seq := cx.Seq(1); seq <= cx.Seq(rapid.IntRange(1, 300).Draw(t, "n")); seq++ {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour)
			g := Group{
				Survey: rapid.SampledFrom([]string{Obstacle, Idea, "quiz"}).Draw(t, "survey"),
				Area:   rapid.SampledFrom([]string{"", "it"}).Draw(t, "area"),
			}
			person := rapid.IntRange(1, 8).Draw(t, "person")
			at := now
			if late := rapid.IntRange(0, 9).Draw(t, "late"); late > 7 {
				at = at.Add(-time.Duration(late) * 5 * 24 * time.Hour)
			}
			roll := fmt.Sprint(g, g.periodOf(at), person)
			r.add(report{seq: seq, group: g, first: !spoke[roll], at: at})
			spoke[roll], speaker[seq] = true, person

			for b, before := range shown {
				if len(b.reports) != len(before) {
					t.Fatalf("a batch of %d reports that was shown has %d now", len(before), len(b.reports))
				}
			}
			for _, b := range r.closed {
				if shown[b] != nil {
					continue
				}
				people := map[int]bool{}
				for _, one := range b.reports {
					people[speaker[one.seq]] = true
					shown[b] = append(shown[b], one.seq)
				}
				if len(people) < MinPeople {
					t.Fatalf("%d people are told apart: %v", len(people), b.group)
				}
			}
		}
		total := 0
		for _, seqs := range shown {
			total += len(seqs)
		}
		told := r.told()
		if len(told) != total || !slices.IsSorted(told) || len(slices.Compact(told)) != total {
			t.Fatalf("%d events are told, and the batches have %d", len(told), total)
		}
	})
}

// A batch is shown when a later period begins, not before, and waits for more
// when too few spoke.
func TestBatchesCloseAtTheEndOfTheirPeriod(t *testing.T) {
	t.Parallel()
	monday := cx.TimeOf(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	g := Group{Survey: Obstacle, Touchpoint: "till"}
	for _, c := range []struct {
		name   string
		people []int // who speaks, each an hour later than the one before
		closed int
	}{
		{"five", []int{1, 2, 3, 4, 5}, 1},
		{"four", []int{1, 2, 3, 4}, 0},
		{"four, one of them twice", []int{1, 2, 3, 4, 4}, 0},
	} {
		r := newRelease()
		spoke := map[int]bool{}
		for i, person := range c.people {
			r.add(report{seq: cx.Seq(i + 1), group: g, first: !spoke[person], at: monday.Add(time.Duration(i) * time.Hour)})
			spoke[person] = true
		}
		if len(r.closed) != 0 {
			t.Errorf("%s: shown while the week lasts", c.name)
		}
		r.add(report{seq: 100, group: Group{Survey: Idea}, first: true, at: monday.Add(7*24*time.Hour - time.Minute)})
		if len(r.closed) != 0 {
			t.Errorf("%s: shown on Sunday", c.name)
		}
		r.add(report{seq: 101, group: Group{Survey: Idea}, first: true, at: monday.Add(7 * 24 * time.Hour)})
		if len(r.closed) != c.closed {
			t.Errorf("%s: %d batches on Monday, want %d", c.name, len(r.closed), c.closed)
		}
	}
	if end := (Group{Survey: Obstacle}).endOf(monday.Add(time.Hour)); end != monday.Add(7*24*time.Hour) {
		t.Errorf("the week ends on %s", end)
	}
	if end := (Group{Survey: "quiz"}).endOf(monday); end != cx.TimeOf(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the month ends on %s", end)
	}
}
