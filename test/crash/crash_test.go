package crash

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
)

// rounds is how often a test strikes: VIVENCIA_SOAK times, or n unless told.
func rounds(n int) int {
	if soak, err := strconv.Atoi(os.Getenv("VIVENCIA_SOAK")); err == nil {
		return soak
	}
	return n
}

func TestKill9(t *testing.T) {
	h := newHouse(t, t.TempDir())
	strike(t, h, rounds(3), func(s *server) { s.end(syscall.SIGKILL) })
}

// strike runs the server under load, ends it by blow again and again, and
// checks afterwards that all it had acknowledged is remembered once.
func strike(t *testing.T, h *house, rounds int, blow func(*server)) {
	t.Helper()
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")

	l := &ledger{messages: map[string]message{}}
	stop := make(chan struct{})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var load sync.WaitGroup
	for no := range senders {
		load.Go(func() {
			if err := customer(ctx, h, l, key, no, stop); err != nil {
				cancel(err)
			}
		})
	}
	began := time.Now()
	for round := range rounds {
		if rand.IntN(4) > 0 {
			s.ready()
		} // else: it may be struck before it listens
		wait(ctx, time.Duration(rand.IntN(1500))*time.Millisecond)
		blow(s)
		l.mu.Lock()
		t.Logf("round %d: %d acknowledged so far", round+1, len(l.messages))
		l.mu.Unlock()
		s = h.start()
	}
	s.ready()
	wait(ctx, 200*time.Millisecond)
	close(stop)
	load.Wait()
	if err := context.Cause(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range people {
		if err := deliver(t.Context(), http.DefaultClient, h, l, key, alone(meet(i))); err != nil {
			t.Fatal(err)
		}
	}
	sent := time.Since(began)

	seqs := checkAnswers(t, h, l, token)
	s.end(syscall.SIGTERM)
	checkHistory(t, h, l, seqs)
	h.command("rebuild")
	checkHistory(t, h, l, seqs)
	s = h.start()
	s.ready()
	if again := checkAnswers(t, h, l, token); !maps.Equal(seqs, again) {
		t.Error("after a rebuild the timelines have other seqs")
	}
	s.end(syscall.SIGTERM)
	t.Logf("%d rounds in %s: %d messages acknowledged in %d requests (%d requests tried again, %d messages sent twice on purpose), %d found, each once",
		rounds, sent.Round(time.Millisecond), len(l.messages), l.requests, l.retries, l.repeats, len(seqs))
}

// wait lets the load go on for a while.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// checkAnswers compares what the API tells with what was acknowledged, and
// returns the seq of each message.
func checkAnswers(t *testing.T, h *house, l *ledger, token string) map[cx.Seq]string {
	t.Helper()
	events, answers := 0, 0
	for _, m := range l.messages {
		if m.Answer {
			answers++
		} else {
			events++
		}
	}
	got := h.settled(token)
	if got.Duplicates < l.repeats {
		t.Errorf("%d duplicates were dropped, but %d messages were sent twice", got.Duplicates, l.repeats)
	}
	want := totals{
		Events: events, Answers: answers, Customers: people, Duplicates: got.Duplicates,
		Applied: events + answers + got.Duplicates, Last: events + answers + got.Duplicates,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the totals (-acknowledged +counted):\n%s", d)
	}
	for _, metric := range []string{"csat", "mean"} {
		var score struct{ N int }
		if err := h.get(token, "/scores?survey=csat&metric="+metric, &score); err != nil || score.N != answers {
			t.Errorf("%s counts %d answers (%v), %d were acknowledged", metric, score.N, err, answers)
		}
	}

	var mu sync.Mutex
	seqs, times := map[cx.Seq]string{}, map[string]int{}
	const readers = 4
	var reading sync.WaitGroup
	for first := range readers {
		reading.Go(func() {
			for i := first; i < people; i += readers {
				err := timeline(h, token, person(i), func(seq cx.Seq, id string) {
					mu.Lock()
					defer mu.Unlock()
					seqs[seq] = id
					times[id]++
					if m, ok := l.messages[id]; !ok || m.Person != person(i) {
						t.Errorf("%s is on the timeline of %s", id, person(i))
					}
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	reading.Wait()
	for id := range l.messages {
		if times[id] != 1 {
			t.Errorf("%s is on the timeline %d times", id, times[id])
		}
	}
	return seqs
}

// timeline calls fn with every item of a person's timeline.
func timeline(h *house, token, who string, fn func(seq cx.Seq, id string)) error {
	var customer struct{ ID string }
	if err := h.get(token, "/customers/lookup?userId="+who, &customer); err != nil {
		return err
	}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Seq       cx.Seq
				MessageID string
			}
			Next *string
		}
		if err := h.get(token, "/customers/"+customer.ID+"/timeline?limit=500&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			fn(item.Seq, item.MessageID)
		}
		if page.Next == nil {
			return nil
		}
		cursor = *page.Next
	}
}

// checkHistory opens the closed house's history: it has exactly the facts that
// are on the timelines, under their names.
func checkHistory(t *testing.T, h *house, l *ledger, seqs map[cx.Seq]string) {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(h.dir, "history.duckdb"), Memory: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	found := map[cx.Seq]bool{}
	for _, of := range []history.Of{history.Events, history.Answers} {
		_, err = history.Tell(t.Context(), store, cx.System(), history.LivedQuery{Of: of, All: true}, func(f *history.Lived) error {
			for i, seq := range f.Seq {
				if found[seq] {
					t.Errorf("history has seq %d twice", seq)
				}
				found[seq] = true
				if m, name := l.messages[seqs[seq]], f.Names[f.Name[i]]; m.Name != name {
					t.Errorf("history has %q at seq %d, the timeline %q", name, seq, m.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) != len(seqs) {
		t.Errorf("history has %d facts, the timelines %d", len(found), len(seqs))
	}
	want := map[string]int64{}
	for _, m := range l.messages {
		want[m.Name]++
	}
	for _, of := range []history.Of{history.Events, history.Answers} {
		groups, err := store.Breakdown(t.Context(), cx.System(), history.Query{Of: of, By: []history.Dimension{history.Name}})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			want[g.Key[0]] -= g.N
		}
	}
	for name, missing := range want {
		if missing != 0 {
			t.Errorf("history lacks %d of %q", missing, name)
		}
	}
}
