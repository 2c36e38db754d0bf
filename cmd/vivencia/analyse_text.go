package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// How much a report lists.
const (
	mostVariants   = 10
	mostEdges      = 10
	mostLoops      = 8
	mostDeviations = 15
)

// section is a part of a report: a heading, what it says, and its lines.
type section struct {
	Title string
	Says  string
	Rows  []reportRow
}

// reportRow is a line of a section: how many, and what.
type reportRow struct{ Count, What, More string }

// report puts the analysis in words; each share with its interval.
func (a *journeyAnalysis) sections() []section {
	out := []section{a.saysTime(), a.saysVariants(), a.saysEdges(), a.saysAgain(), a.saysFitness()}
	if a.designed != nil {
		out = append(out, a.saysDeviations())
	}
	return slices.DeleteFunc(out, func(s section) bool { return s.Says == "" && len(s.Rows) == 0 })
}

// counts says in a line what the log is.
func (a *journeyAnalysis) counts() string {
	first, last := a.At[0], a.At[0]
	for _, at := range a.At {
		first, last = min(first, at), max(last, at)
	}
	day := func(us int64) string { return time.UnixMicro(us).UTC().Format(time.DateOnly) }
	return fmt.Sprintf("%s, %s of %s, lived in %s, from %s to %s",
		many(a.Cases(), "case", "cases"), many(a.Events(), "event", "events"), many(len(a.Activities), "activity", "activities"), many(len(a.variants.List), "way", "ways"), day(first), day(last))
}

func (a *journeyAnalysis) saysTime() section {
	low, high := stats.MedianRanks(len(a.took))
	return section{
		Title: "How long a case takes",
		Says: fmt.Sprintf("Half of the cases take less than %s (95 %%: %s to %s; n %s), nine in ten less than %s; the mean is %s.",
			seconds(a.durations.Median), seconds(float64(a.took[low])/1e6), seconds(float64(a.took[high])/1e6), number(len(a.took)),
			seconds(a.durations.P90), seconds(a.durations.Mean)),
	}
}

func (a *journeyAnalysis) saysVariants() section {
	s := section{Title: "The commonest ways"}
	covered := 0
	for i, v := range a.variants.List {
		if i == mostVariants {
			break
		}
		covered += v.Cases
		s.Rows = append(s.Rows, reportRow{number(v.Cases), shortened(a.steps(v)), share(v.Cases, a.Cases())})
	}
	if more := len(a.variants.List) - len(s.Rows); more > 0 {
		s.Says = fmt.Sprintf("%s cover %s of the cases; %s more cover the rest.", many(len(s.Rows), "way", "ways"), share(covered, a.Cases()), number(more))
	}
	return s
}

// shortened writes the steps of a way; of a long one the beginning and the end.
func shortened(steps []string) string {
	const most = 12
	if n := len(steps); n > most {
		steps = slices.Concat(steps[:most-3], []string{fmt.Sprintf("… %d more …", n-most+1)}, steps[n-2:])
	}
	return strings.Join(steps, " → ")
}

func (a *journeyAnalysis) saysEdges() section {
	edges := a.slowest()
	s := section{Title: "Where the time goes"}
	all := a.durations.Mean * float64(a.durations.N)
	for _, e := range edges[:min(len(edges), mostEdges)] {
		s.Rows = append(s.Rows, reportRow{
			percent(e.Time.Mean * float64(e.Count) / all), a.Activities[e.From].Name + " → " + a.Activities[e.To].Name,
			fmt.Sprintf("half within %s, nine in ten within %s (n %s)", seconds(e.Time.Median), seconds(e.Time.P90), number(e.Count)),
		})
	}
	if len(s.Rows) > 0 {
		s.Says = "Of all the time that cases take, it goes by between:"
	}
	return s
}

func (a *journeyAnalysis) saysAgain() section {
	s := section{Title: "What is done again"}
	again := a.again()
	for _, i := range again[:min(len(again), mostLoops)] {
		n := a.graph.Nodes[i]
		more := share(n.Again, n.Cases) + " of the cases that have it"
		for _, e := range a.graph.Edges {
			if int(e.From) == i && int(e.To) == i {
				more += fmt.Sprintf("; %s times right after itself", number(e.Count))
			}
		}
		s.Rows = append(s.Rows, reportRow{number(n.Again), a.Activities[i].Name, more})
	}
	back := 0
	for _, e := range a.graph.Edges {
		if e.From != e.To {
			back += e.Back
		}
	}
	switch {
	case len(again) == 0:
		s.Says = "Nothing comes twice in a case."
	case back > 0:
		s.Says = fmt.Sprintf("%s; %s times a case went straight back to where it had just been. In cases:", many(len(again), "activity comes again", "activities come again"), number(back))
	default:
		s.Says = many(len(again), "activity comes again", "activities come again") + ". In cases:"
	}
	return s
}

func (a *journeyAnalysis) saysFitness() section {
	s := section{Title: "How well the model tells it"}
	what := fmt.Sprintf("the model that the inductive miner finds with noise %s (%d places, %d transitions, %d arcs)",
		strconv.FormatFloat(a.noise, 'f', -1, 64), a.net.Places, len(a.net.Transitions), a.net.Arcs())
	if a.designed != nil {
		s.Title, what = "As designed, as lived", "the script "+a.designed.Slug
	}
	s.Says = fmt.Sprintf("%s of the cases are exactly as in %s. Fitness %s.", share(a.fitting, a.Cases()), what, mean(a.fitness))
	if a.bounded > 0 {
		s.Says += fmt.Sprintf(" %s of them took too long to hold against it to the end: their fitness may be higher.", number(a.bounded))
	}
	return s
}

func (a *journeyAnalysis) saysDeviations() section {
	s := section{Title: "How cases differ from the script"}
	for _, d := range a.deviations[:min(len(a.deviations), mostDeviations)] {
		more := share(d.Runs.K, d.Runs.N)
		if d.By.N > 0 {
			more += fmt.Sprintf("; half of them by less than %s", seconds(d.By.Median.Seconds()))
		}
		s.Rows = append(s.Rows, reportRow{number(d.Runs.K), deviationWords(d), more})
	}
	if more := len(a.deviations) - len(s.Rows); more > 0 {
		s.Says = fmt.Sprintf("The %d commonest; there are %d more.", len(s.Rows), more)
	}
	if len(a.deviations) == 0 {
		s.Says = "None does."
	}
	return s
}

// deviationWords says what a deviation is.
func deviationWords(d journey.Deviation) string {
	if d.Kind == journey.Unexpected {
		return d.Event + " is not in the script, or not there"
	}
	step := d.ID
	if d.Step != nil {
		step = cmp.Or(d.Step.Name.In("en"), d.Step.Slug)
	}
	return step + map[journey.DeviationKind]string{
		journey.Skipped: " is skipped", journey.Repeated: " is lived again", journey.Delayed: " is followed late", journey.Disordered: " is lived out of its order",
	}[d.Kind]
}

// text is the report for a terminal.
func (a *journeyAnalysis) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", a.name, a.counts())
	for _, s := range a.sections() {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		if s.Says != "" {
			fmt.Fprintf(&b, "  %s\n", s.Says)
		}
		for _, r := range s.Rows {
			fmt.Fprintf(&b, "  %9s  %s\n  %9s    %s\n", r.Count, r.What, "", r.More)
		}
	}
	return b.String()
}

// share writes k of n with Wilson's interval.
func share(k, n int) string {
	i := stats.Wilson(k, n)
	return fmt.Sprintf("%s of %s, %s (95 %%: %s to %s)", number(k), number(n), percent(float64(k)/float64(n)), percent(i.Low), percent(i.High))
}

func mean(e outcome.Estimate) string {
	if math.IsNaN(e.Low) || e.N < 2 {
		return fmt.Sprintf("%.3f (n %s)", e.Value, number(e.N))
	}
	return fmt.Sprintf("%.3f (95 %%: %.3f to %.3f; n %s)", e.Value, e.Low, e.High, number(e.N))
}

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// number writes a count with separators.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// many writes a count and what is counted.
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + more
}

// seconds writes how long something takes, with the two greatest units.
func seconds(s float64) string {
	if s < 60 {
		return strconv.FormatFloat(math.Round(s*10)/10, 'f', -1, 64) + " s"
	}
	units := []struct {
		name string
		of   int64
	}{{"d", 24 * 60 * 60}, {"h", 60 * 60}, {"min", 60}, {"s", 1}}
	left := int64(math.Round(s))
	for i, u := range units {
		if left < u.of {
			continue
		}
		out := fmt.Sprintf("%d %s", left/u.of, u.name)
		if next := left % u.of; i+1 < len(units) && next >= units[i+1].of {
			out += fmt.Sprintf(" %d %s", next/units[i+1].of, units[i+1].name)
		}
		return out
	}
	return "0 s"
}
