package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// asides keeps, in DIR/aside.json, up to which seq each view has set aside what
// it can never apply. A view that is made again from the log meets the same
// events again: they wait in quarantine already, or somebody has decided about
// them, and are not put there twice.
type asides struct {
	path string
	mu   sync.Mutex
	upto map[string]cx.Seq // by view
}

const asideFile = "aside.json"

// openAsides reads the file. A mark past the log's last seq was made with
// another log and says nothing of this one.
func openAsides(path string, last cx.Seq) (*asides, error) {
	a := &asides{path: path, upto: map[string]cx.Seq{}}
	src, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(src, &a.upto)
	}
	if err != nil {
		return nil, cx.Errorf(cx.Internal, "app.openAsides", "%s cannot be read; remove it, and what waits for review may be listed twice: %w", path, err)
	}
	for view, seq := range a.upto {
		if seq > last {
			delete(a.upto, view)
		}
	}
	return a, nil
}

// once calls put unless the view has set seq aside before, and remembers it. A
// crash in between puts it twice, never not at all.
func (a *asides) once(view string, seq cx.Seq, put func() error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if seq <= a.upto[view] {
		return nil
	}
	if err := put(); err != nil {
		return err
	}
	a.upto[view] = seq
	b, err := json.Marshal(a.upto)
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(a.path+".new", a.path)
}

// setAside puts into quarantine what a view can never apply.
func (a *App) setAside(ctx context.Context, view string, e cx.Event, reason string) error {
	return a.asides.once(view, e.Seq, func() error {
		return a.Quarantine.Put(ctx, []quarantine.Item{{
			Source: e.Source, Way: "view " + view, Kind: e.Kind, Reason: reason, ReceivedAt: e.ReceivedAt, MessageID: e.MessageID, Seq: e.Seq, Raw: slices.Clone(e.Body),
		}})
	})
}
