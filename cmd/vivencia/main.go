// Command vivencia is the whole product in one binary: the server, the demo,
// and the commands that import, rebuild and administer a data directory.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // companies have zones, machines not always

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func main() { os.Exit(run(os.Args[1:])) }

// exitCode is an error that ends the command with that code and no message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func run(args []string) int {
	// Whatever is written holds what customers lived, or secrets, also where a
	// store's engine would make its files for everybody.
	syscall.Umask(0o077)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:   "vivencia",
		Short: "Make, remember and improve what your customers live",
		Long: `Vivencia is the system with which a company makes, remembers and improves
what its customers live. One binary, one company.

To look around, with a simulated company and nothing else to install:

    vivencia demo

To begin with your own:

    vivencia serve --data /srv/vivencia        prints a link to set it up
    vivencia source create web                 prints a write key for your events
    vivencia import csv orders.csv --map m.yaml

Every command takes --data DIR, and works while the server runs and while it
does not. Settings come from the defaults, the file of --config, the environment
(VIVENCIA_ADDR, VIVENCIA_DATA_DIR, …) and the flags, in this order.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(demoCommand(), serveCommand(), importCommand(), sourceCommand(), tokenCommand(),
		personCommand(), auditCommand(), modelCommand(), forgetCommand(), exportCommand(), retentionCommand(), analyseCommand(), rebuildCommand(), backupCommand(), restoreCommand(), repairCommand(), statusCommand(), benchCommand(), versionCommand())
	for _, cmd := range root.Commands() {
		if cmd.HasSubCommands() && cmd.RunE == nil { // alone it tells what there is; a word it does not know is an error
			cmd.Args, cmd.RunE = cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "vivencia: stopped before it was done; the same command goes on from here")
		return 130
	}
	fmt.Fprintln(os.Stderr, "vivencia: "+explain(err))
	if isDamage(err) {
		return exitDamaged
	}
	return 1
}

// exitDamaged is the exit status when a file of the data directory is damaged
// and somebody has to decide.
const exitDamaged = 6

func isDamage(err error) bool {
	var d *app.DamagedError
	return errors.As(err, &d)
}

// explain writes an error for who typed the command: every fault on a line.
func explain(err error) string {
	if d := new(app.DamagedError); errors.As(err, &d) {
		return d.Error()
	}
	faults := cx.FaultsOf(err)
	if len(faults) == 0 {
		if m := cx.MessageOf(err); m != "" {
			return m
		}
		return err.Error()
	}
	lines := make([]string, 0, len(faults)+1)
	if len(faults) > 1 {
		lines = append(lines, fmt.Sprintf("%d things to mend:", len(faults)))
	}
	for _, f := range faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n  ")
}

// settings are the flags of a command that opens or reaches a data directory.
// They apply over the configuration file and the environment, and are read
// together with them, so that every fault is told at once.
type settings struct {
	file string
}

// bind gives cmd the flags with these names, and --config.
func (s *settings) bind(cmd *cobra.Command, names ...string) {
	defaults := app.Defaults()
	for _, setting := range defaults.Settings() {
		if slices.Contains(names, setting.Name) {
			cmd.Flags().String(setting.Name, setting.String(), setting.Usage+" ($"+setting.Env()+")")
		}
	}
	cmd.Flags().StringVar(&s.file, "config", os.Getenv("VIVENCIA_CONFIG"), "a YAML `file` of settings ($VIVENCIA_CONFIG)")
}

// load returns the validated configuration.
func (s *settings) load(cmd *cobra.Command) (app.Config, error) {
	cfg, err := app.Load(s.file, os.Environ())
	cfg.Version = version
	faults := cx.FaultsOf(err)
	if err != nil && len(faults) == 0 {
		return cfg, err
	}
	for _, setting := range cfg.Settings() {
		if f := cmd.Flags().Lookup(setting.Name); f != nil && f.Changed {
			if err := setting.Set(f.Value.String()); err != nil {
				faults = append(faults, cx.Fault{Field: "--" + setting.Name, Message: err.Error()})
			}
		}
	}
	faults = append(faults, cx.FaultsOf(cfg.Validate())...)
	return cfg, cx.InvalidFaults("settings", faults)
}
