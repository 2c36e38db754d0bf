package survey

import (
	"net/url"

	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
)

// view is what a page shows.
type view struct {
	Company   string
	Lang      string
	Languages []string
	Form      listen.Form
	Personal  bool   // the answers are a known customer's
	Framed    bool   // in a widget
	Class     string // of the body
	Script    string // its address; customers' pages have none but the widget and the kiosk

	style sheet
	path  string
	lang  string // as the address asks for it; every link keeps it
}

// at returns the page's own address with some values of its query changed.
func (v view) at(pairs ...string) string {
	q := url.Values{}
	if v.lang != "" {
		q.Set("l", v.lang)
	}
	if v.Form.Response != "" && len(pairs) > 0 {
		q.Set("r", v.Form.Response)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return (&url.URL{Path: v.path, RawQuery: q.Encode()}).String()
}

// numbered tells whether the questions carry their number: those of a survey
// with one page. Longer ones count their pages.
func (v view) numbered() bool { return v.Form.Steps <= 1 && len(v.Form.Questions) > 1 }

// faulty counts the questions whose answer does not fit.
func (v view) faulty() (n int) {
	for _, q := range v.Form.Questions {
		if q.Fault != "" {
			n++
		}
	}
	return n
}

// title is the page's: what is asked.
func (v view) title() string {
	title := v.Form.Title
	if title == "" && len(v.Form.Questions) > 0 {
		title = v.Form.Questions[0].Text
	}
	return title + " · " + v.Company
}

// saying is a page without questions.
type saying struct {
	Good        bool
	Title, Text string
	More        string // what happens next
	Href, Link  string // where to go on; may be empty
	Back        string // where the answer can be corrected; may be empty
}
