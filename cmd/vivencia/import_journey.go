package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// openJourney declares the journey called name, whose runs are the cases of an
// imported log: what shares the property key. It returns the journey's slug. One
// that is declared already stays as it is.
func (c *client) openJourney(cmd *cobra.Command, name, key string) (slug string, err error) {
	if slug = strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(name), "-"), "-"); slug == "" {
		return "", cx.InvalidFaults("import", []cx.Fault{{Field: "--journey", Message: "needs a name with letters"}})
	}
	var current struct {
		YAML string `json:"yaml"`
	}
	if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/model", nil, &current); err != nil {
		return "", err
	}
	changed, err := withJourney([]byte(current.YAML), slug, name, key)
	if err != nil || changed == nil {
		return slug, err
	}
	in := map[string]string{"yaml": string(changed), "note": "journey " + slug + ", of an imported log"}
	return slug, c.call(cmd.Context(), http.MethodPost, "/api/v1/model", in, nil)
}

var notInSlug = regexp.MustCompile(`[^a-z0-9]+`)

// newCompany begins the model of an instance that has none yet.
const newCompany = "company: {slug: company, name: Mi empresa, timezone: UTC, currency: EUR, languages: [es, en, pt], address: usted}\n"

// withJourney returns the model with the journey, and the object that its key
// numbers; nil when it has it already.
func withJourney(src []byte, slug, name, key string) ([]byte, error) {
	if len(src) == 0 {
		src = []byte(newCompany)
	}
	m, err := model.Parse(src)
	if err != nil {
		return nil, err
	}
	for _, j := range m.Journeys {
		switch {
		case j.Slug == slug && j.Case.Key == key:
			return nil, nil
		case j.Slug == slug:
			return nil, cx.Errorf(cx.Conflict, "import", "the journey %s is declared otherwise: choose another name", slug)
		case j.Case.Key == key:
			return nil, cx.Errorf(cx.Conflict, "import", "the runs of the journey %s are told apart by %s too and would mix with these: choose a name for the cases of this log with --case-key", j.Slug, key)
		}
	}
	if !slices.ContainsFunc(m.Objects, func(o model.Object) bool { return o.Property == key }) {
		objects := model.Part{}
		for _, o := range m.Objects { // also those that stand for themselves while the section is absent
			objects = append(objects, model.Field{Key: o.Slug, Value: o.Property})
		}
		if src, err = model.SetFields(src, "objects", append(objects, model.Field{Key: objectSlug(m, slug), Value: key})); err != nil {
			return nil, err
		}
	}
	return model.SetItem(src, "journeys", len(m.Journeys), model.Part{
		{Key: "slug", Value: slug}, {Key: "name", Value: name}, {Key: "case", Value: model.Part{{Key: "key", Value: key}}},
	})
}

// objectSlug returns what the journey's cases are called among the objects.
func objectSlug(m *model.Model, slug string) string {
	for slices.ContainsFunc(m.Objects, func(o model.Object) bool { return o.Slug == slug }) {
		slug += "-case"
	}
	return slug
}
