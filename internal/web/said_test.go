package web

import (
	"slices"
	"testing"
)

func TestSentenceOf(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]struct {
		key  string
		args []any
	}{
		"sign in first": {"said.sign in first", []any{"q", ""}},
		`area "stors" is not declared; did you mean "stores"?`: {
			"said.area {q} is not declared; did you mean {q}?", []any{"q1", "stors", "q2", "stores", "q", "stors, stores"},
		},
		`"say \"hi\" 2" is not the company's, nor the area's`: {
			"said.{q} is not the company's, nor the area's", []any{"q1", `say \"hi\" 2`, "q", `say \"hi\" 2`},
		},
		"there is no 'propertys': 2.5 of 10": {
			"said.there is no {q}: {n} of {n}", []any{"q1", "propertys", "n", "2.5", "n1", "2.5", "n2", "10", "q", "propertys"},
		},
	} {
		if key, args, _ := sentenceOf(message); key != want.key || !slices.Equal(args, want.args) {
			t.Errorf("%s: %s %q", message, key, args)
		}
	}
}
