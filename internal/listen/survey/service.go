package survey

import (
	"context"
	"log/slog"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Appender makes events durable; stream.Log does.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (first cx.Seq, err error)
}

// Models tells the model in force; model.Service does.
type Models interface {
	Current() model.Version
}

// Customers tells who a link's customer is; the app asks memory.
type Customers interface {
	// Person returns how events name the customer, and what a text may say of
	// them. NotFound when there is none (any more).
	Person(ctx context.Context, id cx.CustomerID) (Person, error)
}

// Person is what a response needs to know of a customer.
type Person struct {
	UserID, AnonymousID string // as events name them; at least one
	FirstName, Name     string
	Language            string // as they told; may be empty
	Traits              []byte // JSON object
}

// Config is what a Service stands on.
type Config struct {
	DB        *sqldb.DB // state.db
	Log       Appender
	Models    Models
	Customers Customers
	Secret    []byte // signs links and responses; 32 bytes
	BaseURL   string // where customers reach the product: https://cx.candil.example
	Clock     cx.Clock
	Logger    *slog.Logger
}

// Service opens and receives responses. It is safe for concurrent use and has
// nothing to close.
type Service struct {
	Config
}
