package clients

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/collect"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// house is a running Vivencia, as the clients see it.
type house struct {
	URL      string // without a slash at the end
	WriteKey string
	// Events returns what is in the log, an event a line: "track Order
	// Completed u-1 messageId", in the order of arrival.
	Events func() []string
}

// start runs a Vivencia for the test. It serves pages under /pages/, so that
// they come from its own origin.
func start(t *testing.T, pages http.Handler) house {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(t.Context(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const key = "write-key"
	mux := http.NewServeMux()
	mux.Handle("/pages/", pages)
	mux.Handle("/v1/", collect.Handler(collect.Config{
		Intake: intake.New(log, q, cx.SystemClock{}, logger),
		Source: func(_ context.Context, k string) (string, error) {
			if k != key {
				return "", cx.Errorf(cx.Unauthorized, "test", "the write key is unknown")
			}
			return "web", nil
		},
		Clock: cx.SystemClock{}, Logger: logger,
	}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return house{URL: server.URL, WriteKey: key, Events: func() (lines []string) {
		err := log.Read(t.Context(), 0, func(b stream.Batch) error {
			for _, e := range b.Events {
				who := e.UserID
				if who == "" {
					who = "nobody yet"
				}
				lines = append(lines, fmt.Sprintf("%s %s %s %s", e.Kind, e.Name, who, e.MessageID))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}}
}
