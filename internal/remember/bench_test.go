package remember_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func benchWorld(b *testing.B) *world {
	b.Helper()
	file := filepath.Join(b.TempDir(), "views.db")
	db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: file, Synchronous: "NORMAL"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	w := newWorld(b, db)
	w.file = file
	return w
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

// BenchmarkGrowth tells what an event of a wholly random customer costs when so
// many are remembered already: VIVENCIA_BENCH_EVENTS (100,000 when not set), a
// number for each curve's point, such as "300000 1000000 3000000".
func BenchmarkGrowth(b *testing.B) {
	sizes := strings.Fields(cmp.Or(os.Getenv("VIVENCIA_BENCH_EVENTS"), "100000"))
	for _, customers := range []int{50_000, 1_000_000} {
		w := benchWorld(b)
		r := rand.New(rand.NewPCG(1, 2))
		seq := cx.Seq(0)
		apply := func() {
			batch := make([]cx.Event, 1000)
			for i := range batch {
				seq++
				user := fmt.Sprintf("customer-%07d", r.IntN(customers))
				batch[i] = traffic(r, seq, customers)
				batch[i].UserID, batch[i].AnonymousID = user, "device-of-"+user
			}
			if err := w.Apply(b.Context(), stream.Batch{Events: batch, Last: seq}); err != nil {
				b.Fatal(err)
			}
		}
		for _, size := range sizes {
			n, err := strconv.Atoi(size)
			if err != nil {
				b.Fatal(err)
			}
			for seq < cx.Seq(n) {
				apply()
			}
			b.Run(fmt.Sprintf("of %d customers after %d events", customers, n), func(b *testing.B) {
				before, cpu := seq, cpuTime(b)
				for b.Loop() {
					apply()
				}
				events := float64(seq - before)
				b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
				b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/events, "cpu-µs/event")
				if info, err := os.Stat(w.file); err == nil {
					b.ReportMetric(float64(info.Size())/float64(seq), "B/event")
				}
			})
		}
	}
}

// cpuTime is what this process has used: on a busy machine it tells more than
// the clock.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSearch asks for people among VIVENCIA_BENCH_CUSTOMERS (100,000 when
// not set), whose names are of a thousand pairs with common and rare words.
func BenchmarkSearch(b *testing.B) {
	customers := cx.Seq(100_000)
	if n, err := strconv.Atoi(os.Getenv("VIVENCIA_BENCH_CUSTOMERS")); err == nil {
		customers = cx.Seq(n)
	}
	w := benchWorld(b)
	first := []string{"Ana", "María", "Íñigo", "José", "Lucía", "Antonio", "Andrés", "Noa", "Lola", "Zoe"}
	last := []string{"García", "López", "Pérez", "Zubizarreta", "Gómez", "Lorca"}
	for seq := cx.Seq(0); seq < customers; {
		batch := make([]cx.Event, 1000)
		for i := range batch {
			family := last[seq%6]
			if seq%100 == 7 {
				family = fmt.Sprintf("Rara%03d", seq/100%1000)
			}
			e := cxtest.Identify(fmt.Sprintf("customer-%07d", seq), "", time.Duration(seq%100_000)*time.Second, cxtest.Object{
				"name": first[seq%10] + " " + family, "email": fmt.Sprintf("person%07d@example.com", seq),
			})
			seq++
			e.Seq, batch[i] = seq, e
			batch[i].Seq = seq
		}
		if err := w.Apply(b.Context(), stream.Batch{Events: batch, Last: seq}); err != nil {
			b.Fatal(err)
		}
	}
	for _, query := range []string{
		"person0050000@example.com", "person00500", "garcia", "iñigo lopez", "an lo", "zoe rara", "lopez garcia", "maria perez example", "customer-0099999", "rara012", "x", "",
	} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				must[remember.CustomerPage](w)(w.Search(b.Context(), cx.System(), query, "", 0))
			}
		})
	}
}
