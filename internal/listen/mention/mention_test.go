package mention_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/mention"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// owners knows whose orders are.
type owners map[string]string

func (o owners) Owner(_ context.Context, ref model.ObjectRef) (userID, anonymousID string, err error) {
	if ref.Type != "order" {
		return "", "", nil
	}
	if user, ok := strings.CutPrefix(o[ref.ID], "device:"); ok {
		return "", user, nil
	}
	return o[ref.ID], "", nil
}

func open(t *testing.T) (*stream.Log, *quarantine.Queue, *mention.Service) {
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
	clock := cxtest.NewClock()
	return log, q, mention.New(intake.New(log, q, clock, logger), owners{"77": "u-1", "78": "device:d-1"}, clock)
}

func said(t *testing.T, log *stream.Log) (out []string) {
	t.Helper()
	err := log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			m, err := fact.ParseMention(e.Properties)
			if err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%s %s of %q%q: %s %s", e.Kind, e.MessageID, e.UserID, e.AnonymousID, m.Text, e.At))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestProof: only the network's own word for an account, or an object that one
// customer alone lived, makes a mention somebody's; a name never does.
func TestProof(t *testing.T) {
	t.Parallel()
	log, q, s := open(t)
	one := func(id, rest string) []byte {
		return []byte(`{"network":"google","id":"` + id + `","at":"2026-03-02T09:00:00Z","text":"t` + id + `"` + rest + `}`)
	}
	r, err := s.Accept(t.Context(), "web", "test", [][]byte{
		one("1", ""),
		one("2", `,"proof":{"userId":"u-9"}`),
		one("3", `,"proof":{"order":"77"}`),
		[]byte(`{"network":"google","text":"no number"}`),
		one("4", `,"proof":{"order":"78"}`),
		one("5", `,"proof":{"order":"1000"}`),
		one("6", `,"author":"u-9","userId":"u-9"`),
		[]byte(`{"network":`),
		one("7", `,"editedAt":"2026-03-03T09:00:00Z"`),
		one("8", `,"deleted":true`),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`track google/2 of "u-9""": t2 2026-03-02T09:00:00Z`,
		`track google/3 of "u-1""": t3 2026-03-02T09:00:00Z`,
		`track google/4 of """d-1": t4 2026-03-02T09:00:00Z`,
		`mention google/1 of """": t1 2026-03-02T09:00:00Z`,
		`mention google/5 of """": t5 2026-03-02T09:00:00Z`,
		`mention google/6 of """": t6 2026-03-02T09:00:00Z`,
		`mention google/7/1772528400000000 of """": t7 2026-03-02T09:00:00Z`,
		`mention google/8/deleted of """": t8 2026-03-02T09:00:00Z`,
	}
	if got := said(t, log); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if r.Accepted != 8 || r.First != 1 || r.Last != 8 || len(r.Refused) != 2 || r.Refused[0].Index != 3 || r.Refused[1].Index != 7 {
		t.Errorf("the receipt says %+v", r)
	}
	if n, err := q.Len(t.Context()); err != nil || n != 2 {
		t.Errorf("%d wait in quarantine: %v", n, err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	log, _, s := open(t)
	long := strings.Repeat("x", 300)
	raw := []byte(`{"network":"google","id":"` + long + `","at":"2026-03-02T09:00:00Z","text":"a"}`)
	r, err := s.Accept(t.Context(), "web", "test", [][]byte{raw})
	if err != nil || r.Accepted != 1 {
		t.Fatalf("a long number is not taken: %+v %v", r, err)
	}
	if err := log.Read(t.Context(), 0, func(b stream.Batch) error {
		if id := b.Events[0].MessageID; len(id) > intake.MaxMessageID || strings.Contains(id, "xxx") {
			t.Errorf("its messageId is %s", id)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), "web", "test", make([][]byte, intake.MaxBatchMessages+1)); cx.KindOf(err) != cx.TooLarge {
		t.Errorf("too many are answered %v", err)
	}
}
