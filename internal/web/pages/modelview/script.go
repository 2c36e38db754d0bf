package modelview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// node is one place of a journey's script as the draft has it, faults and all: a
// step, or branches.
type node struct {
	path     model.NodePath
	part     model.Part
	word     string // model.ChoiceWord or model.ParallelWord; "" of a step
	branches [][]node
	field    string // where its faults stand
}

// nodesOf reads a list of nodes; in is the path of the branch that holds it.
func nodesOf(v any, in model.NodePath, field string) (out []node) {
	list, _ := v.([]any)
	for i, item := range list {
		n := node{path: append(slices.Clone(in), i), field: fmt.Sprintf("%s[%d]", field, i)}
		n.part, _ = item.(model.Part)
		for _, word := range []string{model.ChoiceWord, model.ParallelWord} {
			branches, ok := n.part.Get(word).([]any)
			if !ok {
				continue
			}
			n.word = word
			for k, branch := range branches {
				n.branches = append(n.branches, nodesOf(branch, append(slices.Clone(n.path), k), fmt.Sprintf("%s.%s[%d]", n.field, word, k)))
			}
			break
		}
		out = append(out, n)
	}
	return out
}

// openScript reads the script of the journey that is looked at, and what it
// stands on.
func (e *editor) openScript() {
	e.script = nodesOf(e.items[e.at].Get("script"), nil, fmt.Sprintf("journeys[%d].script", e.at))
	e.touchpoints = e.doc.Items("touchpoints")
}

func (n node) get(key string) string { s, _ := n.part.Get(key).(string); return s }

// mark tells a node from others when a form comes back: the slug of its first
// step.
func (n node) mark() string {
	for _, branch := range n.branches {
		for _, inner := range branch {
			if m := inner.mark(); m != "" {
				return m
			}
		}
	}
	return n.get("slug")
}

// id is the node's on the page.
func (n node) id() string { return "step-" + strings.ReplaceAll(n.path.String(), ".", "-") }

// last is the place after the nodes of a list.
func last(nodes []node, in model.NodePath) model.NodePath {
	return append(slices.Clone(in), len(nodes))
}

// beside is the path of a place before (0) or after (1) the node.
func (n node) beside(by int) model.NodePath {
	p := slices.Clone(n.path)
	p[len(p)-1] += by
	return p
}

// steps lists all steps of nodes, whatever branch they are in.
func steps(nodes []node) (out []node) {
	for _, n := range nodes {
		if n.word == "" {
			out = append(out, n)
		}
		for _, branch := range n.branches {
			out = append(out, steps(branch)...)
		}
	}
	return out
}

// at returns the node of a path.
func at(nodes []node, path model.NodePath) (node, error) {
	gone := cx.Errorf(cx.NotFound, "modelview", "this is no longer in your draft")
	if path[0] >= len(nodes) {
		return node{}, gone
	}
	n := nodes[path[0]]
	if len(path) == 1 {
		return n, nil
	}
	if path[1] >= len(n.branches) {
		return node{}, gone
	}
	return at(n.branches[path[1]], path[2:])
}

// openNode finds the node that an address names in the journey that is looked
// at. Mark, when there is one, is what it was when a form was opened.
func (e *editor) openNode(path, mark string) error {
	p, ok := model.ParseNodePath(path)
	if !ok {
		return cx.Errorf(cx.NotFound, "modelview", "this is no longer in your draft")
	}
	n, err := at(e.script, p)
	if err != nil {
		return err
	}
	if mark != "" && n.mark() != mark {
		return cx.Errorf(cx.Conflict, "modelview", "your draft has changed since you opened this; open it again")
	}
	e.node, e.fields, e.form = &n, n.part, aStep
	if n.word != "" {
		e.form = aBranching
	}
	return nil
}

// band is what follows each other in one stage.
type band struct {
	stage string
	nodes []node
}

func (e *editor) bands() (out []band) {
	for _, n := range e.script {
		stage := e.stageOf(n)
		if k := len(out) - 1; k >= 0 && (stage == "" || out[k].stage == stage) {
			out[k].nodes = append(out[k].nodes, n)
			continue
		}
		out = append(out, band{cmp.Or(stage, model.Before), []node{n}})
	}
	return out
}

// stageOf is where a node stands: as it says, else as its touchpoint does; of
// branches, where the first begins. "" when nobody says.
func (e *editor) stageOf(n node) string {
	for _, branch := range n.branches {
		for _, inner := range branch {
			if stage := e.stageOf(inner); stage != "" {
				return stage
			}
		}
	}
	stage := cmp.Or(n.get("stage"), e.touchpointOf(n, "stage"))
	if !slices.Contains([]string{model.Before, model.During, model.After}, stage) {
		return ""
	}
	return stage
}

func (e *editor) touchpointOf(n node, key string) string {
	i := bySlug(e.touchpoints, n.get("touchpoint"))
	if i < 0 {
		return ""
	}
	if key == "name" {
		return model.TextOf(e.touchpoints[i].Get("name")).In(e.q.L.Lang)
	}
	s, _ := e.touchpoints[i].Get(key).(string)
	return s
}

// eventsAt are the events that the draft says happen at a touchpoint.
func (e *editor) eventsAt(touchpoint string) (names []string) {
	i := bySlug(e.touchpoints, touchpoint)
	if i < 0 {
		return nil
	}
	events, _ := e.touchpoints[i].Get("events").([]any)
	for _, event := range events {
		if name := happensOf(event).name; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// stepName is what people call a node.
func (e *editor) stepName(n node) string {
	if n.word != "" {
		var names []string
		for _, branch := range n.branches {
			if len(branch) > 0 {
				names = append(names, e.stepName(branch[0]))
			}
		}
		return strings.Join(names, e.q.T("modelview.script."+n.word+".joint"))
	}
	return cmp.Or(model.TextOf(n.part.Get("name")).In(e.q.L.Lang), e.touchpointOf(n, "name"), n.get("slug"), e.q.T("modelview.script.unnamed"))
}

// stepAbout is the quiet line below a step's name.
func (e *editor) stepAbout(n node) string {
	var parts []string
	if name := e.touchpointOf(n, "name"); name != e.stepName(n) {
		parts = append(parts, name)
	}
	parts = append(parts, stringsOf(n.part.Get("events"))...)
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// nodeFaults are what is wrong with a node itself, not with what it holds.
func (e *editor) nodeFaults(n node) (out []string) {
	for _, f := range e.faults {
		rest, in := strings.CutPrefix(f.Field, n.field)
		inner := n.word != "" && strings.Contains(strings.TrimPrefix(rest, "."+n.word), "][")
		if in && (rest == "" || rest[0] == '.') && !inner {
			out = append(out, f.Message)
		}
	}
	return out
}

// places are where a node can be moved to: the beginning of the script and of
// each branch, and after each node that is not inside it.
func (e *editor) places(moved node) (out []ui.Option) {
	var walk func(nodes []node, in model.NodePath, where string)
	walk = func(nodes []node, in model.NodePath, where string) {
		out = append(out, ui.Option{Value: append(slices.Clone(in), 0).String(), Text: e.q.T("modelview.script.place.first", "where", where)})
		for _, n := range nodes {
			if slices.Equal(n.path, moved.path) {
				continue
			}
			out = append(out, ui.Option{Value: n.beside(1).String(), Text: e.q.T("modelview.script.place.after", "step", e.stepName(n), "where", where)})
			for k, branch := range n.branches {
				walk(branch, append(slices.Clone(n.path), k), " · "+e.q.T("modelview.script.way", "n", k+1))
			}
		}
	}
	walk(e.script, nil, "")
	return out
}

// siblings are how many nodes stand in the list of a node.
func (e *editor) siblings(n node) int {
	if len(n.path) == 1 {
		return len(e.script)
	}
	parent, err := at(e.script, n.path[:len(n.path)-2])
	if err != nil {
		return 0
	}
	return len(parent.branches[n.path[len(n.path)-2]])
}

// up is where a node goes when it moves up by one: before the one above, or out
// of its branch.
func (n node) up() (to model.NodePath, ok bool) {
	switch i := n.path[len(n.path)-1]; {
	case i > 0:
		return n.beside(-1), true
	case len(n.path) > 2:
		return n.path[:len(n.path)-2], true
	}
	return nil, false
}

// down is where it goes when it moves down by one.
func (e *editor) down(n node) (to model.NodePath, ok bool) {
	switch i := n.path[len(n.path)-1]; {
	case i+1 < e.siblings(n):
		return n.beside(2), true
	case len(n.path) > 2:
		return node{path: n.path[:len(n.path)-2]}.beside(1), true
	}
	return nil, false
}

// newStepSlug makes a slug that no step of the journey has.
func (e *editor) newStepSlug(name string) string {
	var parts []model.Part
	for _, s := range steps(e.script) {
		parts = append(parts, s.part)
	}
	return newSlug(parts, name)
}

// stepPath is the address of a node.
func (e *editor) stepPath(n node) string { return e.itemPath() + "/steps/" + n.path.String() }

// adding is the address of the form of a new step.
func (e *editor) adding(at model.NodePath, as string) string {
	to := "/model/new/journeys/" + e.name(e.at) + "/steps?at=" + at.String()
	if as != "" {
		to += "&as=" + as
	}
	return to
}

// formPath is the address of the form of the step that is looked at.
func (e *editor) formPath() string {
	if e.node == nil {
		return "/model/new/journeys/" + e.name(e.at) + "/steps"
	}
	return e.path()
}

// ways are the directions in which a node can be moved by one.
func (e *editor) ways(n node) (out []string) {
	if _, ok := n.up(); ok {
		out = append(out, "up")
	}
	if _, ok := e.down(n); ok {
		out = append(out, "down")
	}
	return out
}

// sign is a short word about a node.
type sign struct {
	tone ui.Tone
	text string
}

func signsOf(ctx context.Context, n node) (out []sign) {
	l := i18n.From(ctx)
	if n.get("truth") == "true" {
		out = append(out, sign{ui.Accent, l.T("modelview.field.step.truth")})
	}
	if v, err := number(n.get("valence")); err == nil {
		out = append(out, sign{ui.ValenceTone(v), ui.ValenceWord(ctx, v) + " " + l.Signed(v, 1)})
	}
	if d, ok := model.ParseSpan(n.get("within")); ok {
		out = append(out, sign{ui.Neutral, l.T("modelview.script.within", "time", stretch(l, d))})
	}
	for _, key := range []string{"optional", "repeatable"} {
		if n.get(key) == "true" {
			out = append(out, sign{ui.Neutral, l.T("modelview.field.step." + key)})
		}
	}
	return out
}

// about is the heading of a part's form where it needs one.
func about(ctx context.Context, section string) string {
	if section == "journeys" {
		return i18n.T(ctx, "modelview.script.about")
	}
	return ""
}
