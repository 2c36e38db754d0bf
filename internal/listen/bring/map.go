package bring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Map writes the proposal as the map of `vivencia import csv`, `import excel` or
// `import parquet`. A proposal with Problems has none: the error is Invalid.
func (p Proposal) Map() ([]byte, error) {
	const op = "bring.Map"
	if problems := p.Problems(); len(problems) > 0 {
		return nil, cx.Errorf(cx.Invalid, op, "the file cannot come in yet: %s", problems[0])
	}
	m := yaml.MapSlice{{Key: "source", Value: cmp.Or(p.Source, "file")}, {Key: "timezone", Value: p.Zone}}
	set := func(to *yaml.MapSlice, key string, value any) {
		*to = append(*to, yaml.MapItem{Key: key, Value: value})
	}
	if p.Decimal == "," {
		set(&m, "decimal", ",")
	}
	h := p.Head
	if h.Kind == "csv" && h.Delimiter != ',' {
		set(&m, "delimiter", string(h.Delimiter))
	}
	if h.Encoding != "" {
		set(&m, "encoding", h.Encoding)
	}
	if h.Sheet != "" {
		set(&m, "sheet", h.Sheet)
	}
	if h.Skip > 0 {
		set(&m, "skip", h.Skip)
	}
	if !h.Named {
		set(&m, "columns", h.Columns)
	}
	set(&m, "customer", p.customer())
	entry := yaml.MapSlice{}
	properties := p.properties()
	switch p.Kind {
	case Answers, Reviews:
		set(&entry, "survey", p.Called)
		p.answers(&entry)
		if t := p.first(Touchpoint); t != nil {
			set(&entry, "touchpoint", valueOf(t))
		}
	default:
		set(&entry, "name", p.Called)
	}
	if at := p.first(At); at != nil {
		set(&entry, "at", valueOf(at))
	} else {
		set(&entry, "at", yaml.MapSlice{{Key: "value", Value: p.Day}})
	}
	if id := p.first(ID); id != nil {
		set(&entry, "id", id.Name)
	}
	if len(properties) > 0 {
		set(&entry, "properties", properties)
	}
	list := "events"
	if p.Kind == Answers || p.Kind == Reviews {
		list = "answers"
	}
	set(&m, list, []yaml.MapSlice{entry})
	out, err := yaml.MarshalWithOptions(m, yaml.IndentSequence(true))
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return out, nil
}

// Command is the command line that imports the file by the map, as Map writes it.
func (p Proposal) Command(name string) string {
	return fmt.Sprintf("vivencia import %s %s --map %s.yaml", p.Head.Kind, quoted(name), cmp.Or(p.Source, "file"))
}

// quoted is a file's name for a shell.
func quoted(name string) string {
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// customer says whose a row is: by the company's id, else by an address or a
// number (as an anonymous id, so that they join who already has that address),
// else nobody known, one for each line.
func (p Proposal) customer() yaml.MapSlice {
	var out, traits yaml.MapSlice
	email, phone := p.first(Email), p.first(Phone)
	switch id := p.first(Customer); {
	case id != nil:
		out = append(out, yaml.MapItem{Key: "userId", Value: id.Name})
	case email != nil:
		out = append(out, yaml.MapItem{Key: "anonymousId", Value: email.Name})
	case phone != nil:
		out = append(out, yaml.MapItem{Key: "anonymousId", Value: phone.Name})
	default:
		out = append(out, yaml.MapItem{Key: "anonymousId", Value: yaml.MapSlice{{Key: "cel", Value: "'" + cmp.Or(p.Source, "file") + "-' + row._line"}}})
	}
	for _, c := range []*Column{email, phone, p.first(Name)} {
		if c != nil {
			out = append(out, yaml.MapItem{Key: string(c.Role), Value: c.Name})
		}
	}
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Role == Trait {
			traits = append(traits, yaml.MapItem{Key: keyOf(c.Name), Value: typed(c)})
		}
	}
	if traits = unique(traits, "email", "phone", "name"); len(traits) > 0 {
		out = append(out, yaml.MapItem{Key: "traits", Value: traits})
	}
	return out
}

// answers adds the scores and texts: the first of each is the answer's own, the
// others are questions of theirs.
func (p Proposal) answers(entry *yaml.MapSlice) {
	var questions []yaml.MapSlice
	seen := map[string]bool{"score": true, "text": true, "choice": true}
	firstScore, firstText := p.main(), p.words()
	for i := range p.Columns {
		c := &p.Columns[i]
		switch {
		case c == firstScore:
			*entry = append(*entry, yaml.MapItem{Key: "metric", Value: c.Metric}, yaml.MapItem{Key: "scale", Value: c.Scale}, yaml.MapItem{Key: "score", Value: valueOf(c)})
		case c == firstText:
			*entry = append(*entry, yaml.MapItem{Key: "text", Value: c.Name})
		case c.Role == Score || c.Role == Text:
			name := cmp.Or(slugOf(c.Name), "q")
			for seen[name] {
				name += "-2"
			}
			seen[name] = true
			q := yaml.MapSlice{{Key: "question", Value: name}}
			if c.Role == Text {
				q = append(q, yaml.MapItem{Key: "text", Value: c.Name})
			} else {
				q = append(q, yaml.MapItem{Key: "metric", Value: "rating"}, yaml.MapItem{Key: "scale", Value: c.Scale}, yaml.MapItem{Key: "score", Value: valueOf(c)})
			}
			questions = append(questions, q)
		}
	}
	if questions != nil {
		*entry = append(*entry, yaml.MapItem{Key: "questions", Value: questions})
	}
}

// properties are the columns that say something else of the row.
func (p Proposal) properties() (out yaml.MapSlice) {
	answers := p.Kind == Answers || p.Kind == Reviews
	for i := range p.Columns {
		c := &p.Columns[i]
		switch c.Role {
		case Amount:
			out = append(out, yaml.MapItem{Key: "revenue", Value: yaml.MapSlice{{Key: "column", Value: c.Name}, {Key: "type", Value: "number"}}})
		case Currency, Place, Area, Supplier:
			out = append(out, yaml.MapItem{Key: string(c.Role), Value: valueOf(c)})
		case Touchpoint:
			if !answers {
				out = append(out, yaml.MapItem{Key: "touchpoint", Value: valueOf(c)})
			}
		case ID:
			name := keyOf(c.Name)
			if p.Kind == Orders {
				name = "order_id"
			}
			out = append(out, yaml.MapItem{Key: name, Value: c.Name})
		case Object:
			out = append(out, yaml.MapItem{Key: keyOf(c.Name), Value: c.Name})
		case Property:
			out = append(out, yaml.MapItem{Key: keyOf(c.Name), Value: typed(c)})
		case Score, Text:
			if !answers {
				out = append(out, yaml.MapItem{Key: keyOf(c.Name), Value: typed(c)})
			}
		}
	}
	if p.Late[0] != "" {
		promised, came := "row["+quoteCEL(p.Late[0])+"]", "row["+quoteCEL(p.Late[1])+"]"
		out = append(out, yaml.MapItem{Key: "late", Value: yaml.MapSlice{
			{Key: "cel", Value: came + " > " + promised}, {Key: "when", Value: came + " != '' && " + promised + " != ''"},
		}})
	}
	return unique(out)
}

func quoteCEL(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
}

// unique keeps of several with one key the first, and gives the others a number.
func unique(in yaml.MapSlice, taken ...string) (out yaml.MapSlice) {
	for _, item := range in {
		key, _ := item.Key.(string)
		name := key
		for n := 2; slices.Contains(taken, name); n++ {
			name = fmt.Sprintf("%s_%d", key, n)
		}
		taken = append(taken, name)
		out = append(out, yaml.MapItem{Key: name, Value: item.Value})
	}
	return out
}

// keyOf names a property by its column: "Fecha de envío" is fecha_de_envio.
func keyOf(name string) string {
	return cmp.Or(strings.ReplaceAll(fold(name), " ", "_"), "column")
}

// valueOf says where an entry finds a column whose place says its type.
func valueOf(c *Column) any {
	switch {
	case c.Type == "words" && len(c.Words) > 0:
		words := yaml.MapSlice{}
		for _, w := range slices.Sorted(maps.Keys(c.Words)) {
			words = append(words, yaml.MapItem{Key: w, Value: c.Words[w]})
		}
		return yaml.MapSlice{{Key: "column", Value: c.Name}, {Key: "words", Value: words}}
	case c.Type == "time" && c.Format != "":
		return yaml.MapSlice{{Key: "column", Value: c.Name}, {Key: "format", Value: c.Format}}
	}
	return c.Name
}

// typed says where a property finds a column, and its type when every value
// seen is of it: no row is to be refused for what is beside the point.
func typed(c *Column) any {
	if !c.strict {
		return c.Name
	}
	switch c.Type {
	case "number", "bool":
		return yaml.MapSlice{{Key: "column", Value: c.Name}, {Key: "type", Value: c.Type}}
	case "time":
		out := yaml.MapSlice{{Key: "column", Value: c.Name}, {Key: "type", Value: "time"}}
		if c.Format != "" {
			out = append(out, yaml.MapItem{Key: "format", Value: c.Format})
		}
		return out
	}
	return c.Name
}
