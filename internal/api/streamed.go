package api

import (
	"encoding/csv"
	"net/http"
	"strconv"
)

// maxRows is how many rows a streamed table has at most.
const maxRows = 100_000

// streamed is a long list that is answered as CSV while it is read, page by page.
// Every column of like is there, in its order. How many rows there are in all
// stands in the header Vivencia-Total; of more than maxRows the first are told.
type streamed struct {
	name  string
	total int64
	like  members
	page  []members                 // the first
	next  func() ([]members, error) // the page after; none at the end
}

// write answers with the rows. When a page cannot be read it breaks off, so that
// nobody takes a part for the whole.
func (r streamed) write(w http.ResponseWriter) int {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+r.name+`.csv"`)
	h.Set("Vivencia-Total", strconv.FormatInt(r.total, 10))
	out := csv.NewWriter(w)
	var columns []string
	flatten("", r.like, func(path, _ string) { columns = append(columns, path) })
	_ = out.Write(columns) // who asked may have left
	line, cells := map[string]string{}, make([]string, len(columns))
	for told := 0; len(r.page) > 0 && told < maxRows; {
		for _, row := range r.page[:min(len(r.page), maxRows-told)] {
			clear(line)
			flatten("", row, func(path, cell string) { line[path] = cell })
			for i, path := range columns {
				cells[i] = line[path]
			}
			_ = out.Write(cells)
			told++
		}
		out.Flush()
		if out.Error() != nil {
			break // they left
		}
		var err error
		if r.page, err = r.next(); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	return http.StatusOK
}
