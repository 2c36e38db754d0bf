package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/bench"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func benchCommand() *cobra.Command {
	c := bench.Config{RealData: os.Getenv("VIVENCIA_DATA")}
	var asJSON bool
	var dir, curve string
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine, and the product on it",
		Long: `Measures what this machine does (synced writes, JSON, memory) and then what the
product does on it: a real server on a temporary directory, spoken to over real
sockets from this same machine. Compare machines by the ratios, not by the
figures: they divide each by the machine's own rate.

Measurements, for --only: ` + strings.Join(bench.Names(), ", ") + `.
"stored" fills a directory with --events events of about 1 KB, at least twice as
many bytes of free disk are needed, and measures what depends on how much is
stored. Targets are for two cores; those of large stores are judged only when so
many events are stored.

Figures:
` + bench.Explain(),
		Example: `  vivencia bench
  vivencia bench --events 10000000 --json > bench.json
  vivencia bench --only stored --events 20000000 --svg curve.svg
  vivencia bench --only batch,single --profile profiles/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.Binary, err = exec.LookPath(os.Args[0]); err != nil {
				return cx.Errorf(cx.Unavailable, "bench", "this program cannot find itself to run a server: call it by its path: %w", err)
			}
			if c.Dir, err = os.MkdirTemp(dir, "vivencia-bench-"); err != nil {
				return cx.Errorf(cx.Invalid, "bench", "no directory can be made to measure in: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(c.Dir)) }()
			started := time.Now()
			c.Note = func(what string) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%6.1f s  %s\n", time.Since(started).Seconds(), what)
			}
			report, err := bench.Run(cmd.Context(), c)
			if err != nil {
				return err
			}
			if curve != "" {
				if err := drawCurve(report, curve); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(cmd, report)
			}
			return report.WriteTable(cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.IntVar(&c.Events, "events", 500_000, "how many events to store")
	f.DurationVar(&c.Duration, "duration", 5*time.Second, "how long what is timed goes on")
	f.StringSliceVar(&c.Only, "only", nil, "the measurements to make, with commas (default all)")
	f.Uint64Var(&c.Seed, "seed", 1, "the same seed gives the same events")
	f.StringVar(&c.Profiles, "profile", "", "write profiles of the server's processor time and memory to this `folder`")
	f.BoolVar(&asJSON, "json", false, "print the report as JSON")
	f.StringVar(&curve, "svg", "", "draw the cost of an event while the store grows to this `file`")
	f.StringVar(&dir, "dir", "", "the `folder` to measure in, on the disk that matters (default: for temporary files)")
	return cmd
}

func drawCurve(report bench.Report, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return cx.Errorf(cx.Invalid, "bench", "the drawing cannot be written: %w", err)
	}
	return errors.Join(report.WriteCurve(f), f.Close())
}
