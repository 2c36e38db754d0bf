package text

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// objective is what fit makes small, for one class: half the squared weights (the
// bias's too) and the cost of the squared hinge.
func objective(w []float64, texts [][]float64, sign []int8, weight []float32) float64 {
	var sum float64
	for _, x := range w {
		sum += x * x / 2
	}
	for i, x := range texts {
		score := w[len(w)-1]
		for j, v := range x {
			score += w[j] * v
		}
		if loss := 1 - float64(sign[i])*score; loss > 0 {
			sum += cost * float64(weight[i]) * loss * loss
		}
	}
	return sum
}

// Against plain gradient descent on the primal, which is convex.
func TestFitFindsTheMinimum(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	const n, features = 60, 8
	dense := make([][]float64, n)
	packedTexts := make([][]uint32, n)
	sign, weight := make([]int8, n), make([]float32, n)
	for i := range dense {
		dense[i] = make([]float64, features)
		sign[i], weight[i] = 1, 1+random.Float32()
		for j := range features {
			q := uint32(random.IntN(valueScale))
			dense[i][j] = float64(q) / valueScale
			packedTexts[i] = append(packedTexts[i], uint32(j)<<valueBits|q)
		}
		if dense[i][0]+dense[i][1] < 1+.3*random.NormFloat64() {
			sign[i] = -1
		}
	}
	got, err := fit(t.Context(), packedTexts, sign, weight, features, 1)
	if err != nil {
		t.Fatal(err)
	}
	found := make([]float64, features+1)
	for i, x := range got.w {
		found[i] = float64(x)
	}
	w := make([]float64, features+1)
	for range 20_000 {
		g := append([]float64(nil), w...)
		for i, x := range dense {
			score := w[features]
			for j, v := range x {
				score += w[j] * v
			}
			if loss := 1 - float64(sign[i])*score; loss > 0 {
				d := -2 * cost * float64(weight[i]) * loss * float64(sign[i])
				for j, v := range x {
					g[j] += d * v
				}
				g[features] += d
			}
		}
		for j := range w {
			w[j] -= .005 * g[j]
		}
	}
	least, here := objective(w, dense, sign, weight), objective(found, dense, sign, weight)
	if here > least*1.02 {
		t.Errorf("the objective is %.5f, and %.5f can be reached", here, least)
	}
}

func TestFitStopsWhenToldTo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fit(ctx, [][]uint32{{0}}, []int8{1}, []float32{1}, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestByteKeepsAWeight(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := float32(math.Exp2(rapid.Float64Range(-11.75, 3.8).Draw(t, "log")))
		if rapid.Bool().Draw(t, "negative") {
			x = -x
		}
		if r := rounded(x); math.Abs(float64(r-x)) > .045*math.Abs(float64(x)) || rounded(r) != r {
			t.Errorf("%v became %v", x, r)
		}
	})
	for b := range 256 {
		if b&0x7f != 0 && packed(unpacked(byte(b))) != byte(b) {
			t.Errorf("byte %d became %d", b, packed(unpacked(byte(b))))
		}
	}
	for x, want := range map[float32]float32{0: 0, 1e-9: 0, float32(math.NaN()): 0, 1e9: unpacked(127), -1e9: unpacked(255)} {
		if got := rounded(x); got != want {
			t.Errorf("%v became %v, want %v", x, got, want)
		}
	}
}
