package segment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// Everybody is in one part, that of the first segment which has them.
func TestPartitionLeavesNobodyOutAndCountsNobodyTwice(t *testing.T) {
	t.Parallel()
	h := aHouse(t)
	h.Live(cxtest.Track("eva", "Page Viewed", day, nil))
	told := func(p cx.Principal) string {
		t.Helper()
		parts, err := h.Segments.Partition(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		var all []cx.CustomerNo
		for _, part := range parts {
			out = append(out, fmt.Sprintf("%s %d", part.Slug, len(part.Customers)))
			all = append(all, part.Customers...)
		}
		if n := len(all); n != len(slices.Compact(slices.Sorted(slices.Values(all)))) {
			t.Errorf("somebody is in two parts: %v", parts)
		}
		return strings.Join(out, ", ")
	}
	if got, want := told(cx.System()), "buyers 1, called 1,  1"; got != want {
		t.Errorf("parts %q, want %q", got, want)
	}
	h.Model("segments: []")
	if got, want := told(cx.System()), " 3"; got != want {
		t.Errorf("without segments %q, want %q", got, want)
	}
	if _, err := h.Segments.Partition(t.Context(), cx.Principal{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("nobody is told: %v", err)
	}
}
