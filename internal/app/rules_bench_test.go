package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// watching notes when what rules did came back in the log.
type watching struct {
	mu    sync.Mutex
	at    cx.Seq
	named map[cx.Seq]string    // by event
	runs  map[string]cx.Seq    // by run: what it is about
	acted map[string]time.Time // by message
	acked map[string]time.Time // by message
}

func (w *watching) Name() string { return "watching" }

func (w *watching) Position(context.Context) (cx.Seq, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at, nil
}

func (w *watching) Apply(_ context.Context, b stream.Batch) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, e := range b.Events {
		var d rule.Decision
		switch {
		case e.Kind == cx.Track:
			w.named[e.Seq] = strings.Clone(e.MessageID)
		case e.Name == rule.DecidedEvent && json.Unmarshal(e.Properties, &d) == nil:
			w.runs[d.Run] = d.About
		case e.Kind == cx.Identify && strings.HasPrefix(e.MessageID, "rule:"):
			w.acted[w.named[w.runs[strings.Split(e.MessageID, ":")[1]]]] = now
		}
	}
	w.at = b.Last
	return nil
}

// BenchmarkRules sends two thousand events a second through the whole product,
// with two hundred rules of which ten wait for each event, and tells how long
// after the acknowledgement what a rule does (a trait) is in the log. One event in
// fifty makes one act.
func BenchmarkRules(b *testing.B) {
	const rate, rules, names, every, customers = 2000, 200, 20, 10 * time.Millisecond, 5000
	yaml := "company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es]}\nareas: [{slug: home, name: Home}]\ntouchpoints:\n  - {slug: door, name: Puerta, stage: after, channel: home, medium: physical, area: home, events: ["
	for n := range names {
		yaml += fmt.Sprintf("Event %d, ", n)
	}
	yaml += "]}\nrules:\n"
	for r := range rules {
		yaml += fmt.Sprintf("  - {slug: r%d, name: R, when: {event: Event %d}, if: 'properties.total == %d && properties.city == \"Vigo\"', then: [{trait: {seen: %d}}]}\n", r, r%names, r/names, r)
	}
	a, err := Open(b.Context(), configOf(b.TempDir()), quietly)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	if _, err := a.Models.Apply(b.Context(), cx.System(), []byte(yaml), ""); err != nil {
		b.Fatal(err)
	}
	w := &watching{named: map[cx.Seq]string{}, runs: map[string]cx.Seq{}, acted: map[string]time.Time{}, acked: map[string]time.Time{}, at: a.Log.LastSeq()}
	following, stop := context.WithCancel(b.Context())
	var ended sync.WaitGroup
	ended.Go(func() { _ = a.Log.Follow(following, w) })
	sent := 0
	began := time.Now()
	for b.Loop() { // a second of events
		for range int(time.Second / every) {
			batch := intake.Batch{Source: "bench", Way: "v1/batch"}
			var ids []string
			for range rate / int(time.Second/every) {
				city := "Lugo"
				if sent%5 == 0 {
					city = "Vigo"
				}
				id := fmt.Sprint("m", sent)
				ids = append(ids, id)
				batch.Messages = append(batch.Messages, fmt.Appendf(nil, `{"type":"track","userId":"u%d","event":"Event %d","messageId":%q,"properties":{"total":%d,"city":%q}}`, sent*31%customers, sent%names, id, sent%97, city))
				sent++
			}
			if _, err := a.Intake.Accept(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			now := time.Now()
			w.mu.Lock()
			for _, id := range ids {
				w.acked[id] = now
			}
			w.mu.Unlock()
			time.Sleep(time.Until(began.Add(time.Duration(sent) * time.Second / rate)))
		}
	}
	sending := time.Since(began)
	time.Sleep(2 * time.Second) // what was sent last acts too
	stop()
	ended.Wait()
	var took []time.Duration
	for id, at := range w.acted {
		took = append(took, max(0, at.Sub(w.acked[id])))
	}
	slices.Sort(took)
	if len(took) < sent/100 {
		b.Fatalf("%d of %d events made a rule act", len(took), sent)
	}
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(len(took)), "effects")
	b.ReportMetric(float64(sent)/sending.Seconds(), "events/s")
}
