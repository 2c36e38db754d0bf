package model_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// The delivery's time is an instant, the promise a local text: only in the
// company's zone are the late ones the 233 that the shop itself counts.
func TestOlistLateIsReadInTheCompanysZone(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "olist")
	m := parse(t, `
company: {slug: olist, name: Olist, timezone: America/Sao_Paulo, currency: BRL, languages: [pt]}
properties:
  - {slug: late, name: Late, on: Order Delivered, expr: event.at > timestamp(properties.promised_at), object: order}
`)
	zone, err := time.LoadLocation(m.Company.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	late := map[string]any{}
	for _, row := range table(t, filepath.Join(dir, "olist_orders_dataset.csv")) {
		at, err := time.ParseInLocation(time.DateTime, row["order_delivered_customer_date"], zone)
		if err != nil {
			continue
		}
		properties, err := json.Marshal(map[string]string{"order_id": row["order_id"], "promised_at": row["order_estimated_delivery_date"]})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range m.Derive(model.Fact{Kind: cx.Track, Name: "Order Delivered", At: cx.TimeOf(at), Properties: properties}) {
			late[row["order_id"]] = d.Value
		}
	}
	var sum, n [2]float64
	for _, row := range table(t, filepath.Join(dir, "olist_order_reviews_dataset.csv")) {
		score, err := strconv.ParseFloat(row["review_score"], 64)
		if err != nil {
			t.Fatal(err)
		}
		switch late[row["order_id"]] {
		case true:
			sum[0], n[0] = sum[0]+score, n[0]+1
		case false:
			sum[1], n[1] = sum[1]+score, n[1]+1
		}
	}
	if n[0] != 233 || math.Abs(sum[0]/n[0]-2.549) > .0005 || n[1] != 2670 || math.Abs(sum[1]/n[1]-4.275) > .0005 {
		t.Errorf("late %v of mean %.3f, on time %v of mean %.3f", n[0], sum[0]/n[0], n[1], sum[1]/n[1])
	}
}

func table(t *testing.T, file string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, column := range all[0] {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}
