package contradictions

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
)

// writing is a policy or a goal as somebody writes it: the form is its state.
type writing struct {
	reader
	w      *compose.Words
	form   url.Values
	title  string
	slug   string // "" of a new one
	found  *found
	beside bool // only what stands beside the form is told anew

	message string
	faults  []cx.Fault
}

func (p page) writing(q *web.Request, form url.Values) *writing {
	r := p.reader(q)
	return &writing{reader: r, w: compose.New(r.Reader), form: form, slug: form.Get("slug")}
}

// get returns a field without the spaces around it.
func (e *writing) get(name string) string { return strings.TrimSpace(e.form.Get(name)) }

// fault is what is wrong with a field.
func (e *writing) fault(name string) string {
	for _, f := range e.faults {
		if f.Field == name {
			return f.Message
		}
	}
	return ""
}

func (e *writing) wrong(field, key string) {
	e.faults = append(e.faults, cx.Fault{Field: field, Message: e.L.T(key)})
}

// count reads how many rows or columns the form has.
func (e *writing) count(name string, most int) int {
	n, _ := strconv.Atoi(e.get(name))
	return min(max(n, 0), most)
}

const (
	mostRows    = 60
	mostColumns = 8
)

// rows and columns are how large the table is.
func (e *writing) rows() int    { return e.count("rows", mostRows) }
func (e *writing) columns() int { return e.count("cols", mostColumns) }

func cellName(row, column int) string { return fmt.Sprintf("row.%d.%d", row, column) }
func rowName(row int) string          { return fmt.Sprintf("row.%d", row) }
func columnName(column int) string    { return fmt.Sprintf("col.%d", column) }

// open fills the form in with a policy.
func (e *writing) open(x model.Policy) {
	e.form.Set("slug", x.Slug)
	e.slug = x.Slug
	setText(e.form, "name", x.Name)
	setText(e.form, "reason", x.Reason)
	for key, value := range map[string]string{"area": x.Area, "touchpoint": x.Touchpoint, "on": x.On, "about": x.About, "since": x.Since} {
		e.form.Set(key, value)
	}
	if x.Complete {
		e.form.Set("complete", "1")
	}
	e.openOutcome("", x.Outcome)
	var columns []string
	rows := make([][]model.Cell, len(x.Rows))
	for i, row := range x.Rows {
		cells := row.Cells
		if cells == nil {
			cells = apart(row.When.Source())
		}
		if cells == nil {
			e.form.Set(rowName(i)+".cel", row.When.Source())
		}
		for _, c := range cells {
			if !slices.Contains(columns, c.Field) {
				columns = append(columns, c.Field)
			}
		}
		rows[i] = cells
		if row.Outcome.String() != x.Outcome.String() {
			e.openOutcome(rowName(i)+".", row.Outcome)
		}
	}
	for j, field := range columns {
		e.form.Set(columnName(j), e.w.Field(field))
	}
	for i, cells := range rows {
		for _, c := range cells {
			name, r := cellName(i, slices.Index(columns, c.Field)), e.w.Row(c)
			e.form.Set(name+".op", r.Op)
			e.form.Set(name+".value", r.Value)
		}
	}
	e.form.Set("rows", strconv.Itoa(len(x.Rows)))
	e.form.Set("cols", strconv.Itoa(max(len(columns), 1)))
}

// apart reads an expression as cells of different fields; nil when it is none.
func apart(source string) []model.Cell {
	cells, ok := compose.Cells(source)
	for i, c := range cells {
		if slices.ContainsFunc(cells[:i], func(o model.Cell) bool { return o.Field == c.Field }) {
			return nil
		}
	}
	if !ok {
		return nil
	}
	return cells
}

func setText(form url.Values, key string, t model.Text) {
	form.Set(key+".es", t.ES)
	form.Set(key+".en", t.EN)
	form.Set(key+".pt", t.PT)
}

// openOutcome fills in what a policy, or one of its rows, does.
func (e *writing) openOutcome(prefix string, o model.Outcome) {
	e.form.Set(prefix+"effect", string(o.Effect))
	for i, name := range o.Prevents {
		e.form.Set(prefix+"prevents."+strconv.Itoa(i), name)
	}
	if o.Requires != nil {
		e.form.Set(prefix+"requires.was", o.Requires.Source())
		e.form.Set(prefix+"requires.source", o.Requires.Source())
		for i, r := range e.w.Of(o.Requires.Source()).Rows {
			name := prefix + "requires." + strconv.Itoa(i)
			e.form.Set(name+".field", r.Field)
			e.form.Set(name+".op", r.Op)
			e.form.Set(name+".value", r.Value)
		}
	}
	if o.Delays.Event != "" {
		n, unit := model.SpanUnits(o.Delays.By)
		if unit == "w" {
			n, unit = 7*n, "d"
		}
		e.form.Set(prefix+"delays.event", o.Delays.Event)
		e.form.Set(prefix+"delays.n", strconv.Itoa(n))
		e.form.Set(prefix+"delays.unit", unit)
	}
	if o.Sets != nil {
		r := e.w.Row(model.Cell{Field: "properties." + o.Sets.Property, Op: model.Is, Values: []any{o.Sets.Value}})
		e.form.Set(prefix+"sets.event", o.Sets.Event)
		e.form.Set(prefix+"sets.property", r.Field)
		e.form.Set(prefix+"sets.value", r.Value)
	}
}

const mostPrevented = 4

// outcome reads what a policy, or one of its rows, does: of the fields those that
// its effect has.
func (e *writing) outcome(prefix string) model.Part {
	effect := model.Effect(e.get(prefix + "effect"))
	values := map[string]any{}
	if effect == model.Refuse || effect == model.Require {
		var prevents []string
		for i := range mostPrevented {
			if name := e.get(prefix + "prevents." + strconv.Itoa(i)); name != "" && !slices.Contains(prevents, name) {
				prevents = append(prevents, name)
			}
		}
		if prevents == nil {
			e.wrong(prefix+"prevents.0", "contradictions.fault.prevents")
		}
		values["prevents"] = prevents
	}
	if effect == model.Require {
		c, fault := e.w.Read(e.form, prefix+"requires")
		if values["requires"] = c.Source; fault != "" {
			e.faults = append(e.faults, cx.Fault{Field: prefix + "requires", Message: fault})
		} else if c.Source == "" {
			e.wrong(prefix+"requires", "contradictions.fault.requires")
		}
	}
	if event := e.get(prefix + "delays.event"); effect == model.Delay || effect == model.Escalate && event != "" {
		n := e.get(prefix + "delays.n")
		if event == "" {
			e.wrong(prefix+"delays.event", "contradictions.fault.event")
		}
		if n == "" {
			e.wrong(prefix+"delays.n", "contradictions.fault.time")
		}
		values["delays"] = model.Part{{Key: "event", Value: event}, {Key: "by", Value: n + cmp.Or(e.get(prefix+"delays.unit"), "d")}}
	}
	if event := e.get(prefix + "sets.event"); effect == model.Charge || effect == model.Escalate && event != "" {
		cell, fault := e.w.Cell(compose.Row{Field: e.get(prefix + "sets.property"), Op: string(model.Is), Value: e.get(prefix + "sets.value")})
		if event == "" {
			e.wrong(prefix+"sets.event", "contradictions.fault.event")
		}
		if fault != "" {
			e.faults = append(e.faults, cx.Fault{Field: prefix + "sets.value", Message: fault})
			cell.Values = []any{""}
		}
		values["sets"] = model.Part{{Key: "event", Value: event}, {Key: "property", Value: strings.TrimPrefix(cell.Field, "properties.")}, {Key: "value", Value: cell.Values[0]}}
	}
	part := model.Part{{Key: "effect", Value: orNothing(string(effect))}}
	for _, key := range []string{"prevents", "requires", "delays", "sets"} {
		part = append(part, model.Field{Key: key, Value: values[key]})
	}
	return part
}

// orNothing leaves a key out that is empty.
func orNothing(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// item writes the policy as the model holds it, and faults what the form cannot say.
func (e *writing) item(slug string) model.Part {
	part := model.Part{{Key: "slug", Value: slug}, {Key: "name", Value: compose.TextOf("name", e.get)}}
	e.named()
	if e.get("on") == "" {
		e.wrong("on", "contradictions.fault.event")
	}
	for _, key := range []string{"area", "touchpoint"} {
		part = append(part, model.Field{Key: key, Value: orNothing(e.get(key))})
	}
	part = append(part, model.Field{Key: "reason", Value: compose.TextOf("reason", e.get)})
	for _, key := range []string{"since", "on", "about"} {
		part = append(part, model.Field{Key: key, Value: orNothing(e.get(key))})
	}
	own := true // every row says itself what it does
	when := make([]any, e.rows())
	for i := range when {
		row := e.row(i)
		if _, ok := row.Get("then").(model.Part); !ok {
			own = false
		}
		when[i] = row
	}
	if len(when) == 0 {
		e.wrong("rows", "contradictions.fault.rows")
	}
	part = append(part, model.Field{Key: "when", Value: when})
	if e.get("effect") != "" {
		part = append(part, e.outcome("")...)
	} else {
		if !own {
			e.wrong("effect", "contradictions.fault.effect")
		}
		for _, key := range []string{"effect", "prevents", "requires", "delays", "sets"} {
			part = append(part, model.Field{Key: key})
		}
	}
	if e.get("complete") != "" {
		return append(part, model.Field{Key: "complete", Value: true})
	}
	return append(part, model.Field{Key: "complete"})
}

// named faults what policies and goals both need.
func (e *writing) named() {
	if compose.TextOf("name", e.get) == (model.Text{}) {
		e.wrong("name."+compose.Lang(e.L.Lang), "contradictions.fault.name")
	}
	if e.get("area") == "" {
		e.wrong("area", "contradictions.fault.area")
	}
}

// row writes a row of the table.
func (e *writing) row(i int) model.Part {
	row := model.Part{}
	for j := range e.columns() {
		name, field := cellName(i, j), e.get(columnName(j))
		op := e.get(name + ".op")
		if op == "" || field == "" {
			continue
		}
		cell, fault := e.w.Cell(compose.Row{Field: field, Op: op, Value: e.get(name + ".value")})
		if fault != "" {
			e.faults = append(e.faults, cx.Fault{Field: name + ".value", Message: fault})
			continue
		}
		row = append(row, model.Field{Key: cell.Field, Value: cell.Says()})
	}
	if cel := e.get(rowName(i) + ".cel"); cel != "" {
		row = append(row, model.Field{Key: "cel", Value: cel})
	}
	if e.get(rowName(i)+".effect") != "" {
		row = append(row, model.Field{Key: "then", Value: slices.DeleteFunc(e.outcome(rowName(i)+"."), func(f model.Field) bool { return f.Value == nil })})
	}
	return row
}

var edited = regexp.MustCompile(`^(row|col)\.(\d+)\.(up|down|drop)$`)

// do changes the table as a button says: rows and columns come, go and move.
func (e *writing) do(what string) {
	switch {
	case what == "row.add" && e.rows() < mostRows:
		e.form.Set("rows", strconv.Itoa(e.rows()+1))
	case what == "col.add" && e.columns() < mostColumns:
		e.form.Set("cols", strconv.Itoa(e.columns()+1))
	}
	m := edited.FindStringSubmatch(what)
	if m == nil {
		return
	}
	at, _ := strconv.Atoi(m[2])
	switch rows := e.rows(); {
	case m[1] == "row" && m[3] == "up" && at > 0 && at < rows:
		e.rename(swapped("row", at, at-1))
	case m[1] == "row" && m[3] == "down" && at+1 < rows:
		e.rename(swapped("row", at, at+1))
	case m[1] == "row" && m[3] == "drop" && at < rows:
		e.rename(without("row", at))
		e.form.Set("rows", strconv.Itoa(rows-1))
	case m[1] == "col" && m[3] == "drop" && at < e.columns():
		e.rename(without("col", at))
		for i := range rows {
			e.rename(without(rowName(i), at))
		}
		e.form.Set("cols", strconv.Itoa(e.columns()-1))
	}
}

// rename gives each field that begins with a name and a number another number; those
// of a negative one go.
func (e *writing) rename(prefix string, number func(int) int) {
	form := url.Values{}
	for key, values := range e.form {
		rest, ok := strings.CutPrefix(key, prefix+".")
		digits, below, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil {
			form[key] = values
			continue
		}
		if n = number(n); n >= 0 {
			key = prefix + "." + strconv.Itoa(n)
			if below != "" {
				key += "." + below
			}
			form[key] = values
		}
	}
	e.form = form
}

func swapped(prefix string, a, b int) (string, func(int) int) {
	return prefix, func(n int) int {
		switch n {
		case a:
			return b
		case b:
			return a
		}
		return n
	}
}

func without(prefix string, at int) (string, func(int) int) {
	return prefix, func(n int) int {
		switch {
		case n == at:
			return -1
		case n > at:
			return n - 1
		}
		return n
	}
}
