package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/pages/walk"
)

// demoLogLevel is what the demo logs unless told otherwise: its terminal is for
// the address and the progress.
const demoLogLevel = "error"

func demoCommand() *cobra.Command {
	var s settings
	var d app.DemoConfig
	var until string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Look around: the whole product, with a simulated company",
		Long: `Serves Librerías Candil, a simulated company whose customers live, feel, answer,
stay or leave because of what they lived. Everything runs in this process, on
embedded stores; events keep arriving while it runs. It listens on this machine
only. Stop it with Ctrl-C; the same --data starts again where it was.`,
		Example: `  vivencia demo
  vivencia demo --customers 1000 --seed 7 --data /tmp/candil`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			if err := loopback(cfg.Addr); err != nil {
				return err
			}
			if until != "" {
				if d.Until, err = time.Parse(time.DateOnly, until); err != nil {
					return cx.Errorf(cx.Invalid, "demo", "--until %q is not a date such as 2026-11-22", until)
				}
			}
			if d.Customers < 1 || d.Customers > 10_000_000 {
				return cx.Errorf(cx.Invalid, "demo", "--customers must be from 1 to 10000000")
			}
			if !cmd.Flags().Changed("log-level") && cfg.LogLevel == app.Defaults().LogLevel {
				cfg.LogLevel = demoLogLevel
			}
			return runDemo(cmd, cfg, d, newLogger(cfg))
		},
	}
	s.bind(cmd, "data", "addr", "url", "log-level", "history-memory", "journey-memory")
	cmd.Flags().Lookup("log-level").DefValue = demoLogLevel
	cmd.Flags().IntVar(&d.Customers, "customers", 8000, "how many customers the company has")
	cmd.Flags().Uint64Var(&d.Seed, "seed", 1, "the same seed gives the same company")
	cmd.Flags().StringVar(&until, "until", "", "the `date` on which its past ends (default: today)")
	return cmd
}

func runDemo(cmd *cobra.Command, cfg app.Config, d app.DemoConfig, logger *slog.Logger) error {
	ctx, start := cmd.Context(), time.Now()
	a, err := app.Open(ctx, cfg, logger)
	if err != nil {
		return err
	}
	founding := newBar(cmd.ErrOrStderr(), "twelve months of Librerías Candil", "events")
	demo, err := a.FoundDemo(ctx, d, founding.show)
	founding.done()
	if err != nil {
		return errors.Join(err, a.Close())
	}
	live, stop := context.WithCancel(ctx)
	lived, began := make(chan error, 1), false
	err = a.Serve(ctx, func(address string) {
		url := cfg.PublicURL(address)
		printf(cmd, `Librerías Candil is open (%.1f s)

  Look around    %s
  Sign in        %s%s
  Two stories    %s%s
  Write key      demo
  API token      demo

Events keep arriving. Ctrl-C stops it.
`, time.Since(start).Seconds(), url, url, signin.LinkPath(demo.SignIn), url, walk.Path)
		began = true
		go func() { lived <- demo.Live(live) }()
	})
	stop()
	if began {
		err = errors.Join(err, <-lived)
	}
	return errors.Join(err, a.Close())
}

// loopback refuses an address that others can reach: the demo's key and token
// are known to all.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback()) {
		return nil
	}
	return cx.Errorf(cx.Invalid, "demo", "%s", fmt.Sprintf("the demo's key and token are known to all, so it listens on this machine only: use --addr 127.0.0.1:PORT, not %q", addr))
}
