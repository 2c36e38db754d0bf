package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

func TestFitIsNotTurnedByOutliers(t *testing.T) {
	t.Parallel()
	var points []Point
	for i := 1; i <= 40; i++ {
		p := Point{Stored: i * 1000, Cost: 30 + float64(i)*0.25}
		if i%7 == 0 {
			p.Cost *= 4 // others took the machine
		}
		points = append(points, p)
	}
	got := fit(points, func(p Point) float64 { return p.Cost })
	if math.Abs(got.at(0)-30) > 0.3 || math.Abs(got.at(40_000)-40) > 0.3 {
		t.Errorf("the line goes from %.2f to %.2f, want 30 to 40", got.at(0), got.at(40_000))
	}
}

func TestLatencies(t *testing.T) {
	t.Parallel()
	var l latencies
	for i := 100; i > 0; i-- {
		l = append(l, time.Duration(i)*time.Millisecond)
	}
	if l.at(.50) != 51 || l.at(.99) != 100 || (latencies{}).at(.5) != 0 {
		t.Errorf("p50 %v, p99 %v", l.at(.50), l.at(.99))
	}
}

func TestTargetsAreJudgedOnlyAtTheirSize(t *testing.T) {
	t.Parallel()
	r := Report{Machine: Machine{Fsync4K: 2000}}
	r.add("stored.memory", 2000, 1_000_000)
	r.add("stored.memory", 2000, 10_000_000)
	r.add("single.rate", 15_000, 1000)
	if r.Results[0].Met != nil || *r.Results[1].Met || !*r.Results[2].Met {
		t.Errorf("%+v", r.Results)
	}
	if *r.Results[2].Ratio != 7.5 {
		t.Errorf("the ratio is %v, want 7.5", *r.Results[2].Ratio)
	}
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"target 1,024 at 10,000,000", "MISSED", "15,000", "7.5 × fsync_4k_per_s"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestCurveIsDrawn(t *testing.T) {
	t.Parallel()
	r := Report{Events: 20_000_000}
	for i := 1; i <= 40; i++ {
		r.Curve = append(r.Curve, Point{Stored: i * 500_000, Cost: 40 + float64(i%3), Processor: 60})
	}
	r.add("curve.first", 40, r.Events)
	r.add("curve.last", 42, r.Events)
	r.add("curve.growth", 5, r.Events)
	var b bytes.Buffer
	if err := r.WriteCurve(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"40.0 µs with 1 M events stored and 42.0 µs with 20 M (+5 %)", ">20 M</text>", `class="fit"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the drawing", want)
		}
	}
	for d := xml.NewDecoder(&b); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := (Report{}).WriteCurve(io.Discard); err == nil {
		t.Error("a curve without points is drawn")
	}
}

func TestEveryFigureSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range figures() {
		if seen[f.Name] || f.Unit == "" || f.Means == "" || f.AtLeast > 0 && f.AtMost > 0 {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
		if f.Rate != "" && (Machine{Fsync4K: 1, JSONScan: 1}).rate(f.Rate) == 0 {
			t.Errorf("%s is compared by a rate that no machine has", f.Name)
		}
	}
}
