package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/understand/text/remote"
)

// A language model that says "late" of all that is late, and "good" else, beside
// the program, which learns it from the file.
func TestAnalyseTextAuditsALabeller(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || strings.Contains(string(b), "612 34") {
			t.Errorf("a telephone number left: %s, %v", b, err)
		}
		asked++
		says := `{"label":"good"}`
		if strings.Contains(string(b), "tarde") {
			says = `{"label":"late"}`
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]string{"content": says}}}})
	}))
	t.Cleanup(server.Close)
	var rows strings.Builder
	rows.WriteString("text,label\n")
	for i := range 40 {
		rows.WriteString([]string{"\"llegó tarde otra vez, 612 34 56 78\",late\n", "todo muy bien gracias,good\n"}[i/3%2])
	}
	path := filepath.Join(t.TempDir(), "texts.csv")
	if err := os.WriteFile(path, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	a := labelAnalysis{text: "text", label: "label", folds: 2, sample: 10, labeller: remote.Config{URL: server.URL, Model: "m"}}
	if err := a.read(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if asked != 10 || a.audit.Labeller.N != 10 || a.audit.Labeller.Kappa != 1 || a.audit.Between.Kappa != 1 || a.audit.Ours.Accuracy != 1 {
		t.Errorf("asked %d times: %+v", asked, a.audit)
	}
	if told := a.told(); !strings.Contains(told, "10 texts asked of m (0 gave no label)") || !strings.Contains(told, "it and the program") {
		t.Error(told)
	}
}
