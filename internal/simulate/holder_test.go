package simulate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

func TestAStoryIsForgotten(t *testing.T) {
	t.Parallel()
	f := simulate.TruthFile{Path: filepath.Join(t.TempDir(), "truth.json")}
	if n, err := f.Erase(t.Context(), cx.Subject{Customer: "c_0000000000001"}); n != 0 || err != nil {
		t.Errorf("without a demo: %d, %v", n, err)
	}
	truth := simulate.Company(simulate.Config{Seed: 1, Customers: 10, Until: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}).Truth()
	if err := f.Write(truth); err != nil {
		t.Fatal(err)
	}
	first := truth.Stories[0]
	s := cx.Subject{Customer: "c_0000000000001", Values: []string{first.UserID, strings.ToUpper(first.Name)}}
	if sections, err := f.Export(t.Context(), s); err != nil || len(sections) != 1 || len(sections[0].Items.([]simulate.TruthStory)) != 1 {
		t.Errorf("%+v, %v", sections, err)
	}
	if n, err := f.Erase(t.Context(), s); n != 1 || err != nil {
		t.Errorf("erased %d, %v", n, err)
	}
	b, err := os.ReadFile(f.Path)
	if err != nil || strings.Contains(string(b), first.UserID) || strings.Contains(string(b), first.Name) || !strings.Contains(string(b), truth.Stories[1].Name) {
		t.Errorf("%v %s", err, b)
	}
}
