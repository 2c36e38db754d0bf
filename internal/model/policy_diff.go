package model

import (
	"fmt"
	"strings"
)

// parts flatten a policy for a comparison.
func (x Policy) parts() []part {
	rows := make([]string, len(x.Rows))
	for i, r := range x.Rows {
		rows[i] = r.String()
		if o := r.Outcome.String(); o != x.Outcome.String() {
			rows[i] += " → " + o
		}
	}
	complete := ""
	if x.Complete {
		complete = "true"
	}
	return []part{
		{"name", x.Name.String()},
		{"area", x.Area},
		{"touchpoint", x.Touchpoint},
		{"reason", x.Reason.String()},
		{"since", x.Since},
		{"on", x.On},
		{"about", x.About},
		{"when", strings.Join(rows, "; ")},
		{"effect", x.Outcome.String()},
		{"complete", complete},
		{"suspended", x.Suspended.String()},
		{"acknowledged", acknowledgedText(x.Acknowledged)},
	}
}

// parts flatten a goal for a comparison.
func (g Goal) parts() []part {
	return []part{
		{"name", g.Name.String()},
		{"area", g.Area},
		{"touchpoint", g.Touchpoint},
		{"metric", g.Metric.Event + ": " + g.Metric.Property},
		{"target", scalarText(g.Target.Says())},
		{"bonus", g.Bonus.String()},
		{"reason", g.Reason.String()},
		{"suspended", g.Suspended.String()},
		{"acknowledged", acknowledgedText(g.Acknowledged)},
	}
}

// String writes the row's condition for a diff.
func (r PolicyRow) String() string {
	if r.Cells == nil {
		return r.When.Source()
	}
	cells := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		cells[i] = c.String()
	}
	if len(cells) == 0 {
		return "always"
	}
	return strings.Join(cells, ", ")
}

// String writes the outcome for a diff.
func (o Outcome) String() string {
	if o.Effect == "" {
		return ""
	}
	s := string(o.Effect)
	if len(o.Prevents) > 0 {
		s += "; prevents " + strings.Join(o.Prevents, ", ")
	}
	if o.Requires != nil {
		s += "; requires " + o.Requires.Source()
	}
	if o.Delays.Event != "" {
		s += fmt.Sprintf("; delays %s by %s", o.Delays.Event, FormatSpan(o.Delays.By))
	}
	if o.Sets != nil {
		s += fmt.Sprintf("; sets %s of %s to %s", o.Sets.Property, o.Sets.Event, scalarText(o.Sets.Value))
	}
	return s
}

// String writes the suspension for a diff.
func (s *Suspension) String() string {
	if s == nil {
		return ""
	}
	text := "since " + s.Since + ": " + s.Why
	if s.By != "" {
		text += " (" + s.By + ")"
	}
	return text
}

func acknowledgedText(list []Acknowledgement) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.With + " until " + a.Until + ": " + a.Reason
	}
	return strings.Join(texts, "; ")
}
