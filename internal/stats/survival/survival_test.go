package survival_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats/survival"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// table is a file of numbers; what is none is NaN.
type table struct {
	names []string
	rows  [][]float64
	words [][]string
}

func read(t testing.TB, folder, file string) table {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, folder), file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := table{names: records[0], words: records[1:]}
	for _, record := range records[1:] {
		row := make([]float64, len(record))
		for i, cell := range record {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				v = math.NaN()
			}
			row[i] = v
		}
		out.rows = append(out.rows, row)
	}
	return out
}

func (d table) at(name string) int { return slices.Index(d.names, name) }

func (d table) spells(duration, event string, ended float64) (out []survival.Spell) {
	for _, row := range d.rows {
		out = append(out, survival.Spell{Duration: row[d.at(duration)], Ended: row[d.at(event)] == ended})
	}
	return out
}

func (d table) columns(names ...string) (out [][]float64) {
	for _, row := range d.rows {
		values := make([]float64, len(names))
		for i, name := range names {
			values[i] = row[d.at(name)]
		}
		out = append(out, values)
	}
	return out
}

// The oracles of the methods' chapter 5.
func TestTelcoChurn(t *testing.T) {
	t.Parallel()
	d := read(t, "telco_churn", "telco_churn.csv")
	var spells []survival.Spell
	byContract := map[string][]survival.Spell{}
	charges, lost := 0.0, 0.0
	for i, row := range d.rows {
		charges += row[d.at("MonthlyCharges")]
		s := survival.Spell{Duration: row[d.at("tenure")], Ended: d.words[i][d.at("Churn")] == "Yes"}
		if s.Ended {
			lost += row[d.at("MonthlyCharges")]
		}
		if s.Duration > 0 {
			spells = append(spells, s)
			contract := d.words[i][d.at("Contract")]
			byContract[contract] = append(byContract[contract], s)
		}
	}
	near(t, "charges", charges, 456_116.6, .05)
	near(t, "churned charges", lost, 139_130.9, .06)
	c := survival.KaplanMeier(spells)
	if c.N != 7032 || c.Ended != 1869 {
		t.Errorf("%d spells, %d ended", c.N, c.Ended)
	}
	for at, want := range map[float64]float64{12: .843, 24: .789, 72: .593} {
		s, in := c.At(at)
		near(t, "S", s, want, .0005)
		if !(in.Low < s && s < in.High && in.High-in.Low < .05) {
			t.Errorf("at %v: %v in %v", at, s, in)
		}
	}
}

func TestAML(t *testing.T) {
	t.Parallel()
	d := read(t, "reference", "aml.csv")
	var maintained, not []survival.Spell
	for i, s := range d.spells("time", "status", 1) {
		if d.words[i][d.at("x")] == "Maintained" {
			maintained = append(maintained, s)
		} else {
			not = append(not, s)
		}
	}
	c := survival.KaplanMeier(maintained)
	// survfit(…, conf.type = "log-log")
	for i, want := range [][4]float64{
		{9, .9091, .5081, .9867},
		{13, .8182, .4474, .9512},
		{18, .7159, .3502, .8990},
		{23, .6136, .2658, .8352},
		{31, .4909, .1673, .7534},
		{34, .3682, .0928, .6570},
		{48, .1841, .0117, .5250},
	} {
		s := c.Steps[i]
		near(t, "time", s.Time, want[0], 0)
		near(t, "S", s.S, want[1], .00005)
		near(t, "low", s.Interval.Low, want[2], .0001)
		near(t, "high", s.Interval.High, want[3], .0001)
	}
	median, in := c.Median()
	near(t, "median", median, 31, 0)
	t.Log(in)
	median, in = survival.KaplanMeier(not).Median()
	near(t, "median of the others", median, 23, 0)
	t.Log(in)
	test := survival.LogRank([][]survival.Spell{maintained, not})
	near(t, "χ²", test.Statistic, 3.396, .0005)
	near(t, "p", test.P, .0653, .0001)
}

func TestLung(t *testing.T) {
	t.Parallel()
	d := read(t, "reference", "lung.csv")
	spells := d.spells("time", "status", 2)
	var groups [2][]survival.Spell
	for i, row := range d.rows {
		g := int(row[d.at("sex")]) - 1
		groups[g] = append(groups[g], spells[i])
	}
	test := survival.LogRank(groups[:])
	near(t, "χ²", test.Statistic, 10.3, .05)
	near(t, "p", test.P, .0013, .00005)

	c, fault := survival.FitCox(spells, d.columns("age", "sex", "ph.ecog"))
	if fault != "" || c.N != 227 || c.Missing != 1 || c.Ended != 164 {
		t.Fatalf("%s %+v", fault, c)
	}
	for i, want := range []float64{.011067, -.552612, .463728} {
		near(t, "weight", c.Coefficients[i].Weight, want, .0000005)
	}
	for i, want := range []float64{.009267, .167739, .113577} { // summary(coxph(…))
		near(t, "error", c.Coefficients[i].Error, want, .0000005)
	}
	near(t, "C", c.Concordance, .6371, .00005)
	near(t, "likelihood ratio", c.Ratio.Statistic, 30.5, .05)

	c, fault = survival.FitCox(spells, d.columns("age", "sex", "wt.loss"))
	if fault != "" || c.N != 214 {
		t.Fatalf("%s %+v", fault, c)
	}
	// cox.zph of survival 2.x, as published for this model
	for i, want := range []float64{.378, 2.349, .024} {
		near(t, "proportional", c.Proportional[i].Statistic, want, .0005)
	}
}

func TestRossi(t *testing.T) {
	t.Parallel()
	d := read(t, "survival", "rossi.csv")
	c, fault := survival.FitCox(d.spells("week", "arrest", 1), d.columns("fin", "age", "race", "wexp", "mar", "paro", "prio"))
	if fault != "" || c.N != 432 || c.Ended != 114 {
		t.Fatalf("%s %+v", fault, c)
	}
	near(t, "log-likelihood", c.LogLikelihood, -658.748, .0005)
	for i, want := range []float64{-.38, -.06, .31, -.15, -.43, -.08, .09} {
		near(t, "weight", c.Coefficients[i].Weight, want, .005)
	}
	near(t, "likelihood ratio", c.Ratio.Statistic, 33.27, .005)
	near(t, "C", c.Concordance, .64, .005)
	c, fault = survival.FitCox(d.spells("week", "arrest", 1), d.columns("fin", "age", "prio"))
	if fault != "" {
		t.Fatal(fault)
	}
	// Fox 2002, cox.zph(mod.allison.4)
	for i, want := range []float64{.00507, 6.54118, .77263} {
		near(t, "proportional", c.Proportional[i].Statistic, want, .0005)
	}
}
