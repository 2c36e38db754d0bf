package simulate

import (
	"embed"
	"sync/atomic"
	"time"
)

//go:embed candil/model.yaml candil/past.yaml candil/titles.txt candil/team.txt candil/mentions.txt candil/quotes candil/stories
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
// the call. An error ends the run and is returned by it.
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
		{"team", "Equipo"},
		{"mentions", "Reseñas y redes"},
		{"it", "Averías (Sistemas)"},
	}
}

// Simulation is the company and its customers.
type Simulation struct {
	cfg   Config
	tally atomic.Pointer[came]
}

// came is what came of the promises in a past that was lived to its end.
type came struct {
	promises     []TruthPromise
	hit, refused int
	account      *account
}

// Company founds the company. An Until of zero is the present instant.
func Company(c Config) *Simulation {
	if c.Customers <= 0 {
		c.Customers = 8000
	}
	if c.Months <= 0 {
		c.Months = 12
	}
	if c.Until.IsZero() {
		c.Until = time.Now()
	}
	c.Until = c.Until.UTC().Truncate(time.Second)
	return &Simulation{cfg: c}
}

// Expected estimates how many messages Run will yield, for progress bars.
func (s *Simulation) Expected() int { return s.cfg.Customers * s.cfg.Months * 22 / 12 }

// Run yields the company's past in time order, from Months before Until up to
// Until. It starts anew at each call and may run in several goroutines.
func (s *Simulation) Run(yield Yield) error {
	e, err := newEngine(s.cfg, yield)
	if err != nil {
		return err
	}
	t := newTally(e.w)
	e.tally, e.account = t, newAccount(e.w)
	if err := e.run(e.w.until); err != nil {
		return err
	}
	s.tally.Store(&came{promises: t.truth(), hit: len(t.hit), refused: t.refuse, account: e.account})
	return nil
}
