package api

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// format reads how an answer is asked for: as JSON, or as a table.
func (q *request) format() (table bool) { return q.oneOf("format", "json", "csv") == "csv" }

// file is an answer that writes itself: what is no JSON. It returns its status.
type file interface {
	write(w http.ResponseWriter) int
}

// table is a list that is answered as CSV: a line for each item, a column for
// each figure in it, named by its path. A list within an item is one cell.
type table struct {
	name string
	rows []any // as plain makes them
}

// write answers with the table. What a spreadsheet would run is made text.
func (t table) write(w http.ResponseWriter) int {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+t.name+`.csv"`)
	var header []string
	lines := make([]map[string]string, len(t.rows))
	for i, row := range t.rows {
		lines[i] = map[string]string{}
		flatten("", row, func(path, cell string) {
			if lines[i][path] = cell; !slices.Contains(header, path) {
				header = append(header, path)
			}
		})
	}
	if len(header) == 0 {
		return http.StatusOK
	}
	out := csv.NewWriter(w)
	_ = out.Write(header) // who asked may have left
	cells := make([]string, len(header))
	for _, line := range lines {
		for c, path := range header {
			cells[c] = line[path]
		}
		_ = out.Write(cells)
	}
	out.Flush()
	return http.StatusOK
}

// flatten tells the figures of a value, with their paths.
func flatten(path string, v any, tell func(path, cell string)) {
	switch x := v.(type) {
	case nil:
	case members:
		for _, m := range x {
			flatten(strings.TrimPrefix(path+"."+m.name, "."), m.value, tell)
		}
	case modelText:
		flatten(path, members{{"es", x.ES}, {"en", x.EN}, {"pt", x.PT}}, tell)
	case []any:
		if states := statesOf(x); states != nil {
			flatten(path, states, tell)
			return
		}
		tell(path, cellOf(v))
	default:
		tell(path, cellOf(v))
	}
}

// statesOf returns how many runs are in each state, of a list of such shares;
// nil of others.
func statesOf(list []any) (out members) {
	for _, item := range list {
		if m, ok := item.(members); ok && len(m) > 1 && m[0].name == "state" && m[1].name == "k" {
			out = append(out, member{cellOf(m[0].value), m[1].value})
		}
	}
	return out
}

// cellOf writes a value in one cell: of a list the ids, slugs or words in it.
func cellOf(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case *string:
		if x == nil {
			return ""
		}
		return inert(*x)
	case *float64:
		if x == nil {
			return ""
		}
		return fmt.Sprint(*x)
	case string:
		return inert(x)
	case []any:
		parts := make([]string, len(x))
		for i, item := range x {
			parts[i] = cellOf(item)
		}
		return strings.Join(parts, " > ")
	case members:
		for _, m := range x {
			if m.name == "id" || m.name == "slug" {
				return cellOf(m.value)
			}
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return inert(strings.Trim(string(b), `"`))
}

// inert keeps a spreadsheet from running what a customer wrote (CSV injection).
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
