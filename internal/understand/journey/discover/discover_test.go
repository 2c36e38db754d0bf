package discover_test

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Logs are words of cases, each letter an activity, with digits for how
// many cases lived so. The trees are those that
// pm4py 2.7.23 finds, children of choices and parallels by their notation.
func TestSmallLogs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		noise     float64
		log, want string
	}{
		{0, "a", "'a'"},
		{0, "a b", "X( 'a', 'b' )"},
		{0, "ab ba", "+( 'a', 'b' )"},
		{0, "ab ba a", "+( 'a', X( tau, 'b' ) )"},
		{0, "aa a", "*( 'a', tau )"},
		{0, "aba a", "*( 'a', 'b' )"},
		{0, "a aba acaba", "*( 'a', X( 'b', 'c' ) )"},
		{0, "abcab", "*( ->( 'a', 'b' ), 'c' )"},
		{0, "abab ab", "*( ->( 'a', 'b' ), tau )"},
		{0, "abcde abced acbde", "->( 'a', +( 'b', 'c' ), +( 'd', 'e' ) )"},
		// Parts of a sequence that are only left out together are one.
		{0, "abcd ad", "->( 'a', X( tau, ->( 'b', 'c' ) ), 'd' )"},
		{0, "abcd acd abd ad", "->( 'a', X( tau, 'b' ), X( tau, 'c' ), 'd' )"},
		{0, "abcd acd ad", "->( 'a', X( tau, ->( X( tau, 'b' ), 'c' ) ), 'd' )"},
		{0, "abcdef adef abcf", "->( 'a', X( tau, ->( 'b', 'c' ) ), X( tau, ->( 'd', 'e' ) ), 'f' )"},
		{0, "b2 bac c5", "->( X( tau, ->( 'b', X( tau, 'a' ) ) ), X( tau, 'c' ) )"},
		// Noise.
		{.2, "ab20 b5", "->( 'a', 'b' )"},
		{.2, "ab10 b3", "->( X( tau, 'a' ), 'b' )"},
		{.2, "ab5 aba", "->( 'a', 'b' )"},
		{.2, "abc10 acb ac", "->( 'a', +( 'b', 'c' ) )"},
		{.2, "abad20 abd", "->( +( 'b', *( 'a', tau ) ), 'd' )"},
		{.2, "cabc abc20", "->( 'a', 'b', *( 'c', tau ) )"},
		{.2, "ad ae20 cd", "X( ->( 'a', 'e' ), ->( X( tau, 'c' ), 'd' ) )"},
	} {
		names := []string{"a", "b", "c", "d", "e", "f"}
		if got := sorted(discover.Inductive(variants(c.log), c.noise), names).Format(names); got != c.want {
			t.Errorf("%s at %v: %s, want %s", c.log, c.noise, got, c.want)
		}
	}
	if got := discover.Inductive(nil, 0).Format(nil); got != "tau" {
		t.Errorf("of nothing %s", got)
	}
}

func variants(log string) (out []eventlog.Variant) {
	for _, word := range strings.Fields(log) {
		v := eventlog.Variant{}
		for _, r := range word {
			if r >= 'a' {
				v.Activities = append(v.Activities, uint16(r-'a'))
			} else {
				v.Cases = 10*v.Cases + int(r-'0')
			}
		}
		v.Cases = max(v.Cases, 1)
		out = append(out, v)
	}
	return out
}

// TestThousandsOfActivities: a log whose names have ids in them is mined too.
func TestThousandsOfActivities(t *testing.T) {
	t.Parallel()
	const n = 5000
	var all []eventlog.Variant
	for i := range n / 10 {
		v := eventlog.Variant{Cases: 1}
		for j := range 12 {
			v.Activities = append(v.Activities, uint16((i*10+j*j)%n))
		}
		all = append(all, v)
	}
	for _, noise := range []float64{0, .2} {
		if tree := discover.Inductive(all, noise); len(tree.Labels(nil)) == 0 {
			t.Errorf("nothing is found at %v", noise)
		}
	}
}
