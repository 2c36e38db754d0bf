package duckdb

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// question builds the SQL of one question. The facts are f.
type question struct {
	words *words
	of    history.Of
	joins []string
	where []string
	keys  []key
	cut   string
	props map[string]string // expressions of properties joined already

	linked string // joins the links l with the facts whose properties are asked for; "": as of says
}

// key is a column of the answer: a number of words, or a text.
type key struct {
	expr string
	word bool
	kind wordKind
}

// ask begins the question of p on what q asks for. The query is valid.
func (f *file) ask(p cx.Principal, q history.Query) *question {
	a := &question{words: f.words, of: q.Of, cut: "0", props: map[string]string{}}
	if q.Of == history.Events {
		a.where = append(a.where, fmt.Sprintf("f.kind <> %d", cx.Answer))
	}
	a.filter(p, q.Filter)
	if len(q.Cuts) > 0 {
		a.within(cx.Window{From: q.Cuts[0], To: q.Cuts[len(q.Cuts)-1]})
		a.cut = cutExpr(q.Cuts, 0, len(q.Cuts)-1)
	}
	for _, d := range q.By {
		a.keys = append(a.keys, a.key(d))
	}
	if q.Customers || q.Filter.Customers != nil {
		a.joinCustomers()
	}
	return a
}

// filter narrows the facts to the filter and to what p may see.
func (a *question) filter(p cx.Principal, f history.Filter) {
	a.within(f.Window)
	if f.Customers != nil {
		a.where = append(a.where, among(customer, f.Customers))
	}
	if p.Areas != nil {
		a.only(history.Area, p.Areas)
	}
	for _, c := range f.Where {
		a.only(c.By, c.In)
	}
}

func (a *question) within(w cx.Window) {
	if w.From != 0 {
		a.where = append(a.where, fmt.Sprintf("f.ts >= %d", w.From))
	}
	if w.To != 0 {
		a.where = append(a.where, fmt.Sprintf("f.ts < %d", w.To))
	}
}

func (a *question) only(d history.Dimension, keys []string) {
	k := a.key(d)
	var list []string
	for _, word := range keys {
		if !k.word {
			list = append(list, quote(word))
		} else if no, ok := a.words.find(k.kind, word); ok {
			list = append(list, strconv.Itoa(int(no)))
		}
	}
	a.where = append(a.where, in(k.expr, list))
}

func in(expr string, list []string) string {
	if len(list) == 0 {
		return "false"
	}
	return expr + " IN (" + strings.Join(list, ",") + ")"
}

// manyNos is how many numbers are written one by one: each is an expression to
// the engine, whose time goes with them.
const manyNos = 1_000

// among is the condition that expr is one of the numbers.
func among[T ~uint32 | ~uint64](expr string, nos []T) string {
	list := numbers(nos)
	if len(list) <= manyNos {
		return in(expr, list)
	}
	as := "UINTEGER"
	if uint64(^T(0)) > math.MaxUint32 {
		as = "UBIGINT"
	}
	return expr + " IN (SELECT unnest(string_split(" + quote(strings.Join(list, ",")) + ", ','))::" + as + ")"
}

// customer is the customer of f once joinCustomers was called.
const customer = "coalesce(c.customer_no, f.profile_no)"

func (a *question) joinCustomers() {
	a.joins = append(a.joins, "LEFT JOIN customers c ON c.profile_no = f.profile_no")
}

func (a *question) key(d history.Dimension) key {
	if name, ok := d.Trait(); ok {
		return key{expr: "coalesce(" + member("f.traits", name) + ", '')"}
	}
	if name, ok := d.Property(); ok {
		return key{expr: a.property(name)}
	}
	kinds := map[history.Dimension]wordKind{
		history.Touchpoint: touchpointWord, history.Stage: stageWord, history.Channel: channelWord, history.Medium: mediumWord,
		history.Area: areaWord, history.Supplier: supplierWord, history.Place: placeWord, history.Source: sourceWord,
		history.Name: nameWord, history.Question: questionWord, history.Metric: metricWord, history.Scale: scaleWord,
	}
	if d == history.Survey {
		d = history.Name
	}
	return key{"f." + string(d), true, kinds[d]}
}

// property returns the expression of a property's key: the fact's own, else the
// one derived for it, else the newest that is derived for an object it shares.
func (a *question) property(name string) string {
	if expr, ok := a.props[name]; ok {
		return expr
	}
	expr := member("f.properties", name)
	if no, ok := a.words.find(propertyWord, name); ok {
		n := len(a.props)
		facts := a.linked
		if facts == "" && a.of == history.Answers {
			facts = "SEMI JOIN answers s ON s.seq = l.seq"
		}
		a.joins = append(a.joins,
			fmt.Sprintf("LEFT JOIN (SELECT seq, value FROM derived WHERE property = %d) own%d ON own%[2]d.seq = f.seq", no, n),
			fmt.Sprintf(`LEFT JOIN (SELECT l.seq, arg_max(d.value, d.seq) AS value FROM links l %s
				JOIN derived d ON d.property = %d AND d.object = l.object AND d.type = l.type GROUP BY l.seq) shared%d ON shared%[3]d.seq = f.seq`, facts, no, n))
		expr = fmt.Sprintf("nullif(%s, ''), own%d.value, shared%[2]d.value", expr, n)
	}
	expr = "coalesce(" + expr + ", '')"
	a.props[name] = expr
	return expr
}

// member returns the key of a member of the JSON object in the column; NULL when
// it is absent, null, an object or an array.
func member(column, name string) string {
	path := quote("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	value := "json_extract_string(" + column + ", " + path + ")"
	return fmt.Sprintf("CASE WHEN %[1]s[1] IN ('{', '[') AND json_type(%[2]s, %[3]s) IN ('OBJECT', 'ARRAY') THEN NULL ELSE %[1]s END", value, column, path)
}

// cutExpr returns the number of the stretch of cuts[low:high+1] in which f lies,
// by halving.
func cutExpr(cuts []cx.Time, low, high int) string {
	if high-low == 1 {
		return strconv.Itoa(low)
	}
	mid := (low + high) / 2
	return fmt.Sprintf("CASE WHEN f.ts < %d THEN %s ELSE %s END", cuts[mid], cutExpr(cuts, low, mid), cutExpr(cuts, mid, high))
}

// sql puts the question together: the cut, the keys, and what more is selected
// and grouped by.
func (a *question) sql(grouped, tallied []string) string {
	table := "events"
	if a.of == history.Answers {
		table = "answers"
	}
	columns := []string{a.cut + "::INTEGER AS cut"}
	for i, k := range a.keys {
		columns = append(columns, k.expr+" AS key"+strconv.Itoa(i))
	}
	columns = append(append(columns, grouped...), tallied...)
	b := strings.Builder{}
	fmt.Fprintf(&b, "SELECT %s FROM %s f %s", strings.Join(columns, ", "), table, strings.Join(a.joins, " "))
	if len(a.where) > 0 {
		b.WriteString(" WHERE " + strings.Join(a.where, " AND "))
	}
	// Without a key, DuckDB answers one row of nothing.
	fmt.Fprintf(&b, " GROUP BY ALL HAVING count(*) > 0 LIMIT %d", history.MaxRows+1)
	return b.String()
}

// keyScan returns what to scan the keys into, and a function that reads them.
func (a *question) keyScan() (targets []any, read func() []string) {
	texts, nos := make([]string, len(a.keys)), make([]uint16, len(a.keys))
	for i, k := range a.keys {
		if k.word {
			targets = append(targets, &nos[i])
		} else {
			targets = append(targets, &texts[i])
		}
	}
	return targets, func() []string {
		out := make([]string, len(a.keys))
		for i, k := range a.keys {
			if out[i] = texts[i]; k.word {
				out[i] = a.words.word(k.kind, nos[i])
			}
		}
		return out
	}
}
