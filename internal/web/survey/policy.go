package survey

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// sheet is a style that stands in the page itself, so that a page is one request,
// and what the page's policy of content calls it: nothing else inline applies.
type sheet struct {
	element templ.Component
	source  string
}

// sheetOf makes one of a built file.
func sheetOf(name string) sheet {
	css := strings.TrimSpace(string(dist.Content(name)))
	sum := sha256.Sum256([]byte(css))
	return sheet{templ.Raw("<style>" + css + "</style>"), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

// policy is what a page may do beyond the least.
type policy struct {
	scripts bool // run our own scripts, and speak with us
	framed  bool // be shown by other sites that the model names
	sites   []string
	preview bool // be shown by our own editor, and send nothing
}

// headers sets those of an answer. No page needs more than itself; none tells
// where people came from, and none is found by search engines.
func (v *visit) headers(p policy) {
	rules := []string{"default-src 'none'", "style-src " + v.view.style.source, "img-src data:", "base-uri 'none'"}
	if p.preview {
		rules = append(rules, "form-action 'none'")
	} else {
		rules = append(rules, "form-action 'self'")
	}
	if p.scripts {
		rules = append(rules, "script-src 'self'", "connect-src 'self'", "worker-src 'self'")
	}
	h := v.w.Header()
	ancestors, resource := "'none'", "same-origin"
	if p.framed {
		ancestors, resource = strings.Join(slices.Concat([]string{"'self'"}, p.sites), " "), "cross-origin"
	}
	h.Set("Content-Security-Policy", strings.Join(append(rules, "frame-ancestors "+ancestors), "; "))
	h.Set("Cross-Origin-Resource-Policy", resource)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would send Origin: null with our own forms
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if v.h.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
