package voices

import (
	"net/http"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// correction is how a person says that a text reads, on its way.
type correction struct {
	reader
	line    voice.Line
	back    string
	message string
	faults  []cx.Fault
}

// line finds one text.
func (p page) line(q *web.Request) (voice.Line, error) {
	ref, err := voice.ParseRef(q.PathValue("ref"))
	if err != nil {
		return voice.Line{}, err
	}
	for _, where := range [][]voice.Condition{nil, {{By: voice.ByKind, In: []string{string(voice.Suspect)}}}} {
		found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: voice.Filter{Seqs: []cx.Seq{ref.Seq}, Where: where}})
		if err != nil {
			return voice.Line{}, err
		}
		if i := slices.IndexFunc(found.Lines, func(l voice.Line) bool { return l.Ref == ref }); i >= 0 {
			return found.Lines[i], nil
		}
	}
	return voice.Line{}, cx.Errorf(cx.NotFound, "voices", "there is no such text: it may have been erased, or it was said where you do not look")
}

// one shows a text with the form that corrects how it is read; htmx gets the form.
func (p page) one(q *web.Request) error {
	c := correction{reader: p.reader(q), back: q.URL.Query().Get("back")}
	var err error
	if c.line, err = p.line(q); err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(correctForm(c))
	}
	return q.Render(c.heading(), oneView(c))
}

func (c correction) heading() string { return c.L.T("voices.one", "when", c.L.Date(c.line.At)) }

// correct says how a text reads: only what the person changed.
func (p page) correct(q *web.Request) error {
	c := correction{reader: p.reader(q), back: q.Ours(q.PostFormValue("back"))}
	var err error
	if c.line, err = p.line(q); err != nil {
		return err
	}
	var l voice.Label
	change := func(name, is string, at **string) {
		if said := q.PostFormValue(name); said != "" && said != is {
			*at = &said
		}
	}
	change("polarity", c.line.Polarity, &l.Polarity)
	change("emotion", c.line.Emotion, &l.Emotion)
	change("language", c.line.Language, &l.Language)
	topics := slices.Clone(q.PostForm["topic"])
	if !slices.Equal(slices.Sorted(slices.Values(topics)), slices.Sorted(slices.Values(c.line.Topics))) {
		l.Topics = &topics
	}
	if l == (voice.Label{}) {
		// Who sends the form as it was says that the reading is right.
		l.Polarity = &c.line.Polarity
	}
	if err := p.voice.Correct(q.Context(), q.Principal, c.line.Ref, l); err != nil {
		var failure error
		if c.message, c.faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		if q.HTMX() {
			return q.FragmentStatus(http.StatusUnprocessableEntity, correctForm(c))
		}
		return q.RenderStatus(http.StatusUnprocessableEntity, c.heading(), oneView(c))
	}
	if !q.HTMX() {
		q.Flash(ui.Positive, q.T("voices.corrected.done"))
		return q.Redirect(c.back)
	}
	if c.line, err = p.line(q); err != nil {
		return err
	}
	return q.Fragment(lineItem(c.reader, c.line), q.Toast(ui.Positive, q.T("voices.corrected.done")))
}

func (c correction) polarities() (out []ui.Option) {
	for _, v := range text.Polarities() {
		out = append(out, ui.Option{Value: string(v), Text: c.L.T("voices.polarity." + string(v))})
	}
	return out
}

func (c correction) emotions() (out []ui.Option) {
	for _, v := range text.Emotions() {
		out = append(out, ui.Option{Value: string(v), Text: c.L.T("voices.emotion." + string(v))})
	}
	return out
}

func (c correction) languages() []ui.Option {
	out := []ui.Option{}
	if c.line.Language == "" {
		out = append(out, ui.Option{Text: c.L.T("voices.none")})
	}
	for _, v := range []string{"es", "en", "pt"} {
		out = append(out, ui.Option{Value: v, Text: c.L.T("voices.language." + v)})
	}
	return out
}
