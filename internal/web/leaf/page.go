package leaf

import (
	"maps"
	"net/url"
)

// Page is what every page shows around its content.
type Page struct {
	Company   string
	Lang      string
	Languages []string
	Framed    bool   // in a widget
	Class     string // of the body
	Loads     string // the address of its script; most pages have none
	Style     Sheet
	Path      string
	Keep      url.Values // what every link to the page's own address keeps
}

// At returns the page's own address with some values of its query changed.
func (p *Page) At(pairs ...string) string { return p.To(p.Path, pairs...) }

// To returns another of our addresses with what every link keeps.
func (p *Page) To(path string, pairs ...string) string {
	q := maps.Clone(p.Keep)
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return (&url.URL{Path: path, RawQuery: q.Encode()}).String()
}

// Saying is a page that only says something: what is so, and what to do.
type Saying struct {
	Good        bool
	Title, Text string
	More        string // what happens next
	Href, Link  string // where to go on; may be empty
	Back, Again string // where one can go back, and what that is called; may be empty
}
