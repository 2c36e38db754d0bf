package stream

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// kilobyte is an event of about 1 KB, as shops send them.
func kilobyte() cx.Event {
	words := strings.Fields("libro novela poesía cómic infantil ilustrado bolsillo tapa editorial autora nuevo oferta pedido envío tienda recogida puntos lectura club firma")
	var text strings.Builder
	for text.Len() < 250 {
		text.WriteString(words[rand.IntN(len(words))] + " ")
	}
	return cxtest.Fill(cx.Event{
		Kind: cx.Track, Name: "Product Viewed", Source: "web", MessageID: fmt.Sprintf("ajs-%016x", rand.Uint64()),
		UserID: fmt.Sprintf("customer-%d", rand.IntN(1e6)), At: cxtest.Epoch, ReceivedAt: cxtest.Epoch,
	}, cxtest.Object{
		"product_id": fmt.Sprintf("978-84-376-%05d", rand.IntN(1e5)), "text": text.String(), "price": rand.IntN(4000), "cart_id": fmt.Sprintf("%x", rand.Uint64()),
	}, cxtest.Object{
		"anonymousId": fmt.Sprintf("%016x-%016x", rand.Uint64(), rand.Uint64()), "ip": fmt.Sprintf("83.44.%d.%d", rand.IntN(256), rand.IntN(256)),
		"locale": "es-ES", "library": "analytics.js/2.11.1", "url": fmt.Sprintf("https://candil.example/libros/%d", rand.IntN(1e5)),
		"userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 9_1 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Version/9.0 Mobile/13B143 Safari/601.1",
	})
}

func benchmarkAppend(b *testing.B, size int) {
	l := open(b, Config{})
	b.SetParallelism(32) // times GOMAXPROCS: 64 writers on 2 cores
	b.RunParallel(func(pb *testing.PB) {
		events := make([]cx.Event, size)
		for i := range events {
			events[i] = kilobyte()
		}
		for pb.Next() {
			if _, err := l.Append(b.Context(), events); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(l.LastSeq())/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkAppendSingle(b *testing.B)   { benchmarkAppend(b, 1) }
func BenchmarkAppendBatch100(b *testing.B) { benchmarkAppend(b, 100) }

func BenchmarkRead(b *testing.B) {
	l := open(b, Config{})
	events := make([]cx.Event, 500)
	for i := range events {
		events[i] = kilobyte()
	}
	for range 40 {
		mustAppend(b, l, events)
	}
	b.ResetTimer()
	read := 0
	for b.Loop() {
		if err := l.Read(b.Context(), 0, func(batch Batch) error { read += len(batch.Events); return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkDecodeFrame(b *testing.B) {
	events := make([]cx.Event, 500)
	for i := range events {
		events[i] = kilobyte()
	}
	frame := encode(b, 1, events)
	b.SetBytes(int64(len(frame)))
	var out []cx.Event
	for b.Loop() {
		var err error
		if out, _, err = decodeFrame(out[:0], frame); err != nil {
			b.Fatal(err)
		}
	}
}
