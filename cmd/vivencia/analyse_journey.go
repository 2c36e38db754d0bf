package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/align"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// eventFile is an analyst's log, read.
type eventFile struct {
	*eventlog.Log
	name   string
	report importer.LogReport
}

func readEventLog(file importer.LogFile) (eventFile, error) {
	var b eventlog.Builder
	var phases [3]bool
	report, err := file.Each(func(e importer.LogEvent) error {
		phase := phaseOf(e.Transition)
		phases[phase] = true
		return b.Add(eventlog.Row{Case: e.Case, Activity: eventlog.Activity{Name: e.Activity}, At: int64(e.At), Phase: phase})
	})
	if err != nil {
		return eventFile{}, err
	}
	l := b.Build()
	if !phases[eventlog.Begun] || !phases[eventlog.Done] { // ends alone tell nothing of work
		l.Phase = nil
	}
	return eventFile{l, filepath.Base(file.Path), report}, nil
}

func phaseOf(transition string) eventlog.Phase {
	switch strings.ToLower(transition) {
	case "start", "resume":
		return eventlog.Begun
	case "complete", "suspend":
		return eventlog.Done
	}
	return eventlog.Whole
}

// journeyAnalysis is what is found in an analyst's log.
type journeyAnalysis struct {
	eventFile
	graph     *eventlog.Graph
	variants  *eventlog.Variants
	took      []int64 // µs of each case, ascending
	durations eventlog.Spread

	tree    *tree.Tree // found by the miner, or the script's
	net     *tree.Net
	fitness outcome.Estimate // mean over cases
	fitting int              // cases of fitness 1
	bounded int              // cases whose fitness may be higher than told

	designed   *design // nil: the tree was found by the miner, with noise
	noise      float64
	deviations []journey.Deviation
}

// design is a journey as a model designs it.
type design struct {
	model.Journey
	of *model.Model
}

func analyseJourney(l eventFile, designed *design, noise float64) (*journeyAnalysis, error) {
	a := &journeyAnalysis{eventFile: l, designed: designed, noise: noise, graph: eventlog.GraphOf(l.Log), variants: eventlog.VariantsOf(l.Log)}
	a.took = eventlog.Durations(l.Log)
	a.durations = eventlog.SpreadOf(a.took)
	slices.Sort(a.took)
	if designed != nil {
		return a, a.hold()
	}
	a.tree = discover.Inductive(a.variants.List, noise)
	a.net = a.tree.Net()
	return a, a.align()
}

// hold holds the cases against the script.
func (a *journeyAnalysis) hold() error {
	a.tree = tree.FromScript(a.designed.Script)
	a.net = a.tree.Net()
	held, deviations, err := journey.Held(a.Log, a.designed.of, a.designed.Journey)
	if err != nil {
		return err
	}
	a.fitness, a.fitting, a.bounded, a.deviations = held.Fitness, held.AsDesigned.K, held.Upper, deviations
	return nil
}

// align holds the cases against the mined tree.
func (a *journeyAnalysis) align() error {
	aligner, err := align.New(a.tree, align.Same(len(a.Activities)))
	if err != nil {
		return err
	}
	fit := aligner.Fit(a.variants.List)
	var cases stats.Moments
	for _, v := range a.variants.Of {
		cases.Add(fit.Alignments[v].Fitness)
	}
	a.fitness, a.fitting, a.bounded = outcome.MeanOf(cases.Sample(), 0, 1), fit.Fitting, fit.Upper
	return nil
}

// slowest returns the edges in which most of the cases' time goes by.
func (a *journeyAnalysis) slowest() []eventlog.Edge {
	edges := slices.Clone(a.graph.Edges)
	slices.SortStableFunc(edges, func(x, y eventlog.Edge) int {
		return cmp.Compare(y.Time.Mean*float64(y.Count), x.Time.Mean*float64(x.Count))
	})
	return slices.DeleteFunc(edges, func(e eventlog.Edge) bool { return e.Time.Mean <= 0 })
}

// again returns the activities that come again in a case, in most cases first.
func (a *journeyAnalysis) again() []int {
	var out []int
	for i, n := range a.graph.Nodes {
		if n.Again > 0 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(x, y int) int { return cmp.Compare(a.graph.Nodes[y].Again, a.graph.Nodes[x].Again) })
	return out
}

func (a *journeyAnalysis) steps(v eventlog.Variant) []string {
	out := make([]string, len(v.Activities))
	for i, activity := range v.Activities {
		out[i] = a.Activities[activity].Name
	}
	return out
}

// journeyJSON is the analysis for other programs.
type journeyJSON struct {
	Cases      int             `json:"cases"`
	Events     int             `json:"events"`
	Activities int             `json:"activities"`
	Variants   []variantJSON   `json:"variants"`
	Edges      []edgeJSON      `json:"edges"`
	Duration   durationJSON    `json:"duration"`
	Model      modelJSON       `json:"model"`
	Fitness    float64         `json:"fitness"`
	Deviations []deviationJSON `json:"deviations,omitzero"` // with a script
	Bounded    int             `json:"fitness_bounded,omitempty"`
	LeftOut    int             `json:"left_out,omitempty"`
}

type variantJSON struct {
	Steps []string `json:"steps"`
	Cases int      `json:"cases"`
}

type edgeJSON struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Count  int     `json:"count"`
	Median float64 `json:"median_s"`
}

type durationJSON struct {
	Mean   float64 `json:"mean_s"`
	Median float64 `json:"median_s"`
	P90    float64 `json:"p90_s"`
}

type modelJSON struct {
	Places      int `json:"places"`
	Transitions int `json:"transitions"`
	Arcs        int `json:"arcs"`
}

type deviationJSON struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Cases int    `json:"cases"`
	N     int    `json:"n"`
	Times int    `json:"times"`
}

func (a *journeyAnalysis) json() journeyJSON {
	out := journeyJSON{
		Cases: a.Cases(), Events: a.Events(), Activities: len(a.Activities),
		Duration: durationJSON{a.durations.Mean, a.durations.Median, a.durations.P90},
		Model:    modelJSON{a.net.Places, len(a.net.Transitions), a.net.Arcs()},
		Fitness:  a.fitness.Value, Bounded: a.bounded, LeftOut: a.report.LeftOut,
		Edges: []edgeJSON{},
	}
	for _, v := range a.variants.List {
		out.Variants = append(out.Variants, variantJSON{a.steps(v), v.Cases})
	}
	for _, e := range a.graph.Edges {
		out.Edges = append(out.Edges, edgeJSON{a.Activities[e.From].Name, a.Activities[e.To].Name, e.Count, e.Time.Median})
	}
	if a.designed != nil {
		out.Deviations = []deviationJSON{}
	}
	for _, d := range a.deviations {
		out.Deviations = append(out.Deviations, deviationJSON{d.ID, string(d.Kind), d.Runs.K, d.Runs.N, d.Times})
	}
	return out
}
