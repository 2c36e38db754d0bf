package importer

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// Intake is the gate to the log; intake.Service is one.
type Intake interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// Quarantine keeps what could not be mapped; quarantine.Queue is one.
type Quarantine interface {
	Put(ctx context.Context, items []quarantine.Item) error
	List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]quarantine.Item, error)
}

// Memory tells what the log has; remember.Memory is one.
type Memory interface {
	Seen(ctx context.Context, source string, messageIDs []string) ([]bool, error)
	Position(ctx context.Context) (cx.Seq, error)
	WaitFor(ctx context.Context, seq cx.Seq) error
}

// Log tells where the log ends; stream.Log does.
type Log interface{ LastSeq() cx.Seq }

// LocalConfig is what Local needs.
type LocalConfig struct {
	Intake     Intake
	Quarantine Quarantine
	Memory     Memory
	Log        Log
	Clock      cx.Clock
}
