package chart

import (
	"flag"
	"fmt"
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

func whole(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

// TestDrawings compares what is drawn with testdata; -update writes it anew.
func TestDrawings(t *testing.T) {
	t.Parallel()
	gap := math.NaN()
	designed := 0.8
	tests := map[string]templ.Component{
		"spark":       Spark("De 1 a 4", points(1, 3, gap, 2, 4)),
		"spark-flat":  Spark("Siempre 3", []Point{{Value: 3, Low: 3, High: 3}, {Value: 3, Low: 3, High: 3}}),
		"spark-empty": Spark("Nada", points(gap, gap)),
		"line": LineOf(Line{
			ID: "nps", Title: "Por semana", Description: "Sube.", Points: points(35, 37, gap, 34, 40, 43), Format: whole,
			Target: &Target{45, "Meta 45"}, Marks: []Mark{{4, "Cajas rápidas"}, {0, "Inicio"}, {99, "fuera"}},
		}),
		"line-empty": LineOf(Line{ID: "none", Title: "Por semana", Description: "Nada.", Points: points(gap), Format: whole}),
		"line-one":   LineOf(Line{ID: "one", Title: "Por semana", Description: "Uno.", Points: points(5), Format: whole}),
		"bars": BarsOf(Bars{Title: "Qué lo mueve", Bars: []Bar{
			{Label: "Espera", Href: "/r", Value: -7.1, Low: -8.7, High: -5.5, Text: "−7,1", Quote: "Mucha <cola>"},
			{Label: "Trato", Value: 4.6, Low: 3.4, High: 5.8, Text: "+4,6"},
			{Label: "Nada", Text: "0,0"},
		}}),
		"bars-below": BarsOf(Bars{Bars: []Bar{{Label: "Espera", Value: -2, Low: -4, High: -0.5, Text: "−2"}}}),
		"valence":    Valence(-0.6, &designed),
		"valence-at": Valence(9, nil),
		"mix":        Mix("partes", []Share{{"a", 3, "bar-pos"}, {"b", 1, "bar-neg"}}),
		"legend":     Legend(Key{"line", "NPS"}, Key{"band", "intervalo"}, Key{"designed", "Diseñado"}),
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
