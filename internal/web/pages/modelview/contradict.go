package modelview

import (
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// contradictions are those that the draft brings, to be decided about: they are said
// before it is in force, and stop nobody.
func (e *editor) contradictions(now cx.Time) (out []string, err error) {
	today := now.Std().In(e.parsed.Company.Zone()).Format(time.DateOnly)
	before, err := policy.Find(e.now.Model, today)
	if err != nil {
		return nil, err
	}
	after, err := policy.Find(e.parsed, today)
	if err != nil {
		return nil, err
	}
	for i := range after {
		c := &after[i]
		if c.Open() && !slices.ContainsFunc(before, func(b policy.Conflict) bool { return b.ID == c.ID && b.Open() }) {
			out = append(out, e.q.T("modelview.contradicts", "rule", e.inside(c.Subject()), "with", e.inside(c.With)))
		}
	}
	return out, nil
}

// inside is what people call a promise, policy or goal of the draft: "promise.SLUG".
func (e *editor) inside(ref string) string {
	kind, slug, _ := strings.Cut(ref, ".")
	var name model.Text
	switch kind {
	case "promise":
		x, _ := e.parsed.Promise(slug)
		name = x.Name
	case "policy":
		x, _ := e.parsed.Policy(slug)
		name = x.Name
	default:
		x, _ := e.parsed.Goal(slug)
		name = x.Name
	}
	return name.In(e.q.L.Lang)
}
