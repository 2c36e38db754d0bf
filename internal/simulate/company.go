package simulate

import (
	"context"
	"embed"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

//go:embed candil
var candil embed.FS

// Model returns the YAML in which Librerías Candil declares itself.
func Model() []byte {
	b, err := candil.ReadFile("candil/model.yaml")
	if err != nil {
		panic(err) // it is embedded: only a broken build lacks it
	}
	return b
}

// Config says which company. The zero value of each field has a default.
type Config struct {
	Seed      uint64
	Customers int       // 8,000 when zero
	Months    int       // how far back its past reaches; 12 when zero
	Until     time.Time // the end of its past; the caller's now
}

// Yield takes one canonical message, a JSON object that the intake accepts,
// and the slug of the source that sends it. The message is valid only during
// the call. An error ends the run.
type Yield func(source string, message []byte) error

// Source is a system of Candil's that sends messages.
type Source struct{ Slug, Name string }

// Sources lists the systems that send messages.
func Sources() []Source {
	return []Source{
		{"web", "Web"},
		{"app", "App"},
		{"pos", "Cajas de las tiendas"},
		{"callcentre", "Centro de llamadas"},
		{"couriers", "Transportistas"},
		{"crm", "CRM"},
		{"surveys", "Encuestas"},
	}
}

// Simulation is the company and its customers. It is not safe for concurrent
// use.
type Simulation struct{ cfg Config }

// Company founds the company.
func Company(c Config) *Simulation { return &Simulation{cfg: c} }

// Expected estimates how many messages Run will yield, for progress bars.
func (s *Simulation) Expected() int { return 0 }

// Run yields the company's past in time order. It starts anew at each call.
func (s *Simulation) Run(yield Yield) error { return nil }

// Live goes on after the past, about one message a second, with present
// timestamps, until ctx ends; then it returns nil. Every call lives another
// future: messageIds of one call never repeat those of another.
func (s *Simulation) Live(ctx context.Context, clock cx.Clock, yield Yield) error { return nil }
