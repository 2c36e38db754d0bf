package outcome_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// everybody gives each event a profile of its own.
type everybody struct{ events []cx.Event }

func (r everybody) Resolve(context.Context, cx.Seq, cx.Seq) (out history.Resolved, err error) {
	for _, e := range r.events {
		out.Facts = append(out.Facts, history.ResolvedFact{Seq: e.Seq, Profile: cx.ProfileNo(e.Seq)})
	}
	return out, nil
}

const olistModel = `
company: {slug: olist, name: Olist, timezone: America/Sao_Paulo, currency: BRL, languages: [pt]}
properties:
  - {slug: late, name: Late, on: Order Delivered, expr: "event.at > timestamp(properties.promised_at)", object: order}
`

// TestOlist holds the two means of the late and the punctual deliveries: late is
// computed by the model on the delivery and reaches the review by its order; or
// the review says it itself.
func TestOlist(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "olist")
	for _, own := range []bool{false, true} {
		events := olist(t, dir, own)
		store, inForce := openStore(t), parsed(t, olistModel)
		view := history.NewView(history.Config{Store: store, Resolver: everybody{events}, Models: inForce, Logger: slog.New(slog.DiscardHandler)})
		if err := view.Apply(t.Context(), stream.Batch{Events: events, Last: cx.Seq(len(events))}); err != nil {
			t.Fatal(err)
		}
		r, err := outcome.New(store, inForce, cxtest.NewClock()).Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.Mean, Survey: "csat", By: history.PropertyOf("late")})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]outcome.Estimate{}
		for _, g := range r.Groups {
			got[g.Key] = g.Estimate
		}
		if r.N != 2993 || got["true"].N != 233 || got["false"].N != 2670 || math.Abs(got["true"].Value-2.549) > .0005 || math.Abs(got["false"].Value-4.275) > .0005 {
			t.Errorf("own %v: %+v", own, r)
		}
		t.Logf("own %v: late %+v, on time %+v, not delivered %+v", own, got["true"], got["false"], got[""])
	}
}

// olist reads the deliveries and the reviews; with own, each review says whether
// its order was late, and no delivery is there.
func olist(t *testing.T, dir string, own bool) (events []cx.Event) {
	t.Helper()
	at := func(s string) cx.Time {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return cx.TimeOf(v)
	}
	add := func(e cx.Event, body cxtest.Object) {
		e.Seq, e.Source = cx.Seq(len(events)+1), "olist"
		var err error
		if e.Properties, err = json.Marshal(body["properties"]); err == nil {
			e.Body, err = json.Marshal(body)
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	lateness := map[string]bool{}
	for _, o := range table(t, filepath.Join(dir, "olist_orders_dataset.csv")) {
		delivered, promised := o["order_delivered_customer_date"], o["order_estimated_delivery_date"]
		if delivered == "" {
			continue
		}
		lateness[o["order_id"]] = at(delivered) > at(promised)
		if !own {
			add(cx.Event{Kind: cx.Track, Name: "Order Delivered", At: at(delivered)},
				cxtest.Object{"properties": cxtest.Object{"order_id": o["order_id"], "promised_at": at(promised).String()}})
		}
	}
	for _, r := range table(t, filepath.Join(dir, "olist_order_reviews_dataset.csv")) {
		score, err := strconv.Atoi(r["review_score"])
		if err != nil {
			t.Fatal(err)
		}
		properties := cxtest.Object{"order_id": r["order_id"]}
		if late, known := lateness[r["order_id"]]; own && known {
			properties["late"] = late
		}
		add(cx.Event{Kind: cx.Answer, Name: "csat", At: at(r["review_creation_date"])}, cxtest.Object{
			"survey": "csat", "properties": properties, "answers": []cxtest.Object{{"question": "score", "metric": "csat", "scale": "1-5", "value": score}},
		})
	}
	return events
}

func table(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}
