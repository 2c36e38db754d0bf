package reason

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

const olistModel = `
company: {slug: olist, name: Olist, timezone: America/Sao_Paulo, currency: BRL, languages: [pt]}
areas: [{slug: sales, name: Vendas}, {slug: logistics, name: Logística}]
objects: {order: order_id}
touchpoints:
  - {slug: checkout, name: Compra, stage: during, channel: web, medium: digital, area: sales, events: [Order Completed]}
  - {slug: delivery, name: Entrega, stage: during, channel: home, medium: physical, area: logistics, events: [Order Delivered], surveys: [csat]}
properties:
  - {slug: late, name: {es: Tarde, en: Late, pt: Atrasado}, on: Order Delivered, expr: "event.at > timestamp(properties.promised_at)", object: order}
`

// Of what is known of olist's orders (items, freight, price, means of payment,
// instalments, state, days), that they were delivered late is the first reason of the
// score.
func TestOlist(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "olist")
	read := func(name string) []map[string]string {
		return rowsOf(t, filepath.Join(dir, "olist_"+name+"_dataset.csv"))
	}
	at := func(s string) cx.Time {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return cx.TimeOf(v)
	}
	number := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v }
	state := map[string]string{}
	for _, c := range read("customers") {
		state[c["customer_id"]] = c["customer_state"]
	}
	type items struct{ n, price, freight float64 }
	of := map[string]items{}
	for _, i := range read("order_items") {
		all := of[i["order_id"]]
		of[i["order_id"]] = items{all.n + 1, all.price + number(i["price"]), all.freight + number(i["freight_value"])}
	}
	paid := map[string]map[string]string{}
	for _, p := range read("order_payments") {
		paid[p["order_id"]] = p
	}
	w := newWorld(t, olistModel)
	b := w.batch()
	customer, who := cx.ProfileNo(0), map[string]cx.ProfileNo{}
	for _, o := range read("orders") {
		id := o["order_id"]
		customer++
		who[id] = customer
		i, p := of[id], paid[id]
		b.event(customer, at(o["order_purchase_timestamp"]), "Order Completed", facts{
			"order_id": id, "items": i.n, "price": i.price, "freight": i.freight, "payment": p["payment_type"], "instalments": number(p["payment_installments"]), "state": state[o["customer_id"]],
		})
		if d := o["order_delivered_customer_date"]; d != "" {
			took := at(d).Sub(at(o["order_purchase_timestamp"])).Hours() / 24
			b.event(customer, at(d), "Order Delivered", facts{"order_id": id, "promised_at": at(o["order_estimated_delivery_date"]).String(), "days": float64(int(took))})
		}
	}
	for _, r := range read("order_reviews") {
		if no, ok := who[r["order_id"]]; ok {
			b.answer(no, at(r["review_creation_date"]).Add(24*time.Hour), "csat", "csat", "1-5", number(r["review_score"]), facts{"order_id": r["order_id"]})
		}
	}
	b.live()
	a, err := w.Reasons(t.Context(), cx.System(), Query{Window: cx.Window{From: 1, To: at("2030-01-01 00:00:00")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Reasons {
		t.Logf("%s: part %.2f [%.2f, %.2f], each %.1f [%.1f, %.1f] of 100 points, n %d of %d", r.ID, r.Weight.Part, r.Weight.Low, r.Weight.High, r.Each.Value, r.Each.Low, r.Each.High, r.N, a.N)
	}
	if first := a.Reasons[0]; first.ID != "late@delivery" || first.Top3 != 1 || first.Weight.Low < .5 || first.Each.High > -25 {
		t.Errorf("%+v", first)
	}
}

// What people voted to be the root cause of a review is learned from one half of the
// reviews and read in the other: by what was read the same causes are told
// as by the votes, costing as much.
func TestHumanRootCauses(t *testing.T) {
	t.Parallel()
	dir := cxtest.Data(t, "olist_classified")
	var learn []text.Labelled
	type vote struct {
		score float64
		cause string
	}
	var votes []vote
	var voted, found []Line
	var unread []string
	for i, r := range rowsOf(t, filepath.Join(dir, "reviews.csv")) {
		cause := r["most_voted_subclass"]
		if cause == "" {
			continue
		}
		if i%2 == 0 {
			learn = append(learn, text.Labelled{Text: r["review_comment_message"], Label: cause})
			continue
		}
		score, err := strconv.ParseFloat(r["review_score"], 64)
		if err != nil {
			t.Fatal(err)
		}
		votes, unread = append(votes, vote{score, cause}), append(unread, r["review_comment_message"])
	}
	c, err := text.Learn(t.Context(), learn)
	if err != nil {
		t.Fatal(err)
	}
	// What went well is no problem: it is what the others are compared with.
	problem := func(score float64, cause string) Line {
		if cause == "satisfeito" || cause == "antes_prazo" {
			return Line{Score: score, Words: true}
		}
		return Line{Score: score, Words: true, Topics: []string{cause}}
	}
	right := 0
	for i, words := range unread {
		cause := c.Classify(words)[0].Label
		if cause == votes[i].cause {
			right++
		}
		voted, found = append(voted, problem(votes[i].score, votes[i].cause)), append(found, problem(votes[i].score, cause))
	}
	accuracy := float64(right) / float64(len(unread))
	byVotes, _ := OfLines(voted, nil)
	byWords, _ := OfLines(found, nil)
	t.Logf("of %d reviews %.3f are read as voted; R² %.3f by votes, %.3f by words", len(unread), accuracy, byVotes.R2, byWords.R2)
	if accuracy < .8 {
		t.Errorf("%.3f are read as voted", accuracy)
	}
	if len(byVotes.Reasons) < 5 || len(byVotes.Reasons) != len(byWords.Reasons) {
		t.Errorf("%d by votes, %d by words", len(byVotes.Reasons), len(byWords.Reasons))
	}
	for i, v := range byVotes.Reasons {
		at := slices.IndexFunc(byWords.Reasons, func(r Reason) bool { return r.ID == v.ID })
		if at < 0 {
			t.Errorf("%s is not found", v.ID)
			continue
		}
		r := byWords.Reasons[at]
		t.Logf("%d and %d: %s by votes %.2f stars [%.2f, %.2f] n %d, by words %.2f [%.2f, %.2f] n %d", i+1, at+1, v.ID, v.Each.Value, v.Each.Low, v.Each.High, v.N, r.Each.Value, r.Each.Low, r.Each.High, r.N)
		if r.Good || math.Abs(r.Each.Value-v.Each.Value) > .5 || i < 3 && at >= 3 {
			t.Errorf("by votes %+v, by words %+v", v, r)
		}
	}
}

func rowsOf(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.LazyQuotes = true
	records, err := in.ReadAll()
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
