package survey

import (
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// view is what a page shows.
type view struct {
	*leaf.Page
	Form     listen.Form
	Personal bool // the answers are a known customer's
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
	return title
}
