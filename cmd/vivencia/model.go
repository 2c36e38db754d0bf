package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
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
		Short: "Check a model; every fault with its line and column, every contradiction with a situation that shows it",
		Long: `Checks a model: what is named is declared, conditions can be read. Then it compares
policies and goals with the promises, and tells each contradiction with a situation of a
customer that shows it. A contradiction fails the check until the policy or goal is
changed, suspended, or acknowledges it with a reason and a day that has not passed:

  acknowledged: [{promise: gift-exchange, reason: …, until: 2026-12-31}]

Rows of a policy that never decide, and what a complete policy does not decide, are told
and do not fail it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := readFile(args[0])
			if err != nil {
				return err
			}
			m, err := model.Parse(src)
			if err != nil {
				return err
			}
			found, err := policy.Find(m, time.Now().In(m.Company.Zone()).Format(time.DateOnly))
			if err != nil {
				return err
			}
			open := 0
			for i := range found {
				c := &found[i]
				printf(cmd, "%s\n  when %s\n", conflictLine(c), policy.SituationText(c.Situation))
				if c.Open() {
					open++
				}
			}
			if open > 0 {
				return cx.Errorf(cx.Invalid, "model check", "%d contradictions to decide about: change the policy or goal, suspend it, or let it acknowledge them with a reason and a day", open)
			}
			printf(cmd, "%s is sound: %d areas, %d places, %d touchpoints, %d journeys\n", args[0], len(m.Areas), len(m.Places), len(m.Touchpoints), len(m.Journeys))
			return nil
		},
	}
}

// conflictLine says what does not fit, and what was decided of it.
func conflictLine(c *policy.Conflict) string {
	row := fmt.Sprintf("row %d of %s", c.Row+1, c.Subject())
	line := map[policy.How]string{
		policy.Prevents: row + " prevents what keeps " + c.With,
		policy.Requires: row + " requires for " + c.With + " what may be lacking",
		policy.Delays:   row + " delays what keeps " + c.With + " beyond when it is due",
		policy.Says:     row + " makes an event say what breaks " + c.With,
		policy.Opposes:  row + " wants what " + c.With + " rules out",
		policy.Misses:   c.Subject() + " is missed whenever " + c.With + " is kept",
	}[c.How]
	switch c.Kind {
	case policy.Shadowed:
		line = row + " never decides: rows above it take all its situations"
	case policy.Unreachable:
		return row + " never decides: nothing can satisfy it"
	case policy.Gap:
		line = c.Subject() + " is complete, and leaves something undecided"
	case policy.WithPromise, policy.WithPolicy, policy.OfGoal:
		line = "contradiction: " + line
	}
	if !c.Certain {
		line += " (perhaps: a condition cannot be seen through)"
	}
	switch d := c.Decision; {
	case d == nil:
	case d.What == policy.Suspended:
		line += " (suspended since " + d.At + ")"
	case c.Lapsed:
		line += " (acknowledged until " + d.Until + ", which is over)"
	default:
		line += " (acknowledged until " + d.Until + ": " + d.Why + ")"
	}
	return line
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
