package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/health"
)

// damages are the stores that were found damaged while they were in use.
type damages struct {
	mu    sync.Mutex
	found []health.Damage
}

// add tells whether the store was not known to be damaged.
func (d *damages) add(found health.Damage) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.found, found) {
		return false
	}
	d.found = append(d.found, found)
	return true
}

func (d *damages) all() []health.Damage {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.found)
}

// onDamage returns what a store is to call when it finds its file damaged. The
// first time it is logged and marked beside a derived store, so that the next
// start makes that again even where it would not look. What still can be
// answered is answered meanwhile.
func (a *App) onDamage(store, path string) func(error) {
	return func(err error) {
		if !a.damages.add(health.Damage{Store: store, File: filepath.Base(path)}) {
			return
		}
		said, todo := health.Check{Code: "damaged." + store, Figures: []health.Figure{{Name: "file", Unit: health.Text, Text: path}}}.Sentence()
		a.logger.Error("a store was found damaged", "file", path, "said", said, "do", todo, "error", err)
		if store == "log" || store == "state" {
			return
		}
		if err := os.WriteFile(path+damagedSuffix, []byte(err.Error()), 0o600); err != nil {
			a.logger.Error("the damage could not be marked: remove the file before the next start", "file", path, "error", err)
		}
	}
}

// damagedSuffix ends the name of the mark beside a derived store that was found
// damaged while it was in use.
const damagedSuffix = ".damaged"

// errKnownDamage is of a derived store that bears the mark.
var errKnownDamage = errors.New("it was found damaged while it was in use")

// knownDamage tells whether a derived store bears the mark, by an error that
// quotes it.
func knownDamage(path string) error {
	said, err := os.ReadFile(path + damagedSuffix)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %s", errKnownDamage, said)
}
