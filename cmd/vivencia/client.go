package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// target is the product that a command speaks to: a data directory on this
// machine, or a server elsewhere.
type target struct {
	settings
	server, token string
}

func (t *target) bind(cmd *cobra.Command) {
	t.settings.bind(cmd, "data", "log-level")
	cmd.Flags().StringVar(&t.server, "server", os.Getenv("VIVENCIA_SERVER"), "the `URL` of a server, instead of a data directory ($VIVENCIA_SERVER)")
	cmd.Flags().StringVar(&t.token, "token", "", "an API `token` for --server; better in $VIVENCIA_TOKEN, where others do not see it")
}

// client speaks to the API.
type client struct {
	http  *http.Client
	base  string
	token string
	close func() error
}

// connect reaches the target. The client must be closed.
func (t *target) connect(cmd *cobra.Command) (*client, error) {
	if t.server != "" {
		if cmd.Flags().Changed("data") {
			return nil, cx.Errorf(cx.Invalid, "connect", "--server and --data exclude each other: name one of them")
		}
		token := t.token
		if token == "" {
			token = os.Getenv("VIVENCIA_TOKEN")
		}
		return &client{&http.Client{}, strings.TrimSuffix(t.server, "/"), token, func() error { return nil }}, nil
	}
	cfg, err := t.load(cmd)
	if err != nil {
		return nil, err
	}
	if !cmd.Flags().Changed("log-level") {
		cfg.LogLevel = "error" // a command's own words are enough
	}
	h, closeApp, err := app.Attach(cmd.Context(), cfg, newLogger(cfg))
	if err != nil {
		return nil, err
	}
	return &client{h, "http://vivencia", "", closeApp}, nil
}

// with runs fn with a client and closes it.
func (t *target) with(cmd *cobra.Command, fn func(*client) error) error {
	c, err := t.connect(cmd)
	if err != nil {
		return err
	}
	return errors.Join(fn(c), c.close())
}

// call sends in (JSON, when not nil) and reads the answer into out (when not
// nil). A problem becomes an error with its faults.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, kind = bytes.NewReader(b), "application/json"
	}
	return c.send(ctx, method, path, kind, body, out)
}

func (c *client) send(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return cx.Errorf(cx.Invalid, "call", "%w", err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return cx.Errorf(cx.Unavailable, "call", "the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return problem(res)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// problem reads an RFC 9457 problem.
func problem(res *http.Response) error {
	var p struct {
		Title  string     `json:"title"`
		Detail string     `json:"detail"`
		Faults []cx.Fault `json:"faults"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil {
		return cx.Errorf(cx.Internal, "call", "the server answered %s", res.Status)
	}
	if len(p.Faults) > 0 {
		return cx.InvalidFaults("call", p.Faults)
	}
	if p.Detail == "" {
		p.Detail = p.Title
	}
	return cx.Errorf(cx.Invalid, "call", "%s", p.Detail)
}

func newLogger(cfg app.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.LogLevel)) // validated
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// printJSON writes v for other programs.
func printJSON(cmd *cobra.Command, v any) error {
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func printf(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.OutOrStdout(), format, args...)
}
