package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

func open(t testing.TB, c Config) *Log {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	l, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// readAll returns copies of the messageIds in the log, and fails when the seqs
// are not dense from 1.
func readAll(t testing.TB, l *Log) []string {
	t.Helper()
	var ids []string
	err := l.Read(t.Context(), 0, func(b Batch) error {
		for _, e := range b.Events {
			ids = append(ids, string([]byte(e.MessageID)))
			if e.Seq != cx.Seq(len(ids)) {
				t.Fatalf("seq %d stands at place %d", e.Seq, len(ids))
			}
		}
		if b.Last != cx.Seq(len(ids)) {
			t.Fatalf("Last = %d after %d events", b.Last, len(ids))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if last := l.LastSeq(); last != cx.Seq(len(ids)) {
		t.Fatalf("LastSeq = %d after %d events", last, len(ids))
	}
	return ids
}

func tracks(prefix string, n int) []cx.Event {
	events := make([]cx.Event, n)
	for i := range events {
		events[i] = cxtest.Track("u", fmt.Sprint(prefix, i), 0, nil)
	}
	return events
}

func ids(events ...[]cx.Event) (out []string) {
	for _, es := range events {
		for _, e := range es {
			out = append(out, e.MessageID)
		}
	}
	return out
}

func TestAppendSurvivesReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	if l.LastSeq() != 0 {
		t.Errorf("LastSeq of a new log = %d", l.LastSeq())
	}
	a, b, c := tracks("a", 3), tracks("b", 1), tracks("c", 2)
	for _, events := range [][]cx.Event{a, b} {
		first, err := l.Append(t.Context(), events)
		if err != nil {
			t.Fatal(err)
		}
		if events[0].Seq != first || events[len(events)-1].Seq != l.LastSeq() {
			t.Errorf("first %d, events %d…%d, LastSeq %d", first, events[0].Seq, events[len(events)-1].Seq, l.LastSeq())
		}
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), c); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("Append to a closed log: %v", err)
	}

	l = open(t, Config{Dir: dir})
	if first, err := l.Append(t.Context(), c); err != nil || first != 5 {
		t.Errorf("first after reopening = %d, %v", first, err)
	}
	if diff := cmp.Diff(ids(a, b, c), readAll(t, l)); diff != "" {
		t.Error(diff)
	}
}

func TestConcurrentAppendsAreDenseAndInOrder(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	const writers, appends = 64, 16 // 1,024 appends of 1 to 3 events
	var wg sync.WaitGroup
	var mu sync.Mutex
	want := map[cx.Seq]string{}
	for w := range writers {
		wg.Go(func() {
			var before cx.Seq
			for i := range appends {
				events := tracks(fmt.Sprint(w, "/", i, "/"), 1+(w+i)%3)
				first, err := l.Append(t.Context(), events)
				if err != nil {
					t.Error(err)
					return
				}
				if first <= before {
					t.Errorf("a later append got seq %d after %d", first, before)
				}
				before = first
				mu.Lock()
				for j, e := range events {
					want[first+cx.Seq(j)] = e.MessageID
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	got := readAll(t, l)
	if len(got) != len(want) {
		t.Fatalf("%d events in the log, %d acknowledged", len(got), len(want))
	}
	for i, id := range got {
		if want[cx.Seq(i+1)] != id {
			t.Fatalf("seq %d holds %s, want %s", i+1, id, want[cx.Seq(i+1)])
		}
	}
}

func TestARequestIsNeverSplitOverFrames(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	if _, err := l.Append(t.Context(), tracks("big", 3*joinEvents)); err != nil {
		t.Fatal(err)
	}
	h, err := l.session.Load().lastFrame(t.Context())
	if err != nil || h.first != 1 || h.count != 3*joinEvents {
		t.Errorf("last frame = %+v, %v", h, err)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	_, err := l.Append(t.Context(), []cx.Event{{Kind: cx.Track, Body: make([]byte, maxRequest)}})
	if cx.KindOf(err) != cx.TooLarge {
		t.Errorf("error = %v", err)
	}
	largest := []cx.Event{{Kind: cx.Track, MessageID: "m", Body: make([]byte, maxRequest-100)}}
	if _, err := l.Append(t.Context(), largest); err != nil {
		t.Errorf("the largest that fits: %v", err)
	}
	if diff := cmp.Diff([]string{"m"}, readAll(t, l)); diff != "" {
		t.Error(diff)
	}
}

func TestFullDiskRefusesAndKeepsWhatIsIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b, c := tracks("a", 1), tracks("b", 1), tracks("c", 1)
	l := open(t, Config{Dir: dir})
	if _, err := l.Append(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()

	l = open(t, Config{Dir: dir, Reserve: 1 << 60})
	if _, err := l.Append(t.Context(), b); cx.KindOf(err) != cx.Full {
		t.Errorf("error = %v, want Full", err)
	}
	_ = l.Close()

	l = open(t, Config{Dir: dir})
	if first, err := l.Append(t.Context(), c); err != nil || first != 2 {
		t.Errorf("first = %d, %v", first, err)
	}
	if diff := cmp.Diff(ids(a, c), readAll(t, l)); diff != "" {
		t.Error(diff)
	}
}

// unsure is a JetStream whose answers get lost.
type unsure struct {
	jetstream.JetStream
	lose    func(n int) (before, after bool) // of the nth publish
	publish int
}

func (u *unsure) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	u.publish++
	before, after := u.lose(u.publish)
	if before {
		return nil, nats.ErrTimeout
	}
	ack, err := u.JetStream.PublishMsg(ctx, m, opts...)
	if after {
		return nil, nats.ErrTimeout
	}
	return ack, err
}

func TestAFrameInDoubtIsSettledBeforeTheNext(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(n int) (before, after bool){
		"stored, answer lost":        func(n int) (bool, bool) { return false, n == 1 },
		"not stored":                 func(n int) (bool, bool) { return n == 1, false },
		"not stored for a long time": func(n int) (bool, bool) { return n <= 4, n == 5 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, Config{})
			l.commit.js = &unsure{JetStream: l.commit.js, lose: lose}
			a, b := tracks("a", 2), tracks("b", 1)
			// The sender repeats what was not acknowledged, and so may appear twice.
			want := map[string]bool{}
			for _, events := range [][]cx.Event{a, b} {
				for {
					if _, err := l.Append(t.Context(), events); err == nil {
						break
					} else if cx.KindOf(err) != cx.Unavailable {
						t.Fatal(err)
					}
				}
				for _, e := range events {
					want[e.MessageID] = true
				}
			}
			got := map[string]bool{}
			for _, id := range readAll(t, l) {
				got[id] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if name == "stored, answer lost" && l.LastSeq() != 3 {
				t.Errorf("LastSeq = %d, want 3: nothing twice", l.LastSeq())
			}
		})
	}
}

func TestBusyWhenTheQueueIsFull(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	held := make(chan struct{})
	l.commit.js = &unsure{JetStream: l.commit.js, lose: func(int) (bool, bool) { <-held; return false, false }}
	var wg sync.WaitGroup
	var mu sync.Mutex
	kinds := map[cx.ErrorKind]int{}
	for range 30 { // of 3 MB each: the queue takes 64 MB
		wg.Go(func() {
			_, err := l.Append(t.Context(), []cx.Event{{Kind: cx.Track, Body: make([]byte, 3<<20)}})
			mu.Lock()
			defer mu.Unlock()
			if kinds[cx.KindOf(err)]++; cx.KindOf(err) == cx.Busy && kinds[cx.Busy] == 1 {
				close(held)
			}
		})
	}
	wg.Wait()
	if kinds[cx.Busy] == 0 {
		t.Errorf("answers by kind: %v", kinds)
	}
}

func TestCloseGivesUpAFrameInDoubt(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	l.commit.js = &unsure{JetStream: l.commit.js, lose: func(int) (bool, bool) { return true, false }}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := l.Append(t.Context(), tracks("a", 1)); cx.KindOf(err) != cx.Unavailable {
				t.Errorf("error = %v", err)
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Append(t.Context(), tracks("a", 1)); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}

func TestAppendGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	held := make(chan struct{})
	l.commit.js = &unsure{JetStream: l.commit.js, lose: func(int) (bool, bool) { <-held; return false, false }}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := l.Append(ctx, tracks("a", 1)); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("error = %v", err)
	}
	close(held)
}
