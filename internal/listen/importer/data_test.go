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
	"github.com/vivencia-cx/vivencia/internal/model"
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

// issueMap is the map as the project promised to read it, word for word.
const issueMap = `source: olist
timezone: America/Sao_Paulo
files:
  orders:    {file: olist_orders_dataset.csv, join: [{file: olist_customers_dataset.csv, on: customer_id}]}
  reviews:   {file: olist_order_reviews_dataset.csv, join: [{file: olist_orders_dataset.csv, on: order_id}, {file: olist_customers_dataset.csv, on: customer_id}]}
customer: {userId: customer_unique_id, traits: {city: customer_city}}          # column names
events:
  - {from: orders, name: Order Completed, at: order_purchase_timestamp, id: order_id, when: "row.order_status != 'canceled'", properties: {order_id: order_id}}
  - {from: orders, name: Order Delivered, at: order_delivered_customer_date, id: order_id, properties: {order_id: order_id, promised_at: order_estimated_delivery_date}}
answers:
  - {from: reviews, survey: csat, scale: 1-5, score: review_score, text: review_comment_message, at: review_creation_date, id: [review_id, order_id], properties: {order_id: order_id}}
`

func TestTheMapAsPromised(t *testing.T) {
	t.Parallel()
	m, err := importer.ParseMap([]byte(issueMap), cxtest.Data(t, "olist"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{}
	report, err := importer.CSV(context.Background(), m, nil, options(k))
	if err != nil || report.Accepted != 8873 || report.Empty != 96 || report.Skipped != 24 || report.Quarantined != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	for _, msg := range k.messages {
		if msg.MessageID == "track:Order Delivered:2c810e97c1d3956172e1830863e6a133" {
			if msg.Timestamp != "2018-08-20T18:15:42Z" || msg.Properties["promised_at"] != "2018-08-27 00:00:00" {
				t.Errorf("%+v", msg)
			}
			return
		}
	}
	t.Error("the first order's delivery is missing")
}

func TestTheModelOfOlist(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../../examples/olist/model.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := model.Parse(src); err != nil {
		t.Error(err)
	}
}
