package main

import (
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func statusCommand() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say what is well and what is not, and what to do about it",
		Long: `Says how the product is, part by part. The exit status is 0 when all is well, 4
when something should be looked at and 5 when somebody must act.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var level string
			err := t.with(cmd, func(c *client) error {
				var whole json.RawMessage
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/status", nil, &whole); err != nil {
					return err
				}
				var out struct {
					Level  string `json:"level"`
					Checks []struct {
						Level   string  `json:"level"`
						Message string  `json:"message"`
						Todo    *string `json:"todo"`
					} `json:"checks"`
				}
				if err := json.Unmarshal(whole, &out); err != nil {
					return err
				}
				level = out.Level
				if asJSON {
					return printJSON(cmd, whole)
				}
				for _, check := range out.Checks {
					printf(cmd, "%-6s %s\n", check.Level, check.Message)
					if check.Todo != nil && check.Level != "well" {
						printf(cmd, "       %s\n", *check.Todo)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			switch level {
			case "watch":
				return exitCode(4)
			case "wrong":
				return exitCode(5)
			}
			return nil
		},
	}
	t.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the whole report, for programs")
	return cmd
}
