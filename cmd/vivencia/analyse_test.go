package main

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// TestAnalyseJourneyOracles holds the analysis of real logs against what pm4py
// 2.7.23 tells of them. The mean of receipt is that of times read with their
// offsets: without them it would be 467,329.187 s.
func TestAnalyseJourneyOracles(t *testing.T) {
	t.Parallel()
	table := func(file, cases, activity, at string) importer.LogFile {
		return importer.LogFile{Path: file, Case: cases, Activity: activity, Time: at}
	}
	running := logOracle{6, 42, 8, 6, []int{1}, 16, 36, 966_890, 815_940, 1_472_610, modelJSON{9, 10, 22}, 1}
	receipt := logOracle{1434, 8577, 27, 116, []int{713, 123, 116, 115, 75}, 99, 7143, 467_263.915257, 2_868.5835, 1_217_821.7991, modelJSON{47, 69, 146}, .8154953330871839}
	for name, tt := range map[string]struct {
		importer.LogFile
		logOracle
	}{
		"running-example.xes":  {importer.LogFile{Path: "running-example.xes"}, running},
		"running-example.csv":  {table("running-example.csv", "case:concept:name", "concept:name", "time:timestamp"), running},
		"receipt.xes.gz":       {importer.LogFile{Path: "receipt.xes.gz"}, receipt},
		"receipt.csv":          {table("receipt.csv", "case:concept:name", "concept:name", "time:timestamp"), receipt},
		"bpic2012.xes.gz":      {importer.LogFile{Path: "bpic2012.xes.gz"}, logOracle{13087, 262200, 24, 4366, []int{3429, 1872, 271}, 125, 249_113, 745_100.095970734, 69_857.434, 2_631_890.2062, modelJSON{}, 0}},
		"sepsis.csv.gz":        {table("sepsis.csv.gz", "case_id", "activity", "timestamp"), logOracle{1050, 15214, 16, 846, []int{35, 24, 22}, 115, 14_164, 2_459_751.082857, 461_668.5, 8_012_221.1, modelJSON{28, 35, 82}, 0}},
		"traffic_fines.csv.gz": {table("traffic_fines.csv.gz", "case_id", "activity", "timestamp"), logOracle{10000, 34724, 11, 44, []int{3428, 3273, 1890}, 40, 24_724, 25_586_072.64, 10_800_000, 60_393_600, modelJSON{20, 25, 56}, .9963487698412713}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Path = filepath.Join(cxtest.Data(t, "event_logs"), tt.Path)
			l, err := readEventLog(tt.LogFile)
			if err != nil || l.report.LeftOut > 0 {
				t.Fatal(err, l.report)
			}
			if name == "sepsis.csv.gz" && !slices.Contains(l.Names, "NA") {
				t.Error("the case named NA is lost")
			}
			if tt.fitness == 0 { // counted only: holding thousands of ways against a model takes seconds
				a := &journeyAnalysis{eventFile: l, graph: eventlog.GraphOf(l.Log), variants: eventlog.VariantsOf(l.Log), durations: eventlog.SpreadOf(eventlog.Durations(l.Log))}
				tt.check(t, a)
				return
			}
			a, err := analyseJourney(l, nil, .2)
			if err != nil {
				t.Fatal(err)
			}
			tt.check(t, a)
			out := a.json()
			if out.Model != tt.model || math.Abs(out.Fitness-tt.fitness) > 1e-12 || out.Bounded > 0 {
				t.Errorf("model %+v, fitness %v, %d bounded", out.Model, out.Fitness, out.Bounded)
			}
		})
	}
}

// logOracle is what is known of a log.
type logOracle struct {
	cases, events, activities, variants int
	most                                []int // cases of the commonest variants
	edges, steps                        int
	mean, median, p90                   float64
	model                               modelJSON
	fitness                             float64 // 0: not held here
}

func (w logOracle) check(t *testing.T, a *journeyAnalysis) {
	t.Helper()
	if a.Cases() != w.cases || a.Events() != w.events || len(a.Activities) != w.activities || len(a.variants.List) != w.variants {
		t.Errorf("%d cases, %d events, %d activities, %d variants", a.Cases(), a.Events(), len(a.Activities), len(a.variants.List))
	}
	for i, n := range w.most {
		if got := a.variants.List[i].Cases; got != n {
			t.Errorf("variant %d has %d cases, want %d", i, got, n)
		}
	}
	steps := 0
	for _, e := range a.graph.Edges {
		steps += e.Count
	}
	if len(a.graph.Edges) != w.edges || steps != w.steps {
		t.Errorf("%d edges that sum to %d", len(a.graph.Edges), steps)
	}
	for _, of := range [][2]float64{{a.durations.Mean, w.mean}, {a.durations.Median, w.median}, {a.durations.P90, w.p90}} {
		if math.Abs(of[0]-of[1]) > 1e-6*max(1, of[1]*1e-6) {
			t.Errorf("a duration is %v, want %v", of[0], of[1])
		}
	}
}

// TestSeconds writes durations with two units.
func TestSeconds(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0 s", .04: "0 s", 9.96: "10 s", 59.94: "59.9 s", 59.97: "60 s", 60: "1 min", 61: "1 min 1 s", 3599.6: "1 h", 3660: "1 h 1 min", 86_399: "23 h 59 min", 86_400 + 59: "1 d", 400 * 86_400: "400 d",
	} {
		if got := seconds(in); got != want {
			t.Errorf("%v s is %q, want %q", in, got, want)
		}
	}
}
