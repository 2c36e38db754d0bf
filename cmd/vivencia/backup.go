package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func backupCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "backup [FOLDER]",
		Short: "Copy what is the truth to a folder, while the server runs or not",
		Long: `Copies the log, the accounts, the model and the quarantine to FOLDER (or to that
of the setting backup-target). A folder holds any number of backups, which share
what has not changed; what is new since the last one is all that is written.
What is derived is not copied: a restore makes it again.`,
		Example: `  vivencia backup /mnt/backups/vivencia
  vivencia backup verify /mnt/backups/vivencia
  vivencia restore /mnt/backups/vivencia --data /srv/vivencia`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{}
			if len(args) == 1 {
				folder, err := filepath.Abs(args[0]) // the server stands elsewhere
				if err != nil {
					return err
				}
				in["target"] = folder
			}
			return t.with(cmd, func(c *client) error {
				var made struct {
					ID      string `json:"id"`
					LastSeq cx.Seq `json:"last_seq"`
					Bytes   int64  `json:"bytes"`
				}
				start := time.Now()
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/backups", in, &made); err != nil {
					return err
				}
				printf(cmd, "backup %s: %d records of the log, %s, in %s\n", made.ID, made.LastSeq, inUnits(made.Bytes), time.Since(start).Round(10*time.Millisecond))
				return nil
			})
		},
	}
	t.bind(cmd)
	cmd.AddCommand(backupVerifyCommand(), backupListCommand())
	return cmd
}

func backupListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list FOLDER",
		Short: "List the backups of a folder, oldest first: id, records of the log, size",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := backup.List(args[0])
			for _, m := range all {
				printf(cmd, "%s  %s  %12d records  %9s\n", m.ID, m.At.Local().Format("2006-01-02 15:04"), m.LastSeq, inUnits(m.Bytes()))
			}
			return err
		},
	}
}

func backupVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify FOLDER",
		Short: "Read every file of every backup and say which are not as they were written",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bar := newBar(cmd.ErrOrStderr(), "reading", "bytes")
			r, err := backup.Verify(cmd.Context(), args[0], func(done, total int64) { bar.show(done, total) })
			bar.done()
			if err != nil {
				return err
			}
			if len(r.Faults) > 0 {
				return cx.InvalidFaults("verify", r.Faults)
			}
			last := r.Backups[len(r.Backups)-1]
			printf(cmd, "%d backups are whole: %d files, %s; the last is of %s\n", len(r.Backups), r.Files, inUnits(r.Bytes), last.At.Local().Format("2006-01-02 15:04"))
			return nil
		},
	}
}

func restoreCommand() *cobra.Command {
	var s settings
	var r app.RestoreConfig
	var at string
	cmd := &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Bring a backup back into an empty data directory",
		Long: `Brings the newest backup of FOLDER (or the one of --at) back into --data, which
must be empty, makes what is derived again, and forgets again whoever was
forgotten since. Every answer, id and link is the same afterwards. One that was
cut off is begun again by the same command.`,
		Example: `  vivencia restore /mnt/backups/vivencia --data /srv/vivencia
  vivencia restore /mnt/backups/vivencia --data /srv/vivencia --at 2026-11-20
  vivencia restore /mnt/backups/vivencia --data /srv/vivencia --replace`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("log-level") {
				cfg.LogLevel = "error"
			}
			r.Target = args[0]
			if r.At, err = parseAt(at); err != nil {
				return err
			}
			if r.OnlyState && r.Replace {
				return cx.Errorf(cx.Invalid, "restore", "--only-state and --replace exclude each other: name one of them")
			}
			doing, start := "", time.Now()
			var progress *bar
			m, err := app.Restore(cmd.Context(), cfg, r, newLogger(cfg), func(what string, done, total cx.Seq) {
				if what != doing {
					if progress != nil {
						progress.done()
					}
					doing, progress = what, newBar(cmd.ErrOrStderr(), what, "events")
				}
				progress.show(int64(done), int64(total))
			})
			if progress != nil {
				progress.done()
			}
			if err != nil {
				return err
			}
			printf(cmd, "restored %s: %d records of the log up to %s, in %s\n", m.ID, m.LastSeq, m.At.Local().Format("2006-01-02 15:04"), time.Since(start).Round(10*time.Millisecond))
			return nil
		},
	}
	s.bind(cmd, "data", "reserve", "history-memory", "quarantine-bytes", "quarantine-age", "log-level")
	cmd.Flags().StringVar(&at, "at", "", "the newest backup that is not younger than this `time` (2026-11-20 or 2026-11-20T18:00:00Z)")
	cmd.Flags().BoolVar(&r.OnlyState, "only-state", false, "bring back accounts, keys and the model only, and leave the log")
	cmd.Flags().BoolVar(&r.Replace, "replace", false, "put what is in --data aside, in a folder there")
	return cmd
}

// parseAt reads a day (its end, here) or an instant; "" is none.
func parseAt(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Millisecond), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return at, cx.Errorf(cx.Invalid, "restore", "--at is a day such as 2026-11-20 or a time such as 2026-11-20T18:00:00Z, not %q", s)
	}
	return at, nil
}

// inUnits writes a size for people.
func inUnits(n int64) string {
	const units = "KMGTP"
	v, i := float64(n), -1
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", v, units[i])
}
