package app

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// TestTeamTruth: what is planted among the demo's people comes out: the obstacle
// that most report, where they and the customers are farthest apart, which areas
// do not speak one language; and what is said in public is heard as that.
func TestTeamTruth(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	planted := truth.Team
	o, err := h.Team.Overview(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Obstacles) == 0 || len(o.Differences) == 0 || len(o.Ideas) == 0 {
		t.Fatalf("of %d reports nothing is shown: %d obstacles, %d ideas, %d differences", o.Reports, len(o.Obstacles), len(o.Ideas), len(o.Differences))
	}
	l := o.Obstacles[0]
	if l.Touchpoint != planted.Obstacle.Touchpoint || l.What[0].Key != planted.Obstacle.What || l.Places[0].Key != planted.Obstacle.Place || len(l.Words) < 5 {
		t.Errorf("most is told of %+v, planted is %+v", l, planted.Obstacle)
	}
	d := o.Differences[0]
	if d.Touchpoint != planted.Difference.Touchpoint || !d.Clear || d.Difference.Value > -.05 {
		t.Errorf("most they differ on %+v, planted is %+v", d, planted.Difference)
	}
	for _, s := range o.Surveys {
		if s.Survey == "promise-quiz" && len(s.Agreement) < 4 {
			t.Errorf("areas: %+v", s.Agreement)
		}
	}
	gap, err := h.Expectations.Gap(t.Context(), cx.System(), "expect-delivery", cx.Window{})
	if err != nil || len(gap.Pairs) < 20 || gap.Difference.Value >= 0 {
		t.Errorf("%d pairs, %+v: %v", len(gap.Pairs), gap.Difference, err)
	}
	public, err := h.Voice.Count(t.Context(), cx.System(), voice.Filter{Where: []voice.Condition{{By: voice.ByKind, In: []string{"mention"}}}}, voice.ByPlace)
	if err != nil || public.N < 200 {
		t.Errorf("%d mentions are heard: %v", public.N, err)
	}
	proved, err := h.Voice.Count(t.Context(), cx.System(), voice.Filter{Where: []voice.Condition{{By: voice.ByName, In: []string{"Mention Published"}}}})
	if err != nil || proved.N < 5 {
		t.Errorf("%d proved mentions are heard: %v", proved.N, err)
	}
}
