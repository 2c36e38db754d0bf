package discover_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/discover"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/tree"
)

// TestMinesAsOthersDo holds the trees of real logs against those that pm4py
// 2.7.23 finds (testdata), whose children of choices and parallels come in
// another order, and the sizes of their nets.
func TestMinesAsOthersDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, golden              string
		noise                     float64
		places, transitions, arcs int
	}{
		{"running-example.csv", "running-example", 0, 9, 10, 22},
		{"running-example.csv", "running-example", .2, 9, 10, 22},
		{"receipt.csv", "receipt-0", 0, 45, 74, 158},
		{"receipt.csv", "receipt-2", .2, 47, 69, 146},
		{"traffic_fines.csv.gz", "traffic_fines-0", 0, 27, 34, 78},
		{"traffic_fines.csv.gz", "traffic_fines-2", .2, 20, 25, 56},
		{"sepsis.csv.gz", "sepsis-0", 0, 39, 50, 116},
		{"sepsis.csv.gz", "sepsis-2", .2, 28, 35, 82},
	} {
		t.Run(c.golden, func(t *testing.T) {
			t.Parallel()
			log := eventlogtest.Load(t, c.file)
			found := discover.Inductive(eventlog.VariantsOf(log).List, c.noise)
			golden, err := os.ReadFile("testdata/" + c.golden + ".tree")
			if err != nil {
				t.Fatal(err)
			}
			names := eventlogtest.Names(log)
			if got, want := sorted(found, names).Format(names), strings.TrimSpace(string(golden)); got != want {
				t.Errorf("tree:\n got %s\nwant %s", got, want)
			}
			if n := found.Net(); n.Places != c.places || len(n.Transitions) != c.transitions || n.Arcs() != c.arcs {
				t.Errorf("net of %d places, %d transitions, %d arcs, want %d, %d, %d", n.Places, len(n.Transitions), n.Arcs(), c.places, c.transitions, c.arcs)
			}
		})
	}
}

// sorted returns the tree with the children of choices and parallels by their
// notation, a silent one first.
func sorted(t *tree.Tree, names []string) *tree.Tree {
	if len(t.Children) == 0 {
		return t
	}
	out := tree.New(t.Op)
	for _, c := range t.Children {
		out.Children = append(out.Children, sorted(c, names))
	}
	if t.Op == tree.Choice || t.Op == tree.Parallel {
		slices.SortFunc(out.Children, func(a, b *tree.Tree) int {
			if silent := (a.Op == tree.Tau) != (b.Op == tree.Tau); silent {
				return int(a.Op) - int(b.Op) // Tau is the least
			}
			return strings.Compare(a.Format(names), b.Format(names))
		})
	}
	return out
}
