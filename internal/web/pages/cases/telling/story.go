package telling

import (
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Entry says one thing that happened to a case: "Lo lleva Ana". The words that
// somebody wrote are Words.
func (r Reader) Entry(e cases.Entry) string {
	key := "cases.story." + string(e.What)
	args := []any{"to", r.toOf(e), "text", e.Text}
	switch e.What {
	case cases.Assigned:
		switch e.To {
		case "":
			key += ".nobody"
		case e.By:
			key += ".self"
		}
	case cases.Gave:
		args = append(args, "money", r.Money(e.Amount))
	case cases.Delayed:
		args = append(args, "until", r.L.DateTime(e.Until))
	case cases.Said:
		key += "." + e.Text
	case cases.Caused:
		args = append(args, "cause", r.Cause(e.Text))
		if e.Text == "" {
			key += ".none"
		}
	}
	if !r.L.Has(key) {
		return string(e.What)
	}
	return r.L.T(key, args...)
}

// Words are what somebody wrote with an entry; "" of none.
func (r Reader) Words(e cases.Entry) string {
	switch e.What {
	case cases.Opened, cases.Solved, cases.Closed, cases.Reopened, cases.Escalated, cases.Noted, cases.Delayed, cases.Gave:
		return e.Text
	}
	return ""
}

func (r Reader) toOf(e cases.Entry) string {
	switch {
	case e.To == r.Me && e.To != "":
		return r.L.T("cases.owner.you")
	case e.ToName != "":
		return e.ToName
	}
	return r.Area(e.To)
}

// Cause is something that cases may come from.
type Cause struct{ Slug, Name string }

// Causes are those that the model names: its promises, policies and topics.
func (r Reader) Causes() (out []Cause) {
	add := func(kind, slug string, name model.Text) {
		out = append(out, Cause{kind + "." + slug, name.In(r.L.Lang)})
	}
	for _, p := range r.Model.Promises {
		add("promise", p.Slug, p.Name)
	}
	for _, p := range r.Model.Policies {
		add("policy", p.Slug, p.Name)
	}
	for _, t := range r.Model.Topics {
		add("topic", t.Slug, t.Name)
	}
	return out
}

// Cause is what a cause is called.
func (r Reader) Cause(slug string) string {
	for _, c := range r.Causes() {
		if c.Slug == slug {
			return c.Name
		}
	}
	return slug
}
