package importer

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMessageIDsTellRecordsApart(t *testing.T) {
	t.Parallel()
	if got, want := messageID("track", "Order: 100%", "a:b", ""), "track:Order%3A 100%25:a%3Ab:"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	long := messageID("answer", "csat", strings.Repeat("ñ", 90))
	if !strings.HasPrefix(long, "sha256:") || len(long) != 71 {
		t.Errorf("%q", long)
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringOfN(rapid.RuneFrom([]rune("ab:%é")), 0, 60, -1)
		a := rapid.SliceOfN(part, 1, 3).Draw(t, "a")
		b := rapid.SliceOfN(part, 1, 3).Draw(t, "b")
		one, other := messageID("track", a[0], a[1:]...), messageID("track", b[0], b[1:]...)
		if (one == other) != (strings.Join(a, "\x00") == strings.Join(b, "\x00")) {
			t.Fatalf("%q and %q give %s and %s", a, b, one, other)
		}
		if utf8.RuneCountInString(one) > 100 {
			t.Fatalf("%s is too long", one)
		}
	})
}
