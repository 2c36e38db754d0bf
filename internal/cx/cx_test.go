package cx_test

import (
	"errors"
	"io"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestCustomerIDIsInvertible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := cx.Seq(rapid.Uint64Range(1, math.MaxUint64).Draw(t, "seq"))
		got, ok := cx.CustomerIDOf(s).Seq()
		if !ok || got != s {
			t.Fatalf("CustomerIDOf(%d).Seq() = %d, %v", s, got, ok)
		}
	})
	for _, bad := range []cx.CustomerID{"", "c_", "c_zzzzzzzzzzzzz", "x_0000000000001", "c_000000000000u"} {
		if s, ok := bad.Seq(); ok {
			t.Errorf("%q.Seq() = %d, want none", bad, s)
		}
	}
}

func TestHashMessageSeparatesItsParts(t *testing.T) {
	if cx.HashMessage(nil, "ab", "c") == cx.HashMessage(nil, "a", "bc") {
		t.Error("(ab, c) and (a, bc) hash alike")
	}
	if cx.HashMessage([]byte("1"), "a", "b") == cx.HashMessage([]byte("2"), "a", "b") {
		t.Error("the salt changes nothing")
	}
}

func TestErrorSpeaksOnceAndKeepsItsCause(t *testing.T) {
	err := cx.Wrap("web.Import", cx.Errorf(cx.Invalid, "importer.Read", "line 3 ends early: %w", io.ErrUnexpectedEOF))
	if got, want := err.Error(), "web.Import: importer.Read: line 3 ends early: unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if cx.KindOf(err) != cx.Invalid || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("kind %v, cause kept %v", cx.KindOf(err), errors.Is(err, io.ErrUnexpectedEOF))
	}
	if got, want := cx.MessageOf(err), "line 3 ends early: unexpected EOF"; got != want {
		t.Errorf("MessageOf = %q, want %q", got, want)
	}
	if got := cx.MessageOf(cx.Wrap("x", io.EOF)); got != "" {
		t.Errorf("an internal error shows %q", got)
	}
}

func TestWindowIsHalfOpen(t *testing.T) {
	w := cx.Window{From: 10, To: 20}
	for at, want := range map[cx.Time]bool{9: false, 10: true, 19: true, 20: false} {
		if w.Contains(at) != want {
			t.Errorf("Contains(%d) = %v", at, !want)
		}
	}
	if !(cx.Window{}).Contains(-5) {
		t.Error("an open window excludes a time")
	}
}
