package upgrade

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TestEveryVersionOpens opens each version's data: as it is, with what is
// derived made anew, and again.
func TestEveryVersionOpens(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("testdata/*.tar.gz")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("no fixture: %v", err)
	}
	for _, fixture := range fixtures {
		t.Run(strings.TrimSuffix(filepath.Base(fixture), ".tar.gz"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			unpack(t, fixture, dir)
			src, err := os.ReadFile(filepath.Join(dir, "answers.json"))
			var before map[string]json.RawMessage
			if err == nil {
				err = json.Unmarshal(src, &before)
			}
			if err != nil {
				t.Fatal(err)
			}
			c := app.Defaults()
			c.Data, c.Reserve, c.LogLevel = filepath.Join(dir, "data"), 0, "error"
			logger := slog.New(slog.DiscardHandler)
			same(t, "as it was", c, before)
			if err := app.Rebuild(t.Context(), c, logger, func(cx.Seq, cx.Seq) {}); err != nil {
				t.Fatal(err)
			}
			same(t, "rebuilt", c, before)
		})
	}
}

func same(t *testing.T, how string, c app.Config, before map[string]json.RawMessage) {
	t.Helper()
	client, closeApp, err := app.Attach(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closeApp(); err != nil {
			t.Error(err)
		}
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		body, err := Call(t.Context(), client, "GET", "/totals", nil)
		var totals struct {
			Applied int `json:"applied_seq"`
			Last    int `json:"last_seq"`
		}
		if err = errors.Join(err, json.Unmarshal(body, &totals)); err != nil {
			t.Fatal(err)
		}
		if totals.Applied == totals.Last {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the views stand still: %s", body)
		}
	}
	after, err := Answers(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	var differ []string
	for _, question := range slices.Sorted(maps.Keys(before)) {
		var old, present any
		if err := errors.Join(json.Unmarshal(before[question], &old), json.Unmarshal(after[question], &present)); err != nil {
			t.Fatalf("%s: %s: %v", how, question, err)
		}
		differ = append(differ, lost(question, old, present)...)
	}
	if n := len(differ); n > 0 {
		t.Errorf("%s: %d differences, such as\n%s", how, n, strings.Join(differ[:min(n, 12)], "\n"))
	}
}

// lost lists what the old answer says and the present one does not: members may
// be added, nothing else may differ.
func lost(at string, old, present any) (differ []string) {
	switch o := old.(type) {
	case map[string]any:
		p, ok := present.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v, was %v", at, present, old)}
		}
		for k, v := range o {
			differ = append(differ, lost(at+" "+k, v, p[k])...)
		}
		return differ
	case []any:
		p, ok := present.([]any)
		if strings.HasPrefix(at, "/audit ") { // newest first, and asking adds to it
			p = p[max(0, len(p)-len(o)):]
		}
		if !ok || len(p) != len(o) {
			return []string{fmt.Sprintf("%s: %v, was %v", at, present, old)}
		}
		for i := range o {
			differ = append(differ, lost(fmt.Sprintf("%s[%d]", at, i), o[i], p[i])...)
		}
		return differ
	}
	if !reflect.DeepEqual(old, present) {
		differ = []string{fmt.Sprintf("%s: %v, was %v", at, present, old)}
	}
	return differ
}

func unpack(t *testing.T, fixture, dir string) {
	t.Helper()
	f, err := os.Open(fixture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		err = errors.Join(err, root.MkdirAll(filepath.Dir(h.Name), 0o700))
		if err = errors.Join(err, root.WriteFile(h.Name, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}
