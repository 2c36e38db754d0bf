package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Config says what to measure.
type Config struct {
	Binary   string        // the vivencia to run
	Dir      string        // where data directories are made, and removed again
	Events   int           // how many events are stored for what depends on it
	Duration time.Duration // how long what is timed goes on
	Only     []string      // names of measurements; empty: all
	Profiles string        // folder for CPU and heap profiles; "": none
	RealData string        // folder with event_logs/bpic2012.xes.gz; "": not measured
	Seed     uint64
	Note     func(string) // is told what is being measured
}

// importEvents is how large the imported file is: as many as bpic2012 has.
// What needs no more than that is measured with as many.
const importEvents = 262_200

// measurement yields some figures.
type measurement struct {
	name string
	run  func(*runner, context.Context) error
}

// measurements lists them in the order in which they run. Those of stored share
// one directory that is filled with Config.Events events.
func measurements() []measurement {
	return []measurement{
		{"idle", (*runner).idle},
		{"batch", (*runner).batch},
		{"single", (*runner).single},
		{"visible", (*runner).visible},
		{"survey", (*runner).survey},
		{"behind", (*runner).behind},
		{"import", (*runner).imports},
		{"rebuild", (*runner).rebuild},
		{"stored", (*runner).stored},
	}
}

// Names lists the measurements.
func Names() (names []string) {
	for _, m := range measurements() {
		names = append(names, m.name)
	}
	return names
}

// runner is one run.
type runner struct {
	Config
	report *Report
}

// Run measures the machine and then the product. What was measured before an
// error is in the report.
func Run(ctx context.Context, c Config) (Report, error) {
	const op = "bench.Run"
	for _, name := range c.Only {
		if !slices.Contains(Names(), name) {
			return Report{}, cx.Errorf(cx.Invalid, op, "there is no measurement %q: name some of %s", name, strings.Join(Names(), ", "))
		}
	}
	if c.Events < 1000 {
		return Report{}, cx.Errorf(cx.Invalid, op, "at least 1000 events are needed")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return Report{}, cx.Wrap(op, err)
	}
	if c.Profiles != "" {
		if err := os.MkdirAll(c.Profiles, 0o750); err != nil {
			return Report{}, cx.Wrap(op, err)
		}
	}
	r := &runner{Config: c, report: &Report{Events: c.Events}}
	c.Note("machine")
	var err error
	if r.report.Machine, err = measureMachine(ctx, c.Dir, min(c.Duration, time.Second)); err != nil {
		return *r.report, cx.Wrap(op, err)
	}
	for _, m := range measurements() {
		if len(c.Only) > 0 && !slices.Contains(c.Only, m.name) {
			continue
		}
		c.Note(m.name)
		if err := m.run(r, ctx); err != nil {
			return *r.report, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return *r.report, nil
}

// found puts a figure in the report.
func (r *runner) found(name string, value float64) {
	r.report.add(name, value, r.Events)
}

// sample is how many events are sent where no large store is needed.
func (r *runner) sample() int { return min(r.Events, importEvents) }

// with runs fn on a server with a new directory, which is removed afterwards.
func (r *runner) with(ctx context.Context, name string, fn func(*server) error) error {
	dir := filepath.Join(r.Dir, name)
	defer os.RemoveAll(dir)
	s, err := startServer(ctx, r.Binary, dir)
	if err != nil {
		return err
	}
	defer s.kill()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return fn(s)
}
