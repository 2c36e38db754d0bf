package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// DemoConfig says which simulated company to found.
type DemoConfig struct {
	Customers int       `json:"customers"`
	Seed      uint64    `json:"seed"`
	Until     time.Time `json:"until"` // the end of its past; zero: now
}

// Demo is the simulated company on an App.
type Demo struct {
	SignIn string // secret of the link that signs the demo's administrator in
	app    *App
	sim    *simulate.Simulation
}

// demoState is what DIR/demo.json keeps.
type demoState struct {
	DemoConfig
	Whole bool `json:"whole"` // its past is in the log to the end
}

const (
	demoFile  = "demo.json"
	truthFile = "truth.json"
	demoBatch = 2000 // messages to one append
)

// FoundDemo founds the company on an empty directory, or finds the one that is
// there, and returns when all of its past is remembered. What a crash left half
// done is done again; the memory drops what it has. The error is cx.Conflict
// when the directory holds something else.
func (a *App) FoundDemo(ctx context.Context, d DemoConfig, tell func(n, total int64)) (*Demo, error) {
	const op = "app.FoundDemo"
	state, err := a.demoState(ctx, d)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := a.Accounts.EnterDemo(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	sim := simulate.Company(simulate.Config{Seed: state.Seed, Customers: state.Customers, Until: state.Until})
	if !state.Whole {
		if err := a.found(ctx, sim, tell); err != nil {
			return nil, cx.Wrap(op, err)
		}
		home, err := a.household(ctx)
		if err == nil {
			err = home.found(ctx)
		}
		if err == nil {
			err = a.undertook(ctx, sim)
		}
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		state.Whole = true
		if err := errors.Join(simulate.TruthFile{Path: a.Config.file(truthFile)}.Write(sim.Truth()), a.writeJSON(demoFile, state)); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	owner, err := a.Accounts.PersonByEmail(ctx, cx.System(), demoOwner.Email)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	secret, err := a.Accounts.SignInLink(ctx, cx.System(), owner.ID, 30*24*time.Hour, true)
	return &Demo{SignIn: secret, app: a, sim: sim}, cx.Wrap(op, err)
}

var demoOwner = account.NewPerson{Email: "demo@example.com", Name: "Candela Ruiz", Role: cx.Admin, Language: "es"}

// demoState finds which company the directory holds, or begins the one asked
// for when it holds nothing.
func (a *App) demoState(ctx context.Context, d DemoConfig) (demoState, error) {
	var state demoState
	src, err := os.ReadFile(a.Config.file(demoFile))
	if errors.Is(err, os.ErrNotExist) {
		instance, err := a.Accounts.Instance(ctx)
		if err == nil && !instance.Demo && a.Log.LastSeq() > 0 {
			return state, cx.Errorf(cx.Conflict, "demo", "%s holds another company's data: name an empty directory with --data", a.Config.Data)
		}
		if d.Until.IsZero() {
			d.Until = a.clock.Now().Std().Truncate(time.Minute)
		}
		state.DemoConfig = d
		if err == nil {
			err = a.prepareDemo(ctx)
		}
		if err == nil {
			err = a.writeJSON(demoFile, state)
		}
		return state, err
	}
	if err == nil {
		err = json.Unmarshal(src, &state)
	}
	if err != nil {
		return state, err
	}
	if state.Customers != d.Customers || state.Seed != d.Seed || (!d.Until.IsZero() && !state.Until.Equal(d.Until)) {
		return state, cx.Errorf(cx.Conflict, "demo", "%s holds the company of --customers %d --seed %d --until %s: repeat these, or name another directory with --data",
			a.Config.Data, state.Customers, state.Seed, state.Until.Format(time.DateOnly))
	}
	return state, nil
}

// prepareDemo makes the company's sources, people and model.
func (a *App) prepareDemo(ctx context.Context) error {
	p := cx.System()
	if err := a.Accounts.EnterDemo(ctx); err != nil {
		return err
	}
	people := []account.NewPerson{demoOwner}
	for _, c := range simulate.Colleagues() {
		people = append(people, account.NewPerson{Email: c.Email, Name: c.Name, Role: c.Role, Areas: c.Areas, Language: c.Language})
	}
	for _, person := range people {
		if _, err := a.Accounts.CreatePerson(ctx, p, person); err != nil && cx.KindOf(err) != cx.Conflict {
			return err
		}
	}
	if _, err := a.Accounts.CreateSource(ctx, p, "demo", "demo"); err != nil && cx.KindOf(err) != cx.Conflict {
		return err
	}
	if _, _, err := a.Accounts.CreateToken(ctx, p, "demo", cx.Admin, nil, "demo"); err != nil && cx.KindOf(err) != cx.Conflict {
		return err
	}
	for _, s := range simulate.Sources() {
		if _, err := a.Accounts.CreateSource(ctx, p, s.Slug, ""); err != nil && cx.KindOf(err) != cx.Conflict {
			return err
		}
	}
	_, err := a.Models.Apply(ctx, p, simulate.Model(), "Librerías Candil")
	return err
}

// found sends the company's past through the gate and waits until it is
// remembered.
func (a *App) found(ctx context.Context, sim *simulate.Simulation, tell func(n, total int64)) error {
	expected := int64(sim.Expected())
	applied := func() int64 {
		at, _, err := a.Applied(ctx)
		if err != nil {
			return 0
		}
		return int64(at)
	}
	var b messages
	err := sim.Run(func(source string, message []byte) error {
		b.add(source, message)
		if len(b.messages) < demoBatch {
			return nil
		}
		tell(applied(), max(expected, int64(a.Log.LastSeq())))
		return b.accept(ctx, a)
	})
	if err == nil {
		err = b.accept(ctx, a)
	}
	if err != nil {
		return err
	}
	last := a.Log.LastSeq()
	return a.WaitApplied(ctx, last, func(at cx.Seq) { tell(int64(at), int64(last)) })
}

// Live lets the company go on living until ctx ends: its customers, and who
// answers whom.
func (d *Demo) Live(ctx context.Context) error {
	home, err := d.app.household(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	answered := make(chan error, 1)
	go func() { answered <- home.live(ctx) }()
	err = d.lives(ctx)
	stop()
	return errors.Join(err, <-answered)
}

// lives lets the customers live until ctx ends.
func (d *Demo) lives(ctx context.Context) error {
	var b messages
	err := d.sim.Live(ctx, d.app.clock, func(source string, message []byte) error {
		b.add(source, message)
		err := b.accept(ctx, d.app)
		if kind := cx.KindOf(err); kind == cx.Busy || kind == cx.Full || kind == cx.Unavailable {
			return nil // customers go on living while the product cannot listen
		}
		return err
	})
	select {
	case <-ctx.Done(): // it was asked to
		return nil
	default:
		return err
	}
}

// messages gathers what is handed over in one append, in order.
type messages struct {
	sources  []string
	messages [][]byte
}

func (b *messages) add(source string, message []byte) {
	b.sources = append(b.sources, source)
	b.messages = append(b.messages, append([]byte(nil), message...))
}

func (b *messages) accept(ctx context.Context, a *App) error {
	if len(b.messages) == 0 {
		return nil
	}
	_, err := a.Intake.Accept(ctx, intake.Batch{
		Sources: b.sources, Messages: b.messages, Way: "simulation", Own: true, ReceivedAt: a.clock.Now(),
	})
	b.sources, b.messages = nil, nil
	return err
}

func (a *App) writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(a.Config.file(name), append(b, '\n'), 0o600)
}
