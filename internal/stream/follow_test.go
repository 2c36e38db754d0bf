package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// list is a view that remembers the ids it was given.
type list struct {
	mu       sync.Mutex
	position cx.Seq
	ids      []string
	sizes    []int
	refuse   func(b Batch) error // before anything is stored
	applied  chan cx.Seq
}

func newList() *list { return &list{applied: make(chan cx.Seq, 1000)} }

func (v *list) Name() string { return "list" }

func (v *list) Position(context.Context) (cx.Seq, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.position, nil
}

func (v *list) Apply(_ context.Context, b Batch) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.refuse != nil {
		if err := v.refuse(b); err != nil {
			return err
		}
	}
	for _, e := range b.Events {
		if e.Seq > v.position {
			v.ids = append(v.ids, string([]byte(e.MessageID)))
		}
	}
	v.sizes = append(v.sizes, len(b.Events))
	v.position = b.Last
	select {
	case v.applied <- b.Last:
	default:
	}
	return nil
}

func mustAppend(t testing.TB, l *Log, events []cx.Event) {
	t.Helper()
	if _, err := l.Append(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}

// follow runs Follow until stop is called, which returns its error.
func follow(t testing.TB, l *Log, v View) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Follow(ctx, v) }()
	return func() error { cancel(); return <-done }
}

func (v *list) await(t testing.TB, last cx.Seq) {
	t.Helper()
	for {
		select {
		case got := <-v.applied:
			if got >= last {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("seq %d was not applied in time", last)
		}
	}
}

func TestFollowJoinsWhatIsThereAndHandsOverWhatComes(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	history := [][]cx.Event{tracks("big", 2500), tracks("a", 1), tracks("b", 700), tracks("c", 2500), tracks("d", 2200)}
	for _, events := range history {
		mustAppend(t, l, events)
	}
	v := newList()
	stop := follow(t, l, v)
	v.await(t, 7901)
	live := tracks("live", 1)
	mustAppend(t, l, live)
	v.await(t, 7902)
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Follow returned %v", err)
	}
	if diff := cmp.Diff(append(ids(history...), live[0].MessageID), v.ids); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{4000, 3901, 1}, v.sizes); diff != "" {
		t.Error(diff)
	}
}

func TestBatchesOfLargeEventsAreShort(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	for i := range 4 {
		events := tracks(fmt.Sprint("large", i), 150)
		for j := range events {
			events[j].Body = append(events[j].Body, bytes.Repeat([]byte(" "), 30_000)...)
		}
		mustAppend(t, l, events)
	}
	v := newList()
	stop := follow(t, l, v)
	v.await(t, 600)
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("Follow returned %v", err)
	}
	if diff := cmp.Diff([]int{300, 300}, v.sizes); diff != "" {
		t.Error(diff)
	}
}

func TestCatchUpBeginsInTheMiddleOfAFrame(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	var all []string
	for range 40 {
		events := tracks("e", 7)
		mustAppend(t, l, events)
		all = append(all, ids(events)...)
	}
	for _, position := range []cx.Seq{0, 1, 6, 7, 8, 139, 279, 280} {
		v := newList()
		v.position = position
		if err := l.CatchUp(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(len(all)-int(position), len(v.ids)); diff != "" {
			t.Errorf("from %d: %s", position, diff)
		}
		if v.position != 280 {
			t.Errorf("from %d: position %d at the end", position, v.position)
		}
	}
}

func TestFollowTriesAgain(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	mustAppend(t, l, tracks("a", 3))
	v := newList()
	tries := 0
	v.refuse = func(Batch) error {
		if tries++; tries < 3 {
			return errors.New("the store is locked")
		}
		return nil
	}
	stop := follow(t, l, v)
	v.await(t, 3)
	_ = stop()
	if tries != 3 || len(v.ids) != 3 {
		t.Errorf("%d tries, %v", tries, v.ids)
	}
}

func TestPoisonIsSetAsideAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	var aside []string
	fail := true
	l := open(t, Config{OnPoison: func(_ context.Context, view string, e cx.Event, reason string) error {
		if fail { // the quarantine does not answer the first time
			fail = false
			return errors.New("not now")
		}
		aside = append(aside, view+" "+e.Name+" "+reason)
		return nil
	}})
	events := []cx.Event{
		cxtest.Track("u", "good 1", 0, nil), cxtest.Track("u", "bad 2", 0, nil), cxtest.Track("u", "good 3", 0, nil),
		cxtest.Track("u", "bad 4", 0, nil),
	}
	mustAppend(t, l, events)
	v := newList()
	v.refuse = func(b Batch) error {
		for _, e := range b.Events {
			if strings.HasPrefix(e.Name, "bad") {
				return Poison(e.Seq, "it is bad")
			}
		}
		return nil
	}
	if err := l.CatchUp(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{events[0].MessageID, events[2].MessageID}, v.ids); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"list bad 2 it is bad", "list bad 4 it is bad"}, aside); diff != "" {
		t.Error(diff)
	}
	if v.position != 4 {
		t.Errorf("position = %d", v.position)
	}
}

func TestFollowEndsWhenTheLogIsClosedOrDamaged(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	done := make(chan error, 1)
	go func() { done <- l.Follow(t.Context(), newList()) }()
	_ = l.Close()
	if err := <-done; cx.KindOf(err) != cx.Unavailable {
		t.Errorf("closed: %v", err)
	}

	frame, err := os.ReadFile(fixture) // begins with seq 41
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, Config{})
	if _, err := l.session.Load().js.Publish(t.Context(), facts, frame); err != nil {
		t.Fatal(err)
	}
	l.advance(44)
	if err := l.Follow(t.Context(), newList()); err == nil || !strings.Contains(err.Error(), "seq 1: the log goes on with seq 41") {
		t.Errorf("damaged: %v", err)
	}
}

func TestLatencyWhenQuiet(t *testing.T) {
	t.Parallel()
	l := open(t, Config{})
	v := newList()
	stop := follow(t, l, v)
	best := time.Hour
	for i := range 20 {
		mustAppend(t, l, tracks("a", 1))
		start := time.Now()
		v.await(t, cx.Seq(i+1))
		best = min(best, time.Since(start))
	}
	_ = stop()
	if best > 5*time.Millisecond {
		t.Errorf("the quickest of 20 events took %v from its acknowledgement to the view", best)
	}
}
