package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats/causal"
)

func analyseCausalCommand() *cobra.Command {
	a := causalAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "causal FILE --unit COL --time COL --outcome COL --method did|synth|staggered",
		Short: "Tell what was done to some and not to others, where nobody was dealt at random",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one line for each unit,
such as a shop, at each time, and tells what a change did to those that got it:

  --method did        by how much more the treated changed from --from on than the
                      others (difference in differences). It holds where both would have
                      moved alike; whether they did before is told beside it
  --method synth      the treated against a mixture of the others that was like them
                      before (synthetic control); every other unit is tried as if it had
                      been the one (placebos). --covariate: alike in these too
  --method staggered  units that got it at different times (--first: the column with
                      each one's first time; 0 or empty: never), by Callaway & Sant'Anna.
                      --not-yet: those that do not have it yet are compared with too

did and synth want --treated and --from. Times are numbers, or dates written alike
(2026, 2026-05, 2026-05-31). Every unit needs its outcome at every time: --without
leaves units out.

It says what changed with the treatment, which is the treatment's doing only where
nothing else happened to the treated alone. A randomised experiment says more.`,
		Example: `  vivencia analyse causal smoking.csv --unit state --time year --outcome cigsale --treated 3 --from 1989 --method synth
  vivencia analyse causal mpdta.csv --unit countyreal --time year --outcome lemp --first first.treat --method staggered --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.wanted(); err != nil {
				return err
			}
			if err := a.read(importer.Table{Path: args[0]}); err != nil {
				return err
			}
			if err := a.analyse(); err != nil {
				return err
			}
			var err error
			if asJSON {
				err = printJSON(cmd, a.out)
			} else {
				printf(cmd, "%s", a.text())
			}
			return a.left.tell(cmd, strict, err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.unit, "unit", "", "the `column` that names the unit")
	flags.StringVar(&a.time, "time", "", "the `column` that says when")
	flags.StringVar(&a.outcome, "outcome", "", "the `column` of the outcome, of numbers")
	flags.StringSliceVar(&a.treated, "treated", nil, "the `units` that got it, with commas")
	flags.StringVar(&a.from, "from", "", "the first `time` at which they had it")
	flags.StringVar(&a.method, "method", "", "`did`, synth or staggered")
	flags.StringVar(&a.first, "first", "", "of staggered: the `column` with the first time at which a unit had it")
	flags.BoolVar(&a.notYet, "not-yet", false, "of staggered: compare with units that do not have it yet, too")
	flags.StringArrayVar(&a.covariates, "covariate", nil, "of synth: a `column` of numbers in which the mixture is to be alike; may be repeated")
	flags.StringSliceVar(&a.without, "without", nil, "`units` to leave out, with commas")
	flags.Uint64Var(&a.seed, "seed", 1, "of staggered: what bands and permutations are drawn from")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// causalAnalysis is what was done to some units of a file.
type causalAnalysis struct {
	unit, time, outcome, from, method, first string
	treated, covariates, without             []string
	notYet                                   bool
	seed                                     uint64

	panel panelFile
	left  leftOut
	out   causalJSON
}

// wanted looks whether the flags go together.
func (a *causalAnalysis) wanted() error {
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	switch a.method {
	case "did", "synth":
		if len(a.treated) == 0 {
			fault("--treated", "name the units that got it, as they are called in column "+a.unit)
		}
		if a.from == "" {
			fault("--from", "say the first time at which they had it")
		}
		if a.first != "" || a.notYet {
			fault("--method", "--first and --not-yet are of staggered")
		}
	case "staggered":
		if a.first == "" {
			fault("--first", "name the column with the first time at which a unit had it; 0 or empty: never")
		}
		if len(a.treated) > 0 || a.from != "" {
			fault("--method", "staggered reads from --first who got it, and when: leave --treated and --from out")
		}
	default:
		fault("--method", "is did, synth or staggered")
	}
	if a.method != "synth" && len(a.covariates) > 0 {
		fault("--covariate", "is of synth")
	}
	if faults != nil {
		return cx.InvalidFaults("analyse", faults)
	}
	return nil
}

func (a *causalAnalysis) read(file importer.Table) error {
	a.panel = panelFile{unit: a.unit, time: a.time, outcome: a.outcome, without: a.without}
	columns := []importer.TableColumn{{For: "--unit", Name: a.unit}, {For: "--time", Name: a.time}, {For: "--outcome", Name: a.outcome}}
	if a.first != "" {
		columns = append(columns, importer.TableColumn{For: "--first", Name: a.first})
	}
	for _, name := range a.covariates {
		columns = append(columns, importer.TableColumn{For: "--covariate", Name: name})
	}
	report, err := file.Each(columns, func(line int, values []string) error {
		return a.panel.add(line, values, &a.left)
	})
	a.left.join(report)
	if err != nil {
		return err
	}
	return a.panel.balance()
}

func (a *causalAnalysis) analyse() error {
	a.out = causalJSON{Method: a.method, Weights: map[string]float64{}, Units: len(a.panel.units), Times: len(a.panel.times), LeftOut: a.left.n}
	if a.method == "staggered" {
		return a.staggered()
	}
	p := &a.panel
	treated := make([]bool, len(p.units))
	for _, name := range a.treated {
		u := slices.Index(p.units, name)
		if u < 0 {
			return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--treated", Message: fmt.Sprintf("no row of column %s is %q; there are %s", a.unit, name, some(p.units))}})
		}
		treated[u] = true
		a.out.Treated++
	}
	if len(p.units)-a.out.Treated < 2 {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--treated", Message: fmt.Sprintf("leaves %d other units: it takes two at least that did not get it", len(p.units)-a.out.Treated)}})
	}
	from, before := p.since(a.from), map[string]int{"did": 1, "synth": 2}[a.method]
	switch {
	case from < 0:
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--from", Message: fmt.Sprintf("%q is no time as column %s has them, from %s to %s", a.from, a.time, p.times[0], p.times[len(p.times)-1])}})
	case from < before:
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--from", Message: fmt.Sprintf("has %d times before it, and %s needs %d at least, better ten: the file begins with %s", from, a.method, before, p.times[0])}})
	case from == len(p.times):
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--from", Message: "lies after the last time, " + p.times[from-1] + ": nothing is known since"}})
	}
	if a.method == "did" {
		d := causal.Differences(p.y, treated, from)
		a.out.effect(d.Effect)
		a.out.PlaceboP = known(d.PlaceboP)
		a.out.Before = &trendJSON{known(d.Parallel.Value), known(d.Parallel.P)}
		return nil
	}
	var like [][]float64
	if len(a.covariates) > 0 {
		var err error
		if like, err = p.predictors(a.covariates, from); err != nil {
			return err
		}
	}
	s := causal.SyntheticControl(p.y, treated, from, like)
	a.out.effect(s.Effect)
	a.out.PlaceboP, a.out.Fit = known(s.P), known(s.Fit)
	for u, w := range s.Weights {
		if w >= 5e-4 {
			a.out.Weights[p.units[u]] = w
		}
	}
	for t := range p.times {
		a.out.Series = append(a.out.Series, gapJSON{p.times[t], s.Target[t], s.Mixture[t]})
	}
	return nil
}

func (a *causalAnalysis) staggered() error {
	p := &a.panel
	first, err := p.firsts(a.first)
	if err != nil {
		return err
	}
	never := 0
	for _, at := range first {
		if at < 0 || at == len(p.times) {
			never++
		}
	}
	a.out.Treated = len(first) - never
	switch {
	case a.out.Treated == 0:
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--first", Message: "by column " + a.first + " no unit got it: there is nothing to tell"}})
	case never == 0 && !a.notYet:
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--first", Message: "by column " + a.first + " every unit got it: with --not-yet those that got it later are compared with"}})
	}
	s := causal.Staggered(p.y, first, causal.RollOut{NotYet: a.notYet, Rounds: 999, Seed: a.seed})
	if math.IsNaN(s.Simple.Value) {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--first", Message: "no unit got it after the first time, " + p.times[0] + ", while others did not have it: there is nothing to compare"}})
	}
	a.out.effect(s.Simple)
	a.out.Permuted = s.Permuted
	group := ofEffect(s.Group)
	a.out.Group = &group
	for _, step := range s.Steps {
		a.out.Steps = append(a.out.Steps, sinceJSON{step.Since, ofEffect(step.Effect), known(step.Band.Low), known(step.Band.High)})
	}
	for _, c := range s.Cells {
		a.out.Cells = append(a.out.Cells, cellJSON{p.times[c.First], p.times[c.Time], ofEffect(c.Effect), known(c.Band.Low), known(c.Band.High)})
	}
	return nil
}

// causalJSON is the analysis for other programs. What cannot be told is null.
type causalJSON struct {
	Method string `json:"method"`
	effectOf
	Weights  map[string]float64 `json:"weights"`   // of synth: from half a thousandth on
	PlaceboP *float64           `json:"placebo_p"` // of synth, and of did with one treated unit
	Units    int                `json:"units"`
	Treated  int                `json:"treated"`
	Times    int                `json:"times"`
	LeftOut  int                `json:"left_out,omitempty"`
	Before   *trendJSON         `json:"before,omitempty"` // of did: how much steeper the treated were, by time
	Fit      *float64           `json:"fit,omitempty"`    // of synth: root of the mean squared gap before
	Series   []gapJSON          `json:"series,omitempty"` // of synth
	Permuted bool               `json:"permuted,omitempty"`
	Group    *effectOf          `json:"group,omitempty"` // of staggered: each unit's own mean since
	Steps    []sinceJSON        `json:"steps,omitempty"`
	Cells    []cellJSON         `json:"cells,omitempty"`
}

type effectOf struct {
	Effect *float64 `json:"effect"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
	P      *float64 `json:"p"`
}

type trendJSON struct {
	Slope *float64 `json:"slope"`
	P     *float64 `json:"p"`
}

type gapJSON struct {
	Time    string  `json:"time"`
	Treated float64 `json:"treated"`
	Mixture float64 `json:"mixture"`
}

type sinceJSON struct {
	Since int `json:"since"`
	effectOf
	BandLow  *float64 `json:"band_low"` // all steps at once
	BandHigh *float64 `json:"band_high"`
}

type cellJSON struct {
	First string `json:"first"`
	Time  string `json:"time"`
	effectOf
	BandLow  *float64 `json:"band_low"`
	BandHigh *float64 `json:"band_high"`
}

func ofEffect(e causal.Effect) effectOf {
	return effectOf{known(e.Value), known(e.Low), known(e.High), known(e.P)}
}

func (out *causalJSON) effect(e causal.Effect) { out.effectOf = ofEffect(e) }

// text is the analysis for a terminal.
func (a *causalAnalysis) text() string {
	var b strings.Builder
	o := a.out
	fmt.Fprintf(&b, "%s on %s: %s\n", map[string]string{"did": "Difference in differences", "synth": "Synthetic control", "staggered": "Roll-out in steps"}[a.method], a.outcome, o.effectOf)
	fmt.Fprintf(&b, "%d of %d units treated, %d times, %s to %s\n", o.Treated, o.Units, o.Times, a.panel.times[0], a.panel.times[o.Times-1])
	switch a.method {
	case "did":
		if o.Before.P != nil {
			fmt.Fprintf(&b, "Before, the treated changed by %.4g more each time than the others (p %.4g): near 0 it should be\n", *o.Before.Slope, *o.Before.P)
		} else {
			b.WriteString("Whether both moved alike before cannot be told from so few times\n")
		}
	case "synth":
		names := make([]string, 0, len(o.Weights))
		for name := range o.Weights {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			if d := o.Weights[b] - o.Weights[a]; d != 0 {
				return int(math.Copysign(1, d))
			}
			return strings.Compare(a, b)
		})
		b.WriteString("\nThe mixture\n")
		for _, name := range names {
			fmt.Fprintf(&b, "  %5.3f  %s\n", o.Weights[name], name)
		}
		fmt.Fprintf(&b, "It differed by %.4g before (root of the mean square)\n", *o.Fit)
		if o.Low == nil {
			b.WriteString("It takes nineteen other units for an interval at 95 %\n")
		}
	case "staggered":
		if o.Permuted {
			b.WriteString("Few units: interval and p by permutations of who got it when\n")
		}
		fmt.Fprintf(&b, "Each unit's own mean since: %s\n\nBy times since it began\n", *o.Group)
		for _, s := range o.Steps {
			fmt.Fprintf(&b, "  %+3d  %s\n", s.Since, s.effectOf)
		}
	}
	if o.PlaceboP != nil {
		fmt.Fprintf(&b, "Placebos: %s of all units, had they been the one, show no less\n", percent(*o.PlaceboP))
	}
	b.WriteString("\nIt is the treatment's doing only where nothing else happened to the treated alone.\n")
	return b.String()
}

// String writes an effect with its interval.
func (e effectOf) String() string {
	if e.Low == nil || e.High == nil {
		if e.Effect == nil {
			return "cannot be told"
		}
		return fmt.Sprintf("%+.4g (no interval)", *e.Effect)
	}
	return fmt.Sprintf("%+.4g (95 %%: %+.4g to %+.4g), p %.4g", *e.Effect, *e.Low, *e.High, *e.P)
}
