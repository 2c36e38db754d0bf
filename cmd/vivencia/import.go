package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

func importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Bring in what customers lived, from files",
		Long: `Brings files in: CSV, Excel and Parquet by a map, event logs in XES and OCEL, lines
of Segment messages, and what is said in public. All but Excel and Parquet may be gzipped. The same file twice changes nothing, so an import that was
interrupted is resumed by running it again. What cannot be read or is refused
goes to quarantine ("datos por revisar"), with its line and the reason.`,
	}
	cmd.AddCommand(importCSVCommand(), importExcelCommand(), importParquetCommand(), importXESCommand(), importOCELCommand(), importJSONLCommand(), importMentionsCommand())
	return cmd
}

// importFlags are what every import takes.
type importFlags struct {
	target
	source       string
	json, strict bool
	before       func(*client) error // what needs the target and comes first; nil: nothing
	journey      string              // slug of the journey that was opened; "": none
}

func (f *importFlags) bind(cmd *cobra.Command) {
	f.target.bind(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print the report as JSON")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "exit with 3 when anything went to quarantine")
}

func importCSVCommand() *cobra.Command {
	return importTablesCommand("CSV", importer.CSV, `  vivencia import csv --map examples/olist/map.yaml --root ~/data/olist
  vivencia import csv orders.csv.gz --map orders.yaml --json`)
}

func importExcelCommand() *cobra.Command {
	return importTablesCommand("Excel", importer.Excel, `  vivencia import excel survey-2025.xlsx --map survey-2025.yaml`)
}

func importParquetCommand() *cobra.Command {
	return importTablesCommand("Parquet", importer.Parquet, `  vivencia import parquet orders.parquet --map orders.yaml`)
}

// importTablesCommand imports tables by a map.
func importTablesCommand(kind string, read func(context.Context, *importer.Map, []string, importer.Options) (importer.Report, error), example string) *cobra.Command {
	var f importFlags
	var mapFile, root string
	cmd := &cobra.Command{
		Use:   strings.ToLower(kind) + " [FILE…] --map MAP.yaml",
		Short: "Import " + kind + " files by a map",
		Long: `Imports ` + kind + ` files by a map, which says whose each line is and what was lived.
Without FILE the map's own files are read, relative to the map (or to --root).
With one FILE and no files in the map, every entry reads that FILE.
examples/ has maps to begin with.`,
		Example: example,
		RunE: func(cmd *cobra.Command, args []string) error {
			if mapFile == "" {
				return cx.Errorf(cx.Invalid, "import", "name the map with --map; examples/ has some to begin with")
			}
			m, err := importer.LoadMap(mapFile, os.Getenv)
			if err != nil {
				return err
			}
			return f.run(cmd, func(o importer.Options) (importer.Report, error) {
				o.Root = root
				return read(cmd.Context(), m, args, o)
			})
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&mapFile, "map", "", "the map, a YAML `file`")
	cmd.Flags().StringVar(&root, "root", "", "the `folder` of the map's files, when they are not beside it")
	cmd.Flags().StringVar(&f.source, "source", "", "the source's slug (default: the map's)")
	return cmd
}

func importXESCommand() *cobra.Command {
	var f importFlags
	var mapFile, name, key string
	cmd := &cobra.Command{
		Use:   "xes FILE…",
		Short: "Import event logs in XES",
		Long: `Imports event logs in XES: each trace is a run of a journey and, unless a map
says otherwise, its customer; attributes become properties, those of the trace
as case_NAME.

--journey NAME opens the log at once: the model gets a journey whose runs are the
log's traces (its slug is made of NAME), and the address of its page is printed.
Logs whose traces are to be runs of different journeys need different properties
for the traces' names: --case-key.`,
		Example: `  vivencia import xes receipt.xes.gz --source permits
  vivencia import xes receipt.xes.gz --map examples/receipt/map.yaml
  vivencia import xes loans.xes.gz --journey Loans --case-key loan_id`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var m *importer.Map
			if mapFile != "" {
				var err error
				if m, err = importer.LoadMap(mapFile, os.Getenv); err != nil {
					return err
				}
			}
			if name != "" {
				f.before = func(c *client) (err error) {
					f.journey, err = c.openJourney(cmd, name, key)
					return err
				}
			}
			return f.run(cmd, func(o importer.Options) (importer.Report, error) {
				o.Map, o.CaseKey = m, key
				return importer.XES(cmd.Context(), args, o)
			})
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&mapFile, "map", "", "a map that says whose each trace is, a YAML `file`")
	cmd.Flags().StringVar(&f.source, "source", "", "the source's slug (default: the map's, or the file's name)")
	cmd.Flags().StringVar(&name, "journey", "", "declare a journey of this `name` whose runs are the log's traces")
	cmd.Flags().StringVar(&key, "case-key", "case_id", "the `property` that holds a trace's name")
	return cmd
}

func importOCELCommand() *cobra.Command {
	var f importFlags
	var customer string
	cmd := &cobra.Command{
		Use:   "ocel FILE…",
		Short: "Import object-centric event logs (OCEL 2.0 in JSON)",
		Long: `Imports object-centric event logs, OCEL 2.0 in JSON. The ids of an event's objects
become properties named by their types ("Purchase Order": purchase_order_id).
--customer names the type whose objects are customers; the attributes of those
become traits. Without it, an event's first object is its customer.`,
		Example: `  vivencia import ocel orders.json --customer client`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, func(o importer.Options) (importer.Report, error) {
				o.Customer = customer
				return importer.OCEL(cmd.Context(), args, o)
			})
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&f.source, "source", "", "the source's slug (default: the file's name)")
	cmd.Flags().StringVar(&customer, "customer", "", "the object `type` of customers")
	return cmd
}

func importJSONLCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:     "jsonl FILE…",
		Short:   "Import lines of Segment messages",
		Example: `  vivencia import jsonl archive.jsonl.gz --source segment`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, func(o importer.Options) (importer.Report, error) {
				return importer.JSONL(cmd.Context(), args, o)
			})
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&f.source, "source", "", "the source's slug (default: the file's name)")
	return cmd
}

// run imports to the target and prints the report.
func (f *importFlags) run(cmd *cobra.Command, read func(importer.Options) (importer.Report, error)) error {
	return f.with(cmd, func(c *client) error {
		if f.before != nil {
			if err := f.before(c); err != nil {
				return err
			}
		}
		bar := newBar(cmd.ErrOrStderr(), "importing", "bytes")
		rows := 0
		report, err := read(importer.Options{
			Sink:   importer.NewPosted(c.http, c.base, c.token),
			Clock:  cx.SystemClock{},
			Source: f.source,
			Progress: func(p importer.Progress) {
				rows = p.Rows
				bar.what = fmt.Sprintf("%s  %d records, %.0f/s", p.File, p.Rows, p.Rate)
				bar.show(p.BytesRead, p.BytesTotal)
			},
		})
		bar.done()
		if err != nil {
			if rows > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "vivencia: stopped after %d records; run the same import again to go on\n", rows)
			}
			return err
		}
		if report.LastSeq > 0 {
			if err := c.waitApplied(cmd, report.LastSeq); err != nil {
				return err
			}
		}
		if f.json {
			err = printJSON(cmd, report)
		} else {
			printReport(cmd, report)
		}
		if f.journey != "" {
			cmd.PrintErrf("the journey is at %s/journeys/%s?weeks=0\n", strings.TrimSuffix(f.server, "/"), f.journey)
		}
		if err == nil && f.strict && report.Quarantined > 0 {
			return exitCode(3)
		}
		return err
	})
}

// waitApplied waits until what was imported shows in every answer.
func (c *client) waitApplied(cmd *cobra.Command, seq cx.Seq) error {
	bar := newBar(cmd.ErrOrStderr(), "remembering", "events")
	defer bar.done()
	for {
		var totals struct {
			Applied cx.Seq `json:"applied_seq"`
		}
		if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/totals", nil, &totals); err != nil {
			return err
		}
		if totals.Applied >= seq {
			return nil
		}
		bar.show(int64(totals.Applied), int64(seq))
		select {
		case <-time.After(50 * time.Millisecond):
		case <-cmd.Context().Done():
			return cmd.Context().Err()
		}
	}
}

func printReport(cmd *cobra.Command, r importer.Report) {
	printf(cmd, "read         %9d\naccepted     %9d\nduplicates   %9d\nempty        %9d\nskipped      %9d\nquarantined  %9d\n",
		r.Read, r.Accepted, r.Duplicates, r.Empty, r.Skipped, r.Quarantined)
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		printf(cmd, "  %9d  %s\n", r.Reasons[reason], reason)
	}
	if n := r.MovedTimes.Skipped + r.MovedTimes.Ambiguous; n > 0 {
		printf(cmd, "%d local times fell on a change of the clocks: %d moved forward, %d took the first of two\n",
			n, r.MovedTimes.Skipped, r.MovedTimes.Ambiguous)
	}
}
