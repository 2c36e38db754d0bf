package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
)

func serveCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a company",
		Long: `Serves the company that lives in --data: collects events, remembers, shows pages,
answers the API. The first start prints a one-time link with which the first
administrator sets it up. SIGTERM lets what is under way finish, then stops.`,
		Example: `  vivencia serve --data /srv/vivencia --addr 0.0.0.0:8080 --url https://cx.example.com
  VIVENCIA_DATA_DIR=/srv/vivencia vivencia serve --config /etc/vivencia.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load(cmd)
			if err != nil {
				return err
			}
			a, err := app.Open(cmd.Context(), cfg, newLogger(cfg))
			if err != nil {
				return err
			}
			err = refuseDemo(cmd, a)
			if err == nil {
				err = a.Serve(cmd.Context(), func(address string) {
					url := cfg.PublicURL(address)
					printf(cmd, "Vivencia is at %s\n", url)
					secret, err := a.Accounts.SetupLink(cmd.Context())
					if err != nil {
						fmt.Fprintln(cmd.ErrOrStderr(), "vivencia: no set-up link: "+explain(err))
					} else if secret != "" {
						printf(cmd, "Set it up at     %s%s   (once)\n", url, signin.SetupPath(secret))
					}
				})
			}
			return errors.Join(err, a.Close())
		},
	}
	s.bind(cmd, "data", "addr", "url", "log-level", "reserve", "history-memory", "journey-memory", "quarantine-bytes", "quarantine-age", "backup-target", "backup-every", "backup-keep", "recover", "otel-endpoint", "proxy-header",
		"require-totp", "session-life", "session-idle", "oidc-issuer", "oidc-client-id", "oidc-client-secret-file", "oidc-name", "oidc-domains",
		"oidc-create", "oidc-groups", "oidc-roles", "oidc-areas")
	return cmd
}

// refuseDemo keeps a real company apart from the simulated one.
func refuseDemo(cmd *cobra.Command, a *app.App) error {
	instance, err := a.Accounts.Instance(cmd.Context())
	if err == nil && instance.Demo {
		return cx.Errorf(cx.Conflict, "serve", "%s holds the demo's simulated company: name another directory with --data", a.Config.Data)
	}
	return err
}
