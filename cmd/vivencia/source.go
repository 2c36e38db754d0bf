package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

func sourceCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "source",
		Short: "Manage the systems that send events, and their write keys",
	}
	create := &cobra.Command{
		Use:     "create NAME",
		Short:   "Create a source; prints its write key alone",
		Example: `  KEY=$(vivencia source create "Tienda web")`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				var out struct {
					Key string `json:"key"`
				}
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/sources", map[string]string{"name": args[0]}, &out); err != nil {
					return err
				}
				printf(cmd, "%s\n", out.Key)
				return nil
			})
		},
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the sources: slug, write key, name",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				var out struct {
					Items []struct {
						Slug      string  `json:"slug"`
						Name      string  `json:"name"`
						Key       string  `json:"key"`
						RevokedAt *string `json:"revoked_at"`
					} `json:"items"`
				}
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/sources", nil, &out); err != nil {
					return err
				}
				for _, s := range out.Items {
					key := s.Key
					if s.RevokedAt != nil {
						key = "(revoked)"
					}
					printf(cmd, "%-20s  %-44s  %s\n", s.Slug, key, s.Name)
				}
				return nil
			})
		},
	}
	revoke := &cobra.Command{
		Use:   "revoke SLUG",
		Short: "Revoke a source's write key: it can send no more",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				return c.call(cmd.Context(), http.MethodDelete, "/api/v1/sources/"+url.PathEscape(args[0]), nil, nil)
			})
		},
	}
	for _, sub := range []*cobra.Command{create, list, revoke} {
		t.bind(sub)
		cmd.AddCommand(sub)
	}
	return cmd
}
