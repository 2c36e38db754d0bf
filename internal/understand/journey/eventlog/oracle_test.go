package eventlog_test

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
)

// The oracles of the methods' chapter 4, and what pm4py 2.7.23 says of the same
// files.
func TestOracles(t *testing.T) {
	t.Parallel()
	type edge struct {
		from, to          string
		count             int
		mean, median, p90 float64
	}
	for _, c := range []struct {
		file                                string
		events, cases, activities, variants int
		top                                 []int
		edges, sum                          int
		starts, ends                        int
		mean, median, p90                   float64
		edge                                edge
	}{
		{
			"running-example.csv", 42, 6, 8, 6,
			[]int{1, 1, 1, 1, 1},
			16, 36, 1, 2, 966890, 815940, 1472610,
			edge{"check ticket", "decide", 6, 181960, 129300, 379500},
		},
		{
			"receipt.csv", 8577, 1434, 27, 116,
			[]int{713, 123, 116, 115, 75},
			99, 7143, 1, 14,
			467263.915257322, 2868.5835, 1217821.7991,
			edge{"T04 Determine confirmation of receipt", "T05 Print and send confirmation of receipt", 1177, 55643.557289719625, 31.055, 173869.5168},
		},
		{
			"receipt.xes.gz", 8577, 1434, 27, 116,
			[]int{713, 123, 116, 115, 75},
			99, 7143, 1, 14,
			467263.915257322, 2868.5835, 1217821.7991,
			edge{"T06 Determine necessity of stop advice", "T10 Determine necessity to stop indication", 1165, 32608.821509871246, 31.134, 443.566},
		},
		{
			"sepsis.csv.gz", 15214, 1050, 16, 846,
			[]int{35, 24, 22, 13, 11},
			115, 14164, 6, 14,
			2459751.082857143, 461668.5, 8012221.1,
			edge{"CRP", "Leucocytes", 1445, 44658.851211072666, 0, 172800},
		},
		{
			"traffic_fines.csv.gz", 34724, 10000, 11, 44,
			[]int{3428, 3273, 1890, 758, 250},
			40, 24724, 1, 6,
			25586072.64, 10800000, 60393600,
			edge{"Create Fine", "Send Fine", 6557, 8609311.331401555, 8812800, 11232000},
		},
		{
			"bpic2012.xes.gz", 262200, 13087, 24, 4366,
			[]int{3429, 1872, 271, 209, 160},
			125, 249113, 1, 11,
			745100.095970734, 69857.434, 2631890.2062,
			edge{"W_Completeren aanvraag", "W_Completeren aanvraag", 38004, 47363.1638363067, 510.5655, 82729.7397},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			l := eventlogtest.Load(t, c.file)
			v, g := eventlog.VariantsOf(l), eventlog.GraphOf(l)
			if l.Events() != c.events || l.Cases() != c.cases || len(l.Activities) != c.activities || len(v.List) != c.variants {
				t.Errorf("%d events, %d cases, %d activities, %d variants", l.Events(), l.Cases(), len(l.Activities), len(v.List))
			}
			for i, n := range c.top {
				if v.List[i].Cases != n {
					t.Errorf("variant %d: %d cases, want %d", i, v.List[i].Cases, n)
				}
			}
			sum, starts, ends, found := 0, 0, 0, false
			for _, e := range g.Edges {
				sum += e.Count
				if l.Activities[e.From].Name == c.edge.from && l.Activities[e.To].Name == c.edge.to {
					found = true
					if e.Count != c.edge.count {
						t.Errorf("%d times %v", e.Count, c.edge)
					}
					spread(t, "edge", e.Time, c.edge.mean, c.edge.median, c.edge.p90)
				}
			}
			for _, n := range g.Nodes {
				starts += min(1, n.Starts)
				ends += min(1, n.Ends)
			}
			if len(g.Edges) != c.edges || sum != c.sum || starts != c.starts || ends != c.ends || !found {
				t.Errorf("%d edges of %d, %d starts, %d ends", len(g.Edges), sum, starts, ends)
			}
			spread(t, "cases", eventlog.SpreadOf(eventlog.Durations(l)), c.mean, c.median, c.p90)
		})
	}
}

func spread(t *testing.T, what string, s eventlog.Spread, mean, median, p90 float64) {
	t.Helper()
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(b)) }
	if !near(s.Mean, mean) || !near(s.Median, median) || !near(s.P90, p90) {
		t.Errorf("%s: %+v, want mean %v, median %v, p90 %v", what, s, mean, median, p90)
	}
}

// The methods' mean of receipt, 467,329.187 s, is that of its local times with
// their offsets dropped: 26 hours are gained over the change to winter time.
// With the offsets, as pm4py reads them and as it was, it is 467,263.915 s.
func TestReceiptWithoutOffsets(t *testing.T) {
	t.Parallel()
	file, err := os.Open(cxtest.Data(t, "event_logs/receipt.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cases, activity, at := slices.Index(rows[0], "case:concept:name"), slices.Index(rows[0], "concept:name"), slices.Index(rows[0], "time:timestamp")
	var b eventlog.Builder
	for _, row := range rows[1:] {
		local, err := time.Parse(time.DateTime, row[at][:len(row[at])-len("+01:00")])
		if err == nil {
			err = b.Add(eventlog.Row{Case: row[cases], Activity: eventlog.Activity{Name: row[activity]}, At: local.UnixMicro()})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l := b.Build()
	s := eventlog.SpreadOf(eventlog.Durations(l))
	if math.Abs(s.Mean-467329.187) > .0005 || math.Abs(s.Median-2868.583) > .0006 {
		t.Errorf("%+v", s)
	}
}

func TestACaseMayBeNamedNA(t *testing.T) {
	t.Parallel()
	l := eventlogtest.Load(t, "sepsis.csv.gz")
	if !slices.Contains(l.Names, "NA") {
		t.Error("the case is lost")
	}
}
