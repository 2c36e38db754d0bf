package intake

import (
	"context"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// Limits, the same for every way in.
const (
	MaxMessageBytes   = 32 << 10 // one message, before the batch's context is merged
	MaxBatchBytes     = 500 << 10
	MaxBatchMessages  = 2500
	MaxMessageID      = 100 // characters
	MaxIdentifier     = 512 // bytes of a userId, anonymousId, groupId or previousId
	MaxName           = 512 // bytes of an event's, page's, survey's … name
	MaxAnswerItems    = 100
	MaxAnswerTextSize = 16 << 10
)

// Appender makes events durable; stream.Log does.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error)
}

// Batch is what came in one request.
type Batch struct {
	Source     string
	Way        string // for the quarantine: "v1/track", "import csv"
	ReceivedAt cx.Time
	SentAt     cx.Time  // 0: unknown; a message's own sentAt wins
	Context    []byte   // JSON object merged under each message's context; may be nil
	Messages   [][]byte // each a JSON object
	Kind       cx.Kind  // 0: each message's "type"
	File       string   // imports: where the messages stood
	Lines      []int    // imports: the line of each message, or nil
}

// Refusal tells which message was refused and what to do about it.
type Refusal struct {
	Index     int    `json:"index"`
	MessageID string `json:"messageId"`
	Reason    string `json:"reason"`
}

// Receipt tells what became of a batch.
type Receipt struct {
	Accepted    int
	First, Last cx.Seq // of the accepted; 0 when there is none
	Refused     []Refusal
}

// Service is the gate.
type Service struct{}

// New returns the gate to log.
func New(log Appender, q *quarantine.Queue, clock cx.Clock, logger *slog.Logger) *Service {
	panic("not yet")
}

// Accept validates each message, appends the good ones as one stretch of the
// log and sets the bad ones aside; both are durable when the error is nil. An
// error means that nothing was accepted (kinds as stream.Log.Append's).
func (s *Service) Accept(ctx context.Context, b Batch) (Receipt, error) { panic("not yet") }

// Mend puts the message of a quarantined item, corrected as raw, through the
// gate with its messageId and times, and takes the item out of quarantine when
// it is accepted.
func (s *Service) Mend(ctx context.Context, p cx.Principal, id uint64, raw []byte) (Receipt, error) {
	panic("not yet")
}
