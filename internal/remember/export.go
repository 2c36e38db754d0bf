package remember

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Export returns all that memory keeps of a customer; nothing of a stretch of
// events. The error is NotFound when there is no such customer, or they were
// let go.
func (m *Memory) Export(ctx context.Context, s cx.Subject) ([]cx.Section, error) {
	const op = "remember.Export"
	if !s.Whole() {
		return nil, nil
	}
	root := cx.System()
	c, err := m.Customer(ctx, root, s.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	g, err := m.Graph(ctx, root, s.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	var lived, answers []Item
	for q := (TimelineQuery{Limit: 500}); ; {
		page, err := m.Timeline(ctx, root, s.Customer, q)
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		for _, i := range page.Items {
			if i.Kind == cx.Answer {
				answers = append(answers, i)
			}
		}
		lived = append(lived, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	var suggestions []Suggestion
	for cursor := ""; ; {
		page, err := m.Suggestions(ctx, root, s.Customer, cursor, 500)
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		for _, g := range page.Suggestions {
			suggestions = append(suggestions, aboutOthers(g, c.ID))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	profile := c
	profile.Identifiers, profile.Traits, profile.Organizations = nil, nil, nil
	return []cx.Section{
		{Name: "profile", Items: profile},
		{Name: "identifiers", Items: c.Identifiers},
		{Name: "traits", Items: c.Traits},
		{Name: "timeline", Items: lived},
		{Name: "answers", Items: answers},
		{Name: "organizations", Items: c.Organizations},
		{Name: "profiles", Items: g.Profiles},
		{Name: "merges", Items: g.Merges},
		{Name: "suggestions", Items: suggestions},
	}, nil
}

// aboutOthers leaves of the other customer of a suggestion no more than the id:
// whoever takes their data away takes nobody else's.
func aboutOthers(s Suggestion, mine cx.CustomerID) Suggestion {
	for _, side := range [...]*CustomerSummary{&s.A, &s.B} {
		if side.ID != mine {
			*side = CustomerSummary{ID: side.ID}
		}
	}
	return s
}
