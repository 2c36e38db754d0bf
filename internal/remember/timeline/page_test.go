package timeline_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

func company(t testing.TB) *model.Model {
	t.Helper()
	m, err := model.Parse([]byte(`
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR, languages: [es], address: tu}
areas: [{slug: stores, name: Stores}]
places: [{slug: goya, name: Goya, kind: shop}, {slug: triana, name: Triana, kind: shop}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: stores, events: [{name: View, when: "context.app != 'kiosk'"}]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [{name: Pay, valence: "properties.v"}], surveys: [csat]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type fixture struct {
	t     testing.TB
	db    *sqldb.DB
	model *model.Model
}

func newFixture(t testing.TB, db *sqldb.DB) fixture {
	t.Helper()
	if err := timeline.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return fixture{t, db, company(t)}
}

func (f fixture) insert(rows ...timeline.Row) {
	f.t.Helper()
	if err := f.db.Write(f.t.Context(), func(tx *sqldb.Tx) error { return timeline.Insert(f.t.Context(), tx, rows) }); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) read(line timeline.Line, q timeline.Query) (p timeline.Page) {
	f.t.Helper()
	if err := f.db.Read(f.t.Context(), func(tx *sqldb.Tx) (err error) {
		p, err = timeline.Read(f.t.Context(), tx, f.model, line, q)
		return err
	}); err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f fixture) clear() {
	f.t.Helper()
	if err := f.db.Write(f.t.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{"timeline", "circumstances"} {
			if _, err := tx.Exec(f.t.Context(), "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
}

// lived is what the oracle knows of an event.
type lived struct {
	seq        cx.Seq
	at         cx.Time
	touchpoint string
	place      string
}

// TestPagesAreOneLine: whatever the size of the pages, they make the whole
// line, with the episodes and circumstances that the whole line has.
func TestPagesAreOneLine(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		f := newFixture(t, open(t))
		rapid.Check(t, func(rt *rapid.T) {
			f.clear()
			profiles := []cx.ProfileNo{1, 2, 3}[:rapid.IntRange(1, 3).Draw(rt, "profiles")]
			var all []lived
			var rows []timeline.Row
			n := rapid.IntRange(0, 60).Draw(rt, "events")
			for i := range n {
				name := rapid.SampledFrom([]string{"View", "View", "Pay", "Identify"}).Draw(rt, "name")
				place := rapid.SampledFrom([]string{"goya", "triana"}).Draw(rt, "place")
				after := time.Duration(rapid.IntRange(0, 400).Draw(rt, "minutes")) * time.Minute
				e := cxtest.Track("u1", name, after, cxtest.Object{"place": place, "v": 1})
				e.Seq = cx.Seq(i + 1)
				rows = append(rows, timeline.Row{Event: &e, Profile: profiles[i%len(profiles)]})
				all = append(all, lived{e.Seq, e.At, map[string]string{"View": "web", "Pay": "till"}[name], place})
			}
			f.insert(rows...)
			circumstances := f.circumstances(rt)
			slices.SortFunc(all, func(a, b lived) int {
				if a.at != b.at {
					return int(a.at - b.at)
				}
				return int(a.seq) - int(b.seq)
			})
			wantEpisode, wantSize := episodesOf(all)

			q := timeline.Query{Limit: rapid.IntRange(1, 20).Draw(rt, "limit")}
			if rapid.Bool().Draw(rt, "filtered") {
				q.Touchpoint = "till"
			}
			if rapid.Bool().Draw(rt, "window") {
				q.Window = cx.Window{From: cxtest.Epoch.Add(time.Hour), To: cxtest.Epoch.Add(4 * time.Hour)}
			}
			var want, got []cx.Seq
			for _, l := range slices.Backward(all) {
				if (q.Touchpoint == "" || q.Touchpoint == l.touchpoint) && q.Window.Contains(l.at) {
					want = append(want, l.seq)
				}
			}
			for {
				p := f.read(timeline.OfCustomer(1, profiles), q)
				for _, i := range p.Items {
					got = append(got, i.Seq)
					if i.Episode != wantEpisode[i.Seq] {
						rt.Fatalf("seq %d is of episode %d, want %d", i.Seq, i.Episode, wantEpisode[i.Seq])
					}
					if diff := cmp.Diff(soThen(circumstances, i), seqs(i.Circumstances)); diff != "" {
						rt.Fatalf("circumstances of seq %d (-want +got):\n%s", i.Seq, diff)
					}
				}
				for _, e := range p.Episodes {
					if e.Items != wantSize[e.ID] {
						rt.Fatalf("episode %d has %d items, want %d", e.ID, e.Items, wantSize[e.ID])
					}
				}
				if q.Cursor = p.Next; q.Cursor == "" {
					break
				}
			}
			if !slices.Equal(want, got) {
				rt.Fatalf("line %v, want %v", got, want)
			}
		})
	})
}

// episodesOf cuts a line, oldest first, by the definition.
func episodesOf(all []lived) (of map[cx.Seq]cx.Seq, size map[cx.Seq]int) {
	of, size = map[cx.Seq]cx.Seq{}, map[cx.Seq]int{}
	var last lived
	for _, l := range all {
		if l.touchpoint == "" {
			continue
		}
		if last.touchpoint == l.touchpoint && l.at.Sub(last.at) <= timeline.EpisodeGap {
			of[l.seq] = of[last.seq]
		} else {
			of[l.seq] = l.seq
		}
		size[of[l.seq]]++
		last = l
	}
	return of, size
}

func (f fixture) circumstances(rt *rapid.T) (all []timeline.Circumstance) {
	for i := range rapid.IntRange(0, 8).Draw(rt, "circumstances") {
		c := timeline.Circumstance{Seq: cx.Seq(1000 + i), Circumstance: fact.Circumstance{
			Kind:       "closed",
			Place:      rapid.SampledFrom([]string{"", "goya", "triana"}).Draw(rt, "at"),
			Touchpoint: rapid.SampledFrom([]string{"", "till", "web"}).Draw(rt, "touchpoint"),
			From:       cxtest.Epoch.Add(time.Duration(rapid.IntRange(-60, 300).Draw(rt, "from")) * time.Minute),
		}}
		if c.Place == "" && c.Touchpoint == "" {
			c.Place = "goya"
		}
		if minutes := rapid.IntRange(0, 200).Draw(rt, "until"); minutes > 0 {
			c.Until = c.From.Add(time.Duration(minutes) * time.Minute)
		}
		if err := f.db.Write(f.t.Context(), func(tx *sqldb.Tx) error { return timeline.InsertCircumstance(f.t.Context(), tx, c) }); err != nil {
			rt.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func soThen(all []timeline.Circumstance, i timeline.Item) (out []cx.Seq) {
	for _, c := range all {
		if c.Window().Contains(i.At) && (c.Place == "" || c.Place == i.Class.Place) && (c.Touchpoint == "" || c.Touchpoint == i.Class.Touchpoint) {
			out = append(out, c.Seq)
		}
	}
	slices.Sort(out)
	return out
}

func seqs(all []timeline.Circumstance) (out []cx.Seq) {
	for _, c := range all {
		out = append(out, c.Seq)
	}
	slices.Sort(out)
	return out
}

func TestARowKeepsWhatALineShows(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		f := newFixture(t, open(t))
		shown := cxtest.Track("u1", "View", time.Minute, cxtest.Object{"a": "\u0000<b>"})
		shown.Seq, shown.GroupID = 1, "g1"
		shown.Context = []byte(`{"userAgent":"long","app":"web","traits":{"x":1},"userAgentData":{},"page":{"url":"/"}}`)
		hidden := cxtest.Track("u1", "View", 2*time.Minute, nil)
		hidden.Seq, hidden.Context = 2, []byte(`{"app":"kiosk"}`)
		given := cx.Event{Seq: 3, Kind: cx.Answer, Name: "csat", At: cxtest.Epoch, ReceivedAt: cxtest.Epoch.Add(time.Hour), Source: "survey", MessageID: "m3", Body: []byte(`{"touchpoint":"web"}`)}
		a := fact.Answer{Survey: "csat", Touchpoint: "web", Items: []fact.AnswerItem{{Question: "score", Metric: "csat", Scale: "1-5", Value: 4, HasValue: true, Text: "sí"}}}
		f.insert(timeline.Row{Event: &shown, Profile: 7}, timeline.Row{Event: &hidden, Profile: 7}, timeline.Row{Event: &given, Profile: 7, Answer: &a, Traits: []byte(`{"city":"Lugo"}`)})

		p := f.read(timeline.OfProfile(7), timeline.Query{})
		if len(p.Items) != 3 {
			t.Fatalf("%d items", len(p.Items))
		}
		if i := p.Items[0]; i.Class.Touchpoint != "" {
			t.Errorf("a condition on context does not see it: %+v", i.Class)
		}
		if i := p.Items[1]; i.Class.Touchpoint != "web" || i.UserID != "u1" || i.Organization != "g1" || string(i.Properties) != string(shown.Properties) || i.Answer != nil {
			t.Errorf("item %+v", i)
		}
		if i := p.Items[2]; i.Class.Touchpoint != "web" || i.ReceivedAt != given.ReceivedAt || string(i.Traits) != `{"city":"Lugo"}` {
			t.Errorf("answer %+v", i)
		}
		if diff := cmp.Diff(&a, p.Items[2].Answer); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if got := f.read(timeline.OfOrganization("g1"), timeline.Query{}); len(got.Items) != 1 || len(got.Episodes) != 0 {
			t.Errorf("organization %+v", got)
		}
		for _, q := range []timeline.Query{{Limit: -1}, {Limit: 501}, {Cursor: "x"}} {
			err := f.db.Read(t.Context(), func(tx *sqldb.Tx) error {
				_, err := timeline.Read(t.Context(), tx, f.model, timeline.OfProfile(7), q)
				return err
			})
			if cx.KindOf(err) != cx.Invalid {
				t.Errorf("%+v: %v", q, err)
			}
		}
	})
}

func TestAFilteredLineIsBounded(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		f := newFixture(t, open(t))
		var rows []timeline.Row
		for i := range 5000 {
			name := "View"
			if i == 10 {
				name = "Pay"
			}
			e := cxtest.Track("u1", name, time.Duration(i)*time.Minute, nil)
			e.Seq = cx.Seq(i + 1)
			rows = append(rows, timeline.Row{Event: &e, Profile: 1})
		}
		f.insert(rows...)
		q := timeline.Query{Touchpoint: "till"}
		pages, found := 0, 0
		for ; pages == 0 || q.Cursor != ""; pages++ {
			p := f.read(timeline.OfProfile(1), q)
			found += len(p.Items)
			q.Cursor = p.Next
		}
		if pages != 3 || found != 1 {
			t.Errorf("%d pages, %d found", pages, found)
		}
	})
}

func FuzzParseCursor(f *testing.F) {
	f.Add("")
	f.Add("AAAAAAAAAAEAAAAAAAAAAg")
	f.Add("not a cursor")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok, err := timeline.ParseCursor(s)
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		if again, _, err := timeline.ParseCursor(c.String()); ok && (err != nil || again != c) {
			t.Fatalf("%v is %v again: %v", c, again, err)
		}
	})
}

func BenchmarkPage(b *testing.B) {
	db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: b.TempDir() + "/x.db", Synchronous: "NORMAL"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	f := newFixture(b, db)
	var rows []timeline.Row
	for i := range 20_000 {
		e := cxtest.Track("u1", "View", time.Duration(i*7919%20_000)*20*time.Minute, cxtest.Object{"place": "goya", "text": fmt.Sprintf("%0700d", i)})
		e.Seq = cx.Seq(i + 1)
		rows = append(rows, timeline.Row{Event: &e, Profile: cx.ProfileNo(1 + i%2 + i%2*(i/2%2))})
	}
	f.insert(rows...)
	for name, line := range map[string]timeline.Line{"one profile": timeline.OfProfile(1), "two profiles": timeline.OfCustomer(2, []cx.ProfileNo{2, 3})} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if p := f.read(line, timeline.Query{}); len(p.Items) != 50 {
					b.Fatal(len(p.Items))
				}
			}
		})
	}
}
