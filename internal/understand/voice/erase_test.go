package voice_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// What was erased is in no answer, and no byte of it in a file: not in the
// texts, not in the search index, not in what texts share.
func TestErasedIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var events []cx.Event
		for i := range 300 { // so that the words lie among others, on several pages
			events = append(events, w.said(fmt.Sprintf("u%d", i), fmt.Sprintf("texto %d con palabras corrientes y xylofon%d", i, i), 1+i%5))
		}
		secret := w.wrote(cx.Track, "marta", "Complaint Sent", cxtest.Object{"comment": "zzyzxqua me robó Fulgencio", "place": "casa-de-marta"})
		events = append(events, w.said("marta", "vkjqxirrepetible y qwzzkdistinta", 1, `{"response_id":"r-marta"}`), secret, w.said("marta", "", 2, `{"response_id":"r-marta"}`))
		first := w.live(events...)
		if got := w.search(words("qwzzkdist")); len(got) != 1 {
			t.Fatalf("found before: %q", got)
		}
		polarity := "negative"
		w.following()
		if err := w.Correct(t.Context(), cx.System(), voice.Ref{Seq: first + 300, Item: 1}, voice.Label{Polarity: &polarity}); err != nil {
			t.Fatal(err)
		}

		subject, err := w.memory.Subject(t.Context(), cx.System(), w.id("marta"))
		if err != nil {
			t.Fatal(err)
		}
		sections, err := w.Export(t.Context(), subject)
		if err != nil || len(sections) != 1 || len(sections[0].Items.([]voice.Said)) != 2 {
			t.Fatalf("takes away %+v: %v", sections, err)
		}
		n, err := w.Erase(t.Context(), subject)
		if err != nil || n != 2 {
			t.Fatal(n, err)
		}
		for _, q := range []string{"vkjqx", "qwzzk", "zzyzx", "fulgencio"} {
			if got := w.search(words(q)); len(got) > 0 {
				t.Errorf("%s finds %q", q, got)
			}
		}
		if got := w.search(by(voice.ByPlace, "casa-de-marta")); len(got) > 0 {
			t.Errorf("at that place: %q", got)
		}
		if got := w.search(voice.Query{Limit: 500}); len(got) != 300 {
			t.Errorf("%d texts are left", len(got))
		}
		if again, err := w.Erase(t.Context(), subject); again != 0 || err != nil {
			t.Errorf("erased again: %d, %v", again, err)
		}
		if w.db.Dialect() == sqldb.SQLite {
			w.noByte("vkjqx", "qwzzk", "zzyzx", "ulgencio", "casa-de-marta", "r-marta")
		}
		// What the index is told of next is numbered anew, and kept.
		w.live(w.wrote(cx.Track, "luz", "Complaint Sent", cxtest.Object{"comment": "otra", "place": "casa-de-marta"}))
		w.again()
		if got := w.search(by(voice.ByPlace, "casa-de-marta")); !slices.Equal(got, []string{"otra"}) {
			t.Errorf("after opening again: %q", got)
		}
	})
}

// noByte fails when the database's files hold one of the texts, or the search
// index a term that begins like it. The index stores terms without the beginning
// that they share with the term before.
func (w *world) noByte(secrets ...string) {
	w.t.Helper()
	var path, name string
	var no int
	err := w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(w.t.Context(), `PRAGMA database_list`).Scan(&no, &name, &path)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		w.t.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, s := range secrets {
			for _, part := range []string{s, s[2:]} {
				if bytes.Contains(bytes.ToLower(raw), []byte(part)) {
					w.t.Errorf("%s holds %q still", filepath.Base(file), part)
				}
			}
		}
	}
	err = w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `INSERT INTO texts_fts (texts_fts, rank) VALUES ('integrity-check', 1)`); err != nil {
			return err
		}
		if _, err := tx.Exec(w.t.Context(), `CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, texts_fts, row)`); err != nil {
			return err
		}
		rows, err := tx.Query(w.t.Context(), `SELECT term FROM temp.terms`)
		if err != nil {
			return err
		}
		terms, err := sqldb.Collect(rows, sqldb.Scan[string])
		for _, term := range terms {
			if slices.ContainsFunc(secrets, func(s string) bool { return strings.HasPrefix(term, s) }) {
				w.t.Errorf("the search index has the term %q", term)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A stretch of events that grew too old goes; a score that came in it is no
// longer that of the text that came with it.
func TestStretchIsErased(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		first := w.live(w.said("ana", "", 1, `{"response_id":"r1"}`), w.said("ana", "sigue", 0, `{"response_id":"r1"}`), w.said("ana", "viejo", 5))
		if n, err := w.Erase(t.Context(), cx.Subject{Seqs: []cx.Seq{first, first + 2}}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if err := w.Scrub(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.search(by(voice.ByBand, "")); !slices.Equal(got, []string{"sigue"}) {
			t.Errorf("left without a score: %q", got)
		}
	})
}

// What was read from the log before it was erased there comes to nothing.
func TestErasedBeforeItWasHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.live(w.said("ana", "antes", 1))
	first, err := w.log.Append(t.Context(), []cx.Event{w.said("ana", "durante", 2), w.said("luz", "otra", 2)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.log.CatchUp(t.Context(), w.memory); err != nil {
		t.Fatal(err)
	}
	ana, err := w.memory.Customer(t.Context(), cx.System(), w.id("ana"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Erase(t.Context(), cx.Subject{Customer: ana.ID, Profiles: []cx.ProfileNo{ana.No}, Seqs: []cx.Seq{first}}); err != nil {
		t.Fatal(err)
	}
	w.hear()
	if got := w.search(voice.Query{}); !slices.Equal(got, []string{"otra"}) {
		t.Errorf("heard %q", got)
	}
}

// Whatever is lived, corrected and classified anew, in whatever order, a store
// made again from the log gives the same answers, and so does one that is opened
// again.
func TestMadeAgainIsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w, r := newWorld(t, nil), rand.New(rand.NewPCG(seed, 5))
			pick := func(of ...string) string { return of[r.IntN(len(of))] }
			var seqs []cx.Seq
			for range 12 {
				var events []cx.Event
				for range 1 + r.IntN(4) {
					who := pick("ana", "luz", "eva")
					text := strings.TrimSpace(pick("", "la cola", "eterna", "muy amables") + " " + pick("", "no funciona", "👍", "terrible", "the queue"))
					switch r.IntN(5) {
					case 0:
						events = append(events, w.wrote(cx.Track, who, "Complaint Sent", cxtest.Object{"text": text, "place": "goya"}))
					case 1:
						events = append(events, w.wrote(cx.Mention, "", "Mention Published", cxtest.Object{"text": text}))
					case 2, 3:
						events = append(events, w.said(who, text, 1+r.IntN(5), fmt.Sprintf(`{"response_id":"r%d"}`, r.IntN(6))))
					default:
						events = append(events, w.said(who, text, 1+r.IntN(5)))
					}
				}
				first := w.live(events...)
				for i := range events {
					seqs = append(seqs, first+cx.Seq(i))
				}
				if r.IntN(4) == 0 {
					w.apply(strings.Replace(company, "name: Till", fmt.Sprintf("name: Till %d", len(seqs)), 1))
				}
				for range r.IntN(3) {
					topic, polarity := []string{pick("queue", "staff")}, pick("negative", "neutral", "positive")
					l := voice.Label{Topics: &topic}
					if r.IntN(2) == 0 {
						l = voice.Label{Polarity: &polarity}
					}
					w.live(voice.Corrected(voice.Ref{Seq: seqs[r.IntN(len(seqs))], Item: r.IntN(2)}, l, w.clock.Now()))
				}
			}
			before := w.everything()
			w.again()
			if d := cmp.Diff(before, w.everything()); d != "" {
				t.Errorf("opened again (-before +after):\n%s", d)
			}
			w.on(w.fresh())
			w.hear()
			if d := cmp.Diff(before, w.everything()); d != "" {
				t.Errorf("made again (-before +after):\n%s", d)
			}
		})
	}
}

// everything writes every text with all that is known of it, and the counts.
func (w *world) everything() string {
	w.t.Helper()
	page, err := w.Search(w.t.Context(), cx.System(), voice.Query{Limit: voice.MaxPage})
	if err != nil {
		w.t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range page.Lines {
		fmt.Fprintf(&b, "%v %+v %+v\n", l.CustomerID, l.Score, plainText(l.Text))
	}
	n, err := w.Count(w.t.Context(), cx.System(), voice.Filter{}, voice.Dimensions()...)
	if err != nil {
		w.t.Fatal(err)
	}
	fmt.Fprintf(&b, "%+v", n)
	return b.String()
}

// plainText is a text without its methods, to be printed field by field.
func plainText(t voice.Text) any {
	return struct {
		Seq  cx.Seq
		Item int
		Of   [9]any
		R    voice.Reading
	}{t.Seq, t.Item, [9]any{t.Kind, t.Profile, t.Customer, t.At, t.Name, t.Question, t.Response, t.Words, t.Touchpoint + t.Place}, t.Reading}
}
