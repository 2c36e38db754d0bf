package main

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the audit log, and check that nobody has tampered with it",
	}
	cmd.AddCommand(auditListCommand(), auditVerifyCommand())
	return cmd
}

func auditListCommand() *cobra.Command {
	var t target
	var principal, action, object string
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who did what, newest first: id, time, who, what, to what",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				query := url.Values{}
				for name, value := range map[string]string{"principal": principal, "action": action, "object": object} {
					if value != "" {
						query.Set(name, value)
					}
				}
				for limit > 0 {
					query.Set("limit", strconv.Itoa(min(limit, 500)))
					var out struct {
						Items []auditEntry `json:"items"`
						Next  *string      `json:"next"`
					}
					if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/audit?"+query.Encode(), nil, &out); err != nil {
						return err
					}
					for _, e := range out.Items {
						if asJSON {
							if err := printJSON(cmd, e); err != nil {
								return err
							}
							continue
						}
						printf(cmd, "%-6d  %s  %-12s  %-24s  %s\n", e.ID, e.At, e.Principal, e.Action, e.Object)
					}
					if limit -= len(out.Items); out.Next == nil {
						return nil
					}
					query.Set("cursor", *out.Next)
				}
				return nil
			})
		},
	}
	t.bind(cmd)
	cmd.Flags().StringVar(&principal, "who", "", "only what this `principal` did: person:3, token:7, system")
	cmd.Flags().StringVar(&action, "action", "", "only this `action`, or what stands before its dot: person, customer.seen")
	cmd.Flags().StringVar(&object, "object", "", "only what was done to this `object`: customer:c_…")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "a line of JSON for each, with its hash")
	return cmd
}

type auditEntry struct {
	ID        int64  `json:"id"`
	At        string `json:"at"`
	Principal string `json:"principal"`
	Action    string `json:"action"`
	Object    string `json:"object"`
	Hash      string `json:"hash"`
}

func auditVerifyCommand() *cobra.Command {
	var t target
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the audit log's chain; exit status 3 when it is broken",
		Long: `Computes the hash of every entry again, each over the one before, and compares
the chain with the seals that are put into a file of their own every hour. It says
the first entry that was changed, taken out or cut off. Keep the hash it prints
elsewhere to have a witness that is not on this machine.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var out struct {
				Whole   bool   `json:"whole"`
				Entries int64  `json:"entries"`
				Head    string `json:"head"`
				Sealed  *struct {
					Entries int64  `json:"entries"`
					Hash    string `json:"hash"`
					At      string `json:"at"`
				} `json:"sealed"`
				Broken *string `json:"broken"`
				At     *int64  `json:"broken_at"`
			}
			err := t.with(cmd, func(c *client) error {
				return c.call(cmd.Context(), http.MethodGet, "/api/v1/audit/verify", nil, &out)
			})
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				if err := printJSON(cmd, out); err != nil {
					return err
				}
			case out.Whole:
				printf(cmd, "the chain is whole: %d entries, the last one %s\n", out.Entries, out.Head)
				if out.Sealed != nil {
					printf(cmd, "sealed up to entry %d at %s\n", out.Sealed.Entries, out.Sealed.At)
				}
			default:
				printf(cmd, "the chain is broken at entry %d: %s\n", *out.At, map[string]string{
					"changed": "it is not what was written", "missing": "it is not there",
					"cut": "it was sealed, and it and what came after are not there", "rewritten": "what was sealed up to there was another chain",
				}[*out.Broken])
			}
			if !out.Whole {
				return exitCode(3)
			}
			return nil
		},
	}
	t.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	return cmd
}
