package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

func analyseScoreCommand() *cobra.Command {
	a := scoreAnalysis{}
	var asMean, asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "score FILE --score COL --scale nps|1-5|1-7|…",
		Short: "Score the answers of a file, with intervals, and by groups",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one answer a line and
tells its score with its 95 % interval and how many answers it rests on:

  --scale nps   share of 9 and 10 less share of 0 to 6, −100 to 100
  --scale 1-5   share of the two best scores of the scale (4 and 5), 0 to 1;
                1-7, 0-10 and others alike. With --mean: the mean

Groups (--by, once or more) come with the most answers first. What is shrunk is a
group's score moved towards all groups' by as much as it is uncertain: rank by it.
Empty cells, NA and null are missing, never a score. Lines whose score is no
number, or lies off the scale, are left out and told.`,
		Example: `  vivencia analyse score answers.csv --score nps --scale nps --by shop --by month
  vivencia analyse score reviews.csv.gz --score stars --scale 1-5 --mean --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.scaled(asMean); err != nil {
				return err
			}
			if err := a.read(importer.Table{Path: args[0]}); err != nil {
				return err
			}
			var err error
			if asJSON {
				err = printJSON(cmd, a.json())
			} else {
				printf(cmd, "%s", a.text())
			}
			return a.left.tell(cmd, strict, err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.score, "score", "", "the `column` of the scores")
	flags.StringVar(&a.scale, "scale", "", "what scores may be: nps, or the least and the greatest such as `1-5`")
	flags.StringArrayVar(&a.by, "by", nil, "a `column` to group by; may be repeated")
	flags.BoolVar(&asMean, "mean", false, "tell the mean instead of the share of the two best scores")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// scoreAnalysis is the score of a file.
type scoreAnalysis struct {
	score, scale string
	by           []string

	metric  outcome.Metric
	on      fact.Scale
	all     outcome.Estimate
	groups  [][]outcome.Group // of each column of by
	missing int
	left    leftOut
}

// scaled reads the scale: it says the metric.
func (a *scoreAnalysis) scaled(mean bool) error {
	var ok bool
	if a.on, ok = fact.ParseScale(a.scale); !ok {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--scale", Message: "is nps, or the least and the greatest score such as 1-5"}})
	}
	switch {
	case mean:
		a.metric = outcome.Mean
	case a.scale == "nps":
		a.metric = outcome.NPS
	default:
		a.metric = outcome.CSAT
	}
	if a.scale == "nps" {
		a.scale = "0-10"
	}
	return nil
}

func (a *scoreAnalysis) read(file importer.Table) error {
	columns := []importer.TableColumn{{For: "--score", Name: a.score}}
	for _, by := range a.by {
		columns = append(columns, importer.TableColumn{For: "--by", Name: by})
	}
	all := map[float64]int64{}
	groups := make([]map[string]map[float64]int64, len(a.by))
	for i := range groups {
		groups[i] = map[string]map[float64]int64{}
	}
	report, err := file.Each(columns, func(line int, values []string) error {
		score, known, ok := cell(values[0])
		switch {
		case !ok:
			a.left.add(line, fmt.Sprintf("%s is no number", a.score))
			return nil
		case !known:
			a.missing++
			return nil
		case !a.on.Contains(score):
			a.left.add(line, fmt.Sprintf("%s lies outside the scale %s", a.score, a.scale))
			return nil
		}
		all[score]++
		for i, key := range values[1:] {
			if groups[i][key] == nil {
				groups[i][key] = map[float64]int64{}
			}
			groups[i][key][score]++
		}
		return nil
	})
	a.left.join(report)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return cx.Errorf(cx.Invalid, "analyse", "column %s has no score%s", a.score, a.left.first())
	}
	a.all = outcome.ScoreOf(a.metric, a.scale, a.bins(all))
	for _, of := range groups {
		answers := map[string][]history.Bin{}
		for key, counts := range of {
			answers[key] = a.bins(counts)
		}
		a.groups = append(a.groups, outcome.GroupsOf(a.metric, a.scale, answers))
	}
	return nil
}

// bins orders the scores, so that sums are the same to the digit each time.
func (a *scoreAnalysis) bins(counts map[float64]int64) (bins []history.Bin) {
	for value, n := range counts {
		bins = append(bins, history.Bin{Metric: string(a.metric), Scale: a.scale, Value: value, N: n})
	}
	slices.SortFunc(bins, func(a, b history.Bin) int { return int(math.Copysign(1, a.Value-b.Value)) })
	return bins
}

// cell reads a number, with a point or a comma; known is false when it is missing,
// ok when it is something else.
func cell(s string) (v float64, known, ok bool) {
	switch strings.ToLower(s) {
	case "", "na", "n/a", "nan", "null":
		return 0, false, true
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		v, err = strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	}
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false, false
	}
	return v, true, true
}

// leftOut are the lines of a table that could not be used.
type leftOut struct {
	n      int
	faults []importer.LogLine
}

func (l *leftOut) add(line int, reason string) {
	if l.n++; len(l.faults) < importer.MaxLogFaults {
		l.faults = append(l.faults, importer.LogLine{Line: line, Reason: reason})
	}
}

// join adds the lines that were no row of the table.
func (l *leftOut) join(r importer.TableReport) {
	l.n += r.LeftOut
	l.faults = append(r.Faults, l.faults...)
	l.faults = l.faults[:min(len(l.faults), importer.MaxLogFaults)]
	slices.SortFunc(l.faults, func(a, b importer.LogLine) int { return a.Line - b.Line })
}

// first says why the first was left out, if one was.
func (l *leftOut) first() string {
	if l.n == 0 {
		return ""
	}
	return fmt.Sprintf(": line %d: %s", l.faults[0].Line, l.faults[0].Reason)
}

// tell says on the error output what was left out, after an analysis that ended with
// err; of a strict one it is a failure.
func (l *leftOut) tell(cmd *cobra.Command, strict bool, err error) error {
	for _, f := range l.faults {
		cmd.PrintErrf("vivencia: left out: line %d: %s\n", f.Line, f.Reason)
	}
	if more := l.n - len(l.faults); more > 0 {
		cmd.PrintErrf("vivencia: and %d more lines\n", more)
	}
	if err == nil && strict && l.n > 0 {
		return exitCode(3)
	}
	return err
}

// estimateJSON is a figure with its interval.
type estimateJSON struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// scoreJSON is the analysis for other programs.
type scoreJSON struct {
	estimateJSON
	N       int              `json:"n"`
	Missing int              `json:"missing"`
	LeftOut int              `json:"left_out,omitempty"`
	Metric  outcome.Metric   `json:"metric"`
	Scale   string           `json:"scale"`
	Groups  []scoreGroupJSON `json:"groups"`
}

type scoreGroupJSON struct {
	By  string `json:"by"`
	Key string `json:"key"`
	estimateJSON
	N      int          `json:"n"`
	Shrunk estimateJSON `json:"shrunk"`
}

func jsonOf(e outcome.Estimate) estimateJSON { return estimateJSON{e.Value, e.Low, e.High} }

func (a *scoreAnalysis) json() scoreJSON {
	out := scoreJSON{jsonOf(a.all), a.all.N, a.missing, a.left.n, a.metric, a.scale, []scoreGroupJSON{}}
	for i, groups := range a.groups {
		for _, g := range groups {
			out.Groups = append(out.Groups, scoreGroupJSON{a.by[i], g.Key, jsonOf(g.Estimate), g.N, jsonOf(g.Shrunk)})
		}
	}
	return out
}

// text is the analysis for a terminal.
func (a *scoreAnalysis) text() string {
	var b strings.Builder
	what := map[outcome.Metric]string{
		outcome.NPS: "NPS, −100 to 100", outcome.Mean: "mean, " + a.scale,
		outcome.CSAT: fmt.Sprintf("share of %g and more, %s", a.on.TopBox(), a.scale),
	}[a.metric]
	fmt.Fprintf(&b, "%s  (%s)\n%s answers, %s missing\n", a.figure(a.all), what, number(a.all.N), number(a.missing))
	for i, groups := range a.groups {
		fmt.Fprintf(&b, "\nBy %s\n", a.by[i])
		for _, g := range groups {
			key := g.Key
			if key == "" {
				key = "(none)"
			}
			fmt.Fprintf(&b, "  %-24s  %s  n %-7s  shrunk %s\n", key, a.figure(g.Estimate), number(g.N), a.figure(g.Shrunk))
		}
	}
	return b.String()
}

// figure writes a score with its interval.
func (a *scoreAnalysis) figure(e outcome.Estimate) string {
	switch a.metric {
	case outcome.NPS:
		return fmt.Sprintf("%+.1f (%+.1f to %+.1f)", e.Value, e.Low, e.High)
	case outcome.CSAT:
		return fmt.Sprintf("%s (%s to %s)", percent(e.Value), percent(e.Low), percent(e.High))
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", e.Value, e.Low, e.High)
}
