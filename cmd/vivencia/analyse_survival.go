package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/survival"
)

func analyseSurvivalCommand() *cobra.Command {
	a := survivalAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "survival FILE --duration COL --event COL",
		Short: "Tell how long something lasts, when not all has ended yet",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one customer, contract
or the like a line, and tells which share lasts how long (Kaplan–Meier), with
intervals of log(−log S). --by tells it of each group and tests whether they differ
(log-rank). --cox tells by how much each of its columns multiplies the risk of ending
(Cox, ties by Efron), the others held equal, and whether it does so at every time.

--event says whether it had ended at that duration, else it was still going: 1 and 0,
yes and no, true and false; of another column --event COL=WORD says which word means
that it had ended.

Lines without a duration or an event are missing, and counted; of --cox also those
without one of its columns. A duration below 0, or that is no number, is left out and
told.`,
		Example: `  vivencia analyse survival telco.csv --duration tenure --event Churn --by Contract
  vivencia analyse survival lung.csv --duration time --event status=2 --cox age,sex,ph.ecog --json`,
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
	flags.StringVar(&a.duration, "duration", "", "the `column` of how long each was seen")
	flags.StringVar(&a.event, "event", "", "the `column` that says whether it had ended then; COL=WORD: when it is that word")
	flags.StringVar(&a.by, "by", "", "the `column` to tell groups by")
	flags.StringSliceVar(&a.cox, "cox", nil, "the `columns` whose weight is told, with commas")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// survivalAnalysis is how long something of a file lasts.
type survivalAnalysis struct {
	duration, event, by string
	ended               string // the word that means so, when one is named
	cox                 []string

	lines   []int
	cells   [][]string // by column: duration, event, by (if any), those of cox
	missing int
	left    leftOut

	spells  []survival.Spell // NaN of a line that is missing or left out
	curve   survival.Curve
	groups  []survivalGroup
	logRank survival.Test
	drivers []stats.Driver
	model   survival.Cox
}

type survivalGroup struct {
	key   string
	curve survival.Curve
}

func (a *survivalAnalysis) read(file importer.Table) error {
	if column, word, ok := strings.Cut(a.event, "="); ok {
		a.event, a.ended = column, word
	}
	columns := []importer.TableColumn{{For: "--duration", Name: a.duration}, {For: "--event", Name: a.event}}
	if a.by != "" {
		columns = append(columns, importer.TableColumn{For: "--by", Name: a.by})
	}
	for _, name := range a.cox {
		columns = append(columns, importer.TableColumn{For: "--cox", Name: name})
	}
	a.cells = make([][]string, len(columns))
	words := map[string]string{} // of each text one copy
	report, err := file.Each(columns, func(line int, values []string) error {
		a.lines = append(a.lines, line)
		for c, v := range values {
			word, ok := words[v]
			if !ok {
				word = strings.Clone(v)
				words[word] = word
			}
			a.cells[c] = append(a.cells[c], word)
		}
		return nil
	})
	a.left.join(report)
	return err
}

// endings are pairs of words that need no explanation: it had ended, it was going on.
var endings = [][2]string{{"1", "0"}, {"yes", "no"}, {"true", "false"}, {"sí", "no"}, {"si", "no"}, {"sim", "não"}}

// endedWhen returns the word that means that it had ended.
func (a *survivalAnalysis) endedWhen() (string, error) {
	words := map[string]bool{}
	for _, cell := range a.cells[1] {
		if !missing(cell) {
			words[cell] = true
		}
	}
	if a.ended != "" {
		if !words[a.ended] {
			return "", cx.InvalidFaults("analyse", []cx.Fault{{Field: "--event", Message: fmt.Sprintf("no row of column %s is %q", a.event, a.ended)}})
		}
		return a.ended, nil
	}
	ended := ""
	for _, pair := range endings {
		known := 0
		for word := range words {
			switch strings.ToLower(word) {
			case pair[0]:
				known++
				ended = word
			case pair[1]:
				known++
			}
		}
		if known > 0 && known == len(words) {
			return cmp.Or(ended, pair[0]), nil
		}
	}
	for row, cell := range a.cells[1] {
		if !missing(cell) {
			return "", cx.InvalidFaults("analyse", []cx.Fault{{Field: "--event", Message: fmt.Sprintf("line %d: column %s is %q: say which word means that it had ended, such as --event %q", a.lines[row], a.event, cell, a.event+"="+cell)}})
		}
	}
	return "", cx.Errorf(cx.Invalid, "analyse", "column %s is empty in every row", a.event)
}

func (a *survivalAnalysis) analyse() error {
	ended, err := a.endedWhen()
	if err != nil {
		return err
	}
	a.ended = ended
	for row, cellOf := range a.cells[0] {
		s := survival.Spell{Duration: math.NaN(), Ended: a.cells[1][row] == ended}
		switch v, known, ok := cell(cellOf); {
		case !ok:
			a.left.add(a.lines[row], a.duration+" is no number")
		case !known || missing(a.cells[1][row]):
			a.missing++
		case v < 0:
			a.left.add(a.lines[row], a.duration+" is below 0")
		default:
			s.Duration = v
		}
		a.spells = append(a.spells, s)
	}
	if a.curve = survival.KaplanMeier(a.spells); a.curve.N == 0 {
		return cx.Errorf(cx.Invalid, "analyse", "no row has a duration in column %s and an event in column %s%s", a.duration, a.event, a.left.first())
	}
	if a.by != "" {
		if err := a.group(); err != nil {
			return err
		}
	}
	if len(a.cox) > 0 {
		return a.regress()
	}
	return nil
}

func (a *survivalAnalysis) group() error {
	groups := map[string][]survival.Spell{}
	for row, key := range a.cells[2] {
		groups[key] = append(groups[key], a.spells[row])
	}
	if len(groups) > mostLevels {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--by", Message: fmt.Sprintf("column %s has %s different words: group them (at most %d)", a.by, number(len(groups)), mostLevels)}})
	}
	all := make([][]survival.Spell, 0, len(groups))
	for _, key := range slices.Sorted(maps.Keys(groups)) { // the same sums each time
		if c := survival.KaplanMeier(groups[key]); c.N > 0 {
			a.groups = append(a.groups, survivalGroup{key, c})
		}
		all = append(all, groups[key])
	}
	slices.SortFunc(a.groups, func(x, y survivalGroup) int {
		return cmp.Or(cmp.Compare(y.curve.N, x.curve.N), cmp.Compare(x.key, y.key))
	})
	a.logRank = survival.LogRank(all)
	return nil
}

// regress finds the weights of --cox.
func (a *survivalAnalysis) regress() error {
	odd := map[int]string{}
	var faults []cx.Fault
	first := len(a.cells) - len(a.cox)
	for i, name := range a.cox {
		d, fault := driverOf(name, a.cells[first+i], a.lines, odd)
		switch {
		case fault == "" && (name == a.duration || name == a.event):
			fault = "has " + name + ", which it is to explain: leave it out"
		case fault == "" && len(d.Columns) == 0:
			fault = fmt.Sprintf("column %s is the same in every row: leave it out", name)
		}
		if fault != "" {
			faults = append(faults, cx.Fault{Field: "--cox", Message: fault})
		}
		a.drivers = append(a.drivers, d)
	}
	if faults != nil {
		return cx.InvalidFaults("analyse", faults)
	}
	for row, line := range a.lines {
		if why, ok := odd[row]; ok {
			a.left.add(line, why+", so that Cox leaves it out")
		}
	}
	slices.SortFunc(a.left.faults, func(x, y importer.LogLine) int { return x.Line - y.Line })
	var spells []survival.Spell
	var rows [][]float64
	for row, s := range a.spells {
		if math.IsNaN(s.Duration) || odd[row] != "" {
			continue
		}
		var values []float64
		for _, d := range a.drivers {
			for _, column := range d.Columns {
				values = append(values, column[row])
			}
		}
		spells, rows = append(spells, s), append(rows, values)
	}
	var fault survival.Fault
	if a.model, fault = survival.FitCox(spells, rows); fault != "" {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--cox", Message: map[survival.Fault]string{
			survival.Impossible:   "one of its columns has a number without end",
			survival.NoEvents:     fmt.Sprintf("nothing has ended among the %s rows that have all its columns", number(a.model.N)),
			survival.FewEvents:    fmt.Sprintf("%s ends are too few for its columns: name fewer", number(a.model.Ended)),
			survival.NoVariation:  "a column does not vary, or others of them tell it: leave it out",
			survival.NotConverged: "a column tells without error who ends sooner, so that its weight has no limit: leave it out",
		}[fault]}})
	}
	return nil
}

// known is a number, or nothing where there is none.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// rangeJSON is a figure with its interval, each null where it is not known.
type rangeJSON struct {
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

func rangeOf(v float64, in stats.Interval) rangeJSON {
	return rangeJSON{known(v), known(in.Low), known(in.High)}
}

// survivalJSON is the analysis for other programs.
type survivalJSON struct {
	curveJSON
	Missing int              `json:"missing"`
	LeftOut int              `json:"left_out,omitempty"`
	EndedIs string           `json:"event_is"`
	Groups  []curveGroupJSON `json:"groups,omitempty"`
	LogRank *chiJSON         `json:"logrank,omitempty"`
	Cox     *coxJSON         `json:"cox,omitempty"`
}

type curveJSON struct {
	N      int             `json:"n"`
	Events int             `json:"events"`
	Median rangeJSON       `json:"median"`
	Mean   meanJSON        `json:"mean"`
	Curve  []curveStepJSON `json:"curve"`
}

type curveGroupJSON struct {
	By  string `json:"by"`
	Key string `json:"key"`
	curveJSON
}

// meanJSON is how much of the time until the longest that was seen is lasted.
type meanJSON struct {
	Until float64 `json:"until"`
	rangeJSON
}

type curveStepJSON struct {
	Time     float64 `json:"time"`
	AtRisk   int     `json:"at_risk"`
	Events   int     `json:"events"`
	Censored int     `json:"censored"`
	Survival float64 `json:"survival"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

type chiJSON struct {
	Chi2 *float64 `json:"chi2"`
	DF   float64  `json:"df"`
	P    *float64 `json:"p"`
}

type coxJSON struct {
	N             int       `json:"n"`
	Events        int       `json:"events"`
	Missing       int       `json:"missing"`
	LogLikelihood float64   `json:"log_likelihood"`
	Null          float64   `json:"log_likelihood_null"`
	Ratio         chiJSON   `json:"likelihood_ratio"`
	Concordance   *float64  `json:"concordance"`
	Ties          string    `json:"ties"`
	Coefficients  []coxTerm `json:"coefficients"`
}

type coxTerm struct {
	Name         string   `json:"name"`
	Level        string   `json:"level,omitempty"` // of a text: against its commonest value
	Coef         float64  `json:"coef"`
	SE           float64  `json:"se"`
	Low          float64  `json:"low"`
	High         float64  `json:"high"`
	P            float64  `json:"p"`
	HazardRatio  float64  `json:"hazard_ratio"`
	Proportional *float64 `json:"proportional_p"` // of weighing the same at every time
}

func curveOf(c survival.Curve) curveJSON {
	median, in := c.Median()
	mean, of := c.RMST(c.Longest)
	out := curveJSON{c.N, c.Ended, rangeOf(median, in), meanJSON{c.Longest, rangeOf(mean, of)}, []curveStepJSON{}}
	for _, s := range c.Steps {
		out.Curve = append(out.Curve, curveStepJSON{s.Time, s.AtRisk, s.Ended, s.Censored, s.S, s.Interval.Low, s.Interval.High})
	}
	return out
}

func chiOf(t survival.Test) chiJSON { return chiJSON{known(t.Statistic), t.DF, known(t.P)} }

func (a *survivalAnalysis) json() survivalJSON {
	out := survivalJSON{curveJSON: curveOf(a.curve), Missing: a.missing, LeftOut: a.left.n, EndedIs: a.ended}
	for _, g := range a.groups {
		out.Groups = append(out.Groups, curveGroupJSON{a.by, g.key, curveOf(g.curve)})
	}
	if a.by != "" {
		test := chiOf(a.logRank)
		out.LogRank = &test
	}
	if len(a.cox) > 0 {
		m := a.model
		out.Cox = &coxJSON{m.N, m.Ended, m.Missing, m.LogLikelihood, m.Null, chiOf(m.Ratio), known(m.Concordance), "efron", a.terms()}
	}
	return out
}

// terms are the weights, in the order of --cox.
func (a *survivalAnalysis) terms() (terms []coxTerm) {
	for i, d := range a.drivers {
		for c := range d.Columns {
			w := a.model.Coefficients[len(terms)]
			term := coxTerm{a.cox[i], "", w.Weight, w.Error, w.Interval.Low, w.Interval.High, w.P, math.Exp(w.Weight), known(a.model.Proportional[len(terms)].P)}
			if d.Levels != nil {
				term.Level = d.Levels[c]
			}
			terms = append(terms, term)
		}
	}
	return terms
}

// text is the analysis for a terminal.
func (a *survivalAnalysis) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "How long it lasts: %s, ended when %s = %s\n%s, %s missing\n%s\n", a.duration, a.event, a.ended, counts(a.curve), number(a.missing), half(a.curve))
	if steps := a.curve.Steps; len(steps) > 0 {
		b.WriteString("\n      time   at risk  last longer\n")
		const rows = 12
		for i := range min(rows, len(steps)) {
			s := steps[i]
			if len(steps) > rows {
				s = steps[i*(len(steps)-1)/(rows-1)]
			}
			fmt.Fprintf(&b, "%10.4g  %8s  %s (%s to %s)\n", s.Time, number(s.AtRisk), percent(s.S), percent(s.Interval.Low), percent(s.Interval.High))
		}
	}
	if a.by != "" {
		fmt.Fprintf(&b, "\nBy %s\n", a.by)
		for _, g := range a.groups {
			fmt.Fprintf(&b, "  %-24s  %s. %s\n", cmp.Or(g.key, "(none)"), counts(g.curve), half(g.curve))
		}
		if math.IsNaN(a.logRank.P) {
			b.WriteString("Whether they differ cannot be told: fewer than two groups, or nothing ended.\n")
		} else {
			fmt.Fprintf(&b, "%s (log-rank: χ² %.2f, %.0f degrees of freedom, p %s).\n", map[bool]string{true: "They differ", false: "They may not differ"}[a.logRank.P < .05], a.logRank.Statistic, a.logRank.DF, chanceOf(a.logRank.P))
		}
	}
	if len(a.cox) > 0 {
		m := a.model
		fmt.Fprintf(&b, "\nThe risk of ending, times (Cox; n %s, %s ended, %s missing; log-likelihood %.3f; concordance %.3f)\n", number(m.N), number(m.Ended), number(m.Missing), m.LogLikelihood, m.Concordance)
		for _, t := range a.terms() {
			name := t.Name
			if t.Level != "" {
				name += " = " + t.Level
			}
			fmt.Fprintf(&b, "  %-32s  × %.3f (%.3f to %.3f)  p %s", name, t.HazardRatio, math.Exp(t.Low), math.Exp(t.High), chanceOf(t.P))
			if t.Proportional != nil && *t.Proportional < .05 {
				fmt.Fprintf(&b, "  changes with time (p %s)", chanceOf(*t.Proportional))
			}
			b.WriteByte('\n')
		}
		b.WriteString("\nWhat goes together need not be a cause.\n")
	}
	return b.String()
}

func counts(c survival.Curve) string {
	return fmt.Sprintf("n %s: %s ended, %s still going", number(c.N), number(c.Ended), number(c.N-c.Ended))
}

// half says when half have ended.
func half(c survival.Curve) string {
	median, in := c.Median()
	if math.IsNaN(median) {
		return fmt.Sprintf("More than half last longer than %.4g, the longest that was seen", c.Longest)
	}
	limit := func(v float64) string {
		if math.IsNaN(v) {
			return "longer than was seen"
		}
		return fmt.Sprintf("%.4g", v)
	}
	return fmt.Sprintf("Half last longer than %.4g (95 %%: %s to %s)", median, limit(in.Low), limit(in.High))
}

// chanceOf writes a p.
func chanceOf(p float64) string {
	if p < .0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}
