package main

import (
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func modelCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Declare the company: its areas, places, touchpoints and what is lived there",
	}
	cmd.AddCommand(modelCheckCommand(), modelApplyCommand(), modelShowCommand(), modelSchemaCommand())
	return cmd
}

func modelCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a model; every fault with its line and column",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := readFile(args[0])
			if err != nil {
				return err
			}
			m, err := model.Parse(src)
			if err != nil {
				return err
			}
			printf(cmd, "%s is sound: %d areas, %d places, %d touchpoints, %d journeys\n", args[0], len(m.Areas), len(m.Places), len(m.Touchpoints), len(m.Journeys))
			return nil
		},
	}
}

func modelApplyCommand() *cobra.Command {
	var t target
	var note string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Put a model in force; prints what changes",
		Long: `Checks the model, prints what it changes, and puts it in force as the next
version, live. --dry-run only prints.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := readFile(args[0])
			if err != nil {
				return err
			}
			return t.with(cmd, func(c *client) error {
				in := map[string]string{"yaml": string(src), "note": note}
				var preview struct {
					Changes []struct {
						Path   string `json:"path"`
						Kind   string `json:"kind"`
						Before string `json:"before"`
						After  string `json:"after"`
					} `json:"changes"`
				}
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/model/preview", in, &preview); err != nil {
					return err
				}
				for _, ch := range preview.Changes {
					switch ch.Kind {
					case "added":
						printf(cmd, "+ %s: %s\n", ch.Path, ch.After)
					case "removed":
						printf(cmd, "- %s: %s\n", ch.Path, ch.Before)
					default:
						printf(cmd, "~ %s: %s → %s\n", ch.Path, ch.Before, ch.After)
					}
				}
				if len(preview.Changes) == 0 {
					printf(cmd, "nothing changes\n")
					return nil
				}
				if dryRun {
					return nil
				}
				var out struct {
					Version int `json:"version"`
				}
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/model", in, &out); err != nil {
					return err
				}
				printf(cmd, "version %d is in force\n", out.Version)
				return nil
			})
		},
	}
	t.bind(cmd)
	cmd.Flags().StringVar(&note, "note", "", "why, for the list of versions")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func modelShowCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the model in force",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				var out struct {
					YAML string `json:"yaml"`
				}
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/model", nil, &out); err != nil {
					return err
				}
				printf(cmd, "%s", out.YAML)
				return nil
			})
		},
	}
	t.bind(cmd)
	return cmd
}

func modelSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a model",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(model.Schema())
			return err
		},
	}
}

func readFile(path string) ([]byte, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "read", "%w", err)
	}
	return src, nil
}
