package outcome_test

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// BenchmarkSilent fits memory and infers the silent of 20,000 customers.
func BenchmarkSilent(b *testing.B) {
	service, _ := remembering(20_000).open(b)
	for b.Loop() {
		if _, err := service.Silent(b.Context(), cx.System(), outcome.MemoryQuery{}); err != nil {
			b.Fatal(err)
		}
	}
}
