package survey_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/listen/survey"
)

// A page is read by many at once and written by nobody.
func BenchmarkPage(b *testing.B) {
	w := newWorld(b, ownDB(b))
	ref := w.personal()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if f, err := w.Page(b.Context(), ref, "es"); err != nil || f.State != survey.Asking {
				b.Fatalf("%+v, %v", f, err)
			}
		}
	})
}

// A post is durable in the log before it is acknowledged.
func BenchmarkReceive(b *testing.B) {
	w := newWorld(b, ownDB(b))
	for b.Loop() {
		b.StopTimer()
		ref := w.personal()
		b.StartTimer()
		if f := w.post(ref, 1, one("score", "5")); f.Page != 3 {
			b.Fatalf("%+v", f)
		}
	}
}
