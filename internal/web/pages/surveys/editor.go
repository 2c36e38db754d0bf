package surveys

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
)

const section = "surveys" // of the model

// What of a survey is edited at a time.
const (
	partAbout    = "about"
	partAsk      = "ask"
	partPage     = "page"
	partQuestion = "q"
)

// editor is one look at a survey of somebody's draft.
type editor struct {
	q      *web.Request
	now    model.Version
	draft  model.Draft
	doc    model.Document
	model  *model.Model // that the draft is read with
	d      draft
	survey model.Survey // as far as it can be read
	faults []cx.Fault   // with paths below the survey

	part string
	page int // of partPage and partQuestion
	at   int // of partQuestion

	touchpoint string // slug
	outcome    *ask.Outcome
}

func (p page) editor(q *web.Request) (*editor, error) {
	d, err := p.Models.Draft(q.Context(), q.Principal)
	if err != nil {
		return nil, err
	}
	return p.open(q, d)
}

// open reads the survey that the address names from a draft.
func (p page) open(q *web.Request, d model.Draft) (*editor, error) {
	const op = "surveys.open"
	e := &editor{q: q, now: p.Models.Current(), draft: d}
	var err error
	if e.doc, err = model.Read(d.YAML); err != nil {
		return nil, cx.Errorf(cx.Invalid, op, "your draft cannot be read: mend its text first, under Model")
	}
	at := model.IndexOf(d.YAML, section, q.PathValue("slug"))
	if at < 0 {
		return nil, cx.Errorf(cx.NotFound, op, "there is no such survey")
	}
	e.d = draftOf(e.doc.Items(section)[at])
	if e.model, err = model.Parse(d.YAML); err != nil {
		e.model = e.now.Model
	}
	e.survey, e.faults = e.d.read(e.model)
	for i := range e.faults {
		e.faults[i].Message = q.Said(e.faults[i].Message)
	}
	e.touchpoint = touchpointOf(e.doc, e.d.slug)
	return e, e.choose(q.FormValue("part"), q.FormValue("id"))
}

// choose selects what of the survey is looked at.
func (e *editor) choose(part, id string) error {
	gone := cx.Errorf(cx.NotFound, "surveys.choose", "this is no longer in your draft")
	e.part = part
	switch part {
	case "", partAbout:
		e.part = partAbout
	case partAsk:
	case partPage:
		n, err := strconv.Atoi(id)
		if err != nil || n < 0 || n >= len(e.d.pages) {
			return gone
		}
		e.page = n
	case partQuestion:
		var ok bool
		if e.page, e.at, ok = e.d.find(id); !ok {
			return gone
		}
	default:
		return gone
	}
	return nil
}

// id is how a form names what is looked at.
func (e *editor) id() string {
	switch e.part {
	case partPage:
		return strconv.Itoa(e.page)
	case partQuestion:
		return e.question().id
	}
	return ""
}

func (e *editor) question() draftQuestion { return e.d.pages[e.page].questions[e.at] }

func (e *editor) path() string { return path(e.d.slug) + "/edit" }

// to is the address of a part.
func (e *editor) to(part, id string) string {
	at := e.path() + "?part=" + part
	if id != "" {
		at += "&id=" + id
	}
	return at
}

func (e *editor) here() string { return e.to(e.part, e.id()) }

// changed tells whether the draft says anything else than what is in force, and
// whether about other things than this survey.
func (e *editor) changed() (here, elsewhere int) {
	if e.draft.Revision == 0 {
		return 0, 0
	}
	whole, err := model.Parse(e.draft.YAML)
	if err != nil {
		return 1, 0
	}
	for _, c := range model.Diff(e.now.Model, whole) {
		switch {
		case c.Path == section+"."+e.d.slug || strings.HasPrefix(c.Path, section+"."+e.d.slug+"."):
			here++
		case strings.HasPrefix(c.Path, "touchpoints.") && strings.HasSuffix(c.Path, ".surveys"):
			here++
		default:
			elsewhere++
		}
	}
	return here, elsewhere
}

// behind tells whether another version came into force since the draft was begun.
func (e *editor) behind() bool { return e.draft.Base != e.now.Number }

// inForce tells whether customers see the survey already, as it was.
func (e *editor) inForce() bool {
	_, ok := e.now.Model.Survey(e.d.slug)
	return ok
}

// prefix is the path of what is looked at, as faults have it.
func (e *editor) prefix() string {
	switch e.part {
	case partAsk:
		return "ask."
	case partPage:
		return "pages[" + strconv.Itoa(e.page) + "]."
	case partQuestion:
		return e.questionPrefix(e.page, e.at)
	}
	return ""
}

func (e *editor) questionPrefix(page, at int) string {
	return "pages[" + strconv.Itoa(page) + "].questions[" + strconv.Itoa(at) + "]."
}

// fault is what is wrong with a field of what is looked at.
func (e *editor) fault(key string) string {
	at := e.prefix() + key
	for _, f := range e.faults {
		if f.Field == at || strings.HasPrefix(f.Field, at+".") || strings.HasPrefix(f.Field, at+"[") {
			return f.Message
		}
	}
	return ""
}

// faulty tells whether something below a path is wrong.
func (e *editor) faulty(prefix string) bool {
	return slices.ContainsFunc(e.faults, func(f cx.Fault) bool { return strings.HasPrefix(f.Field+".", prefix) })
}

// lacking names the languages of the company that a text is not written in.
func (e *editor) lacking(t model.Text) (langs []string) {
	if t == (model.Text{}) {
		return nil
	}
	for lang, text := range map[string]string{"es": t.ES, "en": t.EN, "pt": t.PT} {
		if text == "" && (len(e.model.Company.Languages) == 0 || slices.ContainsFunc(e.model.Company.Languages, func(l string) bool { return strings.HasPrefix(l, lang) })) {
			langs = append(langs, e.q.T("surveys.language."+lang))
		}
	}
	slices.Sort(langs)
	return langs
}

// events are those that happen at touchpoints.
func (e *editor) events() (names []string) {
	for _, t := range e.model.Touchpoints {
		for _, event := range t.Events {
			names = append(names, event.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
