package stream

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// secret is an event that names a person.
func secret(person string, i int) cx.Event {
	return cxtest.Track(person, fmt.Sprintf("m-%s-%d", person, i), 0, cxtest.Object{"text": "a thing that only " + person + " said", "i": i})
}

// forget is what is left of a person's event.
func forget(person string) func(cx.Event) cx.Event {
	return func(e cx.Event) cx.Event {
		if e.UserID != person {
			return e
		}
		return cx.Event{Seq: e.Seq, Kind: cx.Redacted, Source: e.Source, At: e.At, ReceivedAt: e.ReceivedAt, Body: []byte(`{"type":"redacted"}`)}
	}
}

// whose returns for each seq of the log whose event it is; "" where it is
// redacted.
func whose(t testing.TB, l *Log) (out []string) {
	t.Helper()
	readAllEvents(t, l, func(e cx.Event) { out = append(out, strings.Clone(e.UserID)) })
	return out
}

func readAllEvents(t testing.TB, l *Log, fn func(cx.Event)) {
	t.Helper()
	var last cx.Seq
	err := l.Read(t.Context(), 0, func(b Batch) error {
		for _, e := range b.Events {
			if last++; e.Seq != last {
				t.Fatalf("seq %d stands at place %d", e.Seq, last)
			}
			fn(e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if last != l.LastSeq() {
		t.Fatalf("%d events read, LastSeq is %d", last, l.LastSeq())
	}
}

// seqsOf returns the seqs of a person's events.
func seqsOf(all []string, person string) (seqs []cx.Seq) {
	for i, p := range all {
		if p == person {
			seqs = append(seqs, cx.Seq(i+1))
		}
	}
	return seqs
}

// without returns all with nobody in the person's places.
func without(all []string, person string) []string {
	out := slices.Clone(all)
	for i, p := range out {
		if p == person {
			out[i] = ""
		}
	}
	return out
}

// noTrace fails when a person is named in any file under dir, or in any frame.
func noTrace(t testing.TB, dir string, people ...string) {
	t.Helper()
	for _, p := range people {
		if on := filesWith(t, dir, p); on != nil {
			t.Errorf("%s is still in %v", p, on)
		}
	}
}

func TestRedactLeavesNothingAndReadsInPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	people := []string{"person-ana", "person-bea", "person-eva"}
	for i := range 60 { // frames of one to three people
		var events []cx.Event
		for j := range 1 + i%3 {
			events = append(events, secret(people[(i+j)%3], i))
		}
		mustAppend(t, l, events)
	}
	mustAppend(t, l, []cx.Event{secret("person-ana", 99)}) // the last frame is hers alone
	want := whose(t, l)
	v := newList()
	stop := follow(t, l, v) // has read it all, and reads on

	ana := seqsOf(want, "person-ana")
	if n, err := l.Redact(t.Context(), ana, forget("person-ana")); n != len(ana) || err != nil {
		t.Fatalf("Redact = %d, %v; want %d", n, err, len(ana))
	}
	want = without(want, "person-ana")
	if d := cmp.Diff(want, whose(t, l)); d != "" {
		t.Error(d)
	}
	if n, err := l.Redact(t.Context(), ana, forget("person-ana")); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	// Somebody else in the same frames, some of which are redacted already.
	if _, err := l.Redact(t.Context(), seqsOf(want, "person-bea"), forget("person-bea")); err != nil {
		t.Fatal(err)
	}
	want = without(want, "person-bea")
	mustAppend(t, l, []cx.Event{secret("person-eva", 100)})
	want = append(want, "person-eva")
	v.await(t, l.LastSeq())
	_ = stop()
	if d := cmp.Diff(want, whose(t, l)); d != "" {
		t.Error(d)
	}
	// A reader that begins anywhere finds its place.
	for after := range l.LastSeq() {
		var first cx.Seq
		err := l.Read(t.Context(), after, func(b Batch) error {
			if first == 0 {
				first = b.Events[0].Seq
			}
			return nil
		})
		if err != nil || first != after+1 {
			t.Fatalf("Read after %d begins with %d: %v", after, first, err)
		}
	}
	noTrace(t, dir, "person-ana", "person-bea")
	_ = l.Close()
	noTrace(t, dir, "person-ana", "person-bea")
	if filesWith(t, dir, "person-eva") == nil {
		t.Error("who was not redacted is gone")
	}

	l = open(t, Config{Dir: dir})
	if d := cmp.Diff(want, whose(t, l)); d != "" {
		t.Errorf("after reopening: %s", d)
	}
	if n, err := l.Redact(t.Context(), seqsOf(want, "person-eva"), forget("person-eva")); n == 0 || err != nil {
		t.Fatalf("all the rest: %d, %v", n, err)
	}
	_ = l.Close()
	l = open(t, Config{Dir: dir}) // nothing is left in the facts
	mustAppend(t, l, []cx.Event{secret("person-new", 1)})
	if d := cmp.Diff(append(make([]string, len(want)), "person-new"), whose(t, l)); d != "" {
		t.Error(d)
	}
	noTrace(t, dir, "person-eva")
}

// TestRedactManyMovesBlocks redacts every other event of frames of one event,
// as retention does: whole blocks go at once.
func TestRedactManyMovesBlocks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, Config{Dir: dir})
	if _, err := l.session.Load().js.UpdateStream(t.Context(), factsConfig(1<<20)); err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	l = open(t, Config{Dir: dir}) // now with small blocks
	old, kept := "person-old", "person-kept"
	const frames = 20_000
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := range frames / 64 {
				e := secret([]string{old, kept}[i%2], i)
				e.Body = append(e.Body, strings.Repeat(" ", 1000)...)
				if _, err := l.Append(t.Context(), []cx.Event{e}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	want := whose(t, l)
	seqs := seqsOf(want, old)
	for chunk := range slices.Chunk(seqs, 3000) {
		if n, err := l.Redact(t.Context(), chunk, forget(old)); n != len(chunk) || err != nil {
			t.Fatalf("Redact = %d, %v; want %d", n, err, len(chunk))
		}
	}
	want = without(want, old)
	if d := cmp.Diff(want, whose(t, l)); d != "" {
		t.Error(d)
	}
	noTrace(t, dir, old)
	_ = l.Close()
	l = open(t, Config{Dir: dir})
	if d := cmp.Diff(want, whose(t, l)); d != "" {
		t.Error(d)
	}
	noTrace(t, dir, old)
}

// dying does n more steps of a redaction, and then none, as if the process had
// been killed there.
type dying struct {
	jetstream.JetStream
	left *int
}

func (d dying) step(do func() error) error {
	if *d.left--; *d.left < 0 {
		return nats.ErrTimeout
	}
	return do()
}

func (d dying) PublishMsg(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (ack *jetstream.PubAck, err error) {
	err = d.step(func() (err error) { ack, err = d.JetStream.PublishMsg(ctx, m, opts...); return err })
	return ack, err
}

type dyingStream struct {
	jetstream.Stream
	dying
}

func (d dyingStream) SecureDeleteMsg(ctx context.Context, seq uint64) error {
	return d.step(func() error { return d.Stream.SecureDeleteMsg(ctx, seq) })
}

func (d dyingStream) DeleteMsg(ctx context.Context, seq uint64) error {
	return d.step(func() error { return d.Stream.DeleteMsg(ctx, seq) })
}

func (d dyingStream) Purge(ctx context.Context, opts ...jetstream.StreamPurgeOpt) error {
	return d.step(func() error { return d.Stream.Purge(ctx, opts...) })
}

func TestRedactGoesOnAfterACrashAtAnyStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		frames int
		each   int // of her events in every other frame
		small  bool
	}{
		{"frame by frame", 8, 1, false},
		{"blocks at once", 60, 12, true},
	} {
		for steps := 0; ; steps += 1 + steps/3 {
			done := false
			t.Run(fmt.Sprintf("%s, killed at step %d", c.name, steps), func(t *testing.T) {
				dir := t.TempDir()
				l := open(t, Config{Dir: dir})
				if c.small {
					if _, err := l.session.Load().js.UpdateStream(t.Context(), factsConfig(100<<10)); err != nil {
						t.Fatal(err)
					}
					_ = l.Close()
					l = open(t, Config{Dir: dir})
				}
				for i := range c.frames {
					events := []cx.Event{secret("person-eva", i)}
					for range c.each {
						events = append(events, secret([]string{"person-ana", "person-bea"}[i%2], i))
					}
					mustAppend(t, l, events)
				}
				want := whose(t, l)
				ana, bea := seqsOf(want, "person-ana"), seqsOf(want, "person-bea")
				if _, err := l.Redact(t.Context(), bea[:2], forget("person-bea")); err != nil {
					t.Fatal(err)
				}
				r, err := l.newReader(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				left := steps
				r.js = dying{r.js, &left}
				r.facts, r.erased = dyingStream{r.facts, dying{left: &left}}, dyingStream{r.erased, dying{left: &left}}
				_, err = l.redact(t.Context(), r, ana, forget("person-ana"))
				done = err == nil
				r.close()
				if steps%2 == 0 { // it comes back in another process, or in this one
					_ = l.Close()
					l = open(t, Config{Dir: dir})
				}
				if _, err := l.Redact(t.Context(), ana, forget("person-ana")); err != nil {
					t.Fatal(err)
				}
				want = without(want, "person-ana")
				want[bea[0]-1], want[bea[1]-1] = "", ""
				if d := cmp.Diff(want, whose(t, l)); d != "" {
					t.Error(d)
				}
				noTrace(t, dir, "person-ana")
			})
			if done || t.Failed() {
				break
			}
		}
	}
}
