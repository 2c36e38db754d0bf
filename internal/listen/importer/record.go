package importer

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Record is one thing that was read: a message for intake or, when Message is
// nil, a line that gave none and the reason.
type Record struct {
	Source    string // slug
	Way       string // "import csv", "import excel", "import parquet", "import xes", "import ocel", "import jsonl"
	MessageID string
	Message   []byte // canonical JSON with the same messageId

	File   string // base name
	Line   int    // where it begins, from 1
	Reason string // without Message: why; never holds a value of the line
	Raw    []byte // without Message: the line as it stood, at most MaxRaw bytes
}

// Limits of a batch as readers make them; a sink takes any.
const (
	BatchRecords = 500
	BatchBytes   = 400 << 10
	MaxRaw       = 32 << 10 // bytes kept of a line that could not be mapped
)

// Sink takes what was read. The records and their bytes are valid only during
// the call. A nil error means that everything is durable; after an error the
// same records may be written again. Kinds Busy and Unavailable are worth
// trying again.
type Sink interface {
	Write(ctx context.Context, records []Record) (Result, error)
}

// Result tells what became of a batch: the counts sum to its length.
type Result struct {
	Accepted    int            `json:"accepted"`
	Duplicates  int            `json:"duplicates"`
	Quarantined int            `json:"quarantined"`
	Reasons     map[string]int `json:"reasons"`  // of the quarantined
	LastSeq     cx.Seq         `json:"last_seq"` // of the accepted; 0 when there is none
}

// Add adds what became of another batch.
func (r *Result) Add(o Result) {
	r.Accepted += o.Accepted
	r.Duplicates += o.Duplicates
	r.Quarantined += o.Quarantined
	for reason, n := range o.Reasons {
		r.reason(reason, n)
	}
	r.LastSeq = max(r.LastSeq, o.LastSeq)
}

func (r *Result) refused(reason string) {
	r.Quarantined++
	r.reason(reason, 1)
}

// maxReasons bounds the report, whatever a file holds.
const maxReasons = 200

func (r *Result) reason(reason string, n int) {
	if r.Reasons == nil {
		r.Reasons = map[string]int{}
	}
	if _, known := r.Reasons[reason]; !known && len(r.Reasons) >= maxReasons {
		reason = "other reasons"
	}
	r.Reasons[reason] += n
}

// Report is the outcome of an import. See the package's documentation for what
// is counted where.
type Report struct {
	Read int `json:"read"`
	Result
	Empty      int        `json:"empty"`
	Skipped    int        `json:"skipped"`
	MovedTimes MovedTimes `json:"moved_times"`
}

// MovedTimes counts local times that a change of the clocks made unclear.
type MovedTimes struct {
	Skipped   int `json:"skipped"`   // never existed: moved forward
	Ambiguous int `json:"ambiguous"` // came twice: the first was taken
}

// Progress tells how far an import is.
type Progress struct {
	File       string
	Rows       int     // records read so far
	BytesRead  int64   // of the files as they lie on the disk
	BytesTotal int64   // 0 when unknown
	Rate       float64 // rows a second since the start
	Remaining  float64 // seconds at this pace; 0 when unknown
}

// Options are what every import needs.
type Options struct {
	Sink     Sink
	Clock    cx.Clock
	Progress func(Progress) // may be nil; called after each batch, never concurrently
	Root     string         // CSV: where a map's relative paths are looked for first; overrides the map's root
	Source   string         // slug of the source; overrides the map's
	Map      *Map           // XES: source, timezone, customer; may be nil
	CaseKey  string         // XES: the property that holds a trace's name; "": case_id
	Customer string         // OCEL: the type of the objects that are customers; "": an event's first object
}
