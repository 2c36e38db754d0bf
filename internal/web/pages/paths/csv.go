package paths

import (
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

func join(parts ...[]string) []string { return slices.Concat(parts...) }

// columns name a figure's four columns, and timeColumns a time's five.
func columns(q *web.Request, what string) []string {
	return []string{what, q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n"}
}

func timeColumns(q *web.Request, what string) []string {
	return []string{what + " (s)", q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "p90", "n"}
}

func whole(n int) string { return strconv.Itoa(n) }

func times(t journey.Times) []string {
	if t.N == 0 {
		return []string{"", "", "", "", "0"}
	}
	return []string{sheet.Figure(t.Median.Seconds()), sheet.Figure(t.Low.Seconds()), sheet.Figure(t.High.Seconds()), sheet.Figure(t.P90.Seconds()), whole(t.N)}
}
