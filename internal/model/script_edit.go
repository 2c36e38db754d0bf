package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// NodePath says where a node of a script stands: its place, and for each
// branching on the way there the branch and the place in it. 2.0.1 is the second
// node of the first branch of the third node.
type NodePath []int

// ParseNodePath reads a path as String writes it.
func ParseNodePath(s string) (NodePath, bool) {
	var p NodePath
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		p = append(p, n)
	}
	return p, len(p)%2 == 1
}

func (p NodePath) String() string {
	parts := make([]string, len(p))
	for i, n := range p {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}

// In returns the path of a place in one of the node's branches.
func (p NodePath) In(branch, place int) NodePath { return append(slices.Clone(p), branch, place) }

// The words for branchings.
const (
	ChoiceWord   = "choice"
	ParallelWord = "parallel"
)

// SetNode sets fields of a node of a journey's script, as SetItem does of an
// item.
func SetNode(src []byte, journey int, at NodePath, fields Part) ([]byte, error) {
	return editScript("model.SetNode", src, journey, func(script []any) ([]any, error) {
		return atNode(script, at, func(nodes []any, i int) ([]any, error) {
			part, _ := nodes[i].(Part)
			nodes[i] = merged(part, fields)
			return nodes, nil
		})
	})
}

// InsertNode puts a step at a place of a journey's script; what stands there
// and after it moves on.
func InsertNode(src []byte, journey int, at NodePath, step Part) ([]byte, error) {
	return editScript("model.InsertNode", src, journey, func(script []any) ([]any, error) {
		return inserted(script, at, plainValue(step))
	})
}

// RemoveNode takes a node out of a journey's script. A branch that is left empty
// goes too, and what then has one branch is that branch.
func RemoveNode(src []byte, journey int, at NodePath) ([]byte, error) {
	return editScript("model.RemoveNode", src, journey, func(script []any) ([]any, error) {
		return removed(script, at)
	})
}

// MoveNode moves a node of a journey's script to a place, which is counted
// before it is moved. It cannot go into its own branches.
func MoveNode(src []byte, journey int, at, to NodePath) ([]byte, error) {
	const op = "model.MoveNode"
	if len(to) > len(at) && slices.Equal(to[:len(at)], at) {
		return nil, cx.Errorf(cx.Invalid, op, "a step cannot be moved into itself")
	}
	var moved any
	out, err := editScript(op, src, journey, func(script []any) (_ []any, err error) {
		_, err = atNode(script, at, func(nodes []any, i int) ([]any, error) {
			moved = nodes[i]
			return nodes, nil
		})
		if err != nil {
			return nil, err
		}
		return inserted(script, to, moved)
	})
	if err != nil {
		return nil, err
	}
	// Where it stood is one further on when it was put before it in a list on the
	// way there.
	from := slices.Clone(at)
	if k := len(to) - 1; k < len(from) && slices.Equal(to[:k], from[:k]) && to[k] <= from[k] {
		from[k]++
	}
	return RemoveNode(out, journey, from)
}

// SplitNode makes a node the first branch of a choice or parallel (word), with a
// step as the second.
func SplitNode(src []byte, journey int, at NodePath, word string, step Part) ([]byte, error) {
	return editScript("model.SplitNode", src, journey, func(script []any) ([]any, error) {
		return atNode(script, at, func(nodes []any, i int) ([]any, error) {
			nodes[i] = Part{{word, []any{[]any{nodes[i]}, []any{plainValue(step)}}}}
			return nodes, nil
		})
	})
}

// AddBranch adds a branch that begins by a step to a choice or parallel.
func AddBranch(src []byte, journey int, at NodePath, step Part) ([]byte, error) {
	return editScript("model.AddBranch", src, journey, func(script []any) ([]any, error) {
		return atNode(script, at, func(nodes []any, i int) ([]any, error) {
			part, _ := nodes[i].(Part)
			word, branches := branching(part)
			if word == "" {
				return nil, cx.Errorf(cx.NotFound, "model.AddBranch", "this step has no branches")
			}
			nodes[i] = merged(part, Part{{word, append(branches, []any{plainValue(step)})}})
			return nodes, nil
		})
	})
}

// SetScript writes a journey's script anew.
func SetScript(src []byte, journey int, script []Node) ([]byte, error) {
	return SetItem(src, "journeys", journey, Part{{"script", nodeValues(script)}})
}

// ScriptYAML writes a script as it stands in a model.
func ScriptYAML(script []Node) string {
	if len(script) == 0 {
		return "script: []\n"
	}
	return strings.Join(fieldLines("", Field{"script", plainValue(nodeValues(script))}), "\n") + "\n"
}

func nodeValues(nodes []Node) []any {
	out := make([]any, len(nodes))
	for i, n := range nodes {
		var part Part
		if n.Step != nil {
			part = n.Step.fields()
		}
		for _, b := range []struct {
			word     string
			branches [][]Node
		}{{ChoiceWord, n.Choice}, {ParallelWord, n.Parallel}} {
			if len(b.branches) > 0 {
				branches := make([]any, len(b.branches))
				for k, branch := range b.branches {
					branches[k] = nodeValues(branch)
				}
				part = append(part, Field{b.word, branches})
			}
		}
		if n.Optional {
			part = append(part, Field{"optional", true})
		}
		if n.Repeatable {
			part = append(part, Field{"repeatable", true})
		}
		out[i] = part
	}
	return out
}

// fields are the step's as YAML has them, its stage too.
func (s Step) fields() Part {
	part := Part{{"slug", s.Slug}, {"name", s.Name}, {"touchpoint", s.Touchpoint}}
	if len(s.Events) > 0 {
		part = append(part, Field{"events", s.Events})
	}
	if s.Stage != "" {
		part = append(part, Field{"stage", s.Stage})
	}
	if s.Truth {
		part = append(part, Field{"truth", true})
	}
	if s.Within > 0 {
		part = append(part, Field{"within", FormatSpan(s.Within)})
	}
	if s.HasValence {
		part = append(part, Field{"valence", s.Valence})
	}
	return merged(nil, part)
}

// editScript runs one edit of a journey's script.
func editScript(op string, src []byte, journey int, change func(script []any) ([]any, error)) ([]byte, error) {
	return edit(op, src, func(t *text) error {
		s, err := t.section("journeys")
		if err != nil {
			return err
		}
		if journey < 0 || journey >= len(s.items) {
			return cx.Errorf(cx.NotFound, op, "the model has no journey %d", journey)
		}
		part, _ := generic(s.items[journey].node).(Part)
		script, _ := part.Get("script").([]any)
		if script, err = change(script); err != nil {
			return err
		}
		return t.set(s.items[journey], Part{{"script", script}})
	})
}

// branching returns what a node branches by, and its branches; "" of a step.
func branching(node Part) (word string, branches []any) {
	for _, word := range []string{ChoiceWord, ParallelWord} {
		if list, ok := node.Get(word).([]any); ok {
			return word, list
		}
	}
	return "", nil
}

// within changes the list in which a path ends, by its last number.
func within(nodes []any, at NodePath, change func(nodes []any, i int) ([]any, error)) ([]any, error) {
	gone := cx.Errorf(cx.NotFound, "model.within", "this step is no longer in your draft")
	if len(at) == 1 {
		if at[0] > len(nodes) {
			return nil, gone
		}
		return change(nodes, at[0])
	}
	if at[0] >= len(nodes) {
		return nil, gone
	}
	part, _ := nodes[at[0]].(Part)
	word, branches := branching(part)
	if word == "" || at[1] >= len(branches) {
		return nil, gone
	}
	branch, _ := branches[at[1]].([]any)
	branch, err := within(branch, at[2:], change)
	if err != nil {
		return nil, err
	}
	branches[at[1]] = branch
	nodes[at[0]] = merged(part, Part{{word, branches}})
	return nodes, nil
}

// atNode is within for a node that is there.
func atNode(nodes []any, at NodePath, change func(nodes []any, i int) ([]any, error)) ([]any, error) {
	return within(nodes, at, func(nodes []any, i int) ([]any, error) {
		if i >= len(nodes) {
			return nil, cx.Errorf(cx.NotFound, "model.atNode", "this step is no longer in your draft")
		}
		return change(nodes, i)
	})
}

func inserted(script []any, at NodePath, node any) ([]any, error) {
	return within(script, at, func(nodes []any, i int) ([]any, error) { return slices.Insert(nodes, i, node), nil })
}

// removed takes a node out, and what it leaves empty.
func removed(script []any, at NodePath) ([]any, error) {
	out, err := atNode(script, at, func(nodes []any, i int) ([]any, error) { return slices.Delete(nodes, i, i+1), nil })
	for len(at) > 2 && err == nil {
		at = at[:len(at)-2]
		out, err = atNode(out, at, func(nodes []any, i int) ([]any, error) {
			part, _ := nodes[i].(Part)
			word, branches := branching(part)
			branches = slices.DeleteFunc(branches, func(b any) bool { list, ok := b.([]any); return ok && len(list) == 0 })
			if len(branches) == 1 {
				if only, ok := branches[0].([]any); ok {
					for k, inner := range only { // what may be left out still may
						if inner, ok := inner.(Part); ok && part.Get("optional") == written("true") {
							only[k] = merged(inner, Part{{"optional", true}})
						}
					}
					return slices.Replace(nodes, i, i+1, only...), nil
				}
			}
			nodes[i] = merged(part, Part{{word, branches}})
			return nodes, nil
		})
	}
	return out, err
}
