package palette

import (
	"context"
	"embed"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

//go:embed messages.*.yaml
var messages embed.FS

// Hit is one thing found: a name, what tells it from others of that name, and
// where it is.
type Hit struct{ Icon, Text, Note, Href string }

// Search finds customers by any identifier or name; at most limit. It returns
// nothing, not an error, for who may not see them.
type Search func(ctx context.Context, p cx.Principal, query string, limit int) ([]Hit, error)

const (
	mostHits = 8
	shortest = 2 // runes of a query that searches customers
)

// New returns the palette's address. search may be nil: pages only.
func New(search Search) web.Page {
	p := page{search}
	return web.Page{Name: "palette", Messages: messages, Routes: func(r *web.Router) {
		r.Get("/palette", web.SignedIn, p.list)
	}}
}

type page struct{ search Search }

func (p page) list(q *web.Request) error {
	query := strings.TrimSpace(q.URL.Query().Get("q"))
	var hits []Hit
	for _, m := range q.Menu() {
		if name := q.T(m.Label); strings.Contains(fold(name), fold(query)) {
			hits = append(hits, Hit{Icon: m.Icon, Text: name, Href: m.Href})
		}
	}
	if p.search != nil && len([]rune(query)) >= shortest {
		found, err := p.search(q.Context(), q.Principal, query, mostHits)
		if err != nil {
			return err
		}
		hits = append(hits, found...)
	}
	return q.Fragment(options(hits, query))
}

// fold takes case and accents off, so that "menu" finds "Menú".
func fold(s string) string {
	t := transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	out, _, err := transform.String(t, s)
	if err != nil {
		return strings.ToLower(s)
	}
	return strings.ToLower(out)
}
