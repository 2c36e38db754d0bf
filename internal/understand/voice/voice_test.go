package voice_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Every piece of text is heard, once, from wherever it comes, and what is none
// is not.
func TestEveryTextIsHeardOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		complaint := w.wrote(cx.Track, "ana", "Complaint Sent", cxtest.Object{"comment": "Nadie me contesta", "order_id": "O-1", "message": "   ", "review": 7})
		mention := w.wrote(cx.Mention, "", "Mention Published", cxtest.Object{"text": "Menuda cola en Goya", "place": "goya"})
		w.live(
			w.said("ana", "Esperé mucho", 2),
			complaint,
			mention,
			w.wrote(cx.Track, "ana", "Product Viewed", cxtest.Object{"name": "no words here"}),
			w.wrote(cx.Identify, "ana", "", cxtest.Object{"text": "a trait is no voice"}),
			w.said("", "", 0),
			w.said("luz", "Compra rápida 👍", 5, `{"suspect":true}`),
		)
		w.live(complaint, mention) // again
		want := []string{"Esperé mucho", "Menuda cola en Goya", "Nadie me contesta"}
		if got := w.search(voice.Query{}); !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		if got := w.search(by(voice.ByKind, "suspect")); !slices.Equal(got, []string{"Compra rápida 👍"}) {
			t.Errorf("of programs %q", got)
		}
		page, err := w.Search(t.Context(), cx.System(), by(voice.ByKind, "answer"))
		if err != nil || len(page.Lines) != 1 {
			t.Fatal(page, err)
		}
		l := page.Lines[0]
		if l.CustomerName != "ana" || l.Touchpoint != "till" || l.Area != "stores" || l.Name != "csat" || l.Question != "why" || l.Item != 1 || l.Score == nil || l.Score.Value != 2 {
			t.Errorf("the answer is told as %+v of %s", l, l.CustomerName)
		}
		if page, _ := w.Search(t.Context(), cx.System(), by(voice.ByKind, "mention")); page.Lines[0].Place != "goya" || page.Lines[0].Customer != 0 {
			t.Errorf("the mention is told as %+v", page.Lines[0])
		}
	})
}

// Words are found without accents and case; the last one by its beginning;
// whatever else is typed parts words and is never an error.
func TestSearchFindsWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(w.said("ana", "Esperé MUCHÍSIMO en la caja", 1), w.said("luz", "La cajera fue amable", 5), w.said("eva", "the till's queue", 3))
		for query, want := range map[string]int{
			"muchisimo": 1, "MUCHÍSIMO": 1, "caj": 2, "caja": 1, "caja espere": 1, "cajera": 1, "caj amable": 0, "la": 2, "l": 0,
			"*": 0, `"`: 0, `"caja`: 1, "caja*": 1, "caja OR amable": 0, "NOT caja": 0, "caja AND espere": 0, "NEAR(caja la)": 0, "words:caja": 0,
			"caja'); DROP TABLE texts; --": 0, "^caja": 1, "-caja": 1, "(caja": 1, "{caja}": 1, "till's": 1, "caja:*": 1, "caja & !la": 1, `\`: 0, "\x00caja": 1, "\xffcaja": 1,
			"🙂": 0, "": 3, "   ": 3, strings.Repeat("caja ", 1000): 1,
		} {
			if got := w.search(words(query)); len(got) != want {
				t.Errorf("%.40q finds %q, want %d", query, got, want)
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"caja", `"a" OR b*`, "NEAR(a b, 3)", "a:b", "'", "\x00", "é́", "\u202ecaja"} {
		f.Add(s)
	}
	w := newFuzzWorld(f)
	f.Fuzz(func(t *testing.T, s string) {
		page, err := w.Search(t.Context(), cx.System(), words(s))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if _, err := w.Count(t.Context(), cx.System(), voice.Filter{Words: s}, voice.ByTopic); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if len(page.Lines) > 2 {
			t.Fatalf("%q finds %d", s, len(page.Lines))
		}
	})
}

func newFuzzWorld(f *testing.F) *world {
	f.Helper()
	w := newWorld(f, nil)
	w.live(w.said("ana", "Esperé en la caja", 1), w.said("luz", "Todo bien", 5))
	return w
}

// Pages follow each other without a gap or a text told twice, whatever the
// filter.
func TestPagesFollow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var events []cx.Event
		for i := range 23 {
			e := w.said([]string{"ana", "luz", "eva"}[i%3], "texto "+strings.Repeat("x", i+1), 1+i%5)
			if i%7 == 0 && i > 0 {
				e.At = events[i-1].At // the same instant
			}
			if i%5 == 0 {
				e.At = cxtest.Epoch.Add(-e.At.Sub(cxtest.Epoch)) // told late
			}
			events = append(events, e)
		}
		w.live(events[:9]...)
		w.live(events[9:]...)
		for _, f := range []voice.Filter{{}, {Words: "texto"}, {Customer: w.id("luz")}, by(voice.ByBand, "low").Filter} {
			all := w.search(voice.Query{Filter: f, Limit: 100})
			var paged []string
			for q := (voice.Query{Filter: f, Limit: 4}); ; {
				page, err := w.Search(t.Context(), cx.System(), q)
				if err != nil {
					t.Fatal(err)
				}
				for i, l := range page.Lines {
					paged = append(paged, l.Words)
					if i > 0 && l.At > page.Lines[i-1].At {
						t.Errorf("%v comes after %v", l.At, page.Lines[i-1].At)
					}
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if len(all) == 0 || !slices.Equal(all, paged) {
				t.Errorf("%+v: %d in one page, %d in pages", f, len(all), len(paged))
			}
		}
		if _, err := w.Search(t.Context(), cx.System(), voice.Query{Cursor: "c2FpZDp4"}); cx.KindOf(err) != cx.Invalid {
			t.Errorf("a cursor of nobody's: %v", err)
		}
	})
}

func (w *world) id(user string) cx.CustomerID {
	w.t.Helper()
	id, err := w.memory.Lookup(w.t.Context(), cx.System(), "userId", user)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// A response that comes page by page gives its texts its score, whichever comes
// first.
func TestScoreOfTheSameResponse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(w.said("ana", "antes", 0, `{"response_id":"r1"}`))
		w.live(w.said("ana", "", 2, `{"response_id":"r1"}`), w.said("luz", "", 5, `{"response_id":"r2"}`))
		w.live(w.said("luz", "después", 0, `{"response_id":"r2"}`), w.said("eva", "sola", 0))
		for band, want := range map[string][]string{"low": {"antes"}, "high": {"después"}, "": {"sola"}} {
			if got := w.search(by(voice.ByBand, band)); !slices.Equal(got, want) {
				t.Errorf("band %q has %q, want %q", band, got, want)
			}
		}
	})
}

// A merge and its undo are seen at once.
func TestMergeIsSeen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(w.said("ana", "uno", 1), w.said("luz", "dos", 2))
		ana, luz := w.id("ana"), w.id("luz")
		w.following()
		if _, err := w.memory.Merge(t.Context(), cx.System(), ana, luz, "vinieron juntas"); err != nil {
			t.Fatal(err)
		}
		of := func(id cx.CustomerID) []string {
			if err := w.WaitFor(t.Context(), w.log.LastSeq()); err != nil {
				t.Fatal(err)
			}
			return w.search(voice.Query{Filter: voice.Filter{Customer: id}})
		}
		if got := of(ana); !slices.Equal(got, []string{"dos", "uno"}) {
			t.Errorf("merged: %q", got)
		}
		g, err := w.memory.Graph(t.Context(), cx.System(), ana)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.memory.Unmerge(t.Context(), cx.System(), g.Merges[0].ID); err != nil {
			t.Fatal(err)
		}
		if got := of(luz); !slices.Equal(got, []string{"dos"}) {
			t.Errorf("undone: %q", got)
		}
	})
}

// Another model classifies every text again, finds text where it now says there
// is some, and leaves what it no longer counts as text.
func TestAnotherModelReadsAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(w.said("ana", "en la caja", 1), w.wrote(cx.Track, "ana", "Complaint Sent", cxtest.Object{"text": "queja", "why": "porque no vino"}))
		w.apply(strings.NewReplacer("slug: till,", "slug: checkout,", "company:", "facts: {text: [why]}\ncompany:").Replace(company))
		if got := w.search(voice.Query{}); !slices.Equal(got, []string{"porque no vino", "en la caja"}) {
			t.Errorf("heard %q", got)
		}
		if got := w.search(by(voice.ByTouchpoint, "checkout")); !slices.Equal(got, []string{"en la caja"}) {
			t.Errorf("at the till of another name: %q", got)
		}
		if got := w.search(words("queja")); len(got) > 0 {
			t.Errorf("still found: %q", got)
		}
	})
}

// Who is limited to areas finds and counts what was said there only.
func TestAreasLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(w.said("ana", "en la caja", 1), w.wrote(cx.Track, "ana", "Complaint Sent", cxtest.Object{"text": "en la web"}))
		lead := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{"stores"}}
		if got := w.searchAs(lead, voice.Query{}); !slices.Equal(got, []string{"en la caja"}) {
			t.Errorf("finds %q", got)
		}
		n, err := w.Count(t.Context(), lead, voice.Filter{}, voice.ByArea)
		if err != nil || n.N != 1 || len(n.Facets[0].Keys) != 1 {
			t.Errorf("counts %+v: %v", n, err)
		}
		for _, areas := range [][]string{{}, {""}} {
			if got := w.searchAs(cx.Principal{ID: "person:3", Role: cx.Lead, Areas: areas}, voice.Query{}); len(got) > 0 {
				t.Errorf("of the areas %q: %q", areas, got)
			}
		}
		if _, err := w.Search(t.Context(), cx.Principal{}, voice.Query{}); cx.KindOf(err) != cx.Unauthorized {
			t.Errorf("nobody searches: %v", err)
		}
	})
}

// Nothing that the team says is found here: understand/team tells it, in groups.
func TestTeamIsNotTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for _, response := range []string{"a", "b", "c", "d", "e", "f"} {
			e := w.said("", "falta gente en la caja", 0, `{"response_id":"`+response+`"}`)
			e.Kind, e.UserID = cx.Team, ""
			w.live(e)
		}
		for _, q := range []voice.Query{{}, by(voice.ByKind, "team"), by(voice.ByKind, "answer", "message", "mention", "suspect", "team")} {
			if got := w.search(q); len(got) > 0 {
				t.Errorf("%+v finds %q", q, got)
			}
		}
	})
}

// Counts by facet are those that a pass over every text gives.
func TestCountsAreThoseOfThePages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.live(
			w.said("ana", "uno", 1), w.said("ana", "dos", 3), w.said("luz", "tres", 5), w.said("luz", "cuatro", 5),
			w.wrote(cx.Track, "eva", "Complaint Sent", cxtest.Object{"text": "cinco", "place": "goya"}),
		)
		n, err := w.Count(t.Context(), cx.System(), voice.Filter{}, voice.ByTouchpoint, voice.ByBand, voice.ByPlace, voice.BySurvey)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, f := range n.Facets {
			for _, k := range f.Keys {
				got[string(f.By)+"="+k.Key] = k.N
				if page := w.search(by(f.By, k.Key)); int64(len(page)) != k.N {
					t.Errorf("%s %q counts %d, and the list has %d", f.By, k.Key, k.N, len(page))
				}
			}
		}
		want := map[string]int64{
			"touchpoint=till": 4, "touchpoint=web": 1, "band=low": 1, "band=middle": 1, "band=high": 2, "band=": 1,
			"place=goya": 1, "place=": 4, "survey=csat": 4, "survey=": 1,
		}
		if d := cmp.Diff(want, got); d != "" || n.N != 5 {
			t.Errorf("%d texts; counts (-want +got)\n%s", n.N, d)
		}
	})
}
