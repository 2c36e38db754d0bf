package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func rebuildCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make memory and history again from the log",
		Long: `Makes everything that is derived (memory, timelines, facts) again from the log,
beside what is there, and puts it in its place once it is whole. Every answer,
id and link is the same afterwards. The server must be stopped.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("log-level") {
				cfg.LogLevel = "error"
			}
			bar := newBar(cmd.ErrOrStderr(), "rebuilding", "events")
			start, total := time.Now(), cx.Seq(0)
			err = app.Rebuild(cmd.Context(), cfg, newLogger(cfg), func(applied, last cx.Seq) {
				total = last
				bar.show(int64(applied), int64(last))
			})
			bar.done()
			if err != nil {
				return err
			}
			printf(cmd, "rebuilt from %d records of the log in %s\n", total, time.Since(start).Round(10*time.Millisecond))
			return nil
		},
	}
	s.bind(cmd, "data", "history-memory", "log-level")
	return cmd
}
