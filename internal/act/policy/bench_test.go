package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// A policy of a thousand rows, whose last one alone contradicts a promise.
func BenchmarkFindInThousandRows(b *testing.B) {
	var rows strings.Builder
	for i := range 999 {
		fmt.Fprintf(&rows, "\n      - {properties.days: %d..%d, properties.value: %d..%d, properties.gift: false}", i, i+1, i%7, i%7+3)
	}
	rows.WriteString("\n      - {properties.receipt: false}")
	m, err := model.Parse([]byte(head + promises + "policies:\n  - slug: p\n    name: N\n    area: stores\n    on: Return Requested\n    effect: refuse\n    prevents: [Return Accepted]\n    complete: true\n    when:" + rows.String()))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		found, err := policy.Find(m, "2026-11-22")
		if err != nil || len(found) < 2 || found[0].Row != 999 {
			b.Fatal(len(found), err)
		}
	}
}
