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
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
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
				return c.onPerson(cmd, args[0], "password", map[string]string{"password": password}, nil)
			})
		},
	}
	disable := &cobra.Command{
		Use:   "disable EMAIL",
		Short: "Disable a person, at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error { return c.onPerson(cmd, args[0], "disable", nil, nil) })
		},
	}
	enable := &cobra.Command{
		Use:   "enable EMAIL",
		Short: "Let a disabled person in again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error { return c.onPerson(cmd, args[0], "enable", nil, nil) })
		},
	}
	recovery := &cobra.Command{
		Use:   "recover EMAIL",
		Short: "Print a link with which a person chooses another password, once, within a day",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.link(cmd, args[0], "recovery", nil, signin.RecoveryPath)
		},
	}
	var days int
	link := &cobra.Command{
		Use:   "link EMAIL",
		Short: "Print a link that signs a person in without a password: once within a day, or for --days",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.link(cmd, args[0], "links", map[string]any{"hours": 24 * max(days, 1), "reusable": days > 0}, signin.LinkPath)
		},
	}
	link.Flags().IntVar(&days, "days", 0, "good as often as wished for so many `days`, at most 30")
	reset := &cobra.Command{
		Use:   "reset-codes EMAIL",
		Short: "Take away a person's one-time codes, and end their sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				path, err := c.personPath(cmd, args[0])
				if err != nil {
					return err
				}
				return c.call(cmd.Context(), http.MethodDelete, path+"/codes", nil, nil)
			})
		},
	}
	for _, sub := range []*cobra.Command{create, list, passwd, recovery, link, reset, disable, enable} {
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

// personPath returns the API's path of the person with this e-mail.
func (c *client) personPath(cmd *cobra.Command, email string) (string, error) {
	people, err := c.people(cmd)
	if err != nil {
		return "", err
	}
	for _, p := range people {
		if strings.EqualFold(p.Email, email) {
			return fmt.Sprintf("/api/v1/people/%d", p.ID), nil
		}
	}
	return "", cx.Errorf(cx.NotFound, "person", "nobody has the e-mail %q; `vivencia person list` shows who is there", email)
}

// onPerson does something to the person with this e-mail.
func (c *client) onPerson(cmd *cobra.Command, email, what string, in, out any) error {
	path, err := c.personPath(cmd, email)
	if err != nil {
		return err
	}
	return c.call(cmd.Context(), http.MethodPost, path+"/"+what, in, out)
}

// link makes a person's link and prints where it leads: an address when we know
// where people reach the product, else a path to put behind it.
func (t *target) link(cmd *cobra.Command, email, what string, in any, path func(secret string) string) error {
	return t.with(cmd, func(c *client) error {
		var out struct {
			Secret string `json:"secret"`
		}
		if err := c.onPerson(cmd, email, what, in, &out); err != nil {
			return err
		}
		base := strings.TrimSuffix(t.server, "/")
		if cfg, err := t.load(cmd); base == "" && err == nil {
			base = cfg.PublicURL(cfg.Addr)
		}
		printf(cmd, "%s%s\n", base, path(out.Secret))
		return nil
	})
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
