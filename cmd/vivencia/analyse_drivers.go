package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

func analyseDriversCommand() *cobra.Command {
	a := driverAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "drivers FILE --outcome COL --drivers A,B,…",
		Short: "Tell what goes with an outcome, and how much of it",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) and shares how much of an
outcome's variance goes with each driver: LMG (Shapley) up to 15 drivers, Johnson's
relative weights above, with intervals by a bootstrap and how probable it is that a
driver is among the first three. Association only: no driver is told as a cause.

A driver of numbers is one; another, such as a city, counts with all its values as
one. An outcome of two words is told by the share that has the one: --outcome
COL=WORD says which. Of ratings it is told whether they are basic (they cost when
bad), exciters (they give when good) or linear.

Rows in which the outcome or a driver is missing (empty, NA, null) are left out and
counted. Lines with something else than a number among numbers are left out and told.`,
		Example: `  vivencia analyse drivers flights.csv --outcome satisfaction=satisfied --drivers "Online boarding,Seat comfort,Class"
  vivencia analyse drivers orders.csv.gz --outcome stars --drivers late,freight,state --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.rounds < 1 || a.rounds > 100_000 {
				return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--rounds", Message: "is 1 to 100,000"}})
			}
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
	flags.StringVar(&a.outcome, "outcome", "", "the `column` of the outcome; COL=WORD counts those of that word")
	flags.StringSliceVar(&a.names, "drivers", nil, "the `columns` of the drivers, with commas")
	flags.IntVar(&a.rounds, "rounds", 500, "how many bootstrap samples are drawn")
	flags.Uint64Var(&a.seed, "seed", 1, "what they are drawn from: the same gives the same")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// Bounds of an analysis of drivers.
const (
	mostLevels = 50 // values of a driver that is no number
	mostOdd    = .1 // of the values of a driver of numbers may be something else, as by mistake
)

// driverAnalysis is what goes with an outcome of a file.
type driverAnalysis struct {
	outcome string
	names   []string
	rounds  int
	seed    uint64

	lines []int
	cells [][]string // by column: the outcome, the drivers
	left  leftOut

	drivers []stats.Driver
	odd     int    // rows left out since they have something else than a number
	counted string // of an outcome of two words: the one whose share is told
	design  *stats.Design
	weights stats.Weights
	kinds   []stats.AsymmetryKind
	order   []int // of drivers, the greatest share first
}

func (a *driverAnalysis) read(file importer.Table) error {
	a.outcome, a.counted, _ = strings.Cut(a.outcome, "=")
	columns := []importer.TableColumn{{For: "--outcome", Name: a.outcome}}
	for _, name := range a.names {
		columns = append(columns, importer.TableColumn{For: "--drivers", Name: name})
	}
	if len(a.names) == 0 {
		columns = append(columns, importer.TableColumn{For: "--drivers"})
	}
	if i := slices.Index(a.names, a.outcome); i >= 0 {
		return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--drivers", Message: "has the outcome, " + a.outcome + ": leave it out"}})
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

func (a *driverAnalysis) analyse() error {
	odd := map[int]string{} // rows to leave out, and why
	y, err := a.outcomes(odd)
	if err != nil {
		return err
	}
	var faults []cx.Fault
	for i, name := range a.names {
		d, fault := driverOf(name, a.cells[i+1], a.lines, odd)
		if fault != "" {
			faults = append(faults, cx.Fault{Field: "--drivers", Message: fault})
		}
		a.drivers = append(a.drivers, d)
	}
	if faults != nil {
		return cx.InvalidFaults("analyse", faults)
	}
	for row, line := range a.lines {
		if why, ok := odd[row]; ok {
			y[row] = math.NaN()
			a.left.add(line, why)
		}
	}
	slices.SortFunc(a.left.faults, func(a, b importer.LogLine) int { return a.Line - b.Line })
	a.odd = len(odd)
	a.design = stats.NewDesign(y, a.drivers)
	columns := 0
	for _, d := range a.drivers {
		columns += len(d.Columns)
	}
	if a.design.N < columns+3 {
		return cx.Errorf(cx.Invalid, "analyse", "%d rows have the outcome and all drivers: too few to tell what goes with %d of them%s", a.design.N, len(a.drivers), a.left.first())
	}
	a.weights = a.design.Bootstrap(a.rounds, a.seed)
	a.kinds = a.asymmetries(y)
	for i := range a.drivers {
		a.order = append(a.order, i)
	}
	slices.SortStableFunc(a.order, func(i, j int) int { return cmp.Compare(a.weights.Share[j], a.weights.Share[i]) })
	return nil
}

// outcomes returns the outcome: its numbers, or of words whether it is the one that
// is counted.
func (a *driverAnalysis) outcomes(odd map[int]string) ([]float64, error) {
	y, bad, words := numbers(a.cells[0])
	if a.counted == "" && len(bad) == 0 || a.counted == "" && float64(len(bad)) <= mostOdd*float64(len(y)) {
		for _, row := range bad {
			odd[row] = a.outcome + " is no number"
		}
		return y, nil
	}
	switch at := slices.Index(words, a.counted); {
	case a.counted != "" && at < 0:
		return nil, cx.InvalidFaults("analyse", []cx.Fault{{Field: "--outcome", Message: fmt.Sprintf("no row of column %s is %q", a.outcome, a.counted)}})
	case a.counted == "" && len(words) != 2:
		return nil, cx.InvalidFaults("analyse", []cx.Fault{{Field: "--outcome", Message: fmt.Sprintf("line %d: column %s is no number: name one of numbers or of two words, or say which word counts, such as --outcome %q", a.lines[bad[0]], a.outcome, a.outcome+"="+words[0])}})
	case a.counted == "":
		a.counted = words[1]
	}
	for row, word := range a.cells[0] {
		switch {
		case missing(word):
			y[row] = math.NaN()
		case word == a.counted:
			y[row] = 1
		default:
			y[row] = 0
		}
	}
	return y, nil
}

// driverOf returns a driver of numbers, or of a text's values. Rows that have something
// else among numbers come into odd, with why.
func driverOf(name string, cells []string, lines []int, odd map[int]string) (d stats.Driver, fault string) {
	values, bad, words := numbers(cells)
	if float64(len(bad)) <= mostOdd*float64(len(cells)) {
		for _, row := range bad {
			odd[row] = name + " is no number"
		}
		return stats.Number(name, values), ""
	}
	if len(words) > mostLevels {
		return d, fmt.Sprintf("column %s has %s different words, such as %q in line %d: leave it out, or group them (at most %d)", name, number(len(words)), cells[bad[0]], lines[bad[0]], mostLevels)
	}
	texts := slices.Clone(cells)
	for i, c := range texts {
		if missing(c) {
			texts[i] = ""
		}
	}
	return stats.Category(name, texts), ""
}

// numbers reads cells: NaN where there is no number; bad are the rows that have
// something else; words are the different texts, in their order.
func numbers(cells []string) (values []float64, bad []int, words []string) {
	values = make([]float64, len(cells))
	seen := map[string]bool{}
	for i, c := range cells {
		v, known, ok := cell(c)
		if !known {
			v = math.NaN()
		}
		if !ok {
			bad = append(bad, i)
		}
		if values[i] = v; (known || !ok) && !seen[c] {
			seen[c] = true
			words = append(words, c)
		}
	}
	slices.Sort(words)
	return values, bad, words
}

func missing(s string) bool {
	_, known, ok := cell(s)
	return ok && !known
}

// asymmetries tells of each driver that can be bad, in between and good what it is to
// customers; of the others nothing. Of what goes with less of the outcome, less is good.
func (a *driverAnalysis) asymmetries(y []float64) []stats.AsymmetryKind {
	kinds := make([]stats.AsymmetryKind, len(a.drivers))
	var levels [][]float64
	var of []int
	for i, d := range a.drivers {
		if d.Levels != nil || len(d.Columns) == 0 {
			continue
		}
		level := stats.Levels(d.Columns[0])
		if a.weights.Effects[i][0].Value < 0 {
			for row := range level {
				level[row] = -level[row]
			}
		}
		if slices.Contains(level, -1) && slices.Contains(level, 0) && slices.Contains(level, 1) {
			levels, of = append(levels, level), append(of, i)
		}
	}
	for i, found := range stats.PenaltyReward(y, levels) {
		kinds[of[i]] = found.Kind
	}
	return kinds
}

// driversJSON is the analysis for other programs.
type driversJSON struct {
	R2       float64      `json:"r2"`
	Low      float64      `json:"low"`
	High     float64      `json:"high"`
	Adjusted float64      `json:"adjusted_r2"`
	Method   string       `json:"method"`
	N        int          `json:"n"`
	Missing  int          `json:"missing"`
	LeftOut  int          `json:"left_out,omitempty"`
	Counted  string       `json:"outcome_is,omitempty"` // the word whose share is told
	Drivers  []driverJSON `json:"drivers"`
}

type driverJSON struct {
	Name    string       `json:"name"`
	Share   float64      `json:"share"` // of the outcome's variance; all add up to r2
	Low     float64      `json:"low"`
	High    float64      `json:"high"`
	Leading float64      `json:"top3"` // the probability of being among the first three
	P       *float64     `json:"p"`    // of adding nothing to the others
	Kind    string       `json:"kind,omitempty"`
	Missing int          `json:"missing"`
	Effects []effectJSON `json:"effects"` // one for each column; the others held equal
}

type effectJSON struct {
	Level string `json:"level,omitempty"` // of a text: against its commonest value
	estimateJSON
}

func (a *driverAnalysis) json() driversJSON {
	w := a.weights
	out := driversJSON{w.R2, w.R2Range.Low, w.R2Range.High, w.Adjusted, w.Method, a.design.N, a.design.Missing - a.odd, a.left.n, a.counted, []driverJSON{}}
	for _, i := range a.order {
		d := driverJSON{
			Name: a.names[i], Share: w.Share[i], Low: w.Range[i].Low, High: w.Range[i].High, Leading: w.Leading[i],
			Kind: string(a.kinds[i]), Missing: a.design.Lacking[i], Effects: []effectJSON{},
		}
		if p := w.P[i]; !math.IsNaN(p) {
			d.P = &p
		}
		for c, e := range w.Effects[i] {
			effect := effectJSON{estimateJSON: estimateJSON{e.Value, e.Low, e.High}}
			if levels := a.drivers[i].Levels; levels != nil {
				effect.Level = levels[c]
			}
			d.Effects = append(d.Effects, effect)
		}
		out.Drivers = append(out.Drivers, d)
	}
	return out
}

// text is the analysis for a terminal.
func (a *driverAnalysis) text() string {
	var b strings.Builder
	w := a.weights
	what := a.outcome
	if a.counted != "" {
		what += " = " + a.counted
	}
	fmt.Fprintf(&b, "What goes with %s\n%s of its variance (95 %%: %s to %s); n %s, %s missing; %s shares\n\n",
		what, percent(w.R2), percent(w.R2Range.Low), percent(w.R2Range.High), number(a.design.N), number(a.design.Missing-a.odd), map[string]string{stats.MethodLMG: "LMG", stats.MethodJohnson: "Johnson"}[w.Method])
	for _, i := range a.order {
		fmt.Fprintf(&b, "  %7s  %-32s (%s to %s)  among the first three %s", percent(w.Share[i]), a.names[i], percent(w.Range[i].Low), percent(w.Range[i].High), percent(w.Leading[i]))
		if a.kinds[i] != stats.Unclear {
			fmt.Fprintf(&b, "  %s", a.kinds[i])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\nWhat goes together need not be a cause.\n")
	return b.String()
}
