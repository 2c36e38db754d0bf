package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func personCommand() *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:   "person",
		Short: "Manage the people who use Vivencia",
	}
	var name, role, areas, language string
	create := &cobra.Command{
		Use:   "create EMAIL",
		Short: "Create a person; asks for the password, or reads it from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return t.with(cmd, func(c *client) error {
				in := map[string]any{"email": args[0], "name": name, "role": role, "language": language, "password": password}
				if areas != "" {
					in["areas"] = strings.Split(areas, ",")
				}
				var out person
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/people", in, &out); err != nil {
					return err
				}
				printf(cmd, "%d\n", out.ID)
				return nil
			})
		},
	}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the people: id, role, e-mail, name",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				people, err := c.people(cmd)
				for _, p := range people {
					state := ""
					if p.DisabledAt != nil {
						state = "  (disabled)"
					}
					printf(cmd, "%-6d  %-8s  %-32s  %s%s\n", p.ID, p.Role, p.Email, p.Name, state)
				}
				return err
			})
		},
	}
	passwd := &cobra.Command{
		Use:   "passwd EMAIL",
		Short: "Set a person's password, and end their sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return t.with(cmd, func(c *client) error {
				return c.onPerson(cmd, args[0], "password", map[string]string{"password": password})
			})
		},
	}
	disable := &cobra.Command{
		Use:   "disable EMAIL",
		Short: "Disable a person, at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error { return c.onPerson(cmd, args[0], "disable", nil) })
		},
	}
	for _, sub := range []*cobra.Command{create, list, passwd, disable} {
		t.bind(sub)
		cmd.AddCommand(sub)
	}
	create.Flags().StringVar(&name, "name", "", "the person's `name`")
	create.Flags().StringVar(&role, "role", "member", "admin, board, analyst, lead or member")
	create.Flags().StringVar(&areas, "areas", "", "limit them to these `areas` (slugs, with commas)")
	create.Flags().StringVar(&language, "language", "es", "es, es-419, en or pt")
	return cmd
}

type person struct {
	ID         int64   `json:"id"`
	Email      string  `json:"email"`
	Name       string  `json:"name"`
	Role       string  `json:"role"`
	DisabledAt *string `json:"disabled_at"`
}

func (c *client) people(cmd *cobra.Command) ([]person, error) {
	var out struct {
		Items []person `json:"items"`
	}
	err := c.call(cmd.Context(), http.MethodGet, "/api/v1/people", nil, &out)
	return out.Items, err
}

// onPerson does something to the person with this e-mail.
func (c *client) onPerson(cmd *cobra.Command, email, what string, in any) error {
	people, err := c.people(cmd)
	if err != nil {
		return err
	}
	for _, p := range people {
		if strings.EqualFold(p.Email, email) {
			return c.call(cmd.Context(), http.MethodPost, fmt.Sprintf("/api/v1/people/%d/%s", p.ID, what), in, nil)
		}
	}
	return cx.Errorf(cx.NotFound, "person", "nobody has the e-mail %q; `vivencia person list` shows who is there", email)
}

// readPassword asks on a terminal, unseen, or reads one line.
func readPassword(cmd *cobra.Command) (string, error) {
	if f, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(cmd.ErrOrStderr(), "Password: ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(b), err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", cx.Errorf(cx.Invalid, "person", "give the password on standard input: %v", err)
	}
	return line, nil
}
