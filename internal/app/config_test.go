package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestLoadOverlaysFileAndEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vivencia.yaml")
	if err := os.WriteFile(file, []byte("addr: 0.0.0.0:9000\nreserve: 2GB\nquarantine-age: 48h\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file, []string{"VIVENCIA_ADDR=127.0.0.1:9001", "VIVENCIA_LOG_LEVEL=debug", "VIVENCIA_DATA=/real/data", "VIVENCIA_DATA_DIR=/srv/vivencia"})
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Data, want.Addr, want.LogLevel, want.Reserve, want.QuarantineAge = "/srv/vivencia", "127.0.0.1:9001", "debug", 2<<30, 48*time.Hour
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Error(d)
	}
}

func TestLoadReportsEveryFaultWithItsPlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vivencia.yaml")
	if err := os.WriteFile(file, []byte("adr: x\nreserve: lots\nurl: [a, b]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, []string{"VIVENCIA_QUARANTINE_AGE=forever"})
	var got []string
	for _, f := range cx.FaultsOf(err) {
		got = append(got, f.String())
	}
	want := []string{
		"3:1 url: must be one value",
		"1:1 adr: there is no such setting; `vivencia help serve` lists them",
		`2:1 reserve: "lots" is not a size such as 512MB`,
		`VIVENCIA_QUARANTINE_AGE: "forever" is not a duration such as 36h`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A language model elsewhere is asked only at an address, and nothing of it is left
// unsaid.
func TestLabellerIsOffUntilItHasAnAddress(t *testing.T) {
	t.Parallel()
	c := Defaults()
	if e, err := c.Labeller.elsewhere(); e != nil || err != nil {
		t.Errorf("%+v, %v without an address", e, err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("clave\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", []string{"VIVENCIA_LABELLER_URL=http://127.0.0.1:9/v1", "VIVENCIA_LABELLER_MODEL=pequeño", "VIVENCIA_LABELLER_USE=label, name", "VIVENCIA_LABELLER_SECRET_FILE=" + key})
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.Labeller.elsewhere(); err != nil || !e.Label || !e.Name || e.PerDay != 500 || e.Model != "pequeño" {
		t.Errorf("%+v, %v", e, err)
	}
	c.Labeller = Labeller{URL: "http://models.example/v1", Secret: "a", SecretFile: key, Use: "train"}
	var fields []string
	for _, f := range cx.FaultsOf(c.Validate()) {
		fields = append(fields, f.Field)
	}
	if d := cmp.Diff([]string{"labeller-url", "labeller-model", "labeller-secret", "labeller-use", "labeller-per-day"}, fields); d != "" {
		t.Error(d)
	}
}

func TestValidateReportsEveryFault(t *testing.T) {
	t.Parallel()
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	err := Config{Addr: "nowhere", URL: "ftp://x", LogLevel: "loud", Reserve: -1}.Validate()
	if n := len(cx.FaultsOf(err)); n != 11 {
		t.Errorf("%d faults in %v, want 11", n, err)
	}
}

func TestLockIsOneProcessWide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeLock(dir); cx.KindOf(err) != cx.Conflict {
		t.Fatalf("second lock: %v, want a conflict", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	again, err := takeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.release()
}

func TestSocketLivesInALongDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for len(dir) < 140 {
		dir = filepath.Join(dir, "a-long-name-of-a-directory")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := listenSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := dialSocket(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}
