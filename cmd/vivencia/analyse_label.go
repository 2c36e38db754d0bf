package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/text/remote"
)

func analyseTextCommand() *cobra.Command {
	a := labelAnalysis{}
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "text FILE --text COL --label COL [--folds 5 | --test OTHER]",
		Short: "Tell how well the labels of a file's texts can be learned",
		Long: `Reads a table (CSV, gzipped or not, Parquet or Excel) with one text a line and what
people said it is: a sentiment, a reason, any label. The program learns the labels
from some of the texts, as it does for the topics and feelings of its own company's,
and tells how often it says the same as people of the others: by cross-validation
(--folds), or on another file (--test). Beside it stands the majority: what always
saying the commonest label would reach.

--dedupe takes the same text once (its first label), and leaves out of --test what
was learned from. Lines without a text or a label are missing. One core; a file of
15,000 tweets takes some seconds.`,
		Example: `  vivencia analyse text tweets.csv --text text --label airline_sentiment --dedupe
  vivencia analyse text reviews.csv.gz --text Opinion --label Class --test later.csv --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.test != "" && cmd.Flags().Changed("folds") {
				return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--test", Message: "leaves no use for --folds; give one of them"}})
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			err := a.read(ctx, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd, a.json())
			} else {
				printf(cmd, "%s", a.told())
			}
			return a.left.tell(cmd, strict, err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.text, "text", "", "the `column` of the texts")
	flags.StringVar(&a.label, "label", "", "the `column` of what people said they are")
	flags.IntVar(&a.folds, "folds", 5, "of the cross-validation: learn from all parts but one, and tell of that one")
	flags.StringVar(&a.test, "test", "", "learn from all of FILE, and tell of this `file`, which has the same columns")
	flags.BoolVar(&a.dedupe, "dedupe", false, "take the same text once")
	flags.StringVar(&a.labeller.URL, "labeller", "", "audit the language model at this `url`, such as http://localhost:8080/v1")
	flags.StringVar(&a.labeller.Model, "labeller-model", "", "its `name` there")
	flags.IntVar(&a.sample, "sample", 100, "how many texts it is asked for")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// labelAnalysis is how well the labels of a file's texts can be learned.
type labelAnalysis struct {
	text, label, test string
	folds             int
	dedupe            bool
	labeller          remote.Config
	sample            int

	report              text.Report
	audit               *remote.Audit
	duplicates, missing int
	left                leftOut
}

func (a *labelAnalysis) read(ctx context.Context, path string) error {
	seen := map[string]bool{}
	texts, err := a.texts(path, seen)
	if err != nil {
		return err
	}
	if a.test == "" {
		a.report, err = text.Validate(ctx, texts, a.folds)
	} else {
		var test []text.Labelled
		if test, err = a.texts(a.test, seen); err == nil {
			a.report, err = text.Test(ctx, texts, test)
		}
	}
	if err != nil || a.labeller.URL == "" {
		return err
	}
	return a.ask(ctx, texts)
}

// ask lets a labeller say the labels of some texts, evenly spread over the file,
// and the program learned from the others.
func (a *labelAnalysis) ask(ctx context.Context, texts []text.Labelled) error {
	a.labeller.Key = os.Getenv("VIVENCIA_LABELLER_KEY")
	labeller, err := remote.New(a.labeller)
	if err != nil {
		return err
	}
	every := max(len(texts)/max(a.sample, 1), 2)
	var learn []text.Labelled
	var asked []remote.Text
	var people, ours []string
	for i, l := range texts {
		if i%every == 0 && len(asked) < a.sample {
			asked, people = append(asked, remote.Text{Words: l.Text}), append(people, l.Label)
		} else {
			learn = append(learn, l)
		}
	}
	c, err := text.Learn(ctx, learn)
	if err != nil {
		return err
	}
	for _, t := range asked {
		ours = append(ours, c.Classify(t.Words)[0].Label)
	}
	var labels []string
	for _, class := range a.report.Classes {
		labels = append(labels, class.Class)
	}
	audit, err := labeller.Audit(ctx, asked, people, ours, labels)
	a.audit = &audit
	return err
}

// texts reads a table's texts with their labels; seen are those read before.
func (a *labelAnalysis) texts(path string, seen map[string]bool) (texts []text.Labelled, err error) {
	columns := []importer.TableColumn{{For: "--text", Name: a.text}, {For: "--label", Name: a.label}}
	report, err := importer.Table{Path: path}.Each(columns, func(_ int, values []string) error {
		l := text.Labelled{Text: values[0], Label: values[1]}
		switch {
		case l.Text == "" || l.Label == "":
			a.missing++
		case a.dedupe && seen[l.Text]:
			a.duplicates++
		default:
			seen[l.Text] = true
			texts = append(texts, l)
		}
		return nil
	})
	a.left.join(report)
	if err == nil && len(texts) == 0 {
		err = cx.Errorf(cx.Invalid, "analyse", "%s has no line with %s and %s%s", path, a.text, a.label, a.left.first())
	}
	return texts, err
}

// labelJSON is the analysis for other programs.
type labelJSON struct {
	text.Report
	Folds      int `json:"folds,omitempty"`
	Missing    int `json:"missing"`
	Duplicates int `json:"duplicates"`
	LeftOut    int `json:"left_out,omitempty"`

	Audit *remote.Audit `json:"labeller,omitempty"`
}

func (a *labelAnalysis) json() labelJSON {
	out := labelJSON{a.report, a.folds, a.missing, a.duplicates, a.left.n, a.audit}
	if a.test != "" {
		out.Folds = 0
	}
	return out
}

// told is the analysis for a terminal.
func (a *labelAnalysis) told() string {
	var b strings.Builder
	r := a.report
	fmt.Fprintf(&b, "%s right (%s to %s), of %s texts; always the commonest label: %s\n", percent(r.Accuracy), percent(r.Low), percent(r.High), number(r.N), percent(r.Majority))
	fmt.Fprintf(&b, "macro-F1 %.3f, Cohen's kappa %.3f; %s missing, %s duplicates\n\n", r.MacroF1, r.Kappa, number(a.missing), number(a.duplicates))
	fmt.Fprintf(&b, "  %-28s  precision  recall     F1        n\n", "label")
	for _, c := range r.Classes {
		fmt.Fprintf(&b, "  %-28s      %.3f   %.3f  %.3f  %7s\n", c.Class, c.Precision, c.Recall, c.F1, number(c.N))
	}
	if len(r.Languages) > 0 {
		b.WriteString("\n  language   right  commonest  macro-F1        n\n")
	}
	for _, l := range r.Languages {
		fmt.Fprintf(&b, "  %-8s  %6s  %9s     %.3f  %7s\n", l.Language, percent(l.Accuracy), percent(l.Majority), l.MacroF1, number(l.N))
	}
	if a.audit != nil {
		fmt.Fprintf(&b, "\n  %s texts asked of %s (%d gave no label)  agree  kappa\n", number(a.audit.Labeller.N), a.labeller.Model, a.audit.Failed)
		for _, r := range []struct {
			who string
			of  text.Report
		}{{"it and people", a.audit.Labeller}, {"the program and people", a.audit.Ours}, {"it and the program", a.audit.Between}} {
			fmt.Fprintf(&b, "  %-24s  %6s  %.3f\n", r.who, percent(r.of.Accuracy), r.of.Kappa)
		}
	}
	return b.String()
}
