package app

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// TestSaidIsFoundWithinASecond sends words and finds them, as somebody does who
// waits before the page Voz.
func TestSaidIsFoundWithinASecond(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.apply(simulate.Model(), "first")
	h.settled()
	fresh, err := h.Voice.Watch(t.Context(), cx.System())
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Now()
	h.send(`{"type":"answer","survey":"csat","userId":"u","messageId":"m","answers":[{"question":"score","metric":"csat","scale":"1-5","value":1},{"question":"text","text":"La cola era interminable"}]}`)
	select {
	case <-fresh:
	case <-time.After(time.Minute):
		t.Fatal("nobody is told")
	}
	page, err := h.Voice.Search(t.Context(), cx.System(), voice.Query{Filter: voice.Filter{Words: "intermin"}})
	if err != nil || len(page.Lines) != 1 {
		t.Fatalf("%+v: %v", page, err)
	}
	// The machine that tests may be busy with much else.
	if took := time.Since(sent); took > 5*time.Second {
		t.Errorf("found after %v", took)
	} else {
		t.Logf("found after %v: %+v", took, page.Lines[0].Reading)
	}
}
