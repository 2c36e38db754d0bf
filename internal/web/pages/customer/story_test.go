package customer

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// TestNothingIsLostInTelling: whatever the episodes, a story tells every item
// once, in order, and each moment lies on one day or begins on it.
func TestNothingIsLostInTelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p remember.TimelinePage
		at := cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		n := rapid.IntRange(0, 30).Draw(t, "items")
		for i := range n {
			at = at.Add(-time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
			item := remember.Item{Seq: cx.Seq(1000 - i), At: at, Episode: cx.Seq(rapid.IntRange(0, 3).Draw(t, "episode"))}
			if item.Episode != 0 {
				item.Class = model.Class{Touchpoint: "till"}
			}
			p.Items = append(p.Items, item)
		}
		var told []cx.Seq
		seen := map[string]bool{}
		for _, d := range StoryOf(p, Beginning, cx.Time.Std).Days {
			if seen[d.Key] {
				t.Fatalf("the day %s is told twice", d.Key)
			}
			seen[d.Key] = true
			for _, m := range d.Moments {
				if got := m.Items[0].At.Std().Format(time.DateOnly); got != d.Key {
					t.Fatalf("a moment of %s is told on %s", got, d.Key)
				}
				for _, i := range m.Items {
					told = append(told, i.Seq)
				}
			}
		}
		if len(told) != n {
			t.Fatalf("%d of %d items are told", len(told), n)
		}
		for i, seq := range told {
			if seq != p.Items[i].Seq {
				t.Fatalf("item %d is %d, want %d", i, seq, p.Items[i].Seq)
			}
		}
	})
}

func TestTheCurveStaysWithinWhatWasLived(t *testing.T) {
	t.Parallel()
	c := curveOf([]remember.Episode{{Valence: 1, HasValence: true}, {}, {Valence: -2, HasValence: true}, {Valence: 0, HasValence: true}})
	if want := "M166.7 75C277.8 91.3 388.9 124 500 124C611.1 124 722.2 75 833.3 50.5"; c.line != want {
		t.Errorf("the line is %s, want %s", c.line, want)
	}
	if best, worst := c.extremes(); best != 2 || worst != 1 {
		t.Errorf("the best is %d, the worst %d", best, worst)
	}
	if got := curveOf([]remember.Episode{{Valence: 1, HasValence: true}}); len(got.points) != 0 {
		t.Error("one episode makes a curve")
	}
}

func TestLanesOfMergesAndUndoings(t *testing.T) {
	t.Parallel()
	id := cx.CustomerIDOf
	g := remember.Graph{
		Profiles: []remember.Profile{{No: 1, ID: id(1)}, {No: 2, ID: id(2)}, {No: 3, ID: id(5)}},
		Merges: []remember.Merge{
			{ID: 1, Into: 1, From: 2, Seq: 3, At: 3, UndoneAt: 6},
			{ID: 2, Into: 1, From: 3, Seq: 7, At: 7},
		},
	}
	for i := range g.Profiles {
		g.Profiles[i].CreatedAt = []cx.Time{1, 2, 5}[i]
	}
	type lane struct{ lane, from, through int }
	want := []lane{{0, 0, 0}, {1, 0, 1}, {0, 1, 0}, {1, 0, 1}, {0, 2, 1}, {0, 1, 1}}
	rows := rowsOf(g)
	if len(rows) != len(want) {
		t.Fatalf("got %d rows, want %d", len(rows), len(want))
	}
	for i, r := range rows {
		if got := (lane{r.lane, r.from, len(r.through)}); got != want[i] {
			t.Errorf("row %d: got %v, want %v", i, got, want[i])
		}
	}
	if widest(rows) != 3 {
		t.Errorf("the widest is %d", widest(rows))
	}
}

func TestWordsOfData(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"birth_year": "Birth year", "birthYear": "Birth Year", "Order Completed": "Order Completed", "días": "Días", "--": "--", "": "",
	} {
		if got := readable(in); got != want {
			t.Errorf("readable %q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Order Completed": "order-completed", "userId": "user-id", "wait_min": "wait-min", "¡Sí!": "sí"} {
		if got := slug(in); got != want {
			t.Errorf("slug %q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Recogió": "recogió", "SMS": "SMS", "": "", "É": "é"} {
		if got := lower(in); got != want {
			t.Errorf("lower %q: got %q, want %q", in, got, want)
		}
	}
}
