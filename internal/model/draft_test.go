package model_test

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

const begun = `company: {slug: x, name: X, timezone: UTC, currency: EUR}
areas:
  # those who sell
  - {slug: shop, name: Shop}
  - {slug: web, name: Web}
touchpoints:
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: shop}
retention: [{kind: page, keep: 6 months}]
`

func TestMerge(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(begun) }
	for name, c := range map[string]struct{ mine, theirs, want, both string }{
		"nothing of mine": {begun, change("Till", "Tills"), change("Till", "Tills"), ""},
		"fields of one item": {
			change("name: Till", "name: Tills"), change("stage: during", "stage: after"),
			change("name: Till", "name: Tills", "stage: during", "stage: after"), "",
		},
		"the same change": {change("name: Till", "name: Tills"), change("name: Till", "name: Tills"), change("name: Till", "name: Tills"), ""},
		"added and gone": {
			change("  - {slug: web, name: Web}\n", "  - {slug: care, name: Care}\n"), change("Shop}", "Shops} # all"),
			change("  - {slug: web, name: Web}\n", "  - {slug: care, name: Care}\n", "Shop}", "Shops} # all"), "",
		},
		"in another order": {
			change("  # those who sell\n  - {slug: shop, name: Shop}\n  - {slug: web, name: Web}\n", "  - {slug: web, name: Web}\n  # those who sell\n  - {slug: shop, name: Shop}\n"),
			change("name: Web", "name: Webs"),
			change("  # those who sell\n  - {slug: shop, name: Shop}\n  - {slug: web, name: Web}\n", "  - {slug: web, name: Webs}\n  # those who sell\n  - {slug: shop, name: Shop}\n"), "",
		},
		"a list without slugs":  {change("6 months", "2 years"), change("Till", "Tills"), change("retention: [{kind: page, keep: 6 months}]", "retention:\n  - {kind: page, keep: 2 years}", "Till", "Tills"), ""},
		"both change one field": {change("name: X", "name: Y"), change("name: X", "name: Z"), "", "company.name"},
		"mine goes, theirs changes": {
			change("  - {slug: web, name: Web}\n", ""), change("name: Web", "name: Webs"), "", "areas.web",
		},
		"theirs goes, mine changes": {
			change("name: Web", "name: Webs"), change("  - {slug: web, name: Web}\n", ""), "", "areas.web",
		},
		"both change a list without slugs": {change("6 months", "2 years"), change("6 months", "1 day"), "", "retention"},
	} {
		got, err := model.Merge([]byte(begun), []byte(c.mine), []byte(c.theirs))
		switch {
		case c.both == "" && (err != nil || string(got) != c.want):
			t.Errorf("%s: %v\n%s", name, err, got)
		case c.both != "" && (cx.KindOf(err) != cx.Conflict || !strings.HasSuffix(cx.MessageOf(err), ": "+c.both)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	doc, err := model.Read([]byte(begun))
	if err != nil {
		t.Fatal(err)
	}
	text, line, err := doc.Source("areas", 1)
	if err != nil || text != "  - {slug: web, name: Web}" || line != 5 {
		t.Errorf("%q %d %v", text, line, err)
	}
	got, err := model.SetSource([]byte(begun), "areas", 1, text+" # sold\n")
	if want := strings.Replace(begun, text, text+" # sold", 1); err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	if text, _, err = doc.Source("retention", 0); err != nil || !strings.HasPrefix(text, "retention: [") {
		t.Errorf("an item in brackets is shown with its section: %q %v", text, err)
	}
	if text, _, err = doc.Source("segments", -1); err != nil || text != "" {
		t.Errorf("no section: %q %v", text, err)
	}
	items := doc.Items("areas")
	if len(items) != 2 || model.TextOf(items[1].Get("name")) != (model.Text{"Web", "Web", "Web"}) {
		t.Errorf("%v", items)
	}
	first, err := model.SetFields(nil, "company", model.Part{{"slug", "x"}, {"name", "X"}, {"timezone", "UTC"}, {"currency", "EUR"}})
	if _, parsed := model.Parse(first); err != nil || parsed != nil {
		t.Errorf("the first of all: %v %v\n%s", err, parsed, first)
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, ctx := open(t), t.Context()
		s := openService(t, db, openLog(t))
		other := cx.Principal{ID: "person:3", Role: cx.Admin}
		rename := func(from, to string) func([]byte) ([]byte, error) {
			return func(src []byte) ([]byte, error) { return []byte(strings.ReplaceAll(string(src), from, to)), nil }
		}
		if _, err := s.Draft(ctx, member); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("a member has a draft: %v", err)
		}
		if _, err := s.Apply(ctx, admin, []byte(begun), ""); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Draft(ctx, admin); err != nil || d.Revision != 0 || d.Base != 1 || string(d.YAML) != begun {
			t.Errorf("before any change: %+v %v", d, err)
		}
		if d, err := s.EditDraft(ctx, admin, 1, 0, rename("Till", "Till")); err != nil || d.Revision != 0 {
			t.Errorf("nothing changed: %+v %v", d, err)
		}
		d, err := s.EditDraft(ctx, admin, 1, 0, rename("Till", "Tills"))
		if err != nil || d.Revision != 1 {
			t.Fatalf("%+v %v", d, err)
		}
		if _, err := s.EditDraft(ctx, admin, 1, 0, rename("Tills", "X")); cx.KindOf(err) != cx.Conflict {
			t.Errorf("from an old window: %v", err)
		}
		if _, err := s.EditDraft(ctx, admin, 1, 1, func([]byte) ([]byte, error) { return make([]byte, 1<<20), nil }); cx.KindOf(err) != cx.TooLarge {
			t.Errorf("1 MB: %v", err)
		}
		s = openService(t, db, openLog(t)) // a draft outlives the process
		if d, err := s.Draft(ctx, admin); err != nil || !strings.Contains(string(d.YAML), "Tills") {
			t.Errorf("kept: %+v %v", d, err)
		}

		// Another editor applies first: it is told, and merged.
		theirs, err := s.EditDraft(ctx, other, 1, 0, rename("name: Web", "name: Webs"))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := s.ApplyDraft(ctx, other, theirs.Revision, "theirs"); err != nil || v.Number != 2 || v.AppliedBy != other.ID {
			t.Fatalf("%+v %v", v, err)
		}
		if _, err := s.ApplyDraft(ctx, admin, 1, ""); cx.KindOf(err) != cx.Conflict {
			t.Errorf("over another version: %v", err)
		}
		if d, err = s.MergeDraft(ctx, admin); err != nil || d.Base != 2 || !strings.Contains(string(d.YAML), "Webs") {
			t.Fatalf("merged: %+v %v", d, err)
		}
		if _, err := s.ApplyDraft(ctx, admin, 1, ""); cx.KindOf(err) != cx.Conflict {
			t.Errorf("not as it was looked at: %v", err)
		}
		v, err := s.ApplyDraft(ctx, admin, d.Revision, "")
		if err != nil || v.Number != 3 || !strings.Contains(string(v.YAML), "Webs") || !strings.Contains(string(v.YAML), "Tills") {
			t.Fatalf("%+v %v", v, err)
		}
		if d, err := s.Draft(ctx, admin); err != nil || d.Revision != 0 || d.Base != 3 {
			t.Errorf("applied drafts go: %+v %v", d, err)
		}

		// A form that was opened under version 1 changes version 1, not 3.
		if d, err := s.EditDraft(ctx, admin, 1, model.AnyRevision, rename("Shop", "Shops")); err != nil || d.Base != 1 || strings.Contains(string(d.YAML), "Webs") {
			t.Errorf("a draft of a former version: %+v %v", d, err)
		}
		if _, err := s.EditDraft(ctx, admin, 3, model.AnyRevision, rename("Shop", "Shops")); cx.KindOf(err) != cx.Conflict {
			t.Errorf("a form of another base: %v", err)
		}
		if err := s.DropDraft(ctx, admin); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Draft(ctx, admin); err != nil || d.Revision != 0 {
			t.Errorf("dropped: %+v %v", d, err)
		}
	})
}
