package reason

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// BenchmarkReasons makes a study of 100,000 answers of as many customers, each on an
// order of three events with eight properties, with a topic in every third; nothing is
// kept from one to the next.
func BenchmarkReasons(b *testing.B) {
	w := newWorld(b, parcels)
	r := rand.New(rand.NewPCG(1, 2))
	for c := cx.ProfileNo(1); c <= 100_000; {
		part := w.batch()
		for range 5000 {
			at := cxtest.Epoch.Add(time.Duration(r.IntN(300*24)) * time.Hour)
			order, late := "o"+strconv.Itoa(int(c)), r.Float64() < .1
			days, score := 0, 3+r.IntN(3)
			if late {
				days, score = 1+r.IntN(4), 1+r.IntN(3)
			}
			part.event(c, at.Add(-2*day), "Ordered", facts{"order_id": order, "items": r.IntN(6), "device": []string{"phone", "web"}[r.IntN(2)], "coupon": r.Float64() < .2})
			part.event(c, at.Add(-day), "Ordered", facts{"order_id": order, "shipping": []string{"home", "shop"}[r.IntN(2)]})
			part.event(c, at, "Delivered", facts{"order_id": order, "days": days, "supplier": []string{"rayo", "trueno"}[r.IntN(2)], "box": []string{"red", "blue", "green"}[r.IntN(3)], "weight": r.IntN(900)})
			topic := "wait"
			if r.Float64() < .66 {
				topic = ""
			}
			part.answer(c, at.Add(time.Hour), "csat", "csat", "1-5", float64(score), facts{"order_id": order}, topic)
			c++
		}
		part.live()
	}
	b.ResetTimer()
	for b.Loop() {
		w.version.Number++ // nothing that is kept is of it
		a, err := w.Reasons(b.Context(), cx.System(), Query{})
		if err != nil || a.Of != 100_000 || a.N != MostAnswers || a.Reasons[0].ID != "late@courier" {
			b.Fatalf("%+v, %v", a, err)
		}
	}
}
