package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/template"

	"github.com/vivencia-cx/vivencia/internal/web/chart"
)

// The drawing's size, and its plot within.
const (
	svgWidth, svgHeight = 720.0, 360.0
	left, right         = 64.0, 16.0
	top, bottom         = 56.0, 48.0
)

// WriteCurve draws what an event cost while the store grew, as SVG that stands
// alone and follows the reader's light or dark.
func (r Report) WriteCurve(w io.Writer) error {
	if len(r.Curve) < 2 {
		return fmt.Errorf("there is no curve: measure `stored` with more events")
	}
	most := 0.0
	for _, p := range r.Curve {
		most = max(most, p.Cost, p.Processor)
	}
	x, y := chart.Ticks(0, float64(r.Events), 5), chart.Ticks(0, most, 4)
	across := func(v float64) float64 { return left + v/x[len(x)-1]*(svgWidth-left-right) }
	up := func(v float64) float64 { return svgHeight - bottom - v/y[len(y)-1]*(svgHeight-top-bottom) }
	line := func(of func(Point) float64) string {
		var b strings.Builder
		for i, p := range r.Curve {
			b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + px(across(float64(p.Stored))) + " " + px(up(of(p))))
		}
		return b.String()
	}
	value := func(name string) float64 {
		for _, f := range r.Results {
			if f.Name == name {
				return f.Value
			}
		}
		return 0
	}
	type mark struct{ At, Text string }
	d := struct {
		Description, Cost, Processor string
		X, Y                         []mark
		X1, Y1, X2, Y2               string // the fitted line
	}{
		Description: fmt.Sprintf("An event cost %.1f µs with %s events stored and %.1f µs with %s (%+.0f %%). %d cores, load %.1f before.",
			value("curve.first"), short(float64(r.Events)/20), value("curve.last"), short(float64(r.Events)), value("curve.growth"), r.Machine.Cores, r.Machine.Load),
		Cost:      line(func(p Point) float64 { return p.Cost }),
		Processor: line(func(p Point) float64 { return p.Processor }),
		X1:        px(across(float64(r.Events) / 20)), Y1: px(up(value("curve.first"))),
		X2: px(across(float64(r.Events))), Y2: px(up(value("curve.last"))),
	}
	for _, v := range x {
		d.X = append(d.X, mark{px(across(v)), short(v)})
	}
	for _, v := range y {
		d.Y = append(d.Y, mark{px(up(v)), strconv.FormatFloat(v, 'g', 4, 64)})
	}
	return drawing().Execute(w, d)
}

// short writes a number of events: 2.5 M.
func short(v float64) string {
	switch {
	case v >= million:
		return strconv.FormatFloat(v/million, 'g', 3, 64) + " M"
	case v >= 1000:
		return strconv.FormatFloat(v/1000, 'g', 3, 64) + " k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func drawing() *template.Template {
	return template.Must(template.New("curve").Parse(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 360" width="720" height="360" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="12">
<title id="title">What an event costs while the store grows</title>
<desc id="desc">{{.Description}}</desc>
<style>
:root { --ink: #1d1b20; --quiet: #6b6670; --rule: #e4e0e7; --line: #6d4bc3; --soft: #b9a7e6; --fit: #b3541e; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece8f0; --quiet: #a49dac; --rule: #3a3540; --line: #b79cff; --soft: #6f5ca8; --fit: #f2a56b; } }
text { fill: var(--quiet); } .title { fill: var(--ink); font-size: 15px; font-weight: 600; }
.rule { stroke: var(--rule); } path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.cost { stroke: var(--line); } .processor { stroke: var(--soft); } .fit { stroke: var(--fit); stroke-width: 2; stroke-dasharray: 6 4; }
</style>
<text class="title" x="16" y="24">What an event costs while the store grows</text>
<text x="16" y="42">{{.Description}}</text>
{{range .Y}}<line class="rule" x1="64" x2="704" y1="{{.At}}" y2="{{.At}}"/><text x="56" y="{{.At}}" dy="4" text-anchor="end">{{.Text}}</text>
{{end}}{{range .X}}<text x="{{.At}}" y="330" text-anchor="middle">{{.Text}}</text>
{{end}}<path class="processor" d="{{.Processor}}"/>
<path class="cost" d="{{.Cost}}"/>
<line class="fit" x1="{{.X1}}" y1="{{.Y1}}" x2="{{.X2}}" y2="{{.Y2}}"/>
<text x="704" y="350" text-anchor="end">events stored</text>
<text x="64" y="350">µs an event: <tspan style="fill: var(--line)">time</tspan> · <tspan style="fill: var(--soft)">server's processor time</tspan> · <tspan style="fill: var(--fit)">fitted</tspan></text>
</svg>
`))
}
