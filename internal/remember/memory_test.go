package remember_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProfileKeepsWhatEachSourceSaid(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		crm := with(cxtest.Identify("u1", "", time.Hour, cxtest.Object{"name": "Ana García", "city": "Madrid", "email": "ANA@x.es"}), func(e *cx.Event) { e.Source = "crm" })
		w.live(
			crm,
			cxtest.Identify("u1", "a1", 2*time.Hour, cxtest.Object{"city": "Sevilla", "plan": "gold"}),
			cxtest.Identify("u1", "", -time.Hour, cxtest.Object{"city": "Oviedo", "plan": nil}), // late: older than what is known
			with(cxtest.Identify("u1", "", 3*time.Hour, cxtest.Object{"gone": nil}), func(e *cx.Event) { e.Source = "crm" }),
		)
		c := w.customer("email", "ana@X.es ")
		if c.Name != "Ana García" || c.Email != "ANA@x.es" || !c.Identified || c.Events != 4 || c.Answers != 0 {
			t.Errorf("customer %+v", c)
		}
		if c.FirstAt != cxtest.Epoch.Add(-time.Hour) || c.LastAt != cxtest.Epoch.Add(3*time.Hour) {
			t.Errorf("from %v to %v", c.FirstAt, c.LastAt)
		}
		var got []string
		for _, tr := range c.Traits {
			s := tr.Name + "=" + string(tr.Value) + " by " + tr.Source
			for _, o := range tr.Older {
				s += ", " + string(o.Value) + " by " + o.Source
			}
			got = append(got, s)
		}
		want := []string{`city="Sevilla" by test, "Madrid" by crm`, `email="ANA@x.es" by crm`, `name="Ana García" by crm`, `plan="gold" by test`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("traits (-want +got):\n%s", diff)
		}
		if len(c.Identifiers) != 3 || c.Identifiers[0].Kind != "email" || c.Identifiers[0].Source != "crm" {
			t.Errorf("identifiers %+v", c.Identifiers)
		}
		for _, bad := range [][2]string{{"email", "nobody@x.es"}, {"email", ""}, {"userId", "u9"}, {"card", "1"}} {
			if _, err := w.Lookup(t.Context(), cx.System(), bad[0], bad[1]); cx.KindOf(err) != cx.NotFound {
				t.Errorf("Lookup(%v): %v", bad, err)
			}
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for i, c := range []struct {
			traits cxtest.Object
			want   string
		}{
			{cxtest.Object{"firstName": "Ana", "lastName": "López"}, "Ana López"},
			{cxtest.Object{"first_name": "Ana"}, "Ana"},
			{cxtest.Object{"name": " Bea ", "firstName": "Ana"}, "Bea"},
			{cxtest.Object{"email": "c@x.es"}, "c@x.es"},
			{cxtest.Object{"name": 7}, "7"},
			{cxtest.Object{"name": []int{1}}, "user5"},
		} {
			user := "user" + string(rune('0'+i))
			w.live(cxtest.Identify(user, "", time.Hour, c.traits))
			if got := w.customer("userId", user).Name; got != c.want {
				t.Errorf("%v: %q, want %q", c.traits, got, c.want)
			}
		}
		w.live(anonymous("dev1", "Page", 0))
		if got := w.customer("anonymousId", "dev1"); got.Name != "" || got.Identified {
			t.Errorf("somebody anonymous: %+v", got)
		}
	})
}

func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		e := cxtest.Track("u1", "Product Viewed", 0, cxtest.Object{"n": 1})
		w.live(e, e)
		w.live(e, with(e, func(e *cx.Event) { e.Source = "other" })) // another source's ids are its own
		w.open()
		w.live(e)
		if got, want := w.totals(), (remember.Totals{Events: 2, Customers: 1, Duplicates: 3, Applied: 5}); got != want {
			t.Errorf("totals %+v, want %+v", got, want)
		}
		// The same stretch of the log again, and one that begins in it.
		if err := w.Apply(t.Context(), stream.Batch{Events: w.log, Last: 5}); err != nil {
			t.Fatal(err)
		}
		if err := w.Apply(t.Context(), stream.Batch{Events: w.log[3:], Last: 9}); err != nil {
			t.Fatal(err)
		}
		if got, want := w.totals(), (remember.Totals{Events: 2, Customers: 1, Duplicates: 3, Applied: 9}); got != want {
			t.Errorf("totals after a replay %+v, want %+v", got, want)
		}
		seen := must[[]bool](w)(w.Seen(t.Context(), "test", []string{e.MessageID, "new"}))
		if diff := cmp.Diff([]bool{true, false}, seen); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnAnswerKeepsTheTraitsOfItsTime(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.live(
			cxtest.Identify("u1", "", 0, cxtest.Object{"city": "Madrid", "plan": "gold"}),
			answer("u1", time.Hour, 4),
			cxtest.Identify("u1", "", 2*time.Hour, cxtest.Object{"city": "Sevilla"}),
			answer("u1", 3*time.Hour, 2),
			with(cxtest.Identify("u1", "", 9*time.Hour, cxtest.Object{"city": "Lugo"}), func(e *cx.Event) { e.Source = "crm" }),
			answer("u1", 4*time.Hour, 2), // came after crm's, but was given before
		)
		r := must[history.Resolved](w)(w.Resolve(t.Context(), 0, 6))
		var got []string
		for _, f := range r.Facts {
			if f.Profile != 1 {
				t.Errorf("seq %d is of profile %d", f.Seq, f.Profile)
			}
			if f.Traits != nil {
				got = append(got, string(f.Traits))
			}
		}
		want := []string{`{"city":"Madrid","plan":"gold"}`, `{"city":"Sevilla","plan":"gold"}`, `{"city":"Sevilla","plan":"gold"}`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		p := w.timeline(w.id("userId", "u1"), remember.TimelineQuery{Kinds: []cx.Kind{cx.Answer}})
		if len(p.Items) != 3 || p.Items[2].Answer.Items[0].Value != 4 || string(p.Items[2].Traits) != want[0] || p.Items[2].Class.Touchpoint != "till" {
			t.Errorf("answers %+v", p.Items)
		}
		if c := w.customer("userId", "u1"); c.Answers != 3 || c.Events != 3 {
			t.Errorf("%d answers, %d events", c.Answers, c.Events)
		}
	})
}

func TestDeclaredIdentifiersActFromTheirModelOn(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.live(cxtest.Identify("u1", "", 0, cxtest.Object{"card": "C-1"}), cxtest.Identify("u2", "", 0, cxtest.Object{"card": "C-1"}))
		if got := w.totals().Customers; got != 2 {
			t.Fatalf("%d customers before the model", got)
		}
		w.applyModel()
		w.open() // the rules are kept
		w.live(cxtest.Identify("u1", "", time.Hour, cxtest.Object{"card": "C-1"}), cxtest.Identify("u2", "", time.Hour, cxtest.Object{"card": "c-1"}))
		if got := w.totals().Customers; got != 1 || w.id("card", "C-1") != w.id("userId", "u2") {
			t.Errorf("%d customers after it", got)
		}
	})
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx, root := t.Context(), cx.System()
		group := func(user, org string, after time.Duration, traits cxtest.Object) cx.Event {
			return cxtest.Fill(cx.Event{
				Kind: cx.Group, Name: "Group", Source: "crm", UserID: user, GroupID: org, MessageID: user + org,
				At: cxtest.Epoch.Add(after), ReceivedAt: cxtest.Epoch.Add(after),
			}, nil, traits)
		}
		w.live(
			cxtest.Identify("u1", "", 0, cxtest.Object{"name": "Ana"}),
			group("u1", "g1", time.Hour, cxtest.Object{"name": "Colegio Ñandú", "email": "colegio@x.es"}),
			group("u2", "g1", 2*time.Hour, nil),
			group("u2", "g2", 2*time.Hour, nil),
			with(cxtest.Track("u1", "Checkout Paid", 3*time.Hour, nil), func(e *cx.Event) { e.GroupID = "g1" }),
			cxtest.Track("u1", "Product Viewed", 4*time.Hour, nil),
		)
		o := must[remember.Organization](w)(w.Organization(ctx, root, "g1"))
		if o.Name != "Colegio Ñandú" || o.MemberCount != 2 || len(o.Members) != 2 || o.Members[0].Name != "Ana" || o.Events != 3 || len(o.Traits) != 2 {
			t.Errorf("organization %+v", o)
		}
		p := must[remember.TimelinePage](w)(w.OrganizationTimeline(ctx, root, "g1", remember.TimelineQuery{}))
		if got := names(p.Items); got != "Checkout Paid, Group, Group" || p.Items[0].CustomerName != "Ana" || p.Items[1].CustomerName != "u2" {
			t.Errorf("timeline %s", got)
		}
		for query, want := range map[string]int{"": 2, "nandu": 1, "G1": 1, "%": 0, "none": 0} {
			if got := must[remember.OrganizationPage](w)(w.Organizations(ctx, root, query, "", 0)); len(got.Organizations) != want {
				t.Errorf("%q finds %d, want %d", query, len(got.Organizations), want)
			}
		}
		first := must[remember.OrganizationPage](w)(w.Organizations(ctx, root, "", "", 1))
		second := must[remember.OrganizationPage](w)(w.Organizations(ctx, root, "", first.Next, 1))
		if first.Organizations[0].ID != "g1" || second.Organizations[0].ID != "g2" || second.Next != "" {
			t.Errorf("pages %+v %+v", first, second)
		}
		if c := w.customer("userId", "u2"); len(c.Organizations) != 2 || c.Organizations[0].Name != "Colegio Ñandú" {
			t.Errorf("organizations of a customer %+v", c.Organizations)
		}
		if _, err := w.Organization(ctx, root, "g9"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("no such: %v", err)
		}
		if _, err := w.Lookup(ctx, root, "email", "colegio@x.es"); cx.KindOf(err) != cx.NotFound {
			t.Error("the organization's e-mail became somebody's")
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.live(
			cxtest.Identify("user-7", "", 0, cxtest.Object{"name": "María José García-López", "email": "mj.garcia@correo.es", "phone": "+34 600 11 12 13"}),
			cxtest.Identify("u2", "", time.Hour, cxtest.Object{"firstName": "Íñigo", "lastName": "García"}),
			anonymous("0F3A-dev", "Page", 2*time.Hour),
		)
		everybody := ", Íñigo García, María José García-López"
		for query, want := range map[string]string{
			"":                           everybody,
			"garcia":                     "Íñigo García, María José García-López",
			"GARCÍA iñi":                 "Íñigo García",
			"lop mar":                    "María José García-López",
			"garcia-lopez":               "María José García-López",
			"mj.garcia@correo.es":        "María José García-López",
			"mj.gar":                     "María José García-López",
			"correo.es":                  "María José García-López",
			"600111213":                  "María José García-López",
			"600 11 12":                  "María José García-López",
			"+34600":                     "María José García-López",
			"0034 600 111":               "María José García-López",
			"user-7":                     "María José García-López",
			"0f3a":                       "",
			"0F3A-dev":                   "(nobody has a name)",
			"zzz":                        "",
			"garcia zzz":                 "",
			"@":                          "",
			string(w.id("userId", "u2")): "Íñigo García",
		} {
			if got := w.search(query); got != want {
				t.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
		var all []string
		for cursor := ""; ; {
			p := must[remember.CustomerPage](w)(w.Search(t.Context(), cx.System(), "", cursor, 1))
			for _, c := range p.Customers {
				all = append(all, c.Name)
			}
			if cursor = p.Next; cursor == "" {
				break
			}
		}
		if got := strings.Join(all, ", "); got != everybody {
			t.Errorf("page by page: %q", got)
		}
		if _, err := w.Search(t.Context(), cx.System(), "", "garbage", 1); cx.KindOf(err) != cx.Invalid {
			t.Errorf("a wrong cursor: %v", err)
		}
	})
}

func TestLiveAndEvents(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		watch := must[<-chan []remember.Lived](w)(w.Watch(ctx, cx.System()))
		w.live(cxtest.Identify("u1", "", 0, cxtest.Object{"name": "Ana"}))
		if l := <-watch; len(l) != 1 || l[0].CustomerName != "Ana" || l[0].Seq != 1 {
			t.Errorf("lived %+v", l)
		}
		w.live(cxtest.Track("u1", "Checkout Paid", time.Hour, cxtest.Object{"wait": 9}), answer("u1", 2*time.Hour, 5))
		l := <-watch
		if len(l) != 2 || l[0].Class.Valence != -1 || l[1].Answer == nil || l[1].Class.Touchpoint != "till" {
			t.Errorf("lived %+v", l)
		}
		cancel()
		for range watch {
		}
		w.live(circumstance("till-closed", `"place":"goya"`, 0, 0))
		recent := must[[]remember.Lived](w)(w.Recent(t.Context(), cx.System(), 10))
		if len(recent) != 4 || recent[0].Kind != cx.Circumstance || recent[0].Customer != "" || recent[1].Seq != 3 {
			t.Errorf("recent %+v", recent)
		}
		events := func(q remember.EventQuery) (string, string) {
			p := must[remember.EventPage](w)(w.Events(t.Context(), cx.System(), q))
			var items []remember.Item
			for _, e := range p.Events {
				items = append(items, e.Item)
			}
			return names(items), p.Next
		}
		for want, q := range map[string]remember.EventQuery{
			"csat, Checkout Paid, Identify": {},
			"Checkout Paid":                 {Name: "Checkout Paid"},
			"csat":                          {Source: "survey"},
			"Identify":                      {Kind: cx.Identify, Customer: w.id("userId", "u1")},
			"till-closed":                   {Kind: cx.Circumstance},
		} {
			if got, next := events(q); got != want || next != "" {
				t.Errorf("%+v: %q, next %q", q, got, next)
			}
		}
		first, next := events(remember.EventQuery{Limit: 2})
		second, end := events(remember.EventQuery{Limit: 2, Cursor: next})
		if first != "csat, Checkout Paid" || second != "Identify" || end != "" {
			t.Errorf("pages %q %q", first, second)
		}
	})
}

func TestWhatCannotBeRememberedIsPoison(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		good := cxtest.Track("u1", "Product Viewed", 0, nil)
		for name, bad := range map[string]cx.Event{
			"nobody":         cxtest.Track("", "Product Viewed", 0, nil),
			"a NUL":          cxtest.Track("u\x00", "Product Viewed", 0, nil),
			"answer":         with(answer("u1", 0, 9), func(e *cx.Event) { e.Body = []byte(`{}`) }),
			"circumstance":   with(circumstance("x", `"place":"goya"`, 0, 0), func(e *cx.Event) { e.Body = []byte(`{}`) }),
			"unknown kind":   with(good, func(e *cx.Event) { e.Kind, e.MessageID = 77, "77" }),
			"other decision": cxtest.Fill(cx.Event{Kind: cx.Decision, Name: "vivencia.customers.merged", MessageID: "d"}, cxtest.Object{"into": 1}, nil),
		} {
			good.Seq, bad.Seq = 1, 2
			err := w.Apply(t.Context(), stream.Batch{Events: []cx.Event{good, bad}, Last: 2})
			if want := stream.Poison(2, ""); err == nil || !strings.Contains(err.Error(), strings.SplitN(want.Error(), ":", 2)[0]) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := w.totals(); got.Events != 0 {
			t.Errorf("half a batch was applied: %+v", got)
		}
		// Without it the batch goes through, and memory is as it should be.
		if err := w.Apply(t.Context(), stream.Batch{Events: []cx.Event{good}, Last: 2}); err != nil {
			t.Fatal(err)
		}
		if got, want := w.totals(), (remember.Totals{Events: 1, Customers: 1, Applied: 2}); got != want {
			t.Errorf("totals %+v", got)
		}
	})
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		waited := make(chan error)
		go func() { waited <- w.WaitFor(t.Context(), 2) }()
		w.live(cxtest.Track("u1", "A", 0, nil))
		select {
		case err := <-waited:
			t.Fatalf("too early: %v", err)
		default:
		}
		w.live(cxtest.Track("u1", "B", 0, nil))
		if err := <-waited; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.WaitFor(ctx, 3); cx.KindOf(err) != cx.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestAnotherSchemaIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for _, change := range []string{`UPDATE memory_state SET version = 99`, `UPDATE vivencia_migrations SET sum = 'x' WHERE room = 'remember/timeline'`} {
			if err := w.db.Write(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(t.Context(), change)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			_, err := remember.Open(t.Context(), remember.Config{DB: w.db, Models: w.models})
			if schema := new(remember.SchemaError); !errors.As(err, &schema) {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

func TestPrincipalsAreChecked(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ctx := t.Context()
		w.live(cxtest.Track("u1", "A", 0, nil))
		id := w.id("userId", "u1")
		nobody, member := cx.Principal{}, cx.Principal{ID: "person:9", Role: cx.Member}
		for name, ask := range map[string]func(p cx.Principal) error{
			"Customer":      func(p cx.Principal) error { _, err := w.Customer(ctx, p, id); return err },
			"Lookup":        func(p cx.Principal) error { _, err := w.Lookup(ctx, p, "userId", "u1"); return err },
			"Search":        func(p cx.Principal) error { _, err := w.Search(ctx, p, "", "", 0); return err },
			"CustomersByNo": func(p cx.Principal) error { _, err := w.CustomersByNo(ctx, p, []cx.CustomerNo{1}); return err },
			"Timeline":      func(p cx.Principal) error { _, err := w.Timeline(ctx, p, id, remember.TimelineQuery{}); return err },
			"Graph":         func(p cx.Principal) error { _, err := w.Graph(ctx, p, id); return err },
			"Suggestions":   func(p cx.Principal) error { _, err := w.Suggestions(ctx, p, "", "", 0); return err },
			"Organizations": func(p cx.Principal) error { _, err := w.Organizations(ctx, p, "", "", 0); return err },
			"Organization":  func(p cx.Principal) error { _, err := w.Organization(ctx, p, "g"); return err },
			"OrganizationTimeline": func(p cx.Principal) error {
				_, err := w.OrganizationTimeline(ctx, p, "g", remember.TimelineQuery{})
				return err
			},
			"Recent":      func(p cx.Principal) error { _, err := w.Recent(ctx, p, 1); return err },
			"Events":      func(p cx.Principal) error { _, err := w.Events(ctx, p, remember.EventQuery{}); return err },
			"EventsBySeq": func(p cx.Principal) error { _, err := w.EventsBySeq(ctx, p, []cx.Seq{1}); return err },
			"Watch": func(p cx.Principal) error {
				c, cancel := context.WithCancel(ctx)
				cancel()
				_, err := w.Watch(c, p)
				return err
			},
			"Merge":             func(p cx.Principal) error { _, err := w.Merge(ctx, p, id, id, ""); return err },
			"Unmerge":           func(p cx.Principal) error { _, err := w.Unmerge(ctx, p, 1); return err },
			"DismissSuggestion": func(p cx.Principal) error { return w.DismissSuggestion(ctx, p, 1) },
		} {
			if err := ask(nobody); cx.KindOf(err) != cx.Unauthorized {
				t.Errorf("%s without a principal: %v", name, err)
			}
			want := map[string]bool{"Merge": true, "Unmerge": true, "DismissSuggestion": true}[name]
			if got := cx.KindOf(ask(member)) == cx.Forbidden; got != want {
				t.Errorf("%s is forbidden to a member: %v, want %v", name, got, want)
			}
		}
	})
}
