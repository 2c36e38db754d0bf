package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

func analyseExperimentCommand() *cobra.Command {
	a := experiment{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "experiment FILE --arm COL --control VALUE --outcome COL",
		Short: "Tell what a randomised experiment did",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one unit a line, such as
a customer, and compares every arm with the control: the difference with its 95 %
interval (means by Welch, shares by Newcombe) and p.

First it looks whether the arms are as many as were dealt (--shares; else equally
many). If chance gives such numbers less than once in a hundred times, something
other than chance chose who is in which arm, and the verdict is cannot-tell, whatever
the difference. So it is when outcomes are missing in one arm more than in another.

An outcome of two words is told by the share that has the one: --outcome COL=WORD
says which. What was known of each unit before (--covariate, such as the same figure
in the weeks before) makes the interval narrower (CUPED); units without it count
with everybody's mean.

Verdicts: worked (all of the interval is better than nothing), did-not (all of it is
worse, or below --least), cannot-tell. Of several arms p must be smaller by as many.
It is one look, at the end: looking every day and stopping at the first success is
told wrongly by it. The server's initiatives may be looked at at any time.`,
		Example: `  vivencia analyse experiment cookie_cats.csv --arm version --control gate_30 --outcome retention_7 --json
  vivencia analyse experiment orders.csv --arm arm --control A --outcome euros --covariate euros_before --unit customer`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.read(importer.Table{Path: args[0]}); err != nil {
				return err
			}
			if err := a.analyse(); err != nil {
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
	flags.StringVar(&a.arm, "arm", "", "the `column` that says the arm")
	flags.StringVar(&a.control, "control", "", "the `value` of the arm that got nothing new")
	flags.StringVar(&a.outcome, "outcome", "", "the `column` of the outcome; COL=WORD counts those of that word")
	flags.StringVar(&a.covariate, "covariate", "", "a `column` of numbers known before the start, that go with the outcome")
	flags.StringVar(&a.unit, "unit", "", "the `column` that names the unit: none may come twice")
	flags.StringSliceVar(&a.planned, "shares", nil, "how units were dealt, such as `A=1,B=3` (default: equally many)")
	flags.BoolVar(&a.lower, "lower-is-better", false, "less of the outcome is better, as of complaints")
	flags.Float64Var(&a.least, "least", 0, "the least `effect` that is worth having: what is surely below it did not work")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// Bounds of an experiment.
const (
	mostArms    = 20
	leastOfArm  = 20  // units with an outcome
	mostMissing = .5  // of the outcomes
	unlike      = .01 // p below which outcomes are missing in one arm more than in another
)

// experiment is a randomised comparison in a file.
type experiment struct {
	arm, control, outcome, covariate, unit string
	planned                                []string
	lower                                  bool
	least                                  float64

	lines []int
	cells [4][]string // by column: the arm, the outcome, the covariate, the unit
	left  leftOut

	arms    []armSum // the control first, then by name
	counted string   // of an outcome of two words: the one whose share is told
	missing int      // outcomes
	srm     float64
	theta   float64
	ratio   float64
	verdict impact.Verdict
	why     impact.Why
}

// armSum is one arm of a file.
type armSum struct {
	name   string
	share  float64
	dealt  int // units
	pair   causal.Pair
	yes    int
	effect causal.Effect // against the control
}

func (a *experiment) read(file importer.Table) error {
	a.outcome, a.counted, _ = strings.Cut(a.outcome, "=")
	columns := []importer.TableColumn{{For: "--arm", Name: a.arm}, {For: "--outcome", Name: a.outcome}}
	at := []int{0, 1}
	for i, c := range []importer.TableColumn{{For: "--covariate", Name: a.covariate}, {For: "--unit", Name: a.unit}} {
		if c.Name != "" {
			columns, at = append(columns, c), append(at, i+2)
		}
	}
	units := map[string]int{}
	report, err := file.Each(columns, func(line int, values []string) error {
		if missing(values[0]) {
			a.left.add(line, a.arm+" is missing: it is in no arm")
			return nil
		}
		a.lines = append(a.lines, line)
		for i, v := range values {
			a.cells[at[i]] = append(a.cells[at[i]], strings.Clone(v))
		}
		if a.unit != "" {
			name := values[len(values)-1]
			if first, known := units[name]; known {
				return cx.Errorf(cx.Invalid, "analyse", "line %d: unit %q was on line %d already: give one line a unit (add up its outcomes first)", line, name, first)
			}
			units[strings.Clone(name)] = line
		}
		return nil
	})
	a.left.join(report)
	return err
}

func (a *experiment) analyse() error {
	if err := a.dealt(); err != nil {
		return err
	}
	odd := map[int]string{} // rows to leave out, and why
	table := driverAnalysis{outcome: a.outcome, counted: a.counted, lines: a.lines, cells: [][]string{a.cells[1]}}
	y, err := table.outcomes(odd)
	if err != nil {
		return err
	}
	a.counted = table.counted
	x, err := a.covariates(odd)
	if err != nil {
		return err
	}
	for row, line := range a.lines {
		if why, is := odd[row]; is {
			a.left.add(line, why)
		}
	}
	slices.SortFunc(a.left.faults, func(a, b importer.LogLine) int { return a.Line - b.Line })
	first := -1 // row without an outcome
	for row, name := range a.cells[0] {
		sum := &a.arms[slices.IndexFunc(a.arms, func(s armSum) bool { return s.name == name })]
		sum.dealt++
		switch _, is := odd[row]; {
		case is || math.IsNaN(y[row]):
			if a.missing++; first < 0 {
				first = row
			}
		default:
			sum.pair.Add(y[row], x[row])
			if y[row] == 1 {
				sum.yes++
			}
		}
	}
	if rows := len(a.lines); float64(a.missing) > mostMissing*float64(rows) {
		return cx.Errorf(cx.Invalid, "analyse", "line %d: column %s has no outcome there, nor on %s of %s lines: what is left would be those who can be known, in each arm others. Give the outcome of every unit: of who bought nothing it is 0", a.lines[first], a.outcome, number(a.missing-1), number(rows))
	}
	for _, s := range a.arms {
		if s.pair.N < leastOfArm {
			return cx.Errorf(cx.Invalid, "analyse", "arm %s has %d units with an outcome: it takes %d in each arm to tell anything", s.name, s.pair.N, leastOfArm)
		}
	}
	a.compare()
	a.judge()
	return nil
}

// dealt finds the arms, and their shares.
func (a *experiment) dealt() error {
	names := slices.Compact(slices.Sorted(slices.Values(a.cells[0])))
	fault := func(field, format string, args ...any) error {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: field, Message: fmt.Sprintf(format, args...)}})
	}
	if len(names) > mostArms {
		return fault("--arm", "column %s has %s different values: name the column that says the arm (at most %d)", a.arm, number(len(names)), mostArms)
	}
	if !slices.Contains(names, a.control) {
		return fault("--control", "no row of column %s is %q; there are %s", a.arm, a.control, strings.Join(names, ", "))
	}
	shares := map[string]float64{}
	for _, s := range a.planned {
		name, share, _ := strings.Cut(s, "=")
		v, err := strconv.ParseFloat(share, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return fault("--shares", "%q is no arm with a share above 0, such as A=1", s)
		}
		if !slices.Contains(names, name) {
			return fault("--shares", "arm %s has no unit: either it is not in column %s (there are %s), or something lost all of them", name, a.arm, strings.Join(names, ", "))
		}
		shares[name] = v
	}
	if len(names) == 1 {
		return fault("--arm", "every unit is in arm %s: there is nothing to compare it with", a.control)
	}
	i := slices.Index(names, a.control)
	names = append([]string{a.control}, slices.Delete(names, i, i+1)...)
	for _, name := range names {
		share, known := shares[name]
		if a.planned == nil {
			share, known = 1, true
		}
		if !known {
			return fault("--shares", "say the share of arm %s too", name)
		}
		a.arms = append(a.arms, armSum{name: name, share: share})
	}
	return nil
}

// covariates returns the covariate: everybody's mean where it is not known, and
// nothing but 0 without one.
func (a *experiment) covariates(odd map[int]string) ([]float64, error) {
	if a.covariate == "" {
		return make([]float64, len(a.lines)), nil
	}
	x, bad, _ := numbers(a.cells[2])
	if float64(len(bad)) > mostOdd*float64(len(x)) {
		return nil, cx.InvalidFaults("analyse", []cx.Fault{{Field: "--covariate", Message: fmt.Sprintf("line %d: column %s is no number, and neither is it on %s other lines: name one of numbers", a.lines[bad[0]], a.covariate, number(len(bad)-1))}})
	}
	for _, row := range bad {
		odd[row] = a.covariate + " is no number"
	}
	var known stats.Moments
	for _, v := range x {
		if !math.IsNaN(v) {
			known.Add(v)
		}
	}
	if known.N == 0 {
		return nil, cx.InvalidFaults("analyse", []cx.Fault{{Field: "--covariate", Message: "column " + a.covariate + " has no number"}})
	}
	for row, v := range x {
		if math.IsNaN(v) {
			x[row] = known.Sample().Mean
		}
	}
	return x, nil
}

// compare compares every arm with the control.
func (a *experiment) compare() {
	counts, shares := make([]int, len(a.arms)), make([]float64, len(a.arms))
	for i, s := range a.arms {
		counts[i], shares[i] = s.dealt, s.share
	}
	a.srm = causal.SampleRatio(counts, shares)
	control := &a.arms[0]
	for i := range a.arms[1:] {
		s := &a.arms[i+1]
		switch {
		case a.covariate != "":
			adjusted := causal.CUPED(control.pair, s.pair)
			s.effect = causal.TwoArms(adjusted.Control, adjusted.Treated)
			if len(a.arms) == 2 {
				a.theta, a.ratio = adjusted.Theta, adjusted.Ratio
			}
		case a.counted != "":
			s.effect = causal.Proportions(control.yes, control.pair.N, s.yes, s.pair.N)
		default:
			s.effect = causal.TwoArms(control.pair.Sample(), s.pair.Sample())
		}
	}
}

// judge gives the verdict on the best arm.
func (a *experiment) judge() {
	others := a.arms[1:]
	a.verdict, a.why = impact.CannotTell, impact.TooEarly
	lost, small, harmful := 1., true, true
	for _, s := range others {
		test := stats.ProportionChange(a.arms[0].dealt-a.arms[0].pair.N, a.arms[0].dealt, s.dealt-s.pair.N, s.dealt)
		lost = min(lost, test.P*float64(len(others)))
		value, high := s.effect.Value, s.effect.High
		if a.lower {
			value, high = -s.effect.Value, -s.effect.Low
		}
		clear := s.effect.P*float64(len(others)) < .05
		harmful = harmful && clear && value < 0
		small = small && high < a.least
		if clear && value > 0 {
			a.verdict, a.why = impact.Worked, impact.Proven
		}
	}
	switch {
	case a.srm < causal.MismatchBelow:
		a.verdict, a.why = impact.CannotTell, impact.Uneven
	case lost < unlike:
		a.verdict, a.why = impact.CannotTell, impact.Attrition
	case harmful:
		a.verdict, a.why = impact.DidNot, impact.Harmful
	case small:
		a.verdict, a.why = impact.DidNot, impact.TooSmall
	}
}

// experimentJSON is the analysis for other programs.
type experimentJSON struct {
	Arms    []armJSON      `json:"arms"` // the control first
	SRM     float64        `json:"srm_p"`
	Uneven  bool           `json:"srm_mismatch"`
	Verdict impact.Verdict `json:"verdict"`
	Why     impact.Why     `json:"why"`
	N       int            `json:"n"`
	Missing int            `json:"missing"`
	LeftOut int            `json:"left_out,omitempty"`
	Counted string         `json:"outcome_is,omitempty"` // the word whose share is told
	Theta   float64        `json:"theta,omitempty"`      // of the covariate, of two arms
	Ratio   float64        `json:"variance_left,omitempty"`
}

// armJSON is an arm; the control has no effect.
type armJSON struct {
	Arm    string   `json:"arm"`
	N      int      `json:"n"`
	Mean   float64  `json:"mean"`
	Effect *float64 `json:"effect"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	P      *float64 `json:"p"`
}

func (a *experiment) json() experimentJSON {
	out := experimentJSON{SRM: a.srm, Uneven: a.srm < causal.MismatchBelow, Verdict: a.verdict, Why: a.why, Missing: a.missing, LeftOut: a.left.n, Counted: a.counted, Theta: a.theta, Ratio: a.ratio}
	for i, s := range a.arms {
		out.N += s.pair.N
		arm := armJSON{Arm: s.name, N: s.pair.N, Mean: s.pair.Y}
		if i > 0 {
			arm.Effect, arm.Low, arm.High, arm.P = known(s.effect.Value), known(s.effect.Low), known(s.effect.High), known(s.effect.P)
		}
		out.Arms = append(out.Arms, arm)
	}
	return out
}

// text is the analysis for a terminal.
func (a *experiment) text() string {
	var b strings.Builder
	figure, unit, what, n := "%.4g", "", a.outcome, 0
	if a.counted != "" { // its share, in hundredths
		figure, unit, what = "%.3f", " points", a.outcome+" = "+a.counted
	}
	of := func(v float64) string {
		if a.counted != "" {
			v *= 100
		}
		return fmt.Sprintf(figure, v)
	}
	for _, s := range a.arms {
		n += s.pair.N
	}
	fmt.Fprintf(&b, "%s: %s\n\n", map[impact.Verdict]string{impact.Worked: "It worked", impact.DidNot: "It did not work", impact.CannotTell: "Cannot tell"}[a.verdict], map[impact.Why]string{
		impact.Proven: "all of the interval is better than no effect", impact.Harmful: "all of the interval is worse than no effect",
		impact.TooSmall: "all of the interval is below the least effect that is worth having", impact.TooEarly: "the interval holds good and bad; it takes more units",
		impact.Uneven:    "the arms are not as many as were dealt, so something other than chance chose who is in which; find out what loses units before reading on",
		impact.Attrition: "outcomes are missing in one arm more than in another; find out why before reading on",
	}[a.why])
	fmt.Fprintf(&b, "%s by %s; n %s, %s missing\n", what, a.arm, number(n), number(a.missing))
	for i, s := range a.arms {
		fmt.Fprintf(&b, "  %-16s %12s  n %-8s", s.name, of(s.pair.Y), number(s.pair.N))
		if i > 0 {
			fmt.Fprintf(&b, "  difference %s%s (95 %%: %s to %s), p %.4g", of(s.effect.Value), unit, of(s.effect.Low), of(s.effect.High), s.effect.P)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "\nUnits were dealt as planned with p %.4g (below %g something is wrong)\n", a.srm, causal.MismatchBelow)
	if a.covariate != "" && len(a.arms) == 2 {
		fmt.Fprintf(&b, "%s leaves %s of the variance\n", a.covariate, percent(a.ratio))
	}
	return b.String()
}
