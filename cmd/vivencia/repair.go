package main

import (
	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func repairCommand() *cobra.Command {
	var s settings
	var from string
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Make a damaged log whole, as far as it can be read",
		Long: `Keeps what can be read of a damaged log. What cannot comes from the newest backup
of --from; what that has not is lost, and its place in the log says so. The
damaged files are put aside, in a folder of the log's, and what is derived is
made again. The server must be stopped.`,
		Example: `  vivencia repair --data /srv/vivencia --from /mnt/backups/vivencia`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("log-level") {
				cfg.LogLevel = "error"
			}
			bar := newBar(cmd.ErrOrStderr(), "rebuilding", "events")
			done, err := app.Repair(cmd.Context(), cfg, from, newLogger(cfg), func(applied, last cx.Seq) { bar.show(int64(applied), int64(last)) })
			bar.done()
			if err != nil {
				return err
			}
			if done.Lost == 0 {
				printf(cmd, "the log is whole: nothing was lost\n")
				return nil
			}
			printf(cmd, "%d events could not be read; %d of them came back from the backup, %d are lost\n", done.Lost, done.Filled, done.Lost-done.Filled)
			if done.Aside != "" {
				printf(cmd, "the damaged files are in %s: remove them when nobody needs to look\n", done.Aside)
			}
			return nil
		},
	}
	s.bind(cmd, "data", "history-memory", "log-level")
	cmd.Flags().StringVar(&from, "from", "", "the `folder` of backups from which missing events come back")
	return cmd
}
