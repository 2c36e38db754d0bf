package simulate_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// What the team says is as planted: the obstacle of most reports, and a belief
// that customers do not share.
func TestTeamSaysWhatIsPlanted(t *testing.T) {
	t.Parallel()
	planted := simulate.Company(simulate.Config{Seed: 1, Until: until}).Truth().Team
	reports, believed, lived := map[string]int{}, []float64{}, []float64{}
	pairs, expected := map[string]bool{}, 0
	for _, l := range thePast(t) {
		if l.event.Kind == cx.Team {
			a, err := fact.ParseAnswer(l.event)
			if err != nil {
				t.Fatal(err)
			}
			if a.Survey == "obstacle" {
				reports[a.Touchpoint+" "+a.Items[0].Choice+" "+l.Properties.Place]++
			}
			for _, it := range a.Items {
				if it.Question == "lived."+planted.Difference.Touchpoint {
					believed = append(believed, it.Value)
				}
			}
			if l.UserID != "" || l.AnonymousID != "" || l.At.Minute() != 0 {
				t.Errorf("somebody can be told: %+v", l)
			}
		}
		switch score, _ := l.score(); l.Survey {
		case "csat-till":
			lived = append(lived, score)
		case "expect-delivery":
			pairs[l.Properties.OrderID] = true
		case "csat-delivery":
			if pairs[l.Properties.OrderID] {
				expected++
			}
		}
	}
	most := slices.MaxFunc(slices.Collect(maps.Keys(reports)), func(a, b string) int { return reports[a] - reports[b] })
	if want := planted.Obstacle.Touchpoint + " " + planted.Obstacle.What + " " + planted.Obstacle.Place; most != want {
		t.Errorf("most report %q, planted is %q", most, want)
	}
	if gap := mean(believed) - mean(lived); gap < .3 {
		t.Errorf("they believe %.2f of the till and customers live %.2f", mean(believed), mean(lived))
	}
	if expected < 20 {
		t.Errorf("%d of %d who expected something say how it was", expected, len(pairs))
	}
}
