package bench

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

func chunks(seed uint64, random, n int) (all []event) {
	l := newLoad(seed, 10_000, time.Unix(1_760_000_000, 0))
	l.random = random
	w := newWriter(l)
	for range n {
		for _, e := range w.next() {
			all = append(all, event{e.path, bytes.Clone(e.body)})
		}
	}
	return all
}

func TestTheLoadIsWhatAClientWouldSend(t *testing.T) {
	t.Parallel()
	known := map[string]bool{} // by userId
	ids := map[string]bool{}
	size, again := 0, 0
	all := chunks(1, 0, 50)
	for _, e := range all {
		got, err := intake.Decode(e.body, intake.Defaults{Source: "web", ReceivedAt: 1})
		if err != nil {
			t.Fatalf("%s: %v", e.body, err)
		}
		var typed struct{ Type string }
		if err := json.Unmarshal(e.body, &typed); err != nil || e.path != "/v1/"+typed.Type {
			t.Fatalf("%s goes to %s: %v", typed.Type, e.path, err)
		}
		if ids[got.MessageID] {
			t.Fatalf("messageId %s comes twice", got.MessageID)
		}
		ids[got.MessageID] = true
		size += len(e.body)
		if got.Kind == cx.Identify {
			if known[got.UserID] {
				t.Errorf("%s signs up twice", got.UserID)
			}
			known[got.UserID] = true
		} else if got.UserID != "" && known[got.UserID] {
			again++
		}
	}
	if mean := size / len(all); mean < 900 || mean > 1250 {
		t.Errorf("an event has %d bytes on average, want about 1 KB", mean)
	}
	if want := len(all) / chunkSize * chunkFirst; len(known) != want {
		t.Errorf("%d customers signed up, want %d", len(known), want)
	}
	if again < len(all)/3 {
		t.Errorf("%d of %d events are by who was known, want more", again, len(all))
	}
}

func TestTheSameSeedGivesTheSameLoad(t *testing.T) {
	t.Parallel()
	join := func(all []event) string {
		var b strings.Builder
		for _, e := range all {
			b.WriteString(e.path + string(e.body) + "\n")
		}
		return b.String()
	}
	for _, random := range []int{0, 1000} {
		once, again := join(chunks(1, random, 3)), join(chunks(1, random, 3))
		if once != again {
			t.Error("the same seed gives another load")
		}
	}
	if join(chunks(1, 0, 1)) == join(chunks(2, 0, 1)) {
		t.Error("another seed gives the same load")
	}
}

func BenchmarkNext(b *testing.B) {
	w := newWriter(newLoad(1, 1_000_000, time.Now()))
	for b.Loop() {
		w.next()
	}
	b.ReportMetric(float64(chunkSize*b.N)/b.Elapsed().Seconds(), "events/s")
}
