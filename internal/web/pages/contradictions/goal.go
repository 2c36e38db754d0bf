package contradictions

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
)

func (p page) newGoal(q *web.Request) error {
	e := p.writing(q, url.Values{"base": {strconv.Itoa(p.models.Current().Number)}, "target.op": {string(model.Below)}})
	e.title = q.T("contradictions.goals.new")
	return q.Render(e.title, goalView(e))
}

func (p page) goal(q *web.Request) error {
	x, ok := p.models.Current().Model.Goal(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "contradictions.goal", "there is no such goal")
	}
	e := p.writing(q, url.Values{})
	e.slug = x.Slug
	for key, t := range map[string]model.Text{"name": x.Name, "bonus": x.Bonus, "reason": x.Reason} {
		setText(e.form, key, t)
	}
	row := e.w.Row(x.Target)
	for key, value := range map[string]string{
		"base": strconv.Itoa(p.models.Current().Number), "slug": x.Slug, "area": x.Area, "touchpoint": x.Touchpoint,
		"metric.event": x.Metric.Event, "metric.property": row.Field, "target.op": row.Op, "target.value": row.Value,
	} {
		e.form.Set(key, value)
	}
	if _, err := p.lookGoal(q, e); err != nil {
		return err
	}
	e.title = e.heading("goals")
	return q.Render(e.title, goalView(e))
}

// goalItem writes the goal as the model holds it, and faults what the form cannot
// say.
func (e *writing) goalItem(slug string) model.Part {
	e.named()
	if e.get("metric.event") == "" {
		e.wrong("metric.event", "contradictions.fault.event")
	}
	cell, fault := e.w.Cell(compose.Row{Field: e.get("metric.property"), Op: e.get("target.op"), Value: e.get("target.value")})
	target := any(nil)
	if fault == "" {
		target = cell.Says()
	} else {
		e.faults = append(e.faults, cx.Fault{Field: "target.value", Message: fault})
	}
	return model.Part{
		{Key: "slug", Value: slug},
		{Key: "name", Value: compose.TextOf("name", e.get)},
		{Key: "area", Value: orNothing(e.get("area"))},
		{Key: "touchpoint", Value: orNothing(e.get("touchpoint"))},
		{Key: "metric", Value: model.Part{{Key: "event", Value: e.get("metric.event")}, {Key: "property", Value: e.w.PropertyOf(e.get("metric.property"))}}},
		{Key: "target", Value: target},
		{Key: "bonus", Value: compose.TextOf("bonus", e.get)},
		{Key: "reason", Value: compose.TextOf("reason", e.get)},
	}
}

// lookGoal finds what the goal would contradict; what is wrong with it goes into the
// form. What only shows in what was lived is found once it is in force.
func (p page) lookGoal(q *web.Request, e *writing) (at int, err error) {
	current := p.models.Current()
	slug := e.slugOf("goal", func(s string) bool { _, taken := current.Model.Goal(s); return taken })
	item := e.goalItem(slug)
	if len(e.faults) > 0 {
		return 0, nil
	}
	if at = model.IndexOf(current.YAML, "goals", slug); at < 0 {
		at = len(current.Model.Goals)
	}
	yaml, err := model.SetItem(current.YAML, "goals", at, item)
	if err != nil {
		return 0, e.refused(q, err)
	}
	conflicts, err := p.policies.Check(q.Context(), q.Principal, yaml)
	if err != nil {
		return 0, e.refused(q, err)
	}
	m, err := model.Parse(yaml)
	if err != nil {
		return 0, err
	}
	r := p.reader(q)
	r.Model = m
	conflicts = slices.DeleteFunc(conflicts, func(c policy.Conflict) bool { return c.Subject() != "goal."+slug })
	e.found = &found{r, conflicts, nil, slug}
	return at, nil
}

func (p page) checkGoal(q *web.Request) error {
	e := p.writing(q, q.PostForm)
	if _, err := p.lookGoal(q, e); err != nil {
		return err
	}
	return p.told(q, e, "goals", goalView(e))
}

// saveGoal puts a goal in force: the model gets another version.
func (p page) saveGoal(q *web.Request) error {
	e := p.writing(q, q.PostForm)
	at, err := p.lookGoal(q, e)
	if err != nil {
		return err
	}
	if e.found == nil {
		return p.told(q, e, "goals", goalView(e))
	}
	return p.put(q, e, "goals", at, e.goalItem(e.found.slug), goalView(e))
}

// removeGoal takes a goal out of the model.
func (p page) removeGoal(q *web.Request) error {
	x, ok := p.models.Current().Model.Goal(q.PathValue("slug"))
	if !ok {
		return cx.Errorf(cx.NotFound, "contradictions.removeGoal", "there is no such goal")
	}
	return p.removeItem(q, "goals", x.Slug, x.Name.In(q.L.Lang))
}
