package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

var quietly = slog.New(slog.DiscardHandler)

// sameAnswers compares every answer, byte for byte.
func sameAnswers(t *testing.T, how string, before, after map[string]string) {
	t.Helper()
	differ := 0
	for _, question := range slices.Sorted(keysOf(before, after)) {
		if before[question] == after[question] {
			continue
		}
		if differ++; differ <= 5 {
			t.Errorf("%s: %s (-before +after)\n%s", how, question, cmp.Diff(strings.Split(before[question], "\n"), strings.Split(after[question], "\n")))
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d of %d answers differ", how, differ, len(before))
	}
}

// A backup taken while events stream in, and one more of what came since, bring
// back every answer as it was.
func TestRestoreGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.live()
	target := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			h.send(fmt.Sprintf(`{"type":"track","event":"Inicio","userId":"late-%d","messageId":"meanwhile-%d","timestamp":"2026-03-01T00:00:00Z"}`, n%8, n))
		}
		sent <- n
	}()
	early, err := h.Backups.Run(t.Context(), cx.System(), target)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	t.Logf("%d events came meanwhile", <-sent)
	if err := h.Close(); err != nil { // a start seals what was put on record
		t.Fatal(err)
	}
	h = openHouse(t, h.Config.Data)
	h.settled()
	before := h.answers()
	accounts := h.accounts()
	made, err := h.Backups.Run(t.Context(), cx.System(), target)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}

	dir := filepath.Join(t.TempDir(), "restored")
	if _, err := Restore(t.Context(), configOf(dir), RestoreConfig{Target: target}, quietly, nil); err != nil {
		t.Fatal(err)
	}
	again := openHouse(t, dir)
	again.settled()
	sameAnswers(t, "restored", before, again.answers())
	sameAnswers(t, "restored", accounts, again.accounts())
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), configOf(dir), RestoreConfig{Target: target}, quietly, nil); cx.KindOf(err) != cx.Conflict {
		t.Errorf("into a directory that is not empty: %v, want a conflict", err)
	}
	// The earlier one, over what is there, which is put aside.
	m, err := Restore(t.Context(), configOf(dir), RestoreConfig{Target: target, At: early.At, Replace: true}, quietly, nil)
	if err != nil || m.ID != early.ID {
		t.Fatalf("%s, %v, want %s", m.ID, err, early.ID)
	}
	older := openHouse(t, dir)
	if got := older.Log.LastSeq(); got < early.LastSeq || got >= made.LastSeq {
		t.Errorf("the earlier backup ends at %d, want %d", got, early.LastSeq)
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "replaced-*", "log")); len(aside) != 1 {
		t.Errorf("what was replaced is not there: %v", aside)
	}
}

// accounts are the answers that state.db gives.
func (h house) accounts() map[string]string {
	out := map[string]string{}
	for _, path := range []string{"/people", "/sources", "/tokens", "/model/versions"} {
		out[path] = string(h.ask("GET", path, ""))
	}
	return out
}

// A restore that was cut off refuses to serve, and is begun again by the same
// command.
func TestRestoreThatWasCutOffIsBegunAgain(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	for i := range 200 {
		h.send(fmt.Sprintf(`{"type":"track","event":"Paid","userId":"u-%d","messageId":"%d"}`, i%9, i))
	}
	h.settled()
	target := t.TempDir()
	if _, err := h.Backups.Run(t.Context(), cx.System(), target); err != nil {
		t.Fatal(err)
	}
	last := h.Log.LastSeq()
	c := configOf(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Restore(ctx, c, RestoreConfig{Target: target}, quietly, func(what string, _, _ cx.Seq) {
		if what == "rebuilding" {
			cancel()
		}
	}); err == nil {
		t.Fatal("it was not cut off")
	}
	if a, err := Open(t.Context(), c, quietly); cx.KindOf(err) != cx.Conflict {
		if err == nil {
			_ = a.Close()
		}
		t.Fatalf("opened half restored: %v", err)
	}
	if _, err := Restore(t.Context(), c, RestoreConfig{Target: target}, quietly, nil); err != nil {
		t.Fatal(err)
	}
	again := openHouse(t, c.Data)
	if got := again.Log.LastSeq(); got != last {
		t.Errorf("last seq %d, want %d", got, last)
	}
}

// Who was forgotten stays so, also out of a backup that was made before.
func TestRestoreForgetsAgain(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.Config.BackupTarget = ""
	for i := range 40 {
		h.send(fmt.Sprintf(`{"type":"identify","userId":"u-%d","messageId":"%d","traits":{"email":"someone-%d@candil.example"}}`, i%4, i, i%4))
	}
	h.settled()
	target := t.TempDir()
	early, err := h.Backups.Run(t.Context(), cx.System(), target)
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ ID cx.CustomerID }
	h.read("/customers/lookup?userId=u-2", &c)
	asked, err := h.Forget.Forget(t.Context(), cx.System(), c.ID)
	if err == nil {
		_, err = h.Forget.Wait(t.Context(), asked.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := h.receipts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := backup.WriteReceipts(target, ledger); err != nil {
		t.Fatal(err)
	}
	holdsNot(t, h.Config.Data, "someone-2@candil")
	dir := t.TempDir()
	if _, err := Restore(t.Context(), configOf(dir), RestoreConfig{Target: target, At: early.At}, quietly, nil); err != nil {
		t.Fatal(err)
	}
	holdsNot(t, dir, "someone-2@candil")
}

// holdsNot searches every byte of a directory.
func holdsNot(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			b, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(b), text) {
				t.Errorf("%s still holds %q", path, text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Each kind of damage is told with the file and the one command, or mended.
func TestDamageIsToldAndMended(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	for i := range 300 {
		h.send(fmt.Sprintf(`{"type":"track","event":"Paid","userId":"u-%d","messageId":"%d","properties":{"note":"some words"}}`, i%9, i))
	}
	h.settled()
	target, dir := t.TempDir(), h.Config.Data
	if _, err := h.Backups.Run(t.Context(), cx.System(), target); err != nil {
		t.Fatal(err)
	}
	before := string(h.ask("GET", "/totals", ""))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(b []byte) []byte{
		"garbage":   func(b []byte) []byte { return []byte(strings.Repeat("garbage!", len(b)/8)) },
		"truncated": func(b []byte) []byte { return b[:len(b)/3] },
	} {
		for _, file := range derivedFiles {
			spoil(t, filepath.Join(dir, file), damage)
			ask := configOf(dir)
			ask.Recover = recoverAsk
			_, err := Open(t.Context(), ask, quietly)
			var told *DamagedError
			if !errors.As(err, &told) || filepath.Base(told.File) != file || !strings.Contains(told.Do, "vivencia rebuild") {
				t.Fatalf("%s %s: %v", name, file, err)
			}
			mended := openHouse(t, dir)
			mended.settled()
			if got := string(mended.ask("GET", "/totals", "")); got != before {
				t.Errorf("%s %s: %s, want %s", name, file, got, before)
			}
			report, err := mended.Health.Report(t.Context(), cx.System())
			if err != nil || report.Checks[len(report.Checks)-1].Figure("file").Text != file {
				t.Errorf("%s %s: the report does not say so: %v", name, file, err)
			}
			if err := mended.Close(); err != nil {
				t.Fatal(err)
			}
		}
		spoil(t, filepath.Join(dir, stateFile), damage)
		_, err := Open(t.Context(), configOf(dir), quietly)
		var told *DamagedError
		if !errors.As(err, &told) || filepath.Base(told.File) != stateFile || !strings.Contains(told.Do, "vivencia restore") {
			t.Fatalf("%s %s: %v", name, stateFile, err)
		}
		if _, err := Restore(t.Context(), configOf(dir), RestoreConfig{Target: target, OnlyState: true}, quietly, nil); err != nil {
			t.Fatal(err)
		}
		mended := openHouse(t, dir)
		if got := string(mended.ask("GET", "/totals", "")); got != before {
			t.Errorf("%s %s: %s, want %s", name, stateFile, got, before)
		}
		if err := mended.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func spoil(t *testing.T, path string, damage func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, damage(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Memory made anew makes history anew: they number profiles together.
func TestHistoryGoesWithMemory(t *testing.T) {
	t.Parallel()
	lived := func(what string) string {
		h := openHouse(t, t.TempDir())
		h.send(fmt.Sprintf(`{"type":"track","event":%q,"userId":"u-1","messageId":"1"}`, what))
		h.settled()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		return h.Config.Data
	}
	dir, other := lived("Paid"), lived("Refunded")
	b, err := os.ReadFile(filepath.Join(other, historyFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, historyFile), b, 0o600)
	}
	if err = errors.Join(err, removeDatabase(filepath.Join(dir, viewsFile))); err != nil {
		t.Fatal(err)
	}
	h := openHouse(t, dir)
	h.settled()
	rows, err := h.History.Newest(t.Context(), cx.System(), history.Page{Limit: history.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Name != "Paid" {
			t.Errorf("history knows %q, which is not in this log", r.Name)
		}
	}
}

// What cannot be read of the log comes back from a backup, in its place.
func TestRepairFillsTheLogFromABackup(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	for i := range 300 {
		h.send(fmt.Sprintf(`{"type":"track","event":"Paid","userId":"u-%d","messageId":"%d","properties":{"note":"some words"}}`, i%9, i))
	}
	h.settled()
	target, dir := t.TempDir(), h.Config.Data
	if _, err := h.Backups.Run(t.Context(), cx.System(), target); err != nil {
		t.Fatal(err)
	}
	before := h.some()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	blocks, err := filepath.Glob(filepath.Join(dir, "log", "jetstream", "*", "streams", "facts", "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no block: %v", err)
	}
	spoil(t, blocks[0], func(b []byte) []byte {
		for i := len(b) / 3; i < len(b)/3+500; i++ {
			b[i] ^= 0x5A
		}
		return b
	})
	var told *DamagedError
	if _, err := Open(t.Context(), configOf(dir), quietly); !errors.As(err, &told) || !strings.Contains(told.Do, "vivencia repair") {
		t.Fatalf("a damaged log: %v", err)
	}
	done, err := Repair(t.Context(), configOf(dir), target, quietly, func(cx.Seq, cx.Seq) {})
	if err != nil || done.Lost == 0 || done.Filled != done.Lost {
		t.Fatalf("%+v, %v", done, err)
	}
	again := openHouse(t, dir)
	again.settled()
	sameAnswers(t, "repaired", before, again.some())
}

// some of the answers: what a few customers lived, as counts and one by one.
func (h house) some() map[string]string {
	out := map[string]string{}
	for _, path := range []string{"/totals", "/customers?limit=500", "/events?limit=500", "/scores?metric=nps&by=name"} {
		out[path] = string(h.ask("GET", path, ""))
	}
	return out
}
