package internal_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "github.com/vivencia-cx/vivencia/internal/"

// rank is a package's place in the house: its room, and its place in the room.
type rank struct{ room, place int }

// layers reads the table of docs/architecture.md. A "web/**" entry holds every
// package under it; those are leaves of one room and may import each other.
func layers(t *testing.T) map[string]rank {
	t.Helper()
	doc, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)<!-- layers.*?-->(.*)<!-- /layers -->`).FindSubmatch(doc)
	if table == nil {
		t.Fatal("docs/architecture.md has no layer table")
	}
	ranks := map[string]rank{}
	room := 0
	for _, row := range regexp.MustCompile(`(?m)^\| (\w+) \| ([^|]+) \|`).FindAllSubmatch(table[1], -1) {
		if string(row[1]) == "room" {
			continue
		}
		room++
		for place, p := range strings.Split(string(row[2]), ",") {
			ranks[strings.TrimSpace(p)] = rank{room, place}
		}
	}
	return ranks
}

func find(ranks map[string]rank, pkg string) (rank, bool) {
	if r, ok := ranks[pkg]; ok {
		return r, true
	}
	for dir := pkg; dir != "."; dir = path.Dir(dir) {
		if r, ok := ranks[dir+"/**"]; ok {
			return r, true
		}
	}
	return rank{}, false
}

type listed struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "./...", "../cmd/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// TestArrowsRunOneWay holds the imports against the table of rooms.
func TestArrowsRunOneWay(t *testing.T) {
	ranks := layers(t)
	for _, p := range packages(t) {
		name, inside := strings.CutPrefix(p.ImportPath, root)
		if !inside {
			continue
		}
		own, ok := find(ranks, name)
		if !ok {
			t.Errorf("%s has no room in docs/architecture.md", name)
			continue
		}
		for _, imp := range p.Imports {
			dep, ours := strings.CutPrefix(imp, root)
			if !ours {
				continue
			}
			r, ok := find(ranks, dep)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which has no room", name, dep)
			case r.room > own.room, r.room == own.room && r.place > own.place:
				t.Errorf("%s imports %s: an arrow runs back up", name, dep)
			}
		}
	}
}

// TestEveryPackageSaysWhatItOwns wants a doc.go in every package.
func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, root) {
			continue
		}
		if _, err := os.Stat(filepath.Join(p.Dir, "doc.go")); err != nil {
			t.Errorf("%s has no doc.go", p.ImportPath)
		}
	}
}

// TestEnginesStayBehindTheirInterfaces names the one package that may import
// each driver, and what api and web must not know. Packages that serve tests
// (…test) open real stores, as app does.
func TestEnginesStayBehindTheirInterfaces(t *testing.T) {
	owner := map[string]string{
		"modernc.org/sqlite":                       "sqldb",
		"github.com/jackc/pgx/v5/stdlib":           "sqldb",
		"github.com/duckdb/duckdb-go/v2":           "history/duckdb",
		"github.com/nats-io/nats-server/v2/server": "stream",
		"github.com/nats-io/nats.go/jetstream":     "stream",
		"cel.dev/cel-go/cel":                       "expr",
		root + "history/duckdb":                    "app",
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, root)
		for _, imp := range p.Imports {
			if own, ok := owner[imp]; ok && name != own && (own != "app" || !strings.HasSuffix(name, "test")) {
				t.Errorf("%s imports %s, which belongs to %s alone", name, imp, own)
			}
		}
		if (name == "api" || strings.HasPrefix(name, "web")) && !strings.HasSuffix(name, "test") {
			for _, sql := range []string{"database/sql", root + "sqldb"} {
				if slices.Contains(p.Imports, sql) {
					t.Errorf("%s imports %s: pages and handlers know no SQL", name, sql)
				}
			}
		}
	}
}
