package ui

import "github.com/a-h/templ"

// Stat is one figure as analysts and the board read it: value, interval, how
// many answers, change in words. Everything but Label and Value is optional.
type Stat struct {
	Label    string  // Recomendación (NPS)
	Note     string  // ¿Nos recomendarías?
	Value    string  // 43, formatted by the locale
	Interval string  // ±4
	Change   *Change // nil: no chip
	Count    string  // 243 respuestas
	Href     string  // where the figure leads
	Link     string  // Ver detalle
}

// Verdict is what a change means.
type Verdict int

// The verdicts. NoClear is said when the interval of the difference holds zero.
const (
	NoClear Verdict = iota
	Better
	Worse
)

// Change is a difference in words: "6 mejor que hace 4 sem.". Rising tells
// which way the figure went, which is not always which way is better.
type Change struct {
	Verdict Verdict
	Rising  bool
	Text    string
}

// Button is a button, or a link that looks like one when it has an Href.
type Button struct {
	Text, Icon string
	Kind       string // primary, danger, quiet or "" for the plain one
	Href       string
	Type       string // submit (the default), button
	Wide       bool
	Attrs      templ.Attributes
}

// Field is one input of a form. Its id is "f-" + Name, which is where a
// Fault's link leads.
type Field struct {
	Name, Label, Value           string
	Type                         string // text (the default), email, password, search, number, date, file …
	Hint, Fault                  string
	Placeholder                  string
	Autocomplete                 string
	Required, Autofocus, Checked bool
	Attrs                        templ.Attributes
}

// Option is one choice of a Select.
type Option struct{ Value, Text string }

// Column heads a table. Num sets figures to the right.
type Column struct {
	Label string
	Num   bool
}

// Table is a table that becomes a list of cards on a phone. The first cell of
// a row is its heading. Caption is read out, not shown. Next is where the rows
// that follow come from, "" at the end; that address answers TableRows.
type Table struct {
	ID, Caption string
	Columns     []Column
	Rows        [][]templ.Component
	Next        string
}

// Tab is one of several views of a page; each has its address.
type Tab struct {
	Href, Text string
	Current    bool
}

// Crumb is a step of the way back.
type Crumb struct{ Href, Text string }

func fieldID(name string) string { return "f-" + name }

func described(f Field) string {
	switch {
	case f.Fault != "" && f.Hint != "":
		return fieldID(f.Name) + "-hint " + fieldID(f.Name) + "-fault"
	case f.Fault != "":
		return fieldID(f.Name) + "-fault"
	case f.Hint != "":
		return fieldID(f.Name) + "-hint"
	}
	return ""
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
