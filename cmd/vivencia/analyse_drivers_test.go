package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

func drivers(t *testing.T, path, outcome string, names ...string) driversJSON {
	t.Helper()
	a := driverAnalysis{outcome: outcome, names: names, rounds: 200, seed: 1}
	if err := a.read(importer.Table{Path: path}); err != nil {
		t.Fatal(err)
	}
	if err := a.analyse(); err != nil {
		t.Fatal(err)
	}
	out := a.json()
	sum := 0.0
	for _, d := range out.Drivers {
		sum += d.Share
		if !(0 <= d.Low && d.Low <= d.Share && d.Share <= d.High && d.High <= 1) {
			t.Errorf("%+v", d)
		}
	}
	if math.Abs(sum-out.R2) > 1e-9 {
		t.Errorf("the shares add up to %v, R² is %v", sum, out.R2)
	}
	return out
}

// Of the ratings of flights, those that correlate most with being satisfied lead, as
// in the data's own description: boarding online, then entertainment.
func TestDriversOfFlights(t *testing.T) {
	t.Parallel()
	path := filepath.Join(cxtest.Data(t, "airline_satisfaction"), "airline_satisfaction.csv")
	ratings := []string{"Seat comfort", "Inflight entertainment", "Online boarding", "Gate location", "Food and drink", "Departure/Arrival time convenient"}
	got := drivers(t, path, "satisfaction=satisfied", append(ratings, "Arrival Delay in Minutes")...)
	if got.N != 25_893 || got.Missing != 83 || got.Drivers[0].Name != "Online boarding" || got.Drivers[1].Name != "Inflight entertainment" || got.Drivers[0].Leading < .99 {
		t.Errorf("%+v", got)
	}
	for _, d := range got.Drivers {
		if d.Name == "Gate location" && d.Share > .01 {
			t.Errorf("the gate is %+v", d)
		}
	}
}

// Of what is known of olist's orders, that they came late goes most with the score.
func TestLateDeliveryLeadsOlist(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "olist")
	read := func(file string) []map[string]string {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out []map[string]string
		for _, row := range rows[1:] {
			m := map[string]string{}
			for i, name := range rows[0] {
				m[name] = row[i]
			}
			out = append(out, m)
		}
		return out
	}
	orders, items, states := map[string]map[string]string{}, map[string]map[string]string{}, map[string]string{}
	for _, o := range read("olist_orders_dataset.csv") {
		orders[o["order_id"]] = o
	}
	for _, i := range read("olist_order_items_dataset.csv") {
		items[i["order_id"]] = i
	}
	for _, c := range read("olist_customers_dataset.csv") {
		states[c["customer_id"]] = c["customer_state"]
	}
	table := [][]string{{"score", "late", "freight", "price", "state", "month"}}
	for _, r := range read("olist_order_reviews_dataset.csv") {
		o, i := orders[r["order_id"]], items[r["order_id"]]
		late, delivered, promised := "", o["order_delivered_customer_date"], o["order_estimated_delivery_date"]
		if delivered != "" {
			late = map[bool]string{true: "yes", false: "no"}[delivered > promised]
		}
		month := ""
		if bought := o["order_purchase_timestamp"]; len(bought) > 7 {
			month = bought[5:7]
		}
		table = append(table, []string{r["review_score"], late, i["freight_value"], i["price"], states[o["customer_id"]], month})
	}
	path := filepath.Join(t.TempDir(), "orders.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := csv.NewWriter(f).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := drivers(t, path, "score", "late", "freight", "price", "state", "month")
	first := got.Drivers[0]
	t.Logf("R² %v of %d; late %+v, then %s %v", got.R2, got.N, first, got.Drivers[1].Name, got.Drivers[1].Share)
	if first.Name != "late" || first.Low < got.Drivers[1].High || first.Effects[0].High > -1 || !slices.Equal([]string{first.Effects[0].Level}, []string{"yes"}) {
		t.Errorf("%+v", got.Drivers)
	}
}
