package quarantine_test

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestItemsWaitUntilDiscarded(t *testing.T) {
	t.Parallel()
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(t.Context(), log, quarantine.Config{OwnOnly: func(p cx.Principal) bool { return p.Areas != nil }})
	if err != nil {
		t.Fatal(err)
	}
	items := []quarantine.Item{
		{Source: "web", Way: "v1/track", Reason: "no event", ReceivedAt: cxtest.Epoch, MessageID: "m-1", Raw: []byte("{\"a\": \xff\x00")},
		{Source: "olist", Way: "import csv", Reason: "no time", File: "a.csv", Line: 7, ReceivedAt: cxtest.Epoch, SentAt: cxtest.Epoch, Context: []byte(`{}`), Raw: []byte(`{}`)},
	}
	if err := q.Put(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	lead, board := cx.Principal{ID: "person:1", Role: cx.Lead}, cx.Principal{ID: "person:2", Role: cx.Board}
	got, err := q.List(t.Context(), lead, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]quarantine.Item{items[1], items[0]}, got); diff != "" {
		t.Error(diff)
	}
	one, err := q.Get(t.Context(), lead, items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(items[0], one); diff != "" {
		t.Error(diff)
	}

	limited := cx.Principal{ID: "person:3", Role: cx.Lead, Areas: []string{"stores"}}
	_, errOwn := q.List(t.Context(), limited, 0, 10)
	_, errOwnGet := q.Get(t.Context(), limited, 1)
	for _, err := range []error{errOwn, errOwnGet, q.Discard(t.Context(), limited, 1)} {
		if cx.KindOf(err) != cx.Forbidden {
			t.Errorf("who reaches only their own customers: %v", err)
		}
	}
	_, errList := q.List(t.Context(), board, 0, 10)
	_, errGet := q.Get(t.Context(), board, 1)
	for _, err := range []error{errList, errGet, q.Discard(t.Context(), board, 1)} {
		if cx.KindOf(err) != cx.Forbidden {
			t.Errorf("the board: %v", err)
		}
	}
	if err := q.Discard(t.Context(), lead, items[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := q.Discard(t.Context(), lead, items[0].ID); cx.KindOf(err) != cx.NotFound {
		t.Errorf("discarded twice: %v", err)
	}
	if n, err := q.Len(t.Context()); n != 1 || err != nil {
		t.Errorf("Len = %d, %v", n, err)
	}
}
