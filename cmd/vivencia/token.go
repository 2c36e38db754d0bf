package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

func tokenCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Manage API tokens",
	}
	var role, areas string
	create := &cobra.Command{
		Use:     "create [NAME]",
		Short:   "Create a token; prints it alone, this once",
		Example: `  VIVENCIA_TOKEN=$(vivencia token create --role analyst "Informe mensual")`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				in := map[string]any{"name": role, "role": role}
				if len(args) == 1 {
					in["name"] = args[0]
				}
				if areas != "" {
					in["areas"] = strings.Split(areas, ",")
				}
				var out struct {
					Secret string `json:"secret"`
				}
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/tokens", in, &out); err != nil {
					return err
				}
				printf(cmd, "%s\n", out.Secret)
				return nil
			})
		},
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the tokens: id, role, name",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				var out struct {
					Items []struct {
						ID        int64   `json:"id"`
						Name      string  `json:"name"`
						Role      string  `json:"role"`
						RevokedAt *string `json:"revoked_at"`
					} `json:"items"`
				}
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/tokens", nil, &out); err != nil {
					return err
				}
				for _, k := range out.Items {
					state := ""
					if k.RevokedAt != nil {
						state = "  (revoked)"
					}
					printf(cmd, "%-6d  %-8s  %s%s\n", k.ID, k.Role, k.Name, state)
				}
				return nil
			})
		},
	}
	revoke := &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a token: it opens nothing more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				return c.call(cmd.Context(), http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(args[0]), nil, nil)
			})
		},
	}
	for _, sub := range []*cobra.Command{create, list, revoke} {
		t.bind(sub)
		cmd.AddCommand(sub)
	}
	create.Flags().StringVar(&role, "role", "analyst", "what it may do: admin, board, analyst, lead or member")
	create.Flags().StringVar(&areas, "areas", "", "limit it to these `areas` (slugs, with commas)")
	return cmd
}
