package dist

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed *.js *.css *.svg *.woff2
var files embed.FS

// Prefix is where the files are served.
const Prefix = "/assets/"

// URL returns the address of a file by its plain name ("app.css"), or "" when
// there is none: a page may have no script of its own.
func URL(name string) string {
	if h := hashed(name); h != "" {
		return Prefix + h
	}
	return ""
}

// Content returns what a file holds, by its plain name, for pages that carry it
// themselves; nil when there is none.
func Content(name string) []byte {
	content, err := files.ReadFile(hashed(name))
	if err != nil {
		return nil
	}
	return content
}

// Handler serves the files below Prefix, for ever: a changed file has another
// name.
func Handler() http.Handler {
	server := http.FileServerFS(files)
	return http.StripPrefix(Prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" || strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		server.ServeHTTP(w, r)
	}))
}
