package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

func analyseReasonsCommand() *cobra.Command {
	a := reasonAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "reasons FILE --text COL --score COL",
		Short: "Tell what customers speak of, and how much of their scores goes with it",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one answer a line: words
and a score. It finds what the words are about, and tells which topics go with the
scores, by how much, and how sure that is; with --drivers also columns of facts, such
as late or city. Each reason comes with words of those who have it, personal data
masked. Association only: no reason is told as a cause. Columns that name people of
the company (agent, cashier, served_by …) are never a reason.

Topics are those of the product's own model of words, and what else the file's words
are often about; with --topics a column says them, with ; or | between two.

Lines without a score are left out and counted; lines whose score is no number are
left out and told.`,
		Example: `  vivencia analyse reasons reviews.csv.gz --text comment --score stars
  vivencia analyse reasons answers.csv --text words --score nps --drivers shop,late --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.read(importer.Table{Path: args[0]}); err != nil {
				return err
			}
			a.analyse()
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
	flags.StringVar(&a.words, "text", "", "the `column` of the words")
	flags.StringVar(&a.score, "score", "", "the `column` of the scores")
	flags.StringVar(&a.topics, "topics", "", "the `column` that says what the words are about, instead of finding it out")
	flags.StringSliceVar(&a.drivers, "drivers", nil, "`columns` of facts to look at beside the words, with commas")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// Bounds of what is told.
const (
	mostFound  = 20 // topics that are found in a file's words
	mostQuotes = 3  // of a reason
)

// reasonAnalysis is what goes with the scores of a file.
type reasonAnalysis struct {
	words, score, topics string
	drivers              []string

	lines    []reason.Line
	texts    []string // of the lines
	personal []string // drivers that name people
	missing  int
	left     leftOut

	answer reason.Answer
	quotes map[string][]string // by the id of a reason
}

func (a *reasonAnalysis) read(file importer.Table) error {
	columns := []importer.TableColumn{{For: "--text", Name: a.words}, {For: "--score", Name: a.score}}
	if a.topics != "" {
		columns = append(columns, importer.TableColumn{For: "--topics", Name: a.topics})
	}
	a.drivers = slices.DeleteFunc(a.drivers, func(name string) bool {
		if reason.Personal(name) {
			a.personal = append(a.personal, name)
			return true
		}
		columns = append(columns, importer.TableColumn{For: "--drivers", Name: name})
		return false
	})
	report, err := file.Each(columns, func(line int, values []string) error {
		score, known, ok := cell(values[1])
		switch {
		case !ok:
			a.left.add(line, a.score+" is no number")
			return nil
		case !known:
			a.missing++
			return nil
		}
		l := reason.Line{Score: score, Words: strings.ContainsFunc(values[0], func(r rune) bool { return r > ' ' })}
		rest := values[2:]
		if a.topics != "" {
			for _, topic := range strings.FieldsFunc(rest[0], func(r rune) bool { return r == ';' || r == '|' }) {
				l.Topics = append(l.Topics, strings.TrimSpace(strings.Clone(topic)))
			}
			rest = rest[1:]
		}
		for _, fact := range rest {
			if missing(fact) {
				fact = ""
			}
			l.Facts = append(l.Facts, strings.Clone(fact))
		}
		a.lines, a.texts = append(a.lines, l), append(a.texts, strings.Clone(values[0]))
		return nil
	})
	a.left.join(report)
	if err == nil && len(a.lines) == 0 {
		err = cx.Errorf(cx.Invalid, "analyse", "column %s has no score%s", a.score, a.left.first())
	}
	return err
}

func (a *reasonAnalysis) analyse() {
	if a.topics == "" {
		a.find()
	}
	var rows func(string) []int
	a.answer, rows = reason.OfLines(a.lines, a.drivers)
	a.quotes = map[string][]string{}
	for _, r := range a.answer.Reasons {
		a.quotes[r.ID] = a.quote(rows(r.ID))
	}
}

// find tells what each line's words are about: the topics that the shipped model
// knows, and of the lines that it does not understand what many of them are about.
func (a *reasonAnalysis) find() {
	model := text.Shipped()
	var unknown []string
	var at []int
	for i := range a.lines {
		if !a.lines[i].Words {
			continue
		}
		read := model.Read(a.texts[i])
		a.lines[i].Feel = string(read.Polarity)
		for _, topic := range read.Topics {
			a.lines[i].Topics = append(a.lines[i].Topics, topic.Slug)
		}
		if len(a.lines[i].Topics) == 0 {
			unknown, at = append(unknown, a.texts[i]), append(at, i)
		}
	}
	for _, candidate := range text.Propose(unknown, mostFound) {
		if short(unknown, candidate.Texts) {
			continue
		}
		name := strings.Join(candidate.Words[:min(3, len(candidate.Words))], " · ")
		for _, i := range candidate.Texts {
			a.lines[at[i]].Topics = append(a.lines[at[i]].Topics, name)
		}
	}
}

// short tells whether most of the texts have a few words only: they say how it was,
// such as "perfect", and not what.
func short(texts []string, of []int) bool {
	few := 0
	for _, i := range of {
		if len(strings.Fields(texts[i])) < 4 {
			few++
		}
	}
	return 2*few > len(of)
}

const (
	mostCompared = 2000 // bounds of how many texts the most typical are looked for
	longQuote    = 220  // letters; a text of twice as many counts for half as typical
)

// quote returns the most typical words of some lines, near-duplicates once, short ones
// rather than walls, masked.
func (a *reasonAnalysis) quote(rows []int) []string {
	var texts []string
	for _, i := range rows {
		if a.lines[i].Words && len(texts) < mostCompared {
			texts = append(texts, a.texts[i])
		}
	}
	typical := text.Centrality(texts)
	order := make([]int, len(texts))
	for i := range order {
		order[i] = i
		typical[i] *= min(1, longQuote/float64(utf8.RuneCountInString(texts[i])))
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(typical[j], typical[i]) })
	quotes, seen := []string{}, []text.Fingerprint{}
	for _, i := range order {
		print := text.FingerprintOf(texts[i])
		if len(quotes) == mostQuotes {
			break
		}
		if slices.ContainsFunc(seen, print.Near) {
			continue
		}
		seen = append(seen, print)
		quotes = append(quotes, text.Mask(strings.Join(strings.Fields(texts[i]), " "), "", text.Known{}))
	}
	return quotes
}

// reasonsJSON is the analysis for other programs.
type reasonsJSON struct {
	N       int          `json:"n"`
	Missing int          `json:"missing"`
	LeftOut int          `json:"left_out,omitempty"`
	Score   estimateJSON `json:"score"`
	Method  string       `json:"method"`
	R2      estimateJSON `json:"r2"`
	Tested  int          `json:"tested"`
	Reasons []reasonJSON `json:"reasons"`
	Unclear []reasonJSON `json:"unclear"`
	People  []string     `json:"people,omitempty"` // columns left out since they name people
}

type reasonJSON struct {
	Name   string       `json:"name"`
	Kind   reason.Kind  `json:"kind"`
	Values []string     `json:"values,omitempty"`
	Weight float64      `json:"weight"` // its part of what is explained
	Low    float64      `json:"low"`
	High   float64      `json:"high"`
	Share  float64      `json:"share"` // of the scores' variance
	Top3   float64      `json:"top3"`
	P      float64      `json:"p"`
	N      int          `json:"n"`
	Each   estimateJSON `json:"each"`
	Effect estimateJSON `json:"effect"`
	Quotes []string     `json:"quotes"`
}

func (a *reasonAnalysis) json() reasonsJSON {
	of := func(r reason.Reason) reasonJSON {
		quotes := a.quotes[r.ID]
		if quotes == nil {
			quotes = []string{}
		}
		return reasonJSON{
			r.Name.EN, r.Kind, r.Values, r.Weight.Part, r.Weight.Low, r.Weight.High, r.Weight.Share, r.Top3, r.P, r.N, jsonOf(r.Each), jsonOf(r.Effect), quotes,
		}
	}
	out := reasonsJSON{
		N: a.answer.N, Missing: a.missing, LeftOut: a.left.n, Score: jsonOf(a.answer.Score), Method: a.answer.Method,
		R2: estimateJSON{a.answer.R2, a.answer.R2Low, a.answer.R2High}, Tested: a.answer.Tested, Reasons: []reasonJSON{}, Unclear: []reasonJSON{}, People: a.personal,
	}
	for _, r := range a.answer.Reasons {
		out.Reasons = append(out.Reasons, of(r))
	}
	for _, r := range a.answer.Unclear {
		out.Unclear = append(out.Unclear, of(r))
	}
	return out
}

// text is the analysis for a terminal.
func (a *reasonAnalysis) text() string {
	var b strings.Builder
	figure := func(e outcome.Estimate) string { return fmt.Sprintf("%+.2f (%+.2f to %+.2f)", e.Value, e.Low, e.High) }
	fmt.Fprintf(&b, "%s answers, mean %.2f (%.2f to %.2f); %s missing\n", number(a.answer.N), a.answer.Score.Value, a.answer.Score.Low, a.answer.Score.High, number(a.missing))
	if len(a.answer.Reasons) == 0 {
		fmt.Fprintf(&b, "No reason stands out: %s were looked at.\n", many(a.answer.Tested, "candidate", "candidates"))
	} else {
		fmt.Fprintf(&b, "What goes with the scores, and with %s (%s to %s) of their differences; %s looked at\n",
			percent(a.answer.R2), percent(a.answer.R2Low), percent(a.answer.R2High), many(a.answer.Tested, "candidate", "candidates"))
	}
	for i, r := range a.answer.Reasons {
		fmt.Fprintf(&b, "\n%2d. %s\n    weight %s (%s to %s); each %s; in all %s; n %s\n", i+1, r.Name.EN,
			percent(r.Weight.Part), percent(r.Weight.Low), percent(r.Weight.High), figure(r.Each), figure(r.Effect), number(r.N))
		for _, q := range a.quotes[r.ID] {
			fmt.Fprintf(&b, "    “%s”\n", q)
		}
	}
	if len(a.answer.Unclear) > 0 {
		names := make([]string, len(a.answer.Unclear))
		for i, r := range a.answer.Unclear {
			names[i] = r.Name.EN
		}
		fmt.Fprintf(&b, "\nNot known yet: %s\n", strings.Join(names, "; "))
	}
	if len(a.personal) > 0 {
		fmt.Fprintf(&b, "\nLeft out, since they name people: %s\n", strings.Join(a.personal, ", "))
	}
	return b.String()
}
