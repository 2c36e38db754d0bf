package text

import (
	"context"
	"math/rand/v2"
)

// weights is a linear function for each of k classes: k weights a row of the
// vocabulary, and last k biases.
type weights struct {
	k int
	w []float32
}

// scores sets out to the classes' values for a text's weighed features.
func (w weights) scores(items []uint32, out []float32) {
	copy(out, w.w[len(w.w)-w.k:])
	for _, item := range items {
		x := float32(item&valueScale) * (1. / valueScale)
		at := w.w[int(item>>valueBits)*w.k:][:w.k]
		for k, a := range at {
			out[k] += x * a
		}
	}
}

// How the optimiser goes: what an error costs, when it is near enough, and after
// how many passes it stops in any case.
const (
	cost      = .22
	tolerance = .1
	maxPasses = 30
)

// fit learns k linear functions, each class against the rest, by dual coordinate
// descent for the L2-regularised squared hinge (Hsieh et al. 2008, algorithm 1).
// sign[i·k+c] is +1 where text i is of class c and −1 where it is not; weight is
// by text.
func fit(ctx context.Context, texts [][]uint32, sign []int8, weight []float32, features, k int) (weights, error) {
	w := weights{k, make([]float32, (features+1)*k)}
	bias := w.w[features*k:]
	alpha := make([]float32, len(sign))
	order := make([]int, len(texts))
	norm := make([]float32, len(texts))
	for i := range order {
		order[i] = i
		norm[i] = 1 // the bias
		for _, item := range texts[i] {
			x := float32(item&valueScale) * (1. / valueScale)
			norm[i] += x * x
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same examples, the same model
	score, step := make([]float32, k), make([]float32, k)
	for range maxPasses {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var worst float32
		for at, i := range order {
			if at%1024 == 0 && ctx.Err() != nil {
				return w, ctx.Err()
			}
			items := texts[i]
			w.scores(items, score)
			diagonal := 1 / (2 * cost * weight[i])
			moved := false
			for c := range k {
				y, a := float32(sign[i*k+c]), alpha[i*k+c]
				g := y*score[c] - 1 + diagonal*a
				step[c] = 0
				if a == 0 && g >= 0 {
					continue
				}
				worst = max(worst, g, -g)
				if next := max(a-g/(norm[i]+diagonal), 0); next != a {
					step[c] = (next - a) * y
					alpha[i*k+c] = next
					moved = true
				}
			}
			if !moved {
				continue
			}
			for _, item := range items {
				x := float32(item&valueScale) * (1. / valueScale)
				at := w.w[int(item>>valueBits)*k:][:k]
				for c, d := range step {
					at[c] += d * x
				}
			}
			for c, d := range step {
				bias[c] += d
			}
		}
		if worst < tolerance {
			break
		}
	}
	for i, x := range w.w {
		w.w[i] = rounded(x)
	}
	return w, nil
}
