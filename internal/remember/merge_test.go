package remember_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

func TestPeopleMergeAndUndo(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.live(
			cxtest.Identify("u1", "", 0, cxtest.Object{"name": "Ana", "email": "x@x.es"}),
			cxtest.Track("u1", "Product Viewed", time.Hour, nil),
			cxtest.Identify("u2", "", 2*time.Hour, cxtest.Object{"name": "Bea", "email": "x@x.es"}),
			cxtest.Track("u2", "Checkout Paid", 3*time.Hour, cxtest.Object{"wait": 9}),
		)
		ctx, root := t.Context(), cx.System()
		one, two := w.id("userId", "u1"), w.id("userId", "u2")
		s := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, one, "", 0))
		if len(s.Suggestions) != 1 || s.Suggestions[0].A.ID != one || s.Suggestions[0].B.ID != two || s.Suggestions[0].Evidence != "email" {
			t.Fatalf("suggestions %+v", s)
		}
		before := w.customer("userId", "u2")

		merged := must[remember.Customer](w)(w.Merge(ctx, root, one, two, "same voice"))
		if merged.ID != one || merged.Events != 4 || len(merged.Traits) != 2 || merged.Name != "Bea" {
			t.Errorf("merged %+v", merged)
		}
		if c := must[remember.Customer](w)(w.Customer(ctx, root, two)); c.ID != one || c.MergedInto != one {
			t.Errorf("the old id leads to %s", c.ID)
		}
		if got := names(w.timeline(two, remember.TimelineQuery{}).Items); got != "Checkout Paid, Identify, Product Viewed, Identify" {
			t.Errorf("timeline %s", got)
		}
		if got := w.totals(); got.Customers != 1 {
			t.Errorf("totals %+v", got)
		}
		if s := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", "", 0)); len(s.Suggestions) != 0 {
			t.Errorf("still suggested: %+v", s)
		}
		if got := w.search("ana"); got != "Bea" {
			t.Errorf("search finds %q", got)
		}
		if _, err := w.Merge(ctx, root, two, one, ""); cx.KindOf(err) != cx.Conflict {
			t.Errorf("merged twice: %v", err)
		}

		g := must[remember.Graph](w)(w.Graph(ctx, root, one))
		if len(g.Profiles) != 2 || g.Profiles[1].ID != two || g.Profiles[1].Customer != one || g.Profiles[1].Items != 2 || len(g.Profiles[1].Identifiers) != 1 {
			t.Errorf("profiles %+v", g.Profiles)
		}
		if len(g.Merges) != 1 || g.Merges[0].Evidence != remember.ByPerson || g.Merges[0].Value != "same voice" || g.Merges[0].By != "system" || g.Merges[0].FromID != two {
			t.Fatalf("merges %+v", g.Merges)
		}
		last := w.totals().Applied
		apart := must[[]remember.CustomerSummary](w)(w.Unmerge(ctx, root, g.Merges[0].ID))
		if len(apart) != 2 || apart[0].ID != one || apart[1].ID != two {
			t.Errorf("undone: %+v", apart)
		}
		if diff := cmp.Diff(before, w.customer("userId", "u2")); diff != "" {
			// The suggestion was dismissed with the undo.
			before.OpenSuggestions = 0
			if diff := cmp.Diff(before, w.customer("userId", "u2")); diff != "" {
				t.Errorf("after the undo (-before +after):\n%s", diff)
			}
		}
		r := must[history.Resolved](w)(w.Resolve(ctx, last, last+1))
		if diff := cmp.Diff([]history.Cluster{{Profile: 2, Customer: 2}}, r.Clusters); diff != "" {
			t.Errorf("clusters %s", diff)
		}
		if got := w.totals(); got.Customers != 2 || got.Events != 4 {
			t.Errorf("totals %+v", got)
		}
		if _, err := w.Unmerge(ctx, root, g.Merges[0].ID); cx.KindOf(err) != cx.Conflict {
			t.Errorf("undone twice: %v", err)
		}
		if g := must[remember.Graph](w)(w.Graph(ctx, root, one)); len(g.Profiles) != 2 || g.Merges[0].UndoneAt == 0 || g.Profiles[1].Customer != two {
			t.Errorf("graph after the undo %+v", g)
		}
		w.live(with(cxtest.Identify("u2", "", 5*time.Hour, cxtest.Object{"email": "x@x.es", "name": "Bea"}), func(e *cx.Event) { e.MessageID = "again" }))
		if s := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", "", 0)); len(s.Suggestions) != 0 {
			t.Errorf("suggested again: %+v", s)
		}
	})
}

func TestSuggestionsAreDismissed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx, root := t.Context(), cx.System()
		for _, u := range []string{"u1", "u2", "u3"} {
			w.live(cxtest.Identify(u, "", 0, cxtest.Object{"email": "family@x.es"}))
		}
		page := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", "", 1))
		if len(page.Suggestions) != 1 || page.Next == "" || page.Suggestions[0].B.Name != "family@x.es" {
			t.Fatalf("page %+v", page)
		}
		rest := must[remember.SuggestionPage](w)(w.Suggestions(ctx, root, "", page.Next, 1))
		if len(rest.Suggestions) != 1 || rest.Next != "" {
			t.Fatalf("rest %+v", rest)
		}
		id := rest.Suggestions[0].ID
		if err := w.DismissSuggestion(ctx, root, id); err != nil {
			t.Fatal(err)
		}
		if err := w.DismissSuggestion(ctx, root, id); cx.KindOf(err) != cx.NotFound {
			t.Errorf("dismissed twice: %v", err)
		}
		if c := w.customer("userId", "u1"); c.OpenSuggestions != 1 {
			t.Errorf("%d open", c.OpenSuggestions)
		}
	})
}
