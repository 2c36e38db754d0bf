package reason

import (
	"math"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Line is one scored text of a file.
type Line struct {
	Score  float64
	Words  bool     // it has words
	Topics []string // that they are about
	Feel   string   // negative, neutral, positive; "" when it is not known
	Facts  []string // of the drivers, "" where one is missing
}

// OfLines tells what goes with the scores of a file: the topics of its words, and its
// drivers, as the Service does with answers. Effects are in the unit of the scores.
// Rows returns which lines have a reason of the answer, in their order.
func OfLines(lines []Line, drivers []string) (a Answer, rows func(id string) []int) {
	x := &sample{of: len(lines), surveys: []string{""}, table: newTable()}
	t := x.table
	low, high := math.Inf(1), math.Inf(-1)
	words := driverKey{"words", "", ""}
	see := func(no uint32, raw string) {
		if value, ok := t.value(no, []byte(raw)); ok {
			t.see(observation{no, value, noFact})
		}
	}
	for i, l := range lines {
		low, high = math.Min(low, l.Score), math.Max(high, l.Score)
		x.answers = append(x.answers, answer{seq: cx.Seq(i + 1), customer: cx.CustomerNo(i + 1), value: l.Score})
		t.begin(row{customer: uint32(i + 1), score: l.Score, points: l.Score})
		for d, fact := range l.Facts {
			if fact != "" {
				see(t.driver(driverKey{"property", drivers[d], ""}, rankProperty, -1), fact)
			}
		}
		if l.Words {
			see(t.silent(words), "")
		}
		for _, topic := range l.Topics {
			t.mention(topic, l.Feel)
		}
	}
	s := newStudy(x, model.Empty(), Query{})
	s.zone, s.low, s.high = time.UTC, low, high
	return s.answer(), func(id string) []int {
		g, _, ok := s.find(id)
		if !ok {
			return nil
		}
		var out []int
		has, _ := s.lived(g)
		for r := range lines {
			if has[uint32(r)] {
				out = append(out, r)
			}
		}
		return out
	}
}
