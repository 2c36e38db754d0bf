package main

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func analyseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "analyse",
		Short: "Analyse a file with the product's methods, without a server",
		Long: `Runs the product's own code on a file of an analyst: no server, no data
directory, and nothing is kept.`,
	}
	cmd.AddCommand(analyseJourneyCommand(), analyseScoreCommand(), analyseDriversCommand(), analyseReasonsCommand(), analyseTextCommand(), analyseExperimentCommand(), analyseCausalCommand(), analyseSurvivalCommand(), analyseCLVCommand())
	return cmd
}

func analyseJourneyCommand() *cobra.Command {
	var file importer.LogFile
	var script, zone, html string
	var noise float64
	var asJSON, strict bool
	cmd := &cobra.Command{
		Use:   "journey LOG.xes[.gz] | FILE --case COL --activity COL --time COL",
		Short: "Analyse an event log: how its cases are really lived",
		Long: `Reads an event log and tells how its cases are lived: the ways they go and how
many go each, what follows what and after how long, where the time goes, what is
done again, and how well a model found by the inductive miner tells it all; or,
with --script, how cases differ from the script of a journey in a model.

A log is XES, or a table with one event a line: CSV (its delimiter and encoding
are found out) or Parquet. XES and CSV may be gzipped. Times without a zone are
of --timezone. Lines that are no event are left out, and told.`,
		Example: `  vivencia analyse journey receipt.xes.gz
  vivencia analyse journey sepsis.csv.gz --case case_id --activity activity --time timestamp --json
  vivencia analyse journey orders.csv --case order --activity step --time at --script model.yaml:online-order --html orders.html`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file.Path = args[0]
			var err error
			if file.Zone, err = time.LoadLocation(zone); err != nil || file.Zone == time.Local {
				return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--timezone", Message: "is not a time zone such as Europe/Madrid"}})
			}
			if noise < 0 || noise > 1 {
				return cx.InvalidFaults("analyse", []cx.Fault{{Field: "--noise", Message: "is a share from 0 to 1"}})
			}
			var designed *design
			if script != "" {
				if designed, err = scriptOf(script); err != nil {
					return err
				}
			}
			l, err := readEventLog(file)
			if err != nil {
				return err
			}
			a, err := analyseJourney(l, designed, noise)
			if err != nil {
				return err
			}
			if html != "" {
				if err := writePrivate(html, a.html()); err != nil {
					return err
				}
			}
			if asJSON {
				err = printJSON(cmd, a.json())
			} else {
				printf(cmd, "%s", a.text())
			}
			for _, f := range l.report.Faults {
				cmd.PrintErrf("vivencia: left out: line %d: %s\n", f.Line, f.Reason)
			}
			if more := l.report.LeftOut - len(l.report.Faults); more > 0 {
				cmd.PrintErrf("vivencia: and %d more lines\n", more)
			}
			if err == nil && strict && l.report.LeftOut > 0 {
				return exitCode(3)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file.Case, "case", "", "the `column` that says to which case an event belongs")
	flags.StringVar(&file.Activity, "activity", "", "the `column` that says what happened")
	flags.StringVar(&file.Time, "time", "", "the `column` that says when")
	flags.StringVar(&file.Transition, "transition", "", "the `column` that says whether it began (start) or ended (complete)")
	flags.StringVar(&file.TimeFormat, "time-format", "", "how times are written, in strftime's `directives`, or unix or unix_ms (default: the usual ways)")
	flags.StringVar(&zone, "timezone", "UTC", "the `zone` of times without one")
	flags.StringVar(&script, "script", "", "hold the cases against a journey's script: `MODEL.yaml:ID`")
	flags.Float64Var(&noise, "noise", .2, "of the inductive miner: edges rarer than this `share` of the commonest may be left out; 0 leaves out none")
	flags.StringVar(&html, "html", "", "write the report with its picture to this `file` too")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	flags.BoolVar(&strict, "strict", false, "exit with 3 when lines were left out")
	return cmd
}

// scriptOf reads FILE:ID: a journey that has a script, of a model's YAML.
func scriptOf(at string) (*design, error) {
	i := strings.LastIndexByte(at, ':')
	if i < 0 {
		return nil, cx.InvalidFaults("analyse", []cx.Fault{{Field: "--script", Message: "is MODEL.yaml:ID, the file of a model and the slug of a journey in it"}})
	}
	src, err := readFile(at[:i])
	if err != nil {
		return nil, err
	}
	m, err := model.Parse(src)
	if err != nil {
		return nil, err
	}
	var slugs []string
	for _, j := range m.Journeys {
		if j.Slug == at[i+1:] {
			if len(j.Script) == 0 {
				return nil, cx.Errorf(cx.Invalid, "analyse", "the journey %s has no script yet", j.Slug)
			}
			return &design{j, m}, nil
		}
		slugs = append(slugs, j.Slug)
	}
	return nil, cx.Errorf(cx.NotFound, "analyse", "%s has no journey %q; there are: %s", at[:i], at[i+1:], strings.Join(slugs, ", "))
}

// writePrivate writes a file that only its owner reads.
func writePrivate(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return cx.Errorf(cx.Invalid, "write", "%w", err)
	}
	return nil
}
