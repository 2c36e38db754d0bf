package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// whom names a customer on the command line: by id, or by one identifier.
type whom struct{ userID, anonymousID, email, phone string }

func (w *whom) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.userID, "user-id", "", "the customer with this userId")
	cmd.Flags().StringVar(&w.anonymousID, "anonymous-id", "", "the customer with this anonymousId")
	cmd.Flags().StringVar(&w.email, "email", "", "the customer with this e-mail")
	cmd.Flags().StringVar(&w.phone, "phone", "", "the customer with this phone")
}

// found is a customer as the API shows one.
type found struct {
	ID      string  `json:"id"`
	Name    *string `json:"name"`
	Events  int     `json:"events"`
	Answers int     `json:"answers"`
}

func (f found) String() string {
	name := "a customer without a name"
	if f.Name != nil {
		name = *f.Name
	}
	return fmt.Sprintf("%s (%s), %d events, %d answers", name, f.ID, f.Events, f.Answers)
}

// find asks for the one customer that args and flags name.
func (w *whom) find(cmd *cobra.Command, c *client, args []string) (f found, err error) {
	query := url.Values{}
	for name, value := range map[string]string{"userId": w.userID, "anonymousId": w.anonymousID, "email": w.email, "phone": w.phone} {
		if value != "" {
			query.Set(name, value)
		}
	}
	switch {
	case len(args)+len(query) != 1:
		return f, cx.Errorf(cx.Invalid, "find", "name one customer: by id, or by one of --user-id, --anonymous-id, --email, --phone")
	case len(args) == 1:
		err = c.call(cmd.Context(), http.MethodGet, "/api/v1/customers/"+url.PathEscape(args[0]), nil, &f)
	default:
		err = c.call(cmd.Context(), http.MethodGet, "/api/v1/customers/lookup?"+query.Encode(), nil, &f)
	}
	return f, err
}

// receipt is what is left of what was forgotten.
type receipt struct {
	ID       int64          `json:"id"`
	Customer *string        `json:"customer"`
	Expired  []expired      `json:"expired"`
	AskedAt  string         `json:"asked_at"`
	AskedBy  string         `json:"asked_by"`
	DoneAt   *string        `json:"done_at"`
	Counts   map[string]int `json:"counts"`
	SHA256   *string        `json:"sha256"`
}

type expired struct {
	Source *string `json:"source"`
	Event  *string `json:"event"`
	Type   *string `json:"type"`
	Keep   string  `json:"keep"`
	Before string  `json:"before"`
	Events int     `json:"events"`
}

func forgetCommand() *cobra.Command {
	var t target
	var w whom
	var yes, receipts bool
	cmd := &cobra.Command{
		Use:   "forget [CUSTOMER]",
		Short: "Forget a customer for good: erase everything that is theirs",
		Long: `Erases a customer, with all their profiles, from the log, from everything made
from it and from what waits for review, so that no byte of theirs is left in the
data directory and a rebuild brings nothing back. It cannot be undone. Should
they come back, they are somebody new. A receipt without personal data stays.

Backups made before keep them until they expire; a restore forgets them again.`,
		Example: `  vivencia forget --email marta@example.com
  vivencia forget c_03m8e1r5w7zak --yes
  vivencia forget --receipts`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				if receipts {
					return c.printReceipts(cmd)
				}
				f, err := w.find(cmd, c, args)
				if err != nil {
					return err
				}
				if !yes {
					if err := confirm(cmd, fmt.Sprintf("%s.\nEverything that is theirs will be erased for good. Type yes to go on: ", f)); err != nil {
						return err
					}
				}
				var r receipt
				if err := c.call(cmd.Context(), http.MethodPost, "/api/v1/customers/"+url.PathEscape(f.ID)+"/forget", nil, &r); err != nil {
					return err
				}
				for r.DoneAt == nil {
					select {
					case <-time.After(time.Second):
					case <-cmd.Context().Done():
						return cmd.Context().Err()
					}
					if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/forgotten/"+strconv.FormatInt(r.ID, 10), nil, &r); err != nil {
						return err
					}
				}
				printf(cmd, "forgotten; receipt %d: %d records of the log, %d events and answers, %d waiting for review\nsha256 %s\n",
					r.ID, r.Counts["log"], r.Counts["history"], r.Counts["quarantine"], *r.SHA256)
				return nil
			})
		},
	}
	t.bind(cmd)
	w.bind(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&receipts, "receipts", false, "list what was forgotten instead")
	return cmd
}

// confirm asks, and reads one line.
func confirm(cmd *cobra.Command, question string) error {
	fmt.Fprint(cmd.ErrOrStderr(), question)
	line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if strings.TrimSpace(line) != "yes" {
		return cx.Errorf(cx.Invalid, "confirm", "nothing was done: type yes, or say --yes")
	}
	return nil
}

func (c *client) printReceipts(cmd *cobra.Command) error {
	cursor := ""
	for {
		var page struct {
			Items []receipt `json:"items"`
			Next  *string   `json:"next"`
		}
		if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/forgotten?limit=500"+cursor, nil, &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			what, done := "expired", "under way"
			if r.Customer != nil {
				what = *r.Customer
			}
			if r.DoneAt != nil {
				done = *r.DoneAt
			}
			printf(cmd, "%-5d  %-15s  %-27s  by %-10s  %d records\n", r.ID, what, done, r.AskedBy, r.Counts["log"])
		}
		if page.Next == nil {
			return nil
		}
		cursor = "&cursor=" + url.QueryEscape(*page.Next)
	}
}

func exportCommand() *cobra.Command {
	var t target
	var w whom
	var file string
	cmd := &cobra.Command{
		Use:   "export [CUSTOMER]",
		Short: "Write all that is known of a customer, as JSON",
		Long: `Writes all that is known of one customer, from every store, as JSON: what they
have a right to be given. The customer's page has the same to read and to print.`,
		Example: `  vivencia export --email marta@example.com --output marta.json`,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.with(cmd, func(c *client) error {
				f, err := w.find(cmd, c, args)
				if err != nil {
					return err
				}
				var all json.RawMessage
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/customers/"+url.PathEscape(f.ID)+"/export", nil, &all); err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				if file != "" {
					to, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
					if err != nil {
						return cx.Errorf(cx.Invalid, "export", "%w", err)
					}
					defer to.Close()
					out = to
				}
				return writeIndented(out, all)
			})
		},
	}
	cmd.AddCommand(exportJourneyCommand())
	t.bind(cmd)
	w.bind(cmd)
	cmd.Flags().StringVar(&file, "output", "", "the `file` to write (default: standard output)")
	return cmd
}

func writeIndented(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func retentionCommand() *cobra.Command {
	var t target
	var dry bool
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Let expire now what the model keeps no longer",
		Long: `Erases what was lived longer ago than the model's retention keeps it, as the
server does every day by itself. With --dry-run it only tells how much that is.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.with(cmd, func(c *client) error {
				var rules struct {
					Items []expired `json:"items"`
				}
				if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/retention", nil, &rules); err != nil {
					return err
				}
				if len(rules.Items) == 0 {
					printf(cmd, "the model keeps everything for ever\n")
					return nil
				}
				for _, e := range rules.Items {
					printf(cmd, "%9d  %s\n", e.Events, e)
				}
				if dry {
					return nil
				}
				var out struct {
					Receipt *receipt `json:"receipt"`
				}
				err := c.call(cmd.Context(), http.MethodPost, "/api/v1/retention", nil, &out)
				if err == nil && out.Receipt != nil {
					printf(cmd, "expired; receipt %d\n", out.Receipt.ID)
				}
				return err
			})
		},
	}
	t.bind(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "erase nothing, only tell")
	return cmd
}

func (e expired) String() string {
	var parts []string
	for _, s := range []*string{e.Source, e.Event, e.Type} {
		if s != nil {
			parts = append(parts, *s)
		}
	}
	what := strings.Join(parts, ", ")
	if what == "" {
		what = "everything"
	}
	return fmt.Sprintf("%s: older than %s (before %s)", what, e.Keep, e.Before)
}
