package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// format is the version of the layout; a new one keeps reading the old.
const format = 1

// Manifest says what one backup consists of.
type Manifest struct {
	Format   int       `json:"format"`
	ID       string    `json:"id"` // when it was begun: 20261122T080000.000Z
	At       time.Time `json:"at"`
	Version  string    `json:"version"`   // of the program that made it
	Instance string    `json:"instance"`  // whose data it is
	LastSeq  cx.Seq    `json:"last_seq"`  // the log up to here is in it
	Tail     string    `json:"tail"`      // sum of the event LastSeq, to know the log again
	Erasures uint64    `json:"erasures"`  // mark of the log's erasures that its segments know of
	LastItem uint64    `json:"last_item"` // the highest number that the quarantine gave
	Files    []File    `json:"files"`
	Previous string    `json:"previous,omitempty"` // sum of the manifest before

	sum string // of its own text
}

// File is one file of a backup, relative to the target.
type File struct {
	Path   string `json:"path"`
	Name   string `json:"name,omitempty"` // what it is in the data directory, when it is one of its files
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	First  cx.Seq `json:"first,omitempty"` // of a segment of the log
	Last   cx.Seq `json:"last,omitempty"`
	Full   bool   `json:"full,omitempty"` // nothing will be added to the segment
}

// Bytes returns how much the backup takes, what it shares with others included.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Bytes
	}
	return n
}

// segments returns the files of the log, in order.
func (m Manifest) segments() []File { return m.in(logDir) }

func (m Manifest) in(dir string) (files []File) {
	for _, f := range m.Files {
		if strings.HasPrefix(f.Path, dir+"/") {
			files = append(files, f)
		}
	}
	return files
}

// The folders of a target.
const (
	logDir        = "log"
	quarantineDir = "quarantine"
	stateDir      = "state"
	receiptsFile  = "forgotten.jsonl"
)

const idLayout = "20060102T150405.000Z"

func (m Manifest) name() string { return "backup-" + m.ID + "-" + m.sum[:16] + ".json" }

// write puts the manifest in its place: from then on the backup counts.
func (m *Manifest) write(target string) error {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	m.sum = sumOf(b)
	return writeFile(target, m.name(), b)
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// List returns the whole backups of a target, oldest first. The error is
// NotFound when there is none, Invalid when a manifest cannot be trusted: its
// message names it.
func List(target string) ([]Manifest, error) {
	const op = "backup.List"
	all, err := list(target)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if len(all) == 0 {
		return nil, cx.Errorf(cx.NotFound, op, "there is no backup in %s", target)
	}
	return all, nil
}

func list(target string) (all []Manifest, err error) {
	entries, err := os.ReadDir(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cx.Errorf(cx.Unavailable, "backup.list", "the backups in %s cannot be read: %w", target, err)
	}
	var faults []cx.Fault
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "backup-") || !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		m, err := readManifest(target, entry.Name())
		if err != nil {
			faults = append(faults, cx.Fault{Field: entry.Name(), Message: err.Error()})
			continue
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Manifest) int { return strings.Compare(a.ID, b.ID) })
	return all, cx.InvalidFaults("backup.list", faults)
}

func readManifest(target, name string) (m Manifest, err error) {
	b, err := os.ReadFile(filepath.Join(target, name))
	if err != nil {
		return m, fmt.Errorf("cannot be read: %w", err)
	}
	if m.sum = sumOf(b); !strings.HasSuffix(name, "-"+m.sum[:16]+".json") {
		return m, errors.New("its text is not the one that was written: it was damaged or changed")
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("is not a manifest: %w", err)
	}
	if m.Format != format {
		return m, fmt.Errorf("is of format %d; this version reads format %d: use a newer one", m.Format, format)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(f.Path) {
			return m, fmt.Errorf("names the file %q outside of the target", f.Path)
		}
	}
	return m, nil
}

// Choose returns the newest of the backups that were made at or before at; the
// newest of all when at is zero. NotFound when there is none.
func Choose(all []Manifest, at time.Time) (Manifest, error) {
	for _, m := range slices.Backward(all) {
		if at.IsZero() || !m.At.After(at) {
			return m, nil
		}
	}
	if len(all) == 0 {
		return Manifest{}, cx.Errorf(cx.NotFound, "backup.Choose", "there is no backup")
	}
	return Manifest{}, cx.Errorf(cx.NotFound, "backup.Choose", "no backup is as old as %s: the oldest is of %s", at.Format(time.RFC3339), all[0].At.Format(time.RFC3339))
}
