package sheet

import (
	"iter"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// Figure writes a number to four decimals.
func Figure(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

// Estimate returns value, low, high and n; blank when n is 0.
func Estimate(e outcome.Estimate) []string {
	if e.N == 0 {
		return []string{"", "", "", "0"}
	}
	return []string{Figure(e.Value), Figure(e.Low), Figure(e.High), strconv.Itoa(e.N)}
}

// Share is Estimate of a share.
func Share(s journey.Share) []string {
	return Estimate(outcome.Estimate{Value: s.Value(), Low: s.Low, High: s.High, N: s.N})
}

// Rows are the lines of a file, one for each of all.
func Rows[T any](all []T, line func(T) []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, x := range all {
			if !yield(line(x), nil) {
				return
			}
		}
	}
}
