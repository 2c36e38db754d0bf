package survey

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// asked is a question as it is shown.
type asked struct {
	listen.Question
	first bool // it is what the page is called
}

// look is how the points of a scale are shown.
type look int

const (
	lookPoints look = iota // figures
	lookFaces
	lookStars
)

// look chooses faces for what five points say of a feeling, stars for a rating
// of as many, and figures for longer scales.
func (q asked) look() look {
	switch {
	case len(q.Scale) != 5:
		return lookPoints
	case q.Type == model.Rating:
		return lookStars
	case q.Type == model.CSAT || q.Type == model.CES:
		return lookFaces
	}
	return lookPoints
}

// grouped tells whether the question has several controls.
func (q asked) grouped() bool {
	return q.Type != model.FreeText && q.Type != model.Number && q.Type != model.Date
}

// choosesOne tells whether its controls are radios of one group.
func (q asked) choosesOne() bool {
	return slices.Contains([]string{model.NPS, model.CSAT, model.CES, model.Rating, model.Emotion, model.Single}, q.Type)
}

func (q asked) role() string {
	if q.choosesOne() {
		return "radiogroup"
	}
	return "group"
}

func (q asked) required() bool { return q.Required && q.choosesOne() }

// id names a part of the question in the page; "" its first control.
func (q asked) id(part string) string {
	if part == "" {
		return "q-" + q.ID
	}
	return "q-" + q.ID + "-" + part
}

// nth is the id of its control i, counted from 0.
func (q asked) nth(i int) string { return nth(q.id(""), i) }

// row is the id of the first control of row i.
func (q asked) row(i int) string {
	if i == 0 {
		return q.id("")
	}
	return q.id("row-" + strconv.Itoa(i))
}

func nth(id string, i int) string {
	if i == 0 {
		return id
	}
	return id + "-" + strconv.Itoa(i)
}

// described lists the ids of what is said of the question.
func (q asked) described() string {
	var ids []string
	if q.Help != "" {
		ids = append(ids, q.id("h"))
	}
	if q.Fault != "" {
		ids = append(ids, q.id("e"))
	}
	if low, high := q.ends(); low+high != "" && q.choosesOne() && q.look() != lookFaces {
		ids = append(ids, q.id("l"))
	}
	return strings.Join(ids, " ")
}

// attributes are those of a single control.
func (q asked) attributes() templ.Attributes {
	a := templ.Attributes{"name": q.ID, "id": q.id("")}
	if d := q.described(); d != "" {
		a["aria-describedby"] = d
	}
	if q.Fault != "" {
		a["aria-invalid"] = "true"
	}
	if q.Required {
		a["aria-required"] = "true"
	}
	return a
}

func (q asked) given(value string) bool { return slices.Contains(q.Given, value) }

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// ends says what the least and the greatest of its points mean, with their
// figures where the points may stand in two rows.
func (q asked) ends() (low, high string) {
	low, high = q.Low, q.High
	if n := len(q.Scale); n > 5 && low != "" && high != "" {
		low, high = strconv.Itoa(q.Scale[0])+": "+low, strconv.Itoa(q.Scale[n-1])+": "+high
	}
	return low, high
}

// word says what point i of five means: the survey's word, else its end's, else
// the figure.
func (q asked) word(i int) string {
	switch {
	case i < len(q.Words):
		return q.Words[i]
	case i == 0 && q.Low != "":
		return q.Low
	case i == len(q.Scale)-1 && q.High != "":
		return q.High
	}
	return strconv.Itoa(q.Scale[i])
}
