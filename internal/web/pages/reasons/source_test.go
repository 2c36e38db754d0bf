package reasons_test

import (
	"net/http"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices/voicestest"
)

// What came in from one source has reasons of its own; the address keeps it.
func TestReasonsOfASource(t *testing.T) {
	t.Parallel()
	v := site(t, voicestest.Lived(t)).As(cx.Analyst)
	r := v.Get("/reasons?source=nobody")
	if got := r.All("#reasons .bars > li"); r.Status != http.StatusOK || len(got) != 0 {
		t.Errorf("%d, reasons of nobody: %q", r.Status, got)
	}
	if got := r.All("select[name=source] option"); len(got) != 2 || got[1] != "nobody" {
		t.Errorf("the source can be chosen among %q", got)
	}
	if r := v.Get("/reasons/first?source=nobody"); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/reasons?source=nobody" {
		t.Errorf("without a script: %d to %q", r.Status, r.Header.Get("Location"))
	}
}
