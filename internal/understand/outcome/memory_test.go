package outcome_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// The properties of the methods' chapter 2.
func TestRecuerdo(t *testing.T) {
	t.Parallel()
	usual := outcome.Usual()
	for _, c := range []struct {
		lived []float64
		want  float64
	}{{[]float64{-2}, -2}, {[]float64{-2, -1}, -1.5}, {[]float64{-1, 2, 0}, 1}, {[]float64{2, -2}, -2}} {
		if got := usual.Of(c.lived); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v are remembered as %v, want %v", c.lived, got, c.want)
		}
	}
	if !math.IsNaN(usual.Of(nil)) {
		t.Error("nothing is remembered")
	}
	rapid.Check(t, func(t *rapid.T) {
		lived := rapid.SliceOfN(rapid.Float64Range(-2, 2), 2, 9).Draw(t, "lived")
		middle := rapid.IntRange(0, len(lived)-2).Draw(t, "middle")
		doubled := append(append(append([]float64{}, lived[:middle+1]...), lived[middle]), lived[middle+1:]...)
		if a, b := usual.Of(lived), usual.Of(doubled); a != b {
			t.Fatalf("doubling a middle episode moves %v to %v", a, b)
		}
		w := outcome.Recuerdo{Peak: .2, End: .3, Mean: .5}
		if got := w.Of(lived); got < -2 || got > 2 {
			t.Fatalf("remembered as %v", got)
		}
	})
}

// remembering are customers with episodes and, of half of them, an answer that is
// 5 + 1.2 × (peak .3, end .5, mean .2) with some noise.
func remembering(customers int) *shop {
	s, r := &shop{}, rand.New(rand.NewPCG(4, 5))
	planted := outcome.Recuerdo{Peak: .3, End: .5, Mean: .2}
	for c := range cx.ProfileNo(customers) {
		var felt []float64
		at := cxtest.Epoch.Add(-90 * day)
		for range 1 + r.IntN(9) {
			at = at.Add(time.Duration(1+r.IntN(100)) * time.Hour)
			felt = append(felt, math.Round(min(2, max(-2, .4+1.1*r.NormFloat64()))*2)/2)
			s.lived(at, c+1, "during", "till", felt[len(felt)-1])
		}
		if c%2 == 0 {
			score := math.Round(min(10, max(0, 5+1.2*planted.Of(felt)+.8*r.NormFloat64())))
			s.answered(at.Add(time.Hour), c+1, "during", "till", "nps", "0-10", score)
			s.lived(at.Add(48*time.Hour), c+1, "during", "till", -2) // after it: not what was answered about
		}
	}
	return s
}

func TestMemoryFindsItsWeights(t *testing.T) {
	t.Parallel()
	service, _ := remembering(3000).open(t)
	got, err := service.Silent(t.Context(), cx.System(), outcome.MemoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	m := got.Memory
	t.Logf("%+v", m)
	w := m.Weights
	if !m.Fitted || math.Abs(w.Peak-.3) > .08 || math.Abs(w.End-.5) > .08 || math.Abs(w.Mean-.2) > .12 || math.Abs(w.Peak+w.End+w.Mean-1) > 1e-9 || math.Abs(m.Slope-1.2) > .15 {
		t.Errorf("%+v", m)
	}
	if i := m.Intervals; i.Peak.Low > .3 || i.Peak.High < .3 || i.End.Low > .5 || i.End.High < .5 || i.Mean.Low > .2 || i.Mean.High < .2 {
		t.Errorf("%+v", i)
	}
	if m.Fit.N != 1500 || m.Fit.Customers != 1500 || m.Fit.Low > m.Fit.R2 || m.Fit.R2 < m.MeanOnly.R2+.05 || m.Fit.High > 1 {
		t.Errorf("%+v, by the mean alone %+v", m.Fit, m.MeanOnly)
	}
	// The silent lived as the others had before they answered.
	if got.Silent.N != 1500 || got.Answered.N != 1500 || math.Abs(got.Silent.Value-got.Answered.Value) > 8 || got.Silent.Low > got.Answered.Value || got.Silent.High < got.Answered.Value {
		t.Errorf("silent %+v, answered %+v", got.Silent, got.Answered)
	}
	held := 0
	for _, b := range got.Bands {
		if b.Answered.Low <= b.Inferred && b.Inferred <= b.Answered.High {
			held++
		}
	}
	if held < 8 || len(got.Bands) != 10 {
		t.Errorf("%d bands hold: %+v", held, got.Bands)
	}
}

// Without answers enough the weights are the usual ones, and nothing is inferred; nor
// where what was lived says nothing of the answers.
func TestNothingIsInferredFromLittle(t *testing.T) {
	t.Parallel()
	few, _ := remembering(60).open(t)
	got, err := few.Silent(t.Context(), cx.System(), outcome.MemoryQuery{})
	if err != nil || got.Memory.Fitted || got.Memory.Weights != outcome.Usual() || got.Silent.N != 0 || got.Memory.Now.N != 60 || got.Bands != nil {
		t.Errorf("%+v, %v", got, err)
	}
	s, r := &shop{}, rand.New(rand.NewPCG(4, 4))
	for c := range cx.ProfileNo(400) {
		s.lived(cxtest.Epoch.Add(-2*day), c+1, "during", "till", float64(r.IntN(5)-2))
		if c%2 == 0 {
			s.answered(cxtest.Epoch.Add(-day), c+1, "during", "till", "csat", "1-5", float64(1+r.IntN(5)))
		}
	}
	none, _ := s.open(t)
	if got, err = none.Silent(t.Context(), cx.System(), outcome.MemoryQuery{Survey: "csat-survey"}); err != nil || got.Silent.N != 0 || got.Memory.Fit.R2 > .05 || got.Memory.Metric != outcome.CSAT {
		t.Errorf("%+v, %v", got, err)
	}
	empty, _ := (&shop{}).open(t)
	if got, err = empty.Silent(t.Context(), cx.System(), outcome.MemoryQuery{}); err != nil || got.Memory.Now.N != 0 || got.Answered.N != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
