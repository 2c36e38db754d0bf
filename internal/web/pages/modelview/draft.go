package modelview

import (
	"io"
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// draftText shows the whole draft as text, with its faults.
func (p page) draftText(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	return q.Render(q.T("modelview.text.title"), textView(e, "", string(e.draft.YAML)))
}

// maxMemory is how much of an uploaded file is held in memory.
const maxMemory = model.MaxSource + 64<<10

// saveText takes the whole text, or a file instead. Text with faults is kept:
// they are shown beside it.
func (p page) saveText(q *web.Request) error {
	base, errBase := strconv.Atoi(q.PostFormValue("base"))
	revision, err := strconv.Atoi(q.PostFormValue("revision"))
	if errBase != nil || err != nil {
		return cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	}
	text := unixLines(q.PostFormValue("yaml"))
	if file, _, err := q.FormFile("file"); err == nil {
		defer file.Close()
		src, err := io.ReadAll(io.LimitReader(file, maxMemory))
		if err != nil {
			return cx.Errorf(cx.Invalid, "modelview", "the file could not be read; choose it again")
		}
		if len(src) > 0 {
			text = string(src)
		}
	}
	d, err := p.models.EditDraft(q.Context(), q.Principal, base, revision, func([]byte) ([]byte, error) { return []byte(text), nil })
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		e, err := p.editor(q)
		if err != nil {
			return err
		}
		e.faults = faults
		return q.RenderStatus(http.StatusUnprocessableEntity, q.T("modelview.text.title"), textView(e, message, text))
	}
	e, err := p.look(q, d)
	if err != nil {
		return err
	}
	if len(e.faults) > 0 {
		return q.RenderStatus(http.StatusUnprocessableEntity, q.T("modelview.text.title"), textView(e, "", text))
	}
	return q.Redirect("/model/draft")
}

// draft shows what the draft would change, in words.
func (p page) draft(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.parsed == nil {
		return q.Render(q.T("modelview.draft.faults", "n", len(e.faults)), draftView(e, nil, q.T("modelview.draft.faults", "n", len(e.faults))))
	}
	words := tell(q.L, e.now.Model, e.parsed, model.Diff(e.now.Model, e.parsed))
	title := q.T("modelview.draft.title", "n", len(words))
	if len(words) == 0 {
		title = q.T("modelview.draft.none")
	}
	if e.against, err = e.contradictions(q.Now()); err != nil {
		return err
	}
	return q.Render(title, draftView(e, words, title))
}

func (p page) apply(q *web.Request) error {
	revision, err := strconv.Atoi(q.PostFormValue("revision"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	}
	v, err := p.models.ApplyDraft(q.Context(), q.Principal, revision, q.PostFormValue("note"))
	if err != nil {
		return p.told(q, err, "/model/draft")
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T("modelview.applied", "number", v.Number))
	return q.Redirect("/model")
}

func (p page) drop(q *web.Request) error {
	if err := p.models.DropDraft(q.Context(), q.Principal); err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("modelview.dropped"))
	return q.Redirect("/model")
}

func (p page) merge(q *web.Request) error {
	if _, err := p.models.MergeDraft(q.Context(), q.Principal); err != nil {
		return p.told(q, err, "/model/draft")
	}
	q.Flash(ui.Positive, q.T("modelview.merged"))
	return q.Redirect("/model/draft")
}

// restore makes a former version the draft, unless there is one already.
func (p page) restore(q *web.Request) error {
	v, err := p.version(q)
	if err != nil {
		return err
	}
	_, err = p.models.EditDraft(q.Context(), q.Principal, p.models.Current().Number, 0, func([]byte) ([]byte, error) { return v.YAML, nil })
	if cx.KindOf(err) == cx.Conflict {
		err = cx.Errorf(cx.Conflict, "modelview", "you have a draft already: put it in force or discard it first")
	}
	if err != nil {
		return p.told(q, err, "/model/draft")
	}
	return q.Redirect("/model/draft")
}
