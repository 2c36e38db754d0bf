package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A table is told to its end, page by page, and no further than it may be; one
// that cannot be read breaks off.
func TestTableIsToldToItsEnd(t *testing.T) {
	t.Parallel()
	row := members{{"id", "=1"}, {"of", members{{"name", "Ana"}}}}
	bare := members{{"id", "2"}, {"of", nil}}
	tell := func(pages int, err error) (r streamed) {
		r = streamed{name: "said", total: 7, like: row, page: []members{row, bare}}
		r.next = func() ([]members, error) {
			if pages--; pages <= 0 {
				return nil, err
			}
			return []members{row, bare}, nil
		}
		return r
	}
	w := httptest.NewRecorder()
	if status := tell(2, nil).write(w); status != http.StatusOK || w.Body.String() != "id,of.name\n'=1,Ana\n2,\n'=1,Ana\n2,\n" || w.Header().Get("Vivencia-Total") != "7" {
		t.Errorf("%d: %q, %v", status, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	tell(maxRows, nil).write(w)
	if n := strings.Count(w.Body.String(), "\n"); n != maxRows+1 {
		t.Errorf("%d lines, want %d", n, maxRows+1)
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // a panic's value
			t.Errorf("it ended with %v", v)
		}
	}()
	tell(1, errors.New("gone")).write(httptest.NewRecorder())
	t.Error("it ends as if it were whole")
}
