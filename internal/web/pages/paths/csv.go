package paths

import (
	"iter"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
)

func join(parts ...[]string) []string { return slices.Concat(parts...) }

// columns name a figure's four columns, and timeColumns a time's five.
func columns(q *web.Request, what string) []string {
	return []string{what, q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n"}
}

func timeColumns(q *web.Request, what string) []string {
	return []string{what + " (s)", q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "p90", "n"}
}

func figure(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func whole(n int) string { return strconv.Itoa(n) }

func estimate(e outcome.Estimate) []string {
	if e.N == 0 {
		return []string{"", "", "", "0"}
	}
	return []string{figure(e.Value), figure(e.Low), figure(e.High), whole(e.N)}
}

func share(s journey.Share) []string {
	return estimate(outcome.Estimate{Value: s.Value(), Low: s.Low, High: s.High, N: s.N})
}

func times(t journey.Times) []string {
	if t.N == 0 {
		return []string{"", "", "", "", "0"}
	}
	return []string{figure(t.Median.Seconds()), figure(t.Low.Seconds()), figure(t.High.Seconds()), figure(t.P90.Seconds()), whole(t.N)}
}

// rows are the lines of a file, one for each of all.
func rows[T any](all []T, line func(T) []string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, x := range all {
			if !yield(line(x), nil) {
				return
			}
		}
	}
}
