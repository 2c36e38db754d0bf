package model

import (
	"strings"
	"time"
)

// Choice is a question to one customer about what happens next: ways on, or ways
// to be made right. What they choose is an event of theirs.
type Choice struct {
	Slug     string
	Question Text // may hold pipings
	Options  []ChoiceOption
	Expires  time.Duration // after it was offered
}

// ChoiceOption is one of the ways.
type ChoiceOption struct {
	ID   string
	Text Text
}

// DefaultChoiceExpiry is how long a choice is open when nothing else is said.
const DefaultChoiceExpiry = 2 * 24 * time.Hour

// Option returns the option of an id.
func (c Choice) Option(id string) (o ChoiceOption, ok bool) {
	for _, o := range c.Options {
		if o.ID == id {
			return o, true
		}
	}
	return o, false
}

// Choice returns the choice of a slug.
func (m *Model) Choice(slug string) (Choice, bool) { return find(m.Choices, m.index.choices, slug) }

// Bounds of choices.
const (
	maxChoices       = 200
	maxChoiceOptions = 6
)

func (p *parsing) choices(v value) []Choice {
	if v.absent() {
		return nil
	}
	asking, ok := p.asking(v)
	if !ok {
		return nil
	}
	var out []Choice
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxChoices {
			item.fault("is one more than the %d choices that a model may have", maxChoices)
			break
		}
		f := item.fields("slug", "question", "options", "expires")
		c := Choice{Slug: f["slug"].slug(seen), Question: asking.piped(f["question"]), Expires: DefaultChoiceExpiry}
		ids := map[string]bool{}
		for _, o := range f["options"].list() {
			g := o.fields("id", "text")
			c.Options = append(c.Options, ChoiceOption{g["id"].slug(ids), asking.piped(g["text"])})
		}
		if n := len(c.Options); n < 2 || n > maxChoiceOptions {
			f["options"].fault("are %d: a choice has 2 to %d", n, maxChoiceOptions)
		}
		if e := f["expires"]; !e.absent() {
			c.Expires = e.span()
		}
		out = append(out, c)
	}
	return out
}

func (c Choice) parts() []part {
	options := make([]string, len(c.Options))
	for i, o := range c.Options {
		options[i] = o.ID + ": " + o.Text.String()
	}
	return []part{{"question", c.Question.String()}, {"options", strings.Join(options, "; ")}, {"expires", spanOrNothing(c.Expires)}}
}
