package leaf

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// Sheet is a style that stands in the page itself, so that a page is one request,
// and what the page's policy of content calls it: nothing else inline applies.
type Sheet struct {
	element templ.Component
	source  string
}

// SheetOf makes one of a built file.
func SheetOf(name string) Sheet {
	css := strings.TrimSpace(string(dist.Content(name)))
	sum := sha256.Sum256([]byte(css))
	return Sheet{templ.Raw("<style>" + css + "</style>"), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

// Policy is what a page may do beyond the least.
type Policy struct {
	Scripts bool // run our own scripts, and speak with us
	Camera  bool // look for a code
	Framed  bool // be shown by other sites
	Sites   []string
	Preview bool // be shown by our own editor, and send nothing
}

// Allow sets the headers of an answer. No page needs more than itself; none tells
// where people came from, and none is found by search engines.
func (v *Visit) Allow(p Policy) {
	rules := []string{"default-src 'none'", "style-src " + v.Style.source, "img-src data:", "base-uri 'none'"}
	if p.Preview {
		rules = append(rules, "form-action 'none'")
	} else {
		rules = append(rules, "form-action 'self'")
	}
	if p.Scripts {
		rules = append(rules, "script-src 'self'", "connect-src 'self'", "worker-src 'self'")
	}
	h := v.W.Header()
	ancestors, resource, camera := "'none'", "same-origin", "()"
	if p.Framed {
		ancestors, resource = strings.Join(slices.Concat([]string{"'self'"}, p.Sites), " "), "cross-origin"
	}
	if p.Camera {
		camera = "(self)"
	}
	h.Set("Content-Security-Policy", strings.Join(append(rules, "frame-ancestors "+ancestors), "; "))
	h.Set("Cross-Origin-Resource-Policy", resource)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would send Origin: null with our own forms
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Permissions-Policy", "camera="+camera+", geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if v.site.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// Script answers with a built script, for an address of its own: what it governs
// is the addresses beside it. cache is its Cache-Control, resource who may load it.
func (v *Visit) Script(name, cache, resource string) error {
	h := v.W.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", cache)
	h.Set("Cross-Origin-Resource-Policy", resource)
	_, _ = v.W.Write(dist.Content(name)) // who asked may have left
	return nil
}
