package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Part is a mapping of a model's YAML as a form edits it: its keys in order.
type Part []Field

// Field is a key and its value: string, bool, float64, Text, Part, []string or
// []any of these. Nil takes the key away.
type Field struct {
	Key   string
	Value any
}

// Sections lists a model's top-level keys, in the order of its file.
func Sections() []string { return slices.Clone(sections) }

var sections = []string{
	"company", "areas", "suppliers", "places", "touchpoints", "facts", "objects", "identifiers", "properties", "segments", "journeys", "surveys", "asking", "names", "topics", "whys", "calendars", "promises", "policies", "goals", "choices", "webhooks", "rules", "cases", "outcomes", "referrals", "retention",
}

// SetFields returns the YAML with the fields of a section that is a mapping
// (company, facts, objects) set. Like every edit it leaves each line that it
// does not have to touch as it was, comments too; keys that fields does not name
// stay. The error is Invalid when src cannot be read, or is written in a way
// that only a person can edit.
func SetFields(src []byte, section string, fields Part) ([]byte, error) {
	return edit("model.SetFields", src, func(t *text) error {
		v, err := t.section(section)
		if err != nil {
			return err
		}
		return t.set(v, fields)
	})
}

// SetItem is SetFields for an item of a section that is a list. An at past the
// last appends a new one.
func SetItem(src []byte, section string, at int, fields Part) ([]byte, error) {
	return edit("model.SetItem", src, func(t *text) error {
		s, err := t.section(section)
		if err != nil {
			return err
		}
		if at < len(s.items) {
			return t.set(s.items[at], fields)
		}
		return t.insert(s, merged(nil, fields))
	})
}

// RemoveItem returns the YAML without an item of a section that is a list, and
// the comment right above it.
func RemoveItem(src []byte, section string, at int) ([]byte, error) {
	return edit("model.RemoveItem", src, func(t *text) error {
		s, err := t.block(section, at)
		if err != nil {
			return err
		}
		if len(s.items) == 1 {
			t.replace(s.from, s.to, section+": []")
			return nil
		}
		from, to := t.withComment(s.items[at])
		t.replace(from, to)
		return nil
	})
}

// MoveItem returns the YAML with an item of a section that is a list, and the
// comment right above it, moved to the place of another.
func MoveItem(src []byte, section string, at, to int) ([]byte, error) {
	return edit("model.MoveItem", src, func(t *text) error {
		s, err := t.block(section, max(at, to))
		if err != nil || at == to {
			return err
		}
		from, end := t.withComment(s.items[at])
		moved := slices.Clone(t.lines[from:end])
		target, after := t.withComment(s.items[to])
		if to < at {
			t.replace(from, end)
			t.lines = slices.Insert(t.lines, target, moved...)
			return nil
		}
		t.lines = slices.Insert(t.lines, after, moved...)
		t.replace(from, end)
		return nil
	})
}

// IndexOf returns where in a section's list the item of a slug stands; -1 when
// there is none or src cannot be read.
func IndexOf(src []byte, section, slug string) int {
	t, err := read(src)
	if err != nil {
		return -1
	}
	s, err := t.section(section)
	if err != nil {
		return -1
	}
	return slices.IndexFunc(s.items, func(i place) bool {
		for _, p := range pairs(i.node) {
			if key, _ := scalar(p.Key); key == "slug" {
				value, _ := scalar(p.Value)
				return value == slug
			}
		}
		return false
	})
}

// edit runs one edit and reads what it made: what cannot be read any more was
// written in a way that this does not understand.
func edit(op string, src []byte, change func(*text) error) ([]byte, error) {
	if blank(src) {
		src = []byte("company: {}\n")
	}
	t, err := read(src)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := change(t); err != nil {
		return nil, cx.Wrap(op, err)
	}
	out := []byte(strings.Join(t.lines, "\n"))
	if _, err := read(out); err != nil {
		return nil, cx.Errorf(cx.Invalid, op, "the YAML is written in a way that a form cannot edit: change it in the text")
	}
	return out, nil
}

// text is a model's YAML by lines, and where its sections stand.
type text struct {
	lines    []string
	comments map[int]int // line → column of the comment that ends it, both from 0
	root     []*ast.MappingValueNode
}

// place is a mapping or a list with the lines [from, to) that are its own. A
// comment or blank line before the next thing belongs to that.
type place struct {
	from, to int
	column   int // of its first key, or of the dashes of its list
	node     ast.Node
	items    []place // of a list
	missing  bool
	name     string // of a section
}

func read(src []byte) (*text, error) {
	p := &parsing{m: &Model{}}
	root, ok := p.open(src)
	if !ok {
		return nil, cx.InvalidFaults("model.read", p.faults)
	}
	t := &text{lines: p.lines, comments: map[int]int{}, root: pairs(root.node)}
	if t.root == nil {
		return nil, cx.Errorf(cx.Invalid, "model.read", "the model is a mapping of sections: begin with company:")
	}
	if m, ok := root.node.(*ast.MappingNode); ok && m.IsFlowStyle {
		return nil, cx.Errorf(cx.Invalid, "model.read", "the YAML is written in a way that a form cannot edit: change it in the text")
	}
	for _, tk := range p.tokens {
		if tk.Type == token.CommentType {
			t.comments[tk.Position.Line-1] = tk.Position.Column - 1
		}
	}
	return t, nil
}

// pairs returns the keys and values of a mapping; nil of anything else.
func pairs(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func keyAt(p *ast.MappingValueNode) (line, column int) {
	at := p.Key.GetToken().Position
	return at.Line - 1, at.Column - 1
}

// section finds a top-level section.
func (t *text) section(name string) (place, error) {
	for i, p := range t.root {
		if key, _ := scalar(p.Key); key != name {
			continue
		}
		s := place{name: name, node: p.Value}
		s.from, s.column = keyAt(p)
		next := len(t.lines)
		if i+1 < len(t.root) {
			next, _ = keyAt(t.root[i+1])
		}
		s.to = t.own(s.from, next, s.column)
		if list, ok := p.Value.(*ast.SequenceNode); ok {
			t.itemsOf(&s, list)
		}
		return s, nil
	}
	if !slices.Contains(sections, name) {
		return place{}, cx.Errorf(cx.NotFound, "model.section", "a model has no section %q", name)
	}
	end := t.own(0, len(t.lines), -1)
	return place{name: name, missing: true, from: end, to: end}, nil
}

func (t *text) itemsOf(s *place, list *ast.SequenceNode) {
	for i, n := range list.Values {
		item := place{node: n, from: s.from, to: s.to}
		if !list.IsFlowStyle && i < len(list.Entries) {
			at := list.Entries[i].Start.Position
			item.from, item.column = at.Line-1, at.Column-1
			next := s.to
			if i+1 < len(list.Entries) {
				next = list.Entries[i+1].Start.Position.Line - 1
			}
			item.to = t.own(item.from, next, item.column)
		}
		s.items = append(s.items, item)
	}
}

// own cuts from [from, to) the blank lines and the comments at its end that
// stand no deeper than the column: they belong to what follows.
func (t *text) own(from, to, column int) int {
	for to > from+1 {
		line := strings.TrimSpace(t.lines[to-1])
		deep := len(t.lines[to-1]) - len(strings.TrimLeft(t.lines[to-1], " "))
		if line != "" && (line[0] != '#' || deep > column) && line != "---" && line != "..." {
			break
		}
		to--
	}
	return to
}

// withComment is an item's lines and those of the comment right above it.
func (t *text) withComment(i place) (from, to int) {
	for from = i.from; from > 0; from-- {
		above := t.lines[from-1]
		if at := strings.IndexByte(above, '#'); at < 0 || strings.TrimSpace(above[:at]) != "" || at < i.column {
			break
		}
	}
	return from, i.to
}

// block finds an item of a list that has a line of its own for each.
func (t *text) block(section string, at int) (place, error) {
	s, err := t.section(section)
	if err != nil {
		return s, err
	}
	if at < 0 || at >= len(s.items) {
		return s, cx.Errorf(cx.NotFound, "model.block", "%s has no item %d", section, at)
	}
	if list := s.node.(*ast.SequenceNode); list.IsFlowStyle {
		if err := t.unfold(s); err != nil {
			return s, err
		}
		return t.section(section)
	}
	return s, nil
}

func (t *text) replace(from, to int, with ...string) {
	t.lines = slices.Replace(t.lines, from, to, with...)
}

// reread finds everything again after a change.
func (t *text) reread() error {
	again, err := read([]byte(strings.Join(t.lines, "\n")))
	if err == nil {
		*t = *again
	}
	return err
}

// unfold writes a list that stands in brackets on lines of its own.
func (t *text) unfold(s place) error {
	out := []string{s.name + ":"}
	for _, i := range s.items {
		part, ok := generic(i.node).(Part)
		if !ok {
			return cx.Errorf(cx.Invalid, "model.unfold", "%s is not a list of things: change it in the text", s.name)
		}
		out = append(out, itemLines(2, part)...)
	}
	t.replace(s.from, s.to, out...)
	return t.reread()
}

// insert appends an item to a list.
func (t *text) insert(s place, fields Part) error {
	list, isList := s.node.(*ast.SequenceNode)
	if isList && list.IsFlowStyle && len(s.items) > 0 {
		if err := t.unfold(s); err != nil {
			return err
		}
		var err error
		if s, err = t.section(s.name); err != nil {
			return err
		}
	}
	switch {
	case s.missing:
		t.replace(s.from, s.to, append([]string{"", s.name + ":"}, itemLines(2, fields)...)...)
	case len(s.items) == 0:
		t.replace(s.from, s.to, append([]string{s.name + ":"}, itemLines(2, fields)...)...)
	default:
		last := s.items[len(s.items)-1]
		t.replace(last.to, last.to, itemLines(last.column, fields)...)
	}
	return nil
}

// set sets fields of a mapping: of a section, or of an item of a list.
func (t *text) set(p place, fields Part) error {
	was, isMapping := generic(p.node).(Part)
	if !isMapping && p.node != nil && p.node.Type() != ast.NullType {
		return cx.Errorf(cx.Invalid, "model.set", "the YAML is written in a way that a form cannot edit: change it in the text")
	}
	now := merged(was, fields)
	if len(was) > 0 && same(was, now) {
		return nil
	}
	// The line of an item's first key holds the dash too.
	if len(now) == 0 || len(was) == 0 || flow(p.node) || now[0].Key != was[0].Key {
		t.rewrite(p, now)
		return nil
	}
	keys := pairs(p.node)
	_, column := keyAt(keys[0])
	// From the last key to the first, so that lines above stay where they are.
	end := p.to
	for i := len(keys) - 1; i >= 0; i-- {
		from, _ := keyAt(keys[i])
		to := t.own(from, end, column)
		end = from
		key, _ := scalar(keys[i].Key)
		f := slices.IndexFunc(now, func(f Field) bool { return f.Key == key })
		lead := t.lines[from][:column]
		if i == len(keys)-1 {
			for _, added := range now {
				if !slices.ContainsFunc(was, func(w Field) bool { return w.Key == added.Key }) {
					t.replace(to, to, fieldLines(strings.Repeat(" ", column), added)...)
				}
			}
		}
		switch {
		case f < 0:
			t.replace(from, to)
		case !same(was[i].Value, now[f].Value):
			if t.setList(keys[i].Value, to, was[i].Value, now[f].Value) {
				continue
			}
			lines := fieldLines(lead, now[f])
			if at, ok := t.comments[from]; ok && to == from+1 && len(lines) == 1 {
				lines[0] += " " + t.lines[from][at:]
			}
			t.replace(from, to, lines...)
		}
	}
	return nil
}

// rewrite writes a mapping anew as a whole.
func (t *text) rewrite(p place, now Part) {
	if p.name != "" { // a section
		lines := []string{p.name + ": {}"}
		if len(now) > 0 {
			lines[0] = p.name + ":"
			for _, f := range now {
				lines = append(lines, fieldLines("  ", f)...)
			}
		}
		if p.missing {
			lines = append([]string{""}, lines...)
		}
		t.replace(p.from, p.to, lines...)
		return
	}
	lines := itemLines(p.column, now)
	lines[0] = t.lines[p.from][:p.column] + lines[0][p.column:] // the dash of a list around it may stand there
	if at, ok := t.comments[p.from]; ok && p.to == p.from+1 && len(lines) == 1 {
		lines[0] += " " + t.lines[p.from][at:]
	}
	t.replace(p.from, p.to, lines...)
}

func flow(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

// merged is was with fields set, in the order of was; new keys come last.
func merged(was, fields Part) (now Part) {
	for _, w := range was {
		if i := slices.IndexFunc(fields, func(f Field) bool { return f.Key == w.Key }); i >= 0 {
			w.Value = plainValue(fields[i].Value)
		}
		if w.Value != nil {
			now = append(now, w)
		}
	}
	for _, f := range fields {
		if value := plainValue(f.Value); value != nil && !slices.ContainsFunc(was, func(w Field) bool { return w.Key == f.Key }) {
			now = append(now, Field{f.Key, value})
		}
	}
	return now
}

func same(a, b any) bool { return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b) }
