package history

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Of says what is counted.
type Of uint8

// What can be counted.
const (
	Events  Of = iota // what was lived; the value is its valence. Answers are none
	Answers           // answered items; the value is the score
)

// Dimension is what facts are grouped and filtered by: one of the constants,
// or TraitOf or PropertyOf.
type Dimension string

// The dimensions. A fact without one has the key "".
const (
	Touchpoint Dimension = "touchpoint"
	Stage      Dimension = "stage"
	Channel    Dimension = "channel"
	Medium     Dimension = "medium"
	Area       Dimension = "area"
	Supplier   Dimension = "supplier"
	Place      Dimension = "place"
	Source     Dimension = "source"
	Name       Dimension = "name"     // of answers: the survey
	Survey     Dimension = "survey"   // answers only
	Question   Dimension = "question" // answers only
	Metric     Dimension = "metric"   // answers only
	Scale      Dimension = "scale"    // answers only
)

const (
	traitPrefix    = "trait."
	propertyPrefix = "property."
)

// TraitOf is a trait of the customer as it was at the answer; answers only.
func TraitOf(name string) Dimension { return Dimension(traitPrefix + name) }

// PropertyOf is a property: the fact's own when it has it; else what the model
// derives for the fact; else what the model derives for an object that the fact
// shares, the newest by seq. Truth values are "true" and "false", numbers are
// as in JSON, texts as they are; what is absent, null, an array or an object is
// "".
func PropertyOf(name string) Dimension { return Dimension(propertyPrefix + name) }

// Trait returns the trait's name when d is a TraitOf.
func (d Dimension) Trait() (string, bool) { return strings.CutPrefix(string(d), traitPrefix) }

// Property returns the property's name when d is a PropertyOf.
func (d Dimension) Property() (string, bool) { return strings.CutPrefix(string(d), propertyPrefix) }

// ParseDimension reads a dimension as it stands in a question: "touchpoint",
// "trait.city", "property.late". The error is cx.Invalid.
func ParseDimension(s string) (Dimension, error) {
	d := Dimension(s)
	switch d {
	case Touchpoint, Stage, Channel, Medium, Area, Supplier, Place, Source, Name, Survey, Question, Metric, Scale:
		return d, nil
	}
	if n, ok := d.Trait(); ok && n != "" {
		return d, nil
	}
	if n, ok := d.Property(); ok && n != "" {
		return d, nil
	}
	return "", cx.Errorf(cx.Invalid, "history.ParseDimension", "%q is nothing to group by: use touchpoint, stage, channel, medium, area, supplier, place, survey, source, name, trait.NAME or property.NAME", s)
}

// onlyAnswers tells whether d says nothing of events.
func (d Dimension) onlyAnswers() bool {
	_, trait := d.Trait()
	return trait || d == Survey || d == Question || d == Metric || d == Scale
}

// Condition lets through the facts whose key of By is one of In.
type Condition struct {
	By Dimension
	In []string
}

// Filter lets facts through. The zero Filter lets all.
type Filter struct {
	Window    cx.Window       // of when it was lived
	Customers []cx.CustomerNo // nil: all
	Where     []Condition     // all must hold
}

// Query asks for tallies or distributions.
type Query struct {
	Of     Of
	By     []Dimension // at most three
	Cuts   []cx.Time   // ascending boundaries of n−1 stretches; what lies outside is left out. See Cuts
	Filter Filter

	Customers bool // count the different customers too: the costly part
	Revenue   bool // add up the revenue too; events only
	Subtotals bool // tally by the first dimensions alone too, down to the first; their keys are as short
}

// Levels are the lists of dimensions to tally by: By, and what it begins with
// when subtotals are asked for.
func (q Query) Levels() [][]Dimension {
	levels := [][]Dimension{q.By}
	for by := q.By; q.Subtotals && len(by) > 1; {
		by = by[:len(by)-1]
		levels = append(levels, by)
	}
	return levels
}

// Page asks for the newest events and answers.
type Page struct {
	Filter Filter
	Kinds  []cx.Kind // nil: all
	Before Cursor    // of the last row of the page before; zero for the first
	Limit  int       // 1..MaxPage
}

// MaxPage is how many rows a page may have.
const MaxPage = 10_000

// Cursor is where a row stands in the order of time, then seq.
type Cursor struct {
	At  cx.Time
	Seq cx.Seq
}

// Compare orders cursors by time, then seq.
func (c Cursor) Compare(o Cursor) int {
	return cmp.Or(cmp.Compare(c.At, o.At), cmp.Compare(c.Seq, o.Seq))
}

// Validate reports every fault of the page.
func (p Page) Validate() error {
	if p.Limit < 1 || p.Limit > MaxPage {
		return cx.Errorf(cx.Invalid, "history.Page", "a page has 1 to %d rows", MaxPage)
	}
	return Query{Filter: p.Filter}.Validate()
}

// MaxRows is how many groups, points or bins an answer may have: past it a
// question is cx.TooLarge.
const MaxRows = 200_000

// maxCuts bounds the stretches of a question.
const maxCuts = 5_000

// Validate reports every fault of the query.
func (q Query) Validate() error {
	var faults []cx.Fault
	add := func(field, format string, args ...any) {
		faults = append(faults, cx.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	check := func(field string, d Dimension) {
		if _, err := ParseDimension(string(d)); err != nil {
			add(field, "%s", cx.MessageOf(err))
		} else if q.Of == Events && d.onlyAnswers() {
			add(field, "%s is known of answers only", d)
		}
	}
	if w := q.Filter.Window; w.From != 0 && w.To != 0 && w.To < w.From {
		add("window", "ends before it begins")
	}
	if q.Of > Answers {
		add("of", "must be events or answers")
	}
	if len(q.By) > 3 {
		add("by", "has %d dimensions: use at most three", len(q.By))
	}
	for i, d := range q.By {
		check(fmt.Sprintf("by[%d]", i), d)
	}
	for i, c := range q.Filter.Where {
		check(fmt.Sprintf("where[%d]", i), c.By)
	}
	if len(q.Cuts) == 1 || len(q.Cuts) > maxCuts {
		add("cuts", "must be 2 to %d boundaries", maxCuts)
	}
	for i := 1; i < len(q.Cuts); i++ {
		if q.Cuts[i] <= q.Cuts[i-1] {
			add("cuts", "must ascend")
			break
		}
	}
	if q.Revenue && q.Of != Events {
		add("revenue", "is known of events only")
	}
	return cx.InvalidFaults("history.Query", faults)
}

// Totals counts what is there.
type Totals struct {
	Events        int64   // answers and circumstances are none
	Answers       int64   // not items
	Circumstances int64   // the window applies; other filters do not
	Customers     int64   // merged ones count once
	First, Last   cx.Time // of the events and answers; zero when there is none
}

// Tally is what a group of facts adds up to.
type Tally struct {
	N          int64 // facts
	Customers  int64 // different customers, when asked for
	Valued     int64 // facts that have a value
	Sum        float64
	SumSquares float64
	Revenue    []cx.Money // by currency, when asked for
}

// Mean returns the mean value; NaN when no fact has one.
func (t Tally) Mean() float64 { return t.Sum / float64(t.Valued) }

// Variance returns the sample variance of the values; NaN below two.
func (t Tally) Variance() float64 {
	if t.Valued < 2 {
		return math.NaN()
	}
	n := float64(t.Valued)
	return max(0, (t.SumSquares-t.Sum*t.Sum/n)/(n-1))
}

// Group is the tally of the facts with a key.
type Group struct {
	Key []string // one for each dimension
	Tally
}

// Point is the tally of a group in the stretch from cut Cut to the next.
type Point struct {
	Cut int
	Group
}

// Bin counts the facts with a value.
type Bin struct {
	Cut    int // 0 without cuts
	Key    []string
	Metric string // of answers; "valence" of events
	Scale  string // of answers
	Value  float64
	N      int64
}

// Row is one event or answer.
type Row struct {
	Seq      cx.Seq
	Customer cx.CustomerNo
	Profile  cx.ProfileNo
	Kind     cx.Kind
	Name     string
	Source   string
	At       cx.Time

	Touchpoint, Stage, Channel, Medium string
	Area, Supplier, Place              string
	Valence                            float64
	HasValence                         bool
	Revenue                            cx.Money
	HasRevenue                         bool
	Properties                         []byte // valid only during the call
}

// Cursor is where the row stands.
func (r *Row) Cursor() Cursor { return Cursor{r.At, r.Seq} }
