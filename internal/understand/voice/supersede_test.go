package voice_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// What somebody corrected takes the place of what they said before, question by
// question, score and words, also after everything is read again.
func TestCorrectedAnswerCountsInstead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		own := func(e cx.Event) cx.Event { e.Source = "vivencia"; return e }
		first := w.live(own(w.said("ana", "muy mal", 1, `{"response_id":"r1"}`)), own(w.said("luz", "bien", 5)))
		w.live(own(w.said("ana", "en verdad bien", 5, fmt.Sprintf(`{"response_id":"r1","corrects":[%d]}`, first))))
		foreign := w.said("eva", "nadie corrige a otros", 3, fmt.Sprintf(`{"corrects":[%d]}`, first+1))
		w.live(foreign)
		check := func(when string) {
			t.Helper()
			if got := w.search(voice.Query{}); !slices.Equal(got, []string{"nadie corrige a otros", "en verdad bien", "bien"}) {
				t.Errorf("%s: %q", when, got)
			}
			if got := w.search(by(voice.ByBand, "low")); len(got) > 0 {
				t.Errorf("%s, low: %q", when, got)
			}
		}
		check("at once")
		w.apply(company + "# again\n")
		check("read again")
	})
}

// Of a mention the newest edit is told, whichever came first; one that was
// taken back is told no more.
func TestMentionIsToldAsItIsNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		at := func(id, text string, more cxtest.Object) cx.Event {
			o := cxtest.Object{"network": "google", "id": id, "at": "2026-01-01T00:00:00Z", "text": text, "rating": 1, "scale": "1-5", "touchpoint": "till"}
			for k, v := range more {
				o[k] = v
			}
			return w.wrote(cx.Mention, "", "", o)
		}
		w.live(at("a", "mal", nil), at("b", "fatal", nil), at("c", "editada", cxtest.Object{"editedAt": "2026-01-03T00:00:00Z"}))
		w.live(at("a", "ya mejor", cxtest.Object{"editedAt": "2026-01-02T00:00:00Z"}), at("b", "", cxtest.Object{"deleted": true}), at("c", "primera", nil))
		w.live(at("b", "fatal", nil))
		proved := w.wrote(cx.Track, "ana", "Mention Published", cxtest.Object{"network": "x", "id": "9", "at": "2026-01-01T00:00:00Z", "text": "la mía"})
		w.live(proved)
		check := func(when string) {
			t.Helper()
			got := w.search(by(voice.ByKind, "mention"))
			slices.Sort(got)
			if !slices.Equal(got, []string{"editada", "la mía", "ya mejor"}) {
				t.Errorf("%s: %q", when, got)
			}
			if got := w.search(by(voice.ByTouchpoint, "till")); len(got) != 2 {
				t.Errorf("%s, at the till: %q", when, got)
			}
		}
		check("at once")
		w.apply(company + "# again\n")
		check("read again")
		w.on(w.fresh())
		w.hear()
		check("made again")
		if got := w.search(voice.Query{Filter: voice.Filter{Customer: w.id("ana")}}); !slices.Equal(got, []string{"la mía"}) {
			t.Errorf("of ana: %q", got)
		}
	})
}
