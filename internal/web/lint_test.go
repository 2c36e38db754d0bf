package web_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// sources returns the text of every source of the web with one of the
// extensions, by its path; what is generated and the tests are left out.
func sources(t *testing.T, extensions ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains(extensions, filepath.Ext(path)) ||
			strings.HasPrefix(path, "dist") || path == "doc.go" || strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		found[path] = string(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestNoForbiddenMarkup finds what the Content-Security-Policy would stop, and
// htmx-2 syntax, which htmx 4 passes over in silence.
func TestNoForbiddenMarkup(t *testing.T) {
	t.Parallel()
	markup := map[string]*regexp.Regexp{
		"a style attribute: use a class, or an SVG attribute":                 regexp.MustCompile(`\sstyle=|"style":`),
		"a <style> element: use the page's page.css":                          regexp.MustCompile(`<style`),
		"an inline handler: use the page's page.ts":                           regexp.MustCompile(`\son[a-z]+=|\shx-on\b`),
		"an inline script: use the page's page.ts":                            regexp.MustCompile(`<script[^>]*>[^<\s]`),
		"JavaScript in an htmx attribute":                                     regexp.MustCompile(`(?i)hx-[a-z-]+="\s*(js|javascript):`),
		"a filter in hx-trigger, which needs eval":                            regexp.MustCompile(`hx-trigger="[^"]*\[`),
		"an attribute that htmx 4 does not know":                              regexp.MustCompile(`\shx-(ext|vars|params|prompt|disinherit|inherit|request|history|history-elt|disabled-elt|sse|ws)=`),
		"htmx 2's stream attributes: hx-sse:connect, and <hx-partial>s":       regexp.MustCompile(`\s(sse|ws)-(connect|swap|close|send)=`),
		"htmx 2's morph: innerMorph or outerMorph":                            regexp.MustCompile(`hx-swap="morph`),
		"an out-of-band swap: ui.Partial names its place":                     regexp.MustCompile(`hx-swap-oob`),
		"boosted navigation: pages are whole, their assets stay in the cache": regexp.MustCompile(`hx-boost`),
	}
	events := regexp.MustCompile(`htmx:[a-z]+[A-Z]\w*`)
	for path, src := range sources(t, ".templ", ".ts", ".go") {
		if found := events.FindString(src); found != "" {
			t.Errorf("%s: %s is an event of htmx 2: htmx 4 has htmx:after:swap", path, found)
		}
		if filepath.Ext(path) != ".templ" {
			continue
		}
		for what, pattern := range markup {
			if found := pattern.FindString(src); found != "" {
				t.Errorf("%s: %q is %s", path, strings.TrimSpace(found), what)
			}
		}
	}
}

// TestEveryTextExists finds keys named in the code that no catalogue holds.
// That every language holds every key is i18n.New's to say.
func TestEveryTextExists(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for path, src := range sources(t, ".yaml") {
		if !strings.HasSuffix(path, "messages.es.yaml") {
			continue
		}
		var texts map[string]any
		if err := yaml.Unmarshal([]byte(src), &texts); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for k := range texts {
			keys[k] = true
		}
	}
	named := regexp.MustCompile(`(?:\bT\((?:ctx, )?|\bLabel: |\.Has\()"([a-z][\w.-]*)"( ?\+)?`)
	for path, src := range sources(t, ".templ", ".go") {
		for _, m := range named.FindAllStringSubmatch(src, -1) {
			switch key, begins := m[1], m[2] != ""; {
			case begins && !slices.ContainsFunc(keysOf(keys), func(k string) bool { return strings.HasPrefix(k, key) }):
				t.Errorf("%s: no catalogue holds a key that begins with %s", path, key)
			case !begins && !keys[key] && strings.Contains(key, "."):
				t.Errorf("%s: no catalogue holds %s", path, key)
			}
		}
	}
}

func keysOf(m map[string]bool) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// TestEveryIconExists finds icons named in the code that the sprite lacks.
func TestEveryIconExists(t *testing.T) {
	t.Parallel()
	icons := dist.Icons()
	named := regexp.MustCompile(`(?:@(?:ui\.)?(?:Icon|Disc|EmptyState)\(|\bIcon: )"([^"]+)"`)
	for path, src := range sources(t, ".templ", ".go") {
		for _, m := range named.FindAllStringSubmatch(src, -1) {
			if !slices.Contains(icons, m[1]) {
				t.Errorf("%s: no icon %q: add it to assets/icons.txt and run make generate", path, m[1])
			}
		}
	}
}

// TestBudgets holds what a page may weigh over the wire: 20 KB of script and 8
// of style, gzipped, the page's own included.
func TestBudgets(t *testing.T) {
	t.Parallel()
	weigh := func(ext string, limit int) {
		app, page, heaviest := 0, 0, "none"
		files, err := filepath.Glob("dist/*." + ext)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name, _, _ := strings.Cut(filepath.Base(f), ".")
			if slices.ContainsFunc([]string{"leaf", "survey", "yours"}, func(room string) bool {
				_, err := os.Stat(filepath.Join(room, name+"."+ext))
				return err == nil
			}) {
				continue // customers' pages have a budget of their own, and nothing of app's
			}
			size := gzipped(t, f)
			if strings.HasPrefix(filepath.Base(f), "app.") {
				app = size
			} else if size > page {
				page, heaviest = size, f
			}
		}
		t.Logf("%s: %d bytes for every page, %d more for %s", ext, app, page, heaviest)
		if app == 0 || app+page > limit {
			t.Errorf("%s: %d + %d bytes (%s), at most %d", ext, app, page, heaviest, limit)
		}
	}
	weigh("js", 20<<10)
	weigh("css", 8<<10)
}

func gzipped(t *testing.T, path string) int {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(src); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
