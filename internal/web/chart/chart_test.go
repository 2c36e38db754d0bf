package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTicks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		low, high float64
		want      string
	}{
		{27, 47, "[25 30 35 40 45 50]"},
		{0, 1, "[0 0.2 0.4 0.6 0.8 1]"},
		{-1.3, 1.7, "[-2 -1 0 1 2]"},
		{4.21, 4.33, "[4.2 4.25 4.3 4.35]"},
		{5, 5, "[4 4.5 5 5.5 6]"},
		{0, 0, "[-1 -0.5 0 0.5 1]"},
	}
	for _, tt := range tests {
		ticks := Ticks(tt.low, tt.high, 4)
		texts := make([]string, len(ticks))
		for i, v := range ticks {
			texts[i] = strconv.FormatFloat(math.Round(v*1e9)/1e9, 'g', -1, 64)
		}
		if got := "[" + strings.Join(texts, " ") + "]"; got != tt.want {
			t.Errorf("%v to %v: got %s, want %s", tt.low, tt.high, got, tt.want)
		}
	}
}

// TestTicksSpan: whatever the range, the ticks hold it, ascend evenly, and are
// few.
func TestTicksSpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low")
		high := low + rapid.Float64Range(1e-3, 1e6).Draw(t, "span")
		ticks := Ticks(low, high, 4)
		step := ticks[1] - ticks[0]
		if ticks[0] > low+step*1e-6 || ticks[len(ticks)-1] < high-step*1e-6 || len(ticks) < 2 || len(ticks) > 10 {
			t.Fatalf("%v to %v: %v", low, high, ticks)
		}
		for i := 1; i < len(ticks); i++ {
			if math.Abs(ticks[i]-ticks[i-1]-step) > step*1e-6 {
				t.Fatalf("uneven: %v", ticks)
			}
		}
	})
}

func points(values ...float64) []Point {
	out := make([]Point, len(values))
	for i, v := range values {
		out[i] = Point{Label: fmt.Sprintf("%d sep", i+1), Value: v, Low: v - 2, High: v + 2, N: 100 + i}
	}
	return out
}

// TestCurve: between two stops the line stays between them, and what is shaded
// is what was lived worse than designed.
func TestCurve(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stops := make([]Stop, rapid.IntRange(1, 12).Draw(t, "stops"))
		for i := range stops {
			stops[i].Lived = rapid.Float64Range(-2, 2).Draw(t, "lived")
			stops[i].Designed = rapid.Float64Range(-2, 2).Draw(t, "designed")
			if rapid.Bool().Draw(t, "gap") {
				stops[i].Lived = math.NaN()
			}
		}
		line := smooth(stops, 100, func(s Stop) float64 { return s.Lived }, false)
		cell := 100 / float64(len(stops))
		for i, s := range stops {
			at := (float64(i) + .5) * cell
			if y := line.at(at); math.IsNaN(s.Lived) != math.IsNaN(y) || math.Abs(y-CurveY(s.Lived)) > 1e-6 {
				t.Fatalf("stop %d lies at %v, want %v", i, y, CurveY(s.Lived))
			}
			if i+1 == len(stops) || math.IsNaN(s.Lived) || math.IsNaN(stops[i+1].Lived) {
				continue
			}
			a, z := CurveY(s.Lived), CurveY(stops[i+1].Lived)
			for k := range 11 {
				if y := line.at(at + cell*float64(k)/10); y < math.Min(a, z)-1e-6 || y > math.Max(a, z)+1e-6 {
					t.Fatalf("between %v and %v the line goes to %v", a, z, y)
				}
			}
		}
	})
	better := []Stop{{Lived: 1, Designed: 0}, {Lived: 1.5, Designed: 1}}
	worse := []Stop{{Lived: 0, Designed: 1}, {Lived: 1, Designed: 1.5}}
	if got := PathsOf(better, 100).Worse; got != "" {
		t.Errorf("what was lived better is shaded: %s", got)
	}
	if got := PathsOf(worse, 100).Worse; !strings.HasPrefix(got, "M0 ") || strings.Count(got, "M") != 1 {
		t.Errorf("what was lived worse is shaded as %q", got)
	}
}

// TestPicture: the file is XML that says what it was given, whatever that was.
func TestPicture(t *testing.T) {
	t.Parallel()
	p := Picture{Width: 200, Height: 100}
	p.Rect(1, 2, 3, 4, 2, Paint{Fill: "neg-weak"})
	p.Circle(5, 5, 2, Paint{Stroke: "designed", Dash: "2 3"})
	p.Path(1, 1, "M0 0L1 1", Paint{Stroke: "ink", Width: 2})
	tall := p.Paragraph(10, 20, 60, `«<script>alert("cola")</script>» larga & lenta`, Type{Bold: true})
	d := xml.NewDecoder(bytes.NewReader(p.SVG()))
	var said []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			said = append(said, string(text))
		}
	}
	if got := strings.Join(said, " "); got != `«<script>alert("cola")</script>» larga & lenta` || tall != float64(len(said))*12*1.35 || len(said) < 2 {
		t.Errorf("%v px: %q", tall, said)
	}
	if svg := string(p.SVG()); !strings.Contains(svg, "#fde6d8") || strings.Contains(svg, "var(") || strings.Contains(svg, "style") {
		t.Errorf("%s", svg)
	}
}

func tenth(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func whole(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

// TestDrawings compares what is drawn with testdata; -update writes it anew.
func TestDrawings(t *testing.T) {
	t.Parallel()
	gap := math.NaN()
	designed := 0.8
	series := Line{
		ID: "nps", Title: "Por semana", Description: "Sube.", Points: points(35, 37, gap, 34, 40, 43), Format: whole,
		Target: &Target{45, "Meta 45"}, Marks: []Mark{{4, "Cajas rápidas"}, {0, "Inicio"}, {99, "fuera"}},
	}
	drivers := Bars{Title: "Qué lo mueve", Bars: []Bar{
		{Label: "Espera", Href: "/r", Value: -7.1, Low: -8.7, High: -5.5, Text: "−7,1", Quote: "Mucha <cola>"},
		{Label: "Trato", Value: 4.6, Low: 3.4, High: 5.8, Text: "+4,6"},
		{Label: "Nada", Text: "0,0"},
	}}
	tests := map[string]templ.Component{
		"spark":        Spark("De 1 a 4", points(1, 3, gap, 2, 4)),
		"spark-flat":   Spark("Siempre 3", []Point{{Value: 3, Low: 3, High: 3}, {Value: 3, Low: 3, High: 3}}),
		"spark-empty":  Spark("Nada", points(gap, gap)),
		"line":         LineOf(series),
		"line-picture": templ.Raw(string(series.Picture().SVG())),
		"line-empty":   LineOf(Line{ID: "none", Title: "Por semana", Description: "Nada.", Points: points(gap), Format: whole}),
		"line-one":     LineOf(Line{ID: "one", Title: "Por semana", Description: "Uno.", Points: points(5), Format: whole}),
		"bars":         BarsOf(drivers),
		"bars-picture": templ.Raw(string(drivers.Picture().SVG())),
		"bars-below":   BarsOf(Bars{Bars: []Bar{{Label: "Espera", Value: -2, Low: -4, High: -0.5, Text: "−2"}}}),
		"valence":      Valence(-0.6, &designed),
		"valence-at":   Valence(9, nil),
		"curve": CurveOf(Curve{ID: "c", Title: "Emoción", Description: "Duele la caja.", Format: tenth, Stops: []Stop{
			{"Ofertas", "", 0.7, 0.6, 0.8, 0.8, 40}, {"Caja", "/r", -1.2, -1.5, -0.9, 0.5, 90}, {"Nadie", "", gap, gap, gap, gap, 0}, {"Reparto", "", 1.4, 1.2, 1.6, gap, 12},
		}}),
		"mix":    Mix("partes", []Share{{"a", 3, "bar-pos"}, {"b", 1, "bar-neg"}}),
		"legend": Legend(Key{"line", "NPS"}, Key{"band", "intervalo"}, Key{"designed", "Diseñado"}),
	}
	bundle, err := i18n.New(ui.Messages)
	if err != nil {
		t.Fatal(err)
	}
	ctx := i18n.With(t.Context(), bundle.Locale("es", nil, cxtest.NewClock()))
	for name, c := range tests {
		var b strings.Builder
		if err := c.Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(b.String(), "><", ">\n<") + "\n"
		path := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is drawn otherwise (go test ./internal/web/chart -update, then look at the difference):\n%s", name, got)
		}
	}
}

func TestSmall(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.New(ui.Messages)
	if err != nil {
		t.Fatal(err)
	}
	l := bundle.Locale("es", nil, cxtest.NewClock())
	if got := Small(l, points(math.NaN(), 3, 4), whole); got != "De 2 sep (3) a 3 sep (4)." {
		t.Errorf("got %q", got)
	}
	if got := Small(l, points(math.NaN()), whole); got != "Aún no hay datos." {
		t.Errorf("got %q", got)
	}
}
