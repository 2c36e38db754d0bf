package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
)

func analyseCLVCommand() *cobra.Command {
	a := clvAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "clv FILE --customer COL --date COL --calibration-end DATE",
		Short: "Tell what customers who are free to leave will buy, and whether it came so",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one purchase a line and
learns from those until --calibration-end how often customers buy and when they stop
(BG/NBD, in weeks) and, with --amount, what they spend (Gamma-Gamma). What it then
expects until the last date of the file stands beside what those customers really
bought.

What a customer buys on one day is one purchase. An amount below 0 is a refund: it
takes from the purchases of its day, then from those before, the latest first; what is
taken back wholly is no purchase, and what finds none to take from is told. Purchases
of amount 0 count, but tell nothing of what customers spend. Nor does a first purchase.

Dates are such as 2026-11-22, 20261122, 22/11/2026 or with a time. Lines without a
customer, a date or an amount are missing, and counted; what is no date or no number is
left out and told.`,
		Example: `  vivencia analyse clv orders.csv --customer customer_id --date ordered_at --amount total --calibration-end 2026-06-30
  vivencia analyse clv cdnow.csv --customer id --date date --calibration-end 1997-09-30 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var ok bool
			if a.until, ok = dayOf(a.calibration); !ok {
				return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--calibration-end", Message: "is a date such as 2026-06-30"}})
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
	flags.StringVar(&a.customer, "customer", "", "the `column` that says who bought")
	flags.StringVar(&a.date, "date", "", "the `column` that says when")
	flags.StringVar(&a.amount, "amount", "", "the `column` that says for how much; below 0 is a refund")
	flags.StringVar(&a.calibration, "calibration-end", "", "the last `date` that is learned from")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// week is the unit of the models' time, in days.
const week = 7

// clvAnalysis is what the customers of a file will buy.
type clvAnalysis struct {
	customer, date, amount, calibration string
	until, last                         int // days: of calibration, of the file

	money   map[string][]purchase.Money
	missing int
	refunds int // lines
	left    leftOut

	bought    []purchase.Bought // of who bought by until
	again     int               // of them
	later     int               // who bought after it for the first time
	unmatched float64           // money that went back without a purchase
	histories []purchase.Counted
	buying    purchase.BGNBD
	spending  purchase.GammaGamma
	unspent   purchase.Fault // why there is no spending
	held      *heldOut       // nil when the file ends with the calibration
}

// heldOut is what was expected after the calibration, and what came.
type heldOut struct {
	expected  float64
	in        stats.Interval // by chance, too
	actual    int
	revenue   float64 // expected; NaN without spending
	revenueIn stats.Interval
	brought   float64
}

// dayOf reads a date, as days since 1970.
func dayOf(s string) (int, bool) {
	at, err := time.Parse("20060102", s)
	ok := err == nil
	if !ok {
		read, _ := importer.TimeReader("", time.UTC)
		at, ok = read(s)
	}
	year, month, day := at.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)), ok
}

func dateOf(day int) string {
	return time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly)
}

func (a *clvAnalysis) read(file importer.Table) error {
	columns := []importer.TableColumn{{For: "--customer", Name: a.customer}, {For: "--date", Name: a.date}}
	if a.amount != "" {
		columns = append(columns, importer.TableColumn{For: "--amount", Name: a.amount})
	}
	a.money, a.last = map[string][]purchase.Money{}, math.MinInt
	report, err := file.Each(columns, func(line int, values []string) error {
		m := purchase.Money{Amount: 1}
		if slices.ContainsFunc(values, missing) {
			a.missing++
			return nil
		}
		var ok bool
		if m.Day, ok = dayOf(values[1]); !ok {
			a.left.add(line, a.date+" is no date")
			return nil
		}
		if a.amount != "" {
			if m.Amount, _, ok = cell(values[2]); !ok {
				a.left.add(line, a.amount+" is no number")
				return nil
			}
		}
		if m.Amount < 0 {
			a.refunds++
		}
		a.last = max(a.last, m.Day)
		who := strings.Clone(values[0])
		a.money[who] = append(a.money[who], m)
		return nil
	})
	a.left.join(report)
	if err == nil && len(a.money) == 0 {
		err = cx.Errorf(cx.Invalid, "analyse", "no row has all of %s%s", strings.Join(columnNames(columns), ", "), a.left.first())
	}
	return err
}

func columnNames(columns []importer.TableColumn) (names []string) {
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

func (a *clvAnalysis) analyse() error {
	var histories []purchase.History
	held := heldOut{revenue: math.NaN()}
	customers := make([]string, 0, len(a.money))
	for who := range a.money {
		customers = append(customers, who)
	}
	slices.Sort(customers)
	var spent []purchase.Spent
	for _, who := range customers {
		money := a.money[who]
		b, ok := purchase.Read(money, a.until, week)
		a.unmatched += b.Refund
		if !ok {
			a.later++
			continue
		}
		a.bought, histories, spent = append(a.bought, b), append(histories, b.History), append(spent, purchase.Spent{X: b.Paid, Mean: b.Mean})
		if b.X > 0 {
			a.again++
		}
		after := slices.DeleteFunc(slices.Clone(money), func(m purchase.Money) bool { return m.Day <= a.until })
		if b, ok := purchase.Read(after, a.last, week); ok {
			held.actual += b.X + 1
		}
		for _, m := range after {
			held.brought += m.Amount
		}
	}
	a.histories = purchase.Compress(histories)
	var fault purchase.Fault
	if a.buying, fault = purchase.FitBGNBD(a.histories); fault != "" {
		return cx.Errorf(cx.Invalid, "analyse", "%s%s", map[purchase.Fault]string{
			purchase.FewCustomers: fmt.Sprintf("%s bought by %s, and %d are needed: choose a later --calibration-end or bring more", many(len(a.bought), "customer", "customers"), dateOf(a.until), purchase.MinCustomers),
			purchase.FewRepeat:    fmt.Sprintf("%s of %s customers bought again by %s, and %d are needed to tell how often they do: choose a later --calibration-end or bring more", number(a.again), number(len(a.bought)), dateOf(a.until), purchase.MinRepeat),
			purchase.NoTime:       fmt.Sprintf("all bought first on %s itself: choose a later --calibration-end", dateOf(a.until)),
			purchase.NotConverged: "no parameters are the likeliest for these purchases: they are not such as customers make who buy at random and leave unseen",
		}[fault], a.left.first())
	}
	if a.amount != "" {
		a.spending, a.unspent = purchase.FitGammaGamma(spent)
	}
	if a.last > a.until {
		a.foretell(&held)
		a.held = &held
	}
	return nil
}

// foretell tells what was expected in the time held out.
func (a *clvAnalysis) foretell(held *heldOut) {
	weeks := float64(a.last-a.until) / week
	total := func(m purchase.BGNBD) float64 {
		sum := 0.0
		for _, h := range a.histories {
			sum += float64(h.N) * m.Expected(h.History, weeks)
		}
		return sum
	}
	held.expected = total(a.buying)
	variance := 0.0
	for _, h := range a.histories {
		variance += float64(h.N) * a.buying.Variance(h.History, weeks)
	}
	model := a.buying.Interval(total)
	chance := 1.96 * math.Sqrt(variance)
	held.in = stats.Interval{
		Low:  max(0, held.expected-math.Hypot(held.expected-model.Low, chance)),
		High: held.expected + math.Hypot(model.High-held.expected, chance),
	}
	if a.amount == "" || a.unspent != "" {
		return
	}
	revenue := func(w purchase.Worth) float64 {
		expected := map[purchase.History]float64{}
		for _, h := range a.histories {
			expected[h.History] = w.Buying.Expected(h.History, weeks)
		}
		sum := 0.0
		for _, b := range a.bought {
			sum += expected[b.History] * w.Spending.ExpectedValue(b.Paid, b.Mean)
		}
		return sum
	}
	w := purchase.Worth{Buying: a.buying, Spending: a.spending}
	held.revenue, held.revenueIn = revenue(w), w.Interval(revenue)
}

// clvJSON is the analysis for other programs.
type clvJSON struct {
	Customers      int                 `json:"customers"` // who bought by the end of the calibration
	Repeat         int                 `json:"repeat"`
	Later          int                 `json:"first_bought_later"`
	CalibrationEnd string              `json:"calibration_end"`
	Unit           string              `json:"unit"`
	Parameters     map[string]float64  `json:"parameters"`
	Intervals      map[string]spanJSON `json:"intervals"`
	LogLikelihood  float64             `json:"log_likelihood"`
	Held           bool                `json:"held_by_prior,omitempty"`
	NewIn52        estimateJSON        `json:"new_customer_in_52_weeks"`
	Spending       *spendingJSON       `json:"gamma_gamma,omitempty"`
	Holdout        *holdoutJSON        `json:"holdout,omitempty"`
	Missing        int                 `json:"missing"`
	LeftOut        int                 `json:"left_out,omitempty"`
	Refunds        int                 `json:"refunds,omitempty"`
	Unmatched      float64             `json:"refunds_without_purchase,omitempty"`
}

type spanJSON struct {
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

type spendingJSON struct {
	Fault         purchase.Fault      `json:"fault,omitempty"` // why the rest is missing
	N             int                 `json:"n"`
	Parameters    map[string]float64  `json:"parameters,omitempty"`
	Intervals     map[string]spanJSON `json:"intervals,omitempty"`
	LogLikelihood *float64            `json:"log_likelihood,omitempty"`
	Mean          *rangeJSON          `json:"mean,omitempty"`
	Correlation   *float64            `json:"correlation,omitempty"`
}

type holdoutJSON struct {
	Until    string  `json:"until"`
	Weeks    float64 `json:"weeks"`
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Actual   int     `json:"actual"`

	Revenue *rangeJSON `json:"expected_revenue,omitempty"`
	Brought *float64   `json:"actual_revenue,omitempty"`
}

// figures are parameters by their names.
type figure[M any] struct {
	name string
	of   func(M) float64
}

func bgnbdFigures() []figure[purchase.BGNBD] {
	return []figure[purchase.BGNBD]{
		{"r", func(m purchase.BGNBD) float64 { return m.R }},
		{"alpha", func(m purchase.BGNBD) float64 { return m.Alpha }},
		{"a", func(m purchase.BGNBD) float64 { return m.A }},
		{"b", func(m purchase.BGNBD) float64 { return m.B }},
	}
}

func gammaGammaFigures() []figure[purchase.GammaGamma] {
	return []figure[purchase.GammaGamma]{
		{"p", func(m purchase.GammaGamma) float64 { return m.P }},
		{"q", func(m purchase.GammaGamma) float64 { return m.Q }},
		{"gamma", func(m purchase.GammaGamma) float64 { return m.Gamma }},
	}
}

func expectedNew(m purchase.BGNBD) float64 { return m.ExpectedNew(52) }

func (a *clvAnalysis) json() clvJSON {
	in := a.buying.Interval(expectedNew)
	out := clvJSON{
		Customers: len(a.bought), Repeat: a.again, Later: a.later, CalibrationEnd: dateOf(a.until), Unit: "weeks",
		Parameters: map[string]float64{}, Intervals: map[string]spanJSON{},
		LogLikelihood: a.buying.LogLikelihood, Held: a.buying.Held,
		NewIn52: estimateJSON{expectedNew(a.buying), in.Low, in.High},
		Missing: a.missing, LeftOut: a.left.n, Refunds: a.refunds, Unmatched: a.unmatched,
	}
	for _, f := range bgnbdFigures() {
		in := a.buying.Interval(f.of)
		out.Parameters[f.name], out.Intervals[f.name] = f.of(a.buying), spanJSON{known(in.Low), known(in.High)}
	}
	if a.amount != "" {
		out.Spending = a.spendingJSON()
	}
	if h := a.held; h != nil {
		out.Holdout = &holdoutJSON{Until: dateOf(a.last), Weeks: float64(a.last-a.until) / week, Expected: h.expected, Low: h.in.Low, High: h.in.High, Actual: h.actual}
		if a.amount != "" {
			out.Holdout.Brought = &h.brought
			if a.unspent == "" {
				revenue := rangeOf(h.revenue, h.revenueIn)
				out.Holdout.Revenue = &revenue
			}
		}
	}
	return out
}

func (a *clvAnalysis) spendingJSON() *spendingJSON {
	m := a.spending
	if a.unspent != "" {
		return &spendingJSON{Fault: a.unspent, N: m.N}
	}
	mean := rangeOf(m.Mean(), m.Interval(purchase.GammaGamma.Mean))
	out := &spendingJSON{N: m.N, Parameters: map[string]float64{}, Intervals: map[string]spanJSON{}, LogLikelihood: &m.LogLikelihood, Mean: &mean, Correlation: known(m.Correlation)}
	for _, f := range gammaGammaFigures() {
		in := m.Interval(f.of)
		out.Parameters[f.name], out.Intervals[f.name] = f.of(m), spanJSON{known(in.Low), known(in.High)}
	}
	return out
}

// text is the analysis for a terminal.
func (a *clvAnalysis) text() string {
	var b strings.Builder
	write := func(name string, v float64, in stats.Interval) {
		fmt.Fprintf(&b, "  %-8s %10.4f (%.4f to %.4f)\n", name, v, in.Low, in.High)
	}
	m := a.buying
	fmt.Fprintf(&b, "%s customers bought by %s, %s of them again; %s lines missing\n", number(len(a.bought)), dateOf(a.until), number(a.again), number(a.missing))
	if a.refunds > 0 {
		fmt.Fprintf(&b, "%s lines are refunds, taken from the purchases before them; %.2f found none\n", number(a.refunds), a.unmatched)
	}
	fmt.Fprintf(&b, "\nHow they buy (BG/NBD, in weeks; log-likelihood %.4f)\n", m.LogLikelihood)
	for _, f := range bgnbdFigures() {
		write(f.name, f.of(m), m.Interval(f.of))
	}
	in := m.Interval(expectedNew)
	fmt.Fprintf(&b, "  A new customer is expected to buy %.2f times more in 52 weeks (95 %%: %.2f to %.2f)\n", expectedNew(m), in.Low, in.High)
	if m.Held {
		b.WriteString("  The purchases leave a parameter open; a weak prior holds it.\n")
	}
	a.spendingText(&b, write)
	h := a.held
	if h == nil {
		fmt.Fprintf(&b, "\nNo line is after %s: there is nothing to hold what is expected against.\n", dateOf(a.until))
		return b.String()
	}
	fmt.Fprintf(&b, "\nThen, until %s (%.1f weeks), the same customers\n  were expected to make %s purchases (95 %%: %s to %s) and made %s%s\n",
		dateOf(a.last), float64(a.last-a.until)/week, number(int(math.Round(h.expected))), number(int(math.Round(h.in.Low))), number(int(math.Round(h.in.High))), number(h.actual), h.surprise())
	if !math.IsNaN(h.revenue) {
		fmt.Fprintf(&b, "  were expected to bring %.2f (%.2f to %.2f by the models alone) and brought %.2f\n", h.revenue, h.revenueIn.Low, h.revenueIn.High, h.brought)
	}
	return b.String()
}

// surprise says when what came is not what was expected.
func (h *heldOut) surprise() string {
	switch actual := float64(h.actual); {
	case actual > h.in.High:
		return ", more than chance explains"
	case actual < h.in.Low:
		return ", fewer than chance explains"
	}
	return ""
}

func (a *clvAnalysis) spendingText(b *strings.Builder, write func(string, float64, stats.Interval)) {
	m := a.spending
	switch {
	case a.amount == "":
		return
	case a.unspent != "":
		fmt.Fprintf(b, "\nWhat they spend cannot be told: %s\n", map[purchase.Fault]string{
			purchase.FewCustomers: fmt.Sprintf("%s with a paid purchase after their first, and %d are needed", many(m.N, "customer", "customers"), purchase.MinCustomers),
			purchase.SameMoney:    "all spend the same",
			purchase.NotConverged: "no parameters are the likeliest",
			purchase.NoMean:       "it varies so much that it has no mean",
		}[a.unspent])
		return
	}
	fmt.Fprintf(b, "\nWhat they spend (Gamma-Gamma; n %s; log-likelihood %.4f)\n", number(m.N), m.LogLikelihood)
	for _, f := range gammaGammaFigures() {
		write(f.name, f.of(m), m.Interval(f.of))
	}
	in := m.Interval(purchase.GammaGamma.Mean)
	fmt.Fprintf(b, "  A purchase is expected to cost %.2f (95 %%: %.2f to %.2f); how often goes with how much by %.2f\n", m.Mean(), in.Low, in.High, m.Correlation)
}
