package main

import (
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func exportJourneyCommand() *cobra.Command {
	var t target
	var format, file string
	cmd := &cobra.Command{
		Use:   "journey NAME",
		Short: "Write the runs of a journey for other tools, as XES or OCEL 2.0",
		Long: `Writes the runs of a journey (its slug in the model) as other tools of process
mining read them: XES, or OCEL 2.0 in JSON. Cases and customers are called by
their ids here; of an event there is its name, time, where it happened and how it
was lived.`,
		Example: `  vivencia export journey online-order --format xes -o orders.xes`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "xes" && format != "ocel" {
				return cx.InvalidFaults("export", []cx.Fault{{Field: "--format", Message: "is xes or ocel"}})
			}
			return t.with(cmd, func(c *client) error {
				path := "/api/v1/journeys/" + url.PathEscape(args[0]) + "/export?format=" + format
				if file == "" {
					return c.download(cmd, path, cmd.OutOrStdout())
				}
				to, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
				if err != nil {
					return cx.Errorf(cx.Invalid, "export", "%w", err)
				}
				if err = c.download(cmd, path, to); err != nil {
					to.Close()
					return err
				}
				return to.Close()
			})
		},
	}
	t.bind(cmd)
	cmd.Flags().StringVar(&format, "format", "xes", "xes or ocel")
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: standard output)")
	return cmd
}

// download writes what an address answers as it comes.
func (c *client) download(cmd *cobra.Command, path string, to io.Writer) error {
	req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		return cx.Errorf(cx.Invalid, "download", "%w", err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return cx.Errorf(cx.Unavailable, "download", "the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return problem(res)
	}
	if _, err := io.Copy(to, res.Body); err != nil {
		return cx.Errorf(cx.Unavailable, "download", "the answer broke off: %w", err)
	}
	return nil
}
