package remember_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func benchWorld(b *testing.B) *world {
	b.Helper()
	db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: filepath.Join(b.TempDir(), "views.db"), Synchronous: "NORMAL"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return newWorld(b, db)
}

// traffic makes events of 1 KB: 300 customers at a time are there, each for a
// visit of about 20 events; one event in ten says traits.
func traffic(r *rand.Rand, seq cx.Seq, customers int) cx.Event {
	visitor := uint64(seq)/6000*300 + r.Uint64N(300)
	user := fmt.Sprintf("customer-%07d", visitor*0x9e3779b97f4a7c15>>11%uint64(customers))
	text := fmt.Sprintf("%0420d", seq)
	properties := fmt.Sprintf(`{"order_id":"o-%d","place":"goya","wait":%d,"revenue":12.5,"text":"%s"}`, seq, r.IntN(10), text)
	context := `{"library":{"name":"analytics.js","version":"4.1.0"},"page":{"path":"/libros/novela","url":"https://example.com/libros/novela?x=1","title":"Novela"},"locale":"es-ES","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"}`
	e := cx.Event{
		Seq: seq, Kind: cx.Track, Name: "Checkout Paid", Source: "web", MessageID: fmt.Sprintf("m-%032d", seq),
		At: cxtest.Epoch + cx.Time(seq)*50_000, ReceivedAt: cxtest.Epoch + cx.Time(seq)*50_000, UserID: user, AnonymousID: "device-of-" + user,
		Properties: []byte(properties), Context: []byte(context),
	}
	if seq%10 == 0 {
		e.Kind, e.Name, e.Properties = cx.Identify, "Identify", nil
		e.Traits = fmt.Appendf(nil, `{"name":"Ana %s","email":"%s@example.com","city":"Madrid","plan":"gold"}`, user, user)
	}
	e.Body = fmt.Appendf(nil, `{"type":"track","properties":%s,"context":%s,"messageId":"%s","userId":"%s"}`, properties, context, e.MessageID, user)
	return e
}

func BenchmarkApply(b *testing.B) {
	for _, customers := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("of %d customers", customers), func(b *testing.B) {
			w := benchWorld(b)
			r := rand.New(rand.NewPCG(1, 2))
			seq := cx.Seq(0)
			for b.Loop() {
				b.StopTimer()
				batch := make([]cx.Event, 1000)
				for i := range batch {
					seq++
					batch[i] = traffic(r, seq, customers)
				}
				b.StartTimer()
				if err := w.Apply(b.Context(), stream.Batch{Events: batch, Last: seq}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	const customers = 100_000
	w := benchWorld(b)
	for seq := cx.Seq(0); seq < customers; {
		batch := make([]cx.Event, 1000)
		for i := range batch {
			e := cxtest.Identify(fmt.Sprintf("customer-%07d", seq), "", 0, cxtest.Object{
				"name":  fmt.Sprintf("%s %s", []string{"Ana", "María", "Íñigo", "José"}[seq%4], []string{"García", "López", "Pérez"}[seq%3]),
				"email": fmt.Sprintf("person%07d@example.com", seq),
			})
			seq++
			e.Seq, batch[i] = seq, e
			batch[i].Seq = seq
		}
		if err := w.Apply(b.Context(), stream.Batch{Events: batch, Last: seq}); err != nil {
			b.Fatal(err)
		}
	}
	for _, query := range []string{"person0050000@example.com", "person00500", "garcia", "iñigo lopez", "customer-0099999", "x"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				must[remember.CustomerPage](w)(w.Search(b.Context(), cx.System(), query, "", 0))
			}
		})
	}
}
