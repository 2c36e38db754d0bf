package modelview

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// elsewhere are the sections that are edited where they are used, and their
// pages; those with the text have none but that.
var elsewhere = map[string]string{
	"surveys": "/surveys", "asking": "/asking", "topics": "/voice/topics", "whys": "/reasons", "names": "/model/draft/text",
	"calendars": "/promises/calendars", "promises": "/promises", "policies": "/contradictions/policies", "goals": "/contradictions/policies",
	"choices": "/rules/choices", "webhooks": "/rules/programs", "rules": "/rules", "cases": "/model/draft/text", "outcomes": "/model/draft/text", "referrals": "/model/draft/text",
}

// hasForms tells whether a section of the model is edited here.
func hasForms(section string) bool {
	return elsewhere[section] == "" && slices.Contains(model.Sections(), section)
}

// sectionPath is where a section is edited.
func sectionPath(section string) string {
	if path := elsewhere[section]; path != "" {
		return path
	}
	return "/model/edit/" + section
}
