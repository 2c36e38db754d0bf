package model

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Merge returns theirs with what mine changes of base: field by field for
// mappings and for items with a slug, else section by section. The text of
// theirs stays as it is where mine changes nothing. The error is Conflict, and
// names the parts, when both change the same one; Invalid when one of the three
// cannot be read. What only a comment says is theirs.
func Merge(base, mine, theirs []byte) ([]byte, error) {
	const op = "model.Merge"
	m := merging{out: theirs}
	var docs [3]Document
	for i, src := range [][]byte{base, mine, theirs} {
		var err error
		if docs[i], err = Read(src); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	for _, section := range sections {
		var in [3]place
		for i, d := range docs {
			in[i], _ = d.t.section(section)
		}
		if err := m.section(section, in[0], in[1], in[2]); err != nil {
			return nil, cx.Wrap(op, err)
		}
	}
	if len(m.both) > 0 {
		return nil, cx.Errorf(cx.Conflict, op, "both change the same: %s", strings.Join(m.both, ", "))
	}
	return m.out, nil
}

type merging struct {
	out  []byte
	both []string // paths that both sides change
}

func (m *merging) section(name string, base, mine, theirs place) error {
	was, is, now := generic(base.node), generic(mine.node), generic(theirs.node)
	if same(was, is) || same(is, now) {
		return nil
	}
	a, okA := bySlugs(was)
	b, okB := bySlugs(is)
	c, okC := bySlugs(now)
	if okA && okB && okC {
		return m.items(name, a, b, c)
	}
	p, okP := was.(Part)
	q, okQ := is.(Part)
	r, okR := now.(Part)
	if (okP || was == nil) && (okQ || is == nil) && (okR || now == nil) {
		return m.write(m.fields(name, p, q, r), func(changed Part) ([]byte, error) { return SetFields(m.out, name, changed) })
	}
	if !same(was, now) {
		m.both = append(m.both, name)
		return nil
	}
	list, ok := is.([]any)
	if !ok && is != nil {
		return cx.Errorf(cx.Invalid, "model.Merge", "the YAML is written in a way that a form cannot edit: change it in the text")
	}
	var err error
	for range theirs.items {
		if m.out, err = RemoveItem(m.out, name, 0); err != nil {
			return err
		}
	}
	for i, item := range list {
		part, _ := item.(Part)
		if m.out, err = SetItem(m.out, name, i, part); err != nil {
			return err
		}
	}
	return nil
}

// items merges a list whose items have slugs.
func (m *merging) items(name string, was, is, now []Part) error {
	at := func(list []Part, slug any) Part {
		if i := slices.IndexFunc(list, func(p Part) bool { return p.Get("slug") == slug }); i >= 0 {
			return list[i]
		}
		return nil
	}
	for _, mine := range is {
		slug, _ := mine.Get("slug").(string)
		base, theirs := at(was, slug), at(now, slug)
		if same(base, mine) || same(mine, theirs) {
			continue
		}
		path := name + "." + slug
		if base != nil && theirs == nil { // they took away what mine changes
			m.both = append(m.both, path)
			continue
		}
		err := m.write(m.fields(path, base, mine, theirs), func(changed Part) ([]byte, error) {
			if i := IndexOf(m.out, name, slug); i >= 0 {
				return SetItem(m.out, name, i, changed)
			}
			return SetItem(m.out, name, len(now)+len(is), changed)
		})
		if err != nil {
			return err
		}
	}
	for _, base := range was {
		slug, _ := base.Get("slug").(string)
		theirs := at(now, slug)
		if at(is, slug) != nil || theirs == nil {
			continue
		}
		if !same(base, theirs) { // they changed what mine takes away
			m.both = append(m.both, name+"."+slug)
			continue
		}
		err := m.write(base, func(Part) ([]byte, error) { return RemoveItem(m.out, name, IndexOf(m.out, name, slug)) })
		if err != nil {
			return err
		}
	}
	if !reordered(was, is) {
		return nil
	}
	for to, mine := range is {
		slug, _ := mine.Get("slug").(string)
		var err error
		if m.out, err = MoveItem(m.out, name, IndexOf(m.out, name, slug), to); err != nil {
			return err
		}
	}
	return nil
}

// reordered tells whether items of both lists stand in another order.
func reordered(was, is []Part) bool {
	last := -1
	for _, p := range is {
		at := slices.IndexFunc(was, func(w Part) bool { return w.Get("slug") == p.Get("slug") })
		if at >= 0 && at < last {
			return true
		}
		last = max(last, at)
	}
	return false
}

// fields returns what mine changes of a mapping; nil values take keys away.
func (m *merging) fields(path string, was, is, now Part) (changed Part) {
	for i, f := range slices.Concat(is, was) {
		if i >= len(is) && is.Get(f.Key) != nil {
			continue
		}
		a, b, c := was.Get(f.Key), is.Get(f.Key), now.Get(f.Key)
		switch {
		case same(a, b) || same(b, c):
		case same(a, c):
			changed = append(changed, Field{f.Key, b})
		default:
			m.both = append(m.both, path+"."+f.Key)
		}
	}
	return changed
}

func (m *merging) write(changed Part, edit func(Part) ([]byte, error)) error {
	if len(changed) == 0 {
		return nil
	}
	out, err := edit(changed)
	if err == nil {
		m.out = out
	}
	return err
}

// bySlugs returns a list's items when each has its own slug, which an empty
// list and one that is not there have.
func bySlugs(v any) (items []Part, ok bool) {
	list, isList := v.([]any)
	seen := map[string]bool{}
	for _, item := range list {
		part, _ := item.(Part)
		slug, _ := part.Get("slug").(string)
		if slug == "" || seen[slug] {
			return nil, false
		}
		seen[slug] = true
		items = append(items, part)
	}
	return items, isList || v == nil
}
