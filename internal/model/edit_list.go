package model

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// setList brings a list that has a line of its own for each item from was to
// now: items that stay keep their lines, wherever they go. It is false when the
// list has to be written anew.
func (t *text) setList(node ast.Node, to int, was, now any) bool {
	list, ok := node.(*ast.SequenceNode)
	before, _ := was.([]any)
	after, _ := now.([]any)
	if !ok || list.IsFlowStyle || len(before) == 0 || len(after) == 0 {
		return false
	}
	s := place{to: to}
	t.itemsOf(&s, list)
	inPlace := slices.EqualFunc(before, after, func(a, b any) bool {
		return kin(a, b) || !slices.ContainsFunc(before, func(c any) bool { return same(c, b) })
	})
	if inPlace {
		for i := len(after) - 1; i >= 0; i-- { // lines above stay where they are
			t.setEntry(s.items[i], before[i], after[i])
		}
		return true
	}
	column := s.items[0].column
	first := s.items[0].from
	if strings.TrimSpace(t.lines[first][:column]) == "" {
		first, _ = t.withComment(s.items[0])
	}
	blank := strings.Repeat(" ", column)
	var lines []string
	taken := make([]bool, len(before))
	for _, v := range after {
		i := 0
		for i < len(before) && (taken[i] || !same(before[i], v)) {
			i++
		}
		if i == len(before) {
			lines = append(lines, itemLines(column, v)...)
			continue
		}
		taken[i] = true
		item := s.items[i]
		if from, _ := t.withComment(item); i > 0 || from >= first {
			lines = append(lines, t.lines[from:item.from]...)
		}
		lines = append(lines, blank+t.lines[item.from][column:])
		lines = append(lines, t.lines[item.from+1:item.to]...)
	}
	// The dashes of lists around it may stand before that of its first item.
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, blank+"-") })
	lines[at] = t.lines[s.items[0].from][:column] + lines[at][column:]
	t.replace(first, s.items[len(s.items)-1].to, lines...)
	return true
}

// setEntry brings one item of a list from was to now.
func (t *text) setEntry(p place, was, now any) {
	if same(was, now) {
		return
	}
	if part, ok := now.(Part); ok && kin(was, now) {
		fields := slices.Clone(part)
		for _, f := range was.(Part) {
			if !slices.ContainsFunc(part, func(g Field) bool { return g.Key == f.Key }) {
				fields = append(fields, Field{Key: f.Key})
			}
		}
		if t.set(p, fields) == nil {
			return
		}
	}
	if t.setList(p.node, p.to, was, now) {
		return
	}
	lines := itemLines(p.column, now)
	lines[0] = t.lines[p.from][:p.column] + lines[0][p.column:]
	t.replace(p.from, p.to, lines...)
}

// kin tells whether an item is the other one changed: lists, or mappings that
// begin alike and have the same slug, or the same name.
func kin(a, b any) bool {
	switch a := a.(type) {
	case Part:
		b, ok := b.(Part)
		if !ok || len(a) == 0 || len(b) == 0 || a[0].Key != b[0].Key {
			return false
		}
		key := "slug"
		if a.Get(key) == nil {
			key = "name"
		}
		return same(a.Get(key), b.Get(key))
	case []any:
		_, list := b.([]any)
		return list
	}
	return same(a, b)
}
