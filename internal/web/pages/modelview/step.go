package modelview

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// step shows the form of a node of a journey's script.
func (p page) step(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.shut {
		return q.Redirect("/model/draft/text")
	}
	if err := e.openStep(q.PathValue("item"), q.PathValue("path"), ""); err != nil {
		return err
	}
	if q.HTMX() {
		return e.eventsElsewhere()
	}
	return q.Render(e.title(), stepView(e))
}

// eventsElsewhere answers with what can be ticked of another touchpoint.
func (e *editor) eventsElsewhere() error {
	e.fields = model.Part{{Key: "touchpoint", Value: e.q.FormValue("touchpoint")}}
	return e.q.Fragment(eventChecks(e, input{"events", asEvents, false}))
}

// openStep is open of a journey, and of a node of its script.
func (e *editor) openStep(item, path, mark string) error {
	if err := e.open("journeys", item); err != nil {
		return err
	}
	return e.openNode(path, mark)
}

// changeScript changes the draft by what is done with the node that an address
// names, as it was when its form was opened.
func (p page) changeScript(q *web.Request, back string, change func(src []byte, e *editor) ([]byte, error)) (model.Draft, bool, error) {
	return p.changeDraft(q, model.AnyRevision, back, func(src []byte) ([]byte, error) {
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		e := &editor{q: q, now: p.models.Current(), doc: doc, at: -1}
		if path := q.PathValue("path"); path != "" {
			err = e.openStep(q.PathValue("item"), path, q.PostFormValue("mark"))
		} else {
			err = e.open("journeys", q.PathValue("item"))
		}
		if err != nil {
			return nil, err
		}
		return change(src, e)
	})
}

func (p page) saveStep(q *web.Request) error {
	back := "/model/edit/journeys/" + q.PathValue("item") + "/steps/" + q.PathValue("path")
	renamed := false
	d, ok, err := p.changeScript(q, back, func(src []byte, e *editor) ([]byte, error) {
		fields := edited(e.form, e.fields, q.PostForm, e.form == aBranching || e.frozen())
		if i := slices.IndexFunc(fields, func(f model.Field) bool { return f.Key == "touchpoint" }); i >= 0 {
			fields = slices.DeleteFunc(fields, func(f model.Field) bool { return f.Key == "events" })
			fields = append(fields, model.Field{Key: "events", Value: eventsKept(q, e, fields[i].Value)})
		}
		if len(fields) == 0 {
			return src, nil
		}
		renamed = slices.ContainsFunc(fields, func(f model.Field) bool { return f.Key == "slug" })
		return model.SetNode(src, e.at, e.node.path, fields)
	})
	if !ok {
		return err
	}
	if !q.HTMX() || renamed {
		return q.Redirect(back)
	}
	e, err := p.look(q, d)
	if err != nil {
		return err
	}
	if err := e.openStep(q.PathValue("item"), q.PathValue("path"), ""); err != nil {
		return err
	}
	return q.Fragment(beside(e), wrap(ui.Partial("#model-state", "innerHTML"), state(e)))
}

// eventsKept are the ticked events that happen at another touchpoint too.
func eventsKept(q *web.Request, e *editor, touchpoint any) any {
	slug, _ := touchpoint.(string)
	there := e.eventsAt(slug)
	names := slices.DeleteFunc(namesFrom(q.PostForm, "events"), func(name string) bool { return !slices.Contains(there, name) })
	if len(names) == 0 {
		return nil
	}
	return names
}

// addingStep shows the form of a step that is not there yet.
func (p page) addingStep(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.shut {
		return q.Redirect("/model/draft/text")
	}
	if err := e.open("journeys", q.PathValue("item")); err != nil {
		return err
	}
	e.form, e.fields = aStep, nil
	if q.HTMX() {
		return e.eventsElsewhere()
	}
	return q.Render(q.T("modelview.script.add"), newStepView(e, q.FormValue("at"), q.FormValue("as")))
}

// addStep takes the form of a new step: at a place, or as another way of the
// node that stands there.
func (p page) addStep(q *web.Request) error {
	item := q.PathValue("item")
	again := "/model/new/journeys/" + item + "/steps?at=" + q.PostFormValue("at") + "&as=" + q.PostFormValue("as")
	var put model.NodePath
	_, ok, err := p.changeScript(q, again, func(src []byte, e *editor) ([]byte, error) {
		place, ok := model.ParseNodePath(q.PostFormValue("at"))
		if !ok {
			return nil, cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
		}
		step, err := e.newStep(q)
		if err != nil {
			return nil, err
		}
		put = place
		as := q.PostFormValue("as")
		if as == "" {
			return model.InsertNode(src, e.at, place, step)
		}
		n, err := at(e.script, place)
		switch {
		case err != nil:
			return nil, err
		case n.word != "":
			put = place.In(len(n.branches), 0)
			return model.AddBranch(src, e.at, place, step)
		case as == model.ChoiceWord || as == model.ParallelWord:
			put = place.In(1, 0)
			return model.SplitNode(src, e.at, place, as, step)
		}
		return nil, cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	})
	if !ok {
		return err
	}
	return q.Redirect("/model/edit/journeys/" + item + "/steps/" + put.String())
}

// newStep reads the form of a new step; its slug is of its name, else of its
// touchpoint.
func (e *editor) newStep(q *web.Request) (model.Part, error) {
	touchpoint := sent(q.PostForm, "touchpoint")
	if touchpoint == "" {
		return nil, cx.Errorf(cx.Invalid, "modelview", "choose a touchpoint first")
	}
	name := input{"name", asWords, true}.from(q.PostForm).words.In(q.L.Lang)
	if name == "" {
		name = touchpoint
	}
	slug := slugOf(q.PostFormValue("slug"))
	if slug == "" {
		slug = e.newStepSlug(name)
	}
	step := model.Part{{Key: "slug", Value: slug}}
	for _, f := range edited(aStep, nil, q.PostForm, true) {
		if f.Key == "name" {
			step = slices.Insert(step, 1, f)
			continue
		}
		step = append(step, f)
	}
	return step, nil
}

func (p page) removeStep(q *web.Request) error {
	journey := "/model/edit/journeys/" + q.PathValue("item")
	_, ok, err := p.changeScript(q, journey, func(src []byte, e *editor) ([]byte, error) {
		return model.RemoveNode(src, e.at, e.node.path)
	})
	if !ok {
		return err
	}
	q.Flash(ui.Positive, q.T("modelview.removed.draft"))
	return q.Redirect(journey)
}

// moveStep moves a node up or down by one, or to the place that is chosen.
func (p page) moveStep(q *web.Request) error {
	journey := "/model/edit/journeys/" + q.PathValue("item")
	_, ok, err := p.changeScript(q, journey, func(src []byte, e *editor) ([]byte, error) {
		var to model.NodePath
		var ok bool
		switch goal := q.PostFormValue("to"); goal {
		case "up":
			to, ok = e.node.up()
		case "down":
			to, ok = e.down(*e.node)
		default:
			if to, ok = model.ParseNodePath(goal); !ok {
				return nil, cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
			}
		}
		if !ok {
			return src, nil
		}
		return model.MoveNode(src, e.at, e.node.path, to)
	})
	if !ok {
		return err
	}
	return q.Redirect(journey)
}
