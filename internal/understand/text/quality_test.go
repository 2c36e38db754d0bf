package text

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// By hand: 10 texts, 6 of class a, 4 of b; 7 right.
func TestCompare(t *testing.T) {
	t.Parallel()
	is, said := strings.Fields("a a a a a a b b b b"), strings.Fields("a a a a a b a b b x")
	r := Compare(is, said)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	near("accuracy", r.Accuracy, .7)
	near("majority", r.Majority, .6)
	near("F1 of a", r.Classes[0].F1, 10./12)
	near("precision of a", r.Classes[0].Precision, 5./6)
	near("recall of b", r.Classes[1].Recall, 2./4)
	near("F1 of b", r.Classes[1].F1, 4./7)
	near("macro-F1", r.MacroF1, (10./12+4./7)/2)
	near("kappa", r.Kappa, (.7-(.36+.12))/(1-(.36+.12)))
	if r.N != 10 || len(r.Classes) != 2 || r.Low >= .7 || r.High <= .7 {
		t.Errorf("%+v", r)
	}
	if empty := Compare(nil, nil); empty.N != 0 || empty.Accuracy != 0 || empty.Classes == nil || empty.Languages == nil {
		t.Errorf("%+v", empty)
	}
}

func TestCompareLaws(t *testing.T) {
	t.Parallel()
	label := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		is := rapid.SliceOfN(label, 1, 40).Draw(t, "is")
		said := rapid.SliceOfN(label, len(is), len(is)).Draw(t, "said")
		r, perfect := Compare(is, said), Compare(is, is)
		var weighted float64
		for _, c := range r.Classes {
			weighted += c.Recall * float64(c.N) / float64(r.N)
		}
		if math.Abs(weighted-r.Accuracy) > 1e-9 || r.Kappa > 1 || r.MacroF1 > 1 {
			t.Errorf("%+v", r)
		}
		if perfect.Accuracy != 1 || math.Abs(perfect.MacroF1-1) > 1e-9 {
			t.Errorf("%+v", perfect)
		}
	})
}
