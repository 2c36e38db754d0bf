package conform

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

func step(slug string, within time.Duration) model.Node {
	return model.Node{Step: &model.Step{Slug: slug, Touchpoint: slug, Within: within}}
}

// script is a, then b and then c beside d, then e.
var script = []model.Node{
	step("a", 0),
	{Parallel: [][]model.Node{{step("b", time.Hour), step("c", 0)}, {step("d", 0)}}},
	step("e", 0),
}

// read holds runs of one letter an event against the script; those that end in
// "…" go on.
func read(t rapid.TB, known *Known, runs ...string) *Ways {
	t.Helper()
	words := make([]string, len(runs))
	for i, run := range runs {
		for at, letter := range strings.TrimSuffix(run, "…") {
			words[i] += fmt.Sprintf("%c.X@%d ", letter, at)
		}
	}
	l := eventlogtest.Told(t, words...)
	accepts := make([][]int, len(l.Activities))
	for a, activity := range l.Activities {
		for i, s := range (model.Journey{Script: script}).Steps() {
			if s.CanBe(activity.Name, activity.Touchpoint) {
				accepts[a] = append(accepts[a], i)
			}
		}
	}
	w, err := Read(script, accepts, eventlog.VariantsOf(l), func(c int) bool { return !strings.HasSuffix(runs[c], "…") }, known)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for run, want := range map[string]struct {
		deviations []string
		waits      []Wait
	}{
		"abcde":  {nil, []Wait{{1, 1, 2}}},
		"abdce":  {nil, []Wait{{1, 1, 3}}}, // d is of the other branch
		"abcd…":  {nil, []Wait{{1, 1, 2}}},
		"ab…":    {nil, []Wait{{1, 1, -1}}},
		"abce":   {[]string{"skipped 3"}, []Wait{{1, 1, 2}}},
		"abccde": {[]string{"repeated 2"}, []Wait{{1, 1, 2}}},
		"abxcde": {[]string{"unexpected -1"}, []Wait{{1, 1, 3}}},
		"bcdea":  {[]string{"disordered 0"}, []Wait{{1, 0, 1}}},
	} {
		w := read(t, &Known{}, run)
		way := w.Ways[w.Of[0]]
		var got []string
		for _, v := range way.Verdicts {
			if v.Kind != "" {
				got = append(got, fmt.Sprintf("%s %d", v.Kind, v.Step))
			}
		}
		if !slices.Equal(got, want.deviations) || !slices.Equal(way.Waits, want.waits) {
			t.Errorf("%s: %q, waits %v, want %q, %v", run, got, way.Waits, want.deviations, want.waits)
		}
	}
}

// What was explained before is explained alike again, whatever came between.
func TestKnownWaysAreToldAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		known := &Known{}
		for range 3 {
			// All letters, so that activities are numbered alike.
			runs := append([]string{"abcdex"}, rapid.SliceOfN(rapid.StringMatching(`[a-ex]{1,6}…?`), 1, 6).Draw(t, "runs")...)
			if diff := gocmp.Diff(read(t, &Known{}, runs...), read(t, known, runs...)); diff != "" {
				t.Fatalf("(-new +known):\n%s", diff)
			}
		}
	})
}
