package bench

import (
	"fmt"
	"strings"
)

// figure is what one number means: its unit, what is wanted of it on a machine
// of two cores, and the machine's rate it is best compared by.
type figure struct {
	Name, Unit, Means string
	// AtLeast or AtMost is the target; 0 where there is none. It holds from At
	// stored events on: with fewer, the report does not say that it is met.
	AtLeast, AtMost float64
	At              int
	// Rate is the machine's rate that Ratio divides by, brought to the same
	// unit by Per: value × Per ÷ rate.
	Rate string
	Per  float64
}

const (
	million = 1_000_000
	// eventMB brings events of 1 KB to megabytes.
	eventMB = 1.0 / 1000
)

// figures lists every number that a run can yield. Rates are of events of about
// 1 KB; what is timed includes the client, on the same cores.
func figures() []figure {
	return []figure{
		{Name: "idle.memory", Unit: "MiB", AtMost: 150, Means: "resident, on an empty directory"},

		{Name: "batch.rate", Unit: "events/s", AtLeast: 80_000, Rate: "json_scan_mb_per_s", Per: eventMB, Means: "accepted and on the disk, batches of 100 over 16 connections"},
		{Name: "batch.p50", Unit: "ms", Means: "half of those batches are answered within"},
		{Name: "batch.p99", Unit: "ms", AtMost: 60, Means: "99 in 100 of them within"},
		{Name: "batch.memory", Unit: "MiB", Means: "resident at most, meanwhile"},

		{Name: "single.rate", Unit: "events/s", AtLeast: 12_000, Rate: "fsync_4k_per_s", Per: 1, Means: "accepted and on the disk, one a request over 64 connections"},
		{Name: "single.p50", Unit: "ms", Means: "half of those requests are answered within"},
		{Name: "single.p99", Unit: "ms", AtMost: 60, Means: "99 in 100 of them within"},

		{Name: "visible.rate", Unit: "events/s", Means: "arrived while what follows was measured"},
		{Name: "visible.timeline.p50", Unit: "ms", Means: "from the answer until the event is on its customer's timeline, half within"},
		{Name: "visible.timeline.p99", Unit: "ms", AtMost: 1000, Means: "99 in 100 within"},
		{Name: "visible.question.p50", Unit: "ms", Means: "from the answer until a question counts it, half within"},
		{Name: "visible.question.p99", Unit: "ms", AtMost: 1000, Means: "99 in 100 within"},

		{Name: "survey.rate", Unit: "pages/s", Means: "of a survey, asked for at even distances while what follows was measured"},
		{Name: "survey.page.p50", Unit: "ms", Means: "a survey's page, half within"},
		{Name: "survey.page.p99", Unit: "ms", AtMost: 5, Means: "99 in 100 within"},

		{Name: "behind.visits", Unit: "events/s", AtLeast: 20_000, Rate: "json_scan_mb_per_s", Per: eventMB, Means: "remembered and in history, customers in visits of five"},
		{Name: "behind.random", Unit: "events/s", AtLeast: 20_000, Rate: "json_scan_mb_per_s", Per: eventMB, Means: "the same when every event is somebody else's, of a million"},

		{Name: "import.xes", Unit: "s", Means: "import of a generated XES file until every view knows it"},
		{Name: "import.xes.rate", Unit: "events/s", Means: "the same, as a rate"},
		{Name: "import.bpic2012", Unit: "s", AtMost: 20, Means: "import of bpic2012, 262,200 events"},

		{Name: "rebuild.rate", Unit: "events/s", AtLeast: 20_000, Rate: "json_scan_mb_per_s", Per: eventMB, Means: "`vivencia rebuild`, memory and history from the log"},

		{Name: "stored.rate", Unit: "events/s", Rate: "json_scan_mb_per_s", Per: eventMB, Means: "the whole way, while the store was filled"},
		{Name: "curve.first", Unit: "µs", Means: "an event's cost when a twentieth of the events was stored (fitted line)"},
		{Name: "curve.last", Unit: "µs", Means: "an event's cost at the end (fitted line)"},
		{Name: "curve.slope", Unit: "µs per million", Means: "how much dearer an event is for a million stored before it"},
		{Name: "curve.growth", Unit: "%", AtMost: 25, At: 20 * million, Means: "curve.last over curve.first, less one"},
		{Name: "curve.ratio", Unit: "×", Means: "the last fifth of the points over the first fifth after a twentieth"},
		{Name: "curve.cpu-growth", Unit: "%", Means: "curve.growth of the server's processor time: steadier where others share the machine"},

		{Name: "stored.memory", Unit: "MiB", AtMost: 1024, At: 10 * million, Means: "resident, all stored, before any question"},
		{Name: "disk.log", Unit: "B/event", Means: "log/"},
		{Name: "disk.memory", Unit: "B/event", Means: "views.db"},
		{Name: "disk.history", Unit: "B/event", Means: "history.duckdb"},
		{Name: "disk.all", Unit: "B/event", AtMost: 2048, Means: "the whole directory"},

		{Name: "search.p95", Unit: "ms", AtMost: 100, At: 10 * million, Means: "a search for customers (a tenth as many as events) over HTTP, 95 in 100 within"},
		{Name: "timeline.p95", Unit: "ms", AtMost: 10, Means: "a timeline's first page over HTTP, 95 in 100 within"},
		{Name: "today.p95", Unit: "ms", AtMost: 300, At: 10 * million, Means: "the page Hoy over HTTP, four weeks, 95 in 100 within"},
		{Name: "today.year.p95", Unit: "ms", Means: "the same over a year"},
		{Name: "board.first", Unit: "s", Means: "until the board's indicators and what stands behind them were known, once all was stored"},
		{Name: "board.p95", Unit: "ms", AtMost: 300, At: 10 * million, Means: "the page Hoy for the board over HTTP, 95 in 100 within"},
		{Name: "asked.memory", Unit: "MiB", AtMost: 1024, At: 10 * million, Means: "resident after all these questions"},

		{Name: "start.killed", Unit: "s", AtMost: 15, At: 10 * million, Means: "start after kill -9 under load, until everything in the log is known"},
		{Name: "start.memory", Unit: "MiB", AtMost: 1024, At: 10 * million, Means: "resident after that start"},
	}
}

// Explain lists every figure with its unit and what it means.
func Explain() string {
	var b strings.Builder
	for _, f := range figures() {
		fmt.Fprintf(&b, "  %-22s %-15s %s\n", f.Name, f.Unit, f.Means)
	}
	return b.String()
}
