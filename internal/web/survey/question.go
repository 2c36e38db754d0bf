package survey

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
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

// ends returns what the least and the greatest of the scale mean: the survey's
// words, else ours.
func (q asked) ends(ctx context.Context) (low, high string) {
	if q.Low != "" || q.High != "" {
		return q.Low, q.High
	}
	return q.ours(ctx)
}

// ours are the words that every survey has.
func (q asked) ours(ctx context.Context) (low, high string) {
	switch q.Type {
	case model.NPS:
		return i18n.T(ctx, "survey.nps.low"), i18n.T(ctx, "survey.nps.high")
	case model.CES:
		return i18n.T(ctx, "survey.ces.1"), i18n.T(ctx, "survey.ces.5")
	case model.CSAT, model.Rating:
		return i18n.T(ctx, "survey.csat.1"), i18n.T(ctx, "survey.csat.5")
	}
	return "", ""
}

// word says what point i of five means. Between ends of the survey's own it is
// the figure: ours might not fit them.
func (q asked) word(ctx context.Context, i int) string {
	low, high := q.ends(ctx)
	ourLow, ourHigh := q.ours(ctx)
	switch {
	case i == 0 && low != "":
		return low
	case i == len(q.Scale)-1 && high != "":
		return high
	case low == "" || low != ourLow || high != ourHigh:
		return strconv.Itoa(q.Scale[i])
	case q.Type == model.CES:
		return i18n.T(ctx, "survey.ces."+strconv.Itoa(i+1))
	}
	return i18n.T(ctx, "survey.csat."+strconv.Itoa(i+1))
}
