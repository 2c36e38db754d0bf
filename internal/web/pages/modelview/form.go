package modelview

import (
	"cmp"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// kind is how a value of the model is asked for.
type kind int

const (
	asLine       kind = iota // one text
	asWords                  // a text in three languages
	asChoice                 // one of some, see options
	asList                   // texts with commas between
	asFlag                   // yes or no
	asAge                    // a number and its unit
	asCondition              // property, comparison and value, or an expression
	asExpression             // an expression
	asHappenings             // events, each under a condition and with a valence
	asPairs                  // names and properties: the whole of objects
	asRun                    // what makes one run of a journey
	asMarks                  // events that begin runs of a journey
	asEnds                   // events that end them
	asSpan                   // a time of a journey: a number and its unit
	asEvents                 // some of a touchpoint's events
	asFeeling                // a valence
)

// input is one field of a part's form; required is what a part cannot be
// without.
type input struct {
	key      string
	kind     kind
	required bool
}

// The forms of what stands in a journey's script.
const (
	aStep      = "step"
	aBranching = "branches"
)

// inputs are the fields of an item of a section, of a section that is a mapping,
// or of a node of a script, in the order in which they are asked for.
func inputs(section string) []input {
	name, slug := input{"name", asWords, true}, input{"slug", asLine, false}
	switch section {
	case "company":
		return []input{{"name", asLine, true}, {"timezone", asLine, true}, {"currency", asLine, true}, {"languages", asList, false}, {"address", asChoice, false}, slug}
	case "areas":
		return []input{name, {"customers", asChoice, false}, slug}
	case "suppliers":
		return []input{name, {"area", asChoice, false}, slug}
	case "places":
		return []input{name, {"kind", asChoice, true}, {"city", asLine, false}, {"country", asLine, false}, {"timezone", asLine, false}, slug}
	case "touchpoints":
		return []input{
			name,
			{"stage", asChoice, true},
			{"channel", asChoice, true},
			{"medium", asChoice, true},
			{"area", asChoice, true},
			{"supplier", asChoice, false},
			{"icon", asChoice, false},
			{"events", asHappenings, false},
			{"surveys", asList, false},
			slug,
		}
	case "facts":
		return []input{{"place", asList, false}, {"region", asList, false}, {"product", asList, false}, {"supplier", asList, false}, {"revenue", asList, false}, {"refund", asList, false}, {"refunded", asList, false}, {"currency", asList, false}, {"campaign", asList, false}}
	case "objects":
		return []input{{"objects", asPairs, false}}
	case "identifiers":
		return []input{name, {"from", asLine, true}, {"merges", asFlag, false}, slug}
	case "properties":
		return []input{name, {"on", asLine, true}, {"expr", asCondition, true}, {"object", asChoice, false}, slug}
	case "segments":
		return []input{name, {"description", asWords, false}, {"when", asExpression, true}, slug}
	case "journeys":
		return []input{name, {"purpose", asWords, false}, {"case", asRun, true}, {"start", asMarks, false}, {"end", asEnds, false}, {"silence", asSpan, false}, slug}
	case aStep:
		return []input{
			{"touchpoint", asChoice, true},
			{"events", asEvents, false},
			{"name", asWords, false},
			{"valence", asFeeling, false},
			{"within", asSpan, false},
			{"truth", asFlag, false},
			{"optional", asFlag, false},
			{"repeatable", asFlag, false},
			{"stage", asChoice, false},
			slug,
		}
	case aBranching:
		return []input{{"optional", asFlag, false}, {"repeatable", asFlag, false}}
	case "retention":
		return []input{{"kind", asChoice, false}, {"event", asLine, false}, {"source", asLine, false}, {"keep", asAge, true}}
	}
	return nil
}

// single tells whether a section is one mapping and not a list of items.
func single(section string) bool {
	return section == "company" || section == "facts" || section == "objects"
}

// filled is what stands in an input: as the YAML has it, or as a form was sent.
type filled struct {
	text   string // of line, choice, expression; list; the number of an age
	unit   string // of an age
	on     bool
	words  model.Text
	when   comparison
	events []happens
	pairs  []pair
	run    run
	marks  []mark
	names  []string // of events
}

type pair struct{ name, property string }

// happens is an event of a touchpoint in its form.
type happens struct {
	name    string
	when    comparison
	lived   string // a valence that the list of them has, or ""
	formula string // any other
}

// special tells whether an event has more to it than its name and valence.
func (h happens) special() bool { return h.when.text() != "" || h.formula != "" }

// advanced tells whether it has an expression.
func (h happens) advanced() bool { return h.when.source != "" || h.formula != "" }

// of reads a value of the YAML.
func (in input) of(v any) (f filled) {
	text, _ := v.(string)
	switch in.kind {
	case asWords:
		f.words = model.TextOf(v)
	case asList:
		f.text = strings.Join(stringsOf(v), ", ")
	case asFlag:
		f.on = text == "true"
	case asAge:
		if keep, ok := model.ParseKeep(text); ok {
			f.unit = "forever"
			if keep.N > 0 {
				f.text, f.unit = strconv.Itoa(keep.N), keep.Unit
			}
		}
	case asCondition:
		f.when = comparisonOf(text)
	case asHappenings:
		events, _ := v.([]any)
		for _, e := range events {
			f.events = append(f.events, happensOf(e))
		}
	case asPairs:
		part, _ := v.(model.Part)
		for _, p := range part {
			property, _ := p.Value.(string)
			f.pairs = append(f.pairs, pair{p.Key, property})
		}
	case asRun:
		f.run = runOf(v)
	case asMarks, asEnds:
		f.marks = marksOf(v)
	case asSpan:
		f.text, f.unit = spanOf(v)
	case asEvents:
		f.names = stringsOf(v)
	case asFeeling:
		if n, err := number(text); err == nil {
			f.text = plainNumber(n)
		}
	default:
		f.text = text
	}
	return f
}

func stringsOf(v any) (out []string) {
	list, _ := v.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func happensOf(v any) happens {
	if name, ok := v.(string); ok {
		return happens{name: name}
	}
	part, _ := v.(model.Part)
	name, _ := part.Get("name").(string)
	when, _ := part.Get("when").(string)
	valence, _ := part.Get("valence").(string)
	h := happens{name: name, when: comparisonOf(when)}
	if n, err := number(valence); err == nil && slices.Contains(valences(), plainNumber(n)) {
		h.lived = plainNumber(n)
	} else {
		h.formula = valence
	}
	return h
}

// valences are those that a list offers, best first.
func valences() (out []string) {
	for v := float64(model.MaxValence); v >= model.MinValence; v -= 0.5 {
		out = append(out, plainNumber(v))
	}
	return out
}

func plainNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// from reads what a form sent.
func (in input) from(form url.Values) (f filled) {
	get := func(name string) string { return sent(form, name) }
	switch in.kind {
	case asWords:
		f.words = model.Text{ES: get(in.key + ".es"), EN: get(in.key + ".en"), PT: get(in.key + ".pt")}
	case asList:
		f.text = strings.Join(split(form.Get(in.key)), ", ")
	case asFlag:
		f.on = get(in.key) != ""
	case asAge:
		f.text, f.unit = get(in.key+".n"), get(in.key+".unit")
		if f.unit == "forever" {
			f.text = ""
		}
	case asCondition:
		f.when = comparisonFrom(form, in.key)
	case asHappenings:
		for i := 0; form.Has(row(in.key, i) + "name"); i++ {
			at := row(in.key, i)
			h := happens{name: get(at + "name"), when: comparisonFrom(form, at+"when"), lived: get(at + "lived"), formula: get(at + "formula")}
			if h.formula != "" {
				h.lived = ""
			}
			if h.name != "" && form.Get("drop") != strconv.Itoa(i) {
				f.events = append(f.events, h)
			}
		}
	case asPairs:
		for i := 0; form.Has(row(in.key, i) + "name"); i++ {
			p := pair{slugOf(form.Get(row(in.key, i) + "name")), get(row(in.key, i) + "property")}
			if p.name != "" && p.property != "" && form.Get("drop") != strconv.Itoa(i) {
				f.pairs = append(f.pairs, p)
			}
		}
	case asRun:
		f.run = runFrom(form, in.key)
	case asMarks, asEnds:
		f.marks = marksFrom(form, in.key)
	case asSpan:
		f.text, f.unit = spanFrom(form, in.key)
	case asEvents:
		f.names = namesFrom(form, in.key)
	default:
		f.text = get(in.key)
	}
	return f
}

// sent is one value of a form; browsers end its lines by two characters.
func sent(form url.Values, name string) string {
	return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n"))
}

// row begins the names of the fields of a row.
func row(key string, i int) string { return key + "." + strconv.Itoa(i) + "." }

func split(s string) (out []string) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// value is what goes into the YAML; nil takes the key out.
func (in input) value(f filled) any {
	switch in.kind {
	case asWords:
		if f.words == (model.Text{}) {
			return nil
		}
		return f.words
	case asList:
		if f.text == "" {
			return nil
		}
		return split(f.text)
	case asFlag:
		if !f.on {
			return nil
		}
		return true
	case asAge:
		if keep := strings.TrimSpace(f.text + " " + f.unit); f.unit == "forever" || f.text == "1" {
			return keep
		} else if f.text != "" {
			return keep + "s"
		}
		return nil
	case asCondition:
		return orNil(f.when.text())
	case asHappenings:
		var out []any
		for _, h := range f.events {
			out = append(out, h.value())
		}
		if out == nil {
			return nil
		}
		return out
	case asRun:
		return f.run.value()
	case asMarks, asEnds:
		return marksValue(f.marks)
	case asSpan:
		return orNil(f.text + f.unit)
	case asEvents:
		if len(f.names) == 0 {
			return nil
		}
		return f.names
	case asFeeling:
		if n, err := number(f.text); err == nil {
			return n
		}
		return nil
	}
	return orNil(f.text)
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (h happens) value() any {
	when, lived := h.when.text(), cmp.Or(h.formula, h.lived)
	if when == "" && lived == "" {
		return h.name
	}
	part := model.Part{{Key: "name", Value: h.name}}
	if when != "" {
		part = append(part, model.Field{Key: "when", Value: when})
	}
	if n, err := number(lived); err == nil {
		part = append(part, model.Field{Key: "valence", Value: n})
	} else if lived != "" {
		part = append(part, model.Field{Key: "valence", Value: lived})
	}
	return part
}

// edited returns what a form changes of a part. The slug is left as it is when
// it may not change or the form has none.
func edited(section string, was model.Part, form url.Values, frozen bool) (out model.Part) {
	for _, in := range inputs(section) {
		if in.key == "slug" && (frozen || strings.TrimSpace(form.Get("slug")) == "") {
			continue
		}
		if in.kind == asPairs {
			out = append(out, changedPairs(in.of(was).pairs, in.from(form).pairs)...)
			continue
		}
		if is := in.from(form); !in.same(in.of(was.Get(in.key)), is) {
			out = append(out, model.Field{Key: in.key, Value: in.value(is)})
		}
	}
	return out
}

// same tells whether two say the same; the order of events says nothing.
func (in input) same(a, b filled) bool {
	if in.kind == asEvents {
		a.names, b.names = slices.Sorted(slices.Values(a.names)), slices.Sorted(slices.Values(b.names))
	}
	return reflect.DeepEqual(a, b)
}

func changedPairs(was, is []pair) (out model.Part) {
	for _, p := range was {
		if !slices.ContainsFunc(is, func(o pair) bool { return o.name == p.name }) {
			out = append(out, model.Field{Key: p.name})
		}
	}
	for _, p := range is {
		if !slices.Contains(was, p) {
			out = append(out, model.Field{Key: p.name, Value: p.property})
		}
	}
	return out
}

// slugOf makes a slug of a name: «Atención al cliente» is atencion-al-cliente.
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case r == '_' && b.Len() > 0 && !strings.HasSuffix(b.String(), "_") && !strings.HasSuffix(b.String(), "-"):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-") && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('-')
		}
		if b.Len() == 60 {
			break
		}
	}
	return strings.TrimRight(b.String(), "-_")
}

// newSlug makes a slug of a name that none of the items has.
func newSlug(items []model.Part, name string) string {
	first := slugOf(name)
	slug := first
	for i := 2; first != "" && bySlug(items, slug) >= 0; i++ {
		slug = first + "-" + strconv.Itoa(i)
	}
	return slug
}
