package rule

import (
	"fmt"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// BenchmarkBacktest tries rules on a million events of fifty thousand customers
// within a month: one that looks at the event, one at what the customer lived, one
// at everything that is quiet.
func BenchmarkBacktest(b *testing.B) {
	const events, customers = 1_000_000, 50_000
	w := newWorld(b, sqlite(b), declared)
	first := w.Clock.Now().Add(-30 * 24 * time.Hour)
	batch := history.Batch{}
	state, err := w.Facts.State(b.Context())
	must(b, err)
	names := []string{"Order Completed", "Order Completed", "Support Called", "Page Seen", "Page Seen", "Page Seen"}
	for i := range events {
		n := i * 7919 % 1_000_003
		f := history.Fact{
			Seq: state.Position + cx.Seq(i) + 1, Profile: cx.ProfileNo(n%customers + 1), Kind: cx.Track, Name: names[n%len(names)], Source: "shop",
			At: first.Add(time.Duration(i) * 30 * 24 * time.Hour / events), Properties: fmt.Appendf(nil, `{"order_id":"o-%d","total":%d,"late":%t}`, i, n%90, n%11 == 0),
			Said: history.Said{Class: model.Class{Touchpoint: "shop", Place: ""}},
		}
		f.ReceivedAt = f.At
		batch.Facts, batch.Last = append(batch.Facts, f), f.Seq
		if len(batch.Facts) == 50_000 || i == events-1 {
			must(b, w.Facts.Append(b.Context(), batch))
			batch.Facts = batch.Facts[:0]
		}
	}
	for name, src := range map[string]string{
		"event":    `{when: {event: Order Completed}, if: properties.total > 40 && properties.late == true`,
		"customer": `{when: {event: Order Completed}, if: 'count("Order Completed", days(7)) >= 3 && last("Support Called") != null && properties.total > 40'`,
		"silence":  `{when: {silence: 7d}`,
	} {
		r, err := w.Models.Current().Model.ParseRule([]byte(src + `, slug: r, name: R, caps: {per_customer: {n: 1, per: 7d}, running: 5000, entries: {n: 20000, per: day}}, then: [{wait: 2h}, {message: {subject: S, text: T}}]}`))
		must(b, err)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				got, err := w.rules.Backtest(b.Context(), cx.System(), r, cx.Window{From: first, To: cxtest.Epoch.Add(24 * time.Hour)})
				must(b, err)
				b.ReportMetric(float64(got.Events), "events")
				b.ReportMetric(float64(got.Entered), "entered")
			}
		})
	}
}
