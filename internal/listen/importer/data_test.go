package importer_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// keeper is a Sink that accepts every message once, by its messageId.
type keeper struct {
	mu       sync.Mutex
	count    bool // only count
	ids      map[string]bool
	messages []message
	raw      []string // the messages as they came
	aside    []importer.Record
}

type message struct {
	Type        string         `json:"type"`
	Event       string         `json:"event"`
	Survey      string         `json:"survey"`
	Kind        string         `json:"kind"`
	MessageID   string         `json:"messageId"`
	UserID      string         `json:"userId"`
	AnonymousID string         `json:"anonymousId"`
	Timestamp   string         `json:"timestamp"`
	From        string         `json:"from"`
	Until       string         `json:"until"`
	Place       string         `json:"place"`
	Touchpoint  string         `json:"touchpoint"`
	Value       any            `json:"value"`
	Properties  map[string]any `json:"properties"`
	Context     struct {
		Traits map[string]any `json:"traits"`
	} `json:"context"`
	Answers []struct {
		Question string   `json:"question"`
		Metric   string   `json:"metric"`
		Scale    string   `json:"scale"`
		Value    *float64 `json:"value"`
		Text     string   `json:"text"`
		Choice   string   `json:"choice"`
	} `json:"answers"`
}

func (k *keeper) Write(_ context.Context, records []importer.Record) (importer.Result, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var res importer.Result
	if k.ids == nil {
		k.ids = map[string]bool{}
	}
	for _, r := range records {
		switch {
		case r.Message == nil:
			r.Raw = append([]byte(nil), r.Raw...)
			k.aside = append(k.aside, r)
			res.Add(importer.Result{Quarantined: 1, Reasons: map[string]int{r.Reason: 1}})
		case k.ids[r.MessageID]:
			res.Duplicates++
		default:
			k.ids[r.MessageID] = true
			res.Accepted++
			if k.count {
				continue
			}
			var m message
			if err := json.Unmarshal(r.Message, &m); err != nil {
				return res, err
			}
			if m.MessageID != r.MessageID {
				return res, cx.Errorf(cx.Internal, "", "messageId %q in the message, %q beside it", m.MessageID, r.MessageID)
			}
			k.messages, k.raw = append(k.messages, m), append(k.raw, string(r.Message))
		}
	}
	return res, nil
}

func options(k importer.Sink) importer.Options {
	return importer.Options{Sink: k, Clock: cxtest.NewClock()}
}

func loadMap(t testing.TB, path string) *importer.Map {
	t.Helper()
	m, err := importer.LoadMap(path, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOlistWithItsMap(t *testing.T) {
	t.Parallel()
	cxtest.Data(t, "olist")
	k := &keeper{}
	report, err := importer.CSV(context.Background(), loadMap(t, "../../../examples/olist/map.yaml"), nil, options(k))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", report)
	events, answers := map[string]int{}, 0
	customers := map[string]bool{}
	scores := map[any][]float64{}
	for _, m := range k.messages {
		customers[m.UserID] = true
		if m.Type == "answer" {
			answers++
			scores[m.Properties["late"]] = append(scores[m.Properties["late"]], *m.Answers[0].Value)
			continue
		}
		events[m.Event]++
		if m.Context.Traits["city"] == nil {
			t.Fatalf("%s has no city", m.MessageID)
		}
	}
	if events["Order Completed"] != 2976 || events["Order Delivered"] != 2904 || answers != 2993 || len(customers) != 2995 {
		t.Errorf("events %v, %d answers, %d customers", events, answers, len(customers))
	}
	if report.Read != 8993 || report.Accepted != 8873 || report.Skipped != 24 || report.Empty != 96 || report.Quarantined != 0 || report.Duplicates != 0 {
		t.Errorf("report %+v", report)
	}
	for late, want := range map[any]struct {
		n    int
		mean float64
	}{true: {233, 2.549}, false: {2670, 4.275}, nil: {90, math.NaN()}} {
		sum := 0.0
		for _, s := range scores[late] {
			sum += s
		}
		mean := sum / float64(len(scores[late]))
		if len(scores[late]) != want.n || math.Abs(mean-want.mean) >= 0.0005 {
			t.Errorf("late %v: n %d mean %.4f, want %d %.3f", late, len(scores[late]), mean, want.n, want.mean)
		}
	}
	again, err := importer.CSV(context.Background(), loadMap(t, "../../../examples/olist/map.yaml"), nil, options(k))
	if err != nil || again.Accepted != 0 || again.Duplicates != 8873 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestEventLogs(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "event_logs")
	for file, want := range map[string]struct{ events, traces int }{
		"bpic2012.xes.gz": {262_200, 13_087}, "receipt.xes.gz": {8_577, 1_434}, "running-example.xes": {42, 6},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			k := &keeper{count: want.events > 100_000}
			began := time.Now()
			report, err := importer.XES(context.Background(), []string{filepath.Join(dir, file)}, options(k))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%.0f events/s %+v", float64(report.Read)/time.Since(began).Seconds(), report)
			if report.Accepted != want.events || report.Read != want.events {
				t.Errorf("report %+v", report)
			}
			customers := map[string]bool{}
			for _, m := range k.messages {
				customers[m.UserID] = true
				if m.Properties["case_id"] != m.UserID {
					t.Fatalf("case_id %v, userId %s", m.Properties["case_id"], m.UserID)
				}
			}
			if !k.count && len(customers) != want.traces {
				t.Errorf("%d customers", len(customers))
			}
		})
	}
}
