package remember_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

const limited = `
company: {slug: shop, name: Shop, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: stores, name: Stores, customers: own}, {slug: online, name: Online, customers: own}, {slug: care, name: Care}]
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: online, events: [Product Viewed]}
  - {slug: till, name: Till, stage: during, channel: store, medium: physical, area: stores, events: [{name: Checkout Paid, when: properties.total > 10}], surveys: [csat]}
  - {slug: help, name: Help, stage: after, channel: phone, medium: physical, area: care, events: [Called]}
`

func (w *world) use(yaml string) {
	w.t.Helper()
	m, err := model.Parse([]byte(yaml))
	if err != nil {
		w.t.Fatal(err)
	}
	*w.models.v = model.Version{Model: m}
}

// Who is limited to areas reaches exactly the customers whose timelines hold
// something of these areas, by whatever way they ask; the others are not there.
func TestReachIsWhatTheTimelineSays(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		w := newWorld(t, open(t))
		w.use(limited)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			round++
			w.t = t
			for i := range rapid.IntRange(1, 12).Draw(rt, "events") {
				who := fmt.Sprintf("r%dx-u%d", round, rapid.IntRange(0, 4).Draw(rt, "who"))
				at := time.Duration(round*1000+i) * time.Hour
				var e cx.Event
				switch rapid.IntRange(0, 6).Draw(rt, "what") {
				case 0:
					e = answer(who, at, 4)
				case 1:
					e = with(cxtest.Track(who, "Checkout Paid", at, cxtest.Object{"total": rapid.IntRange(5, 15).Draw(rt, "total")}), func(e *cx.Event) { e.GroupID = fmt.Sprintf("g%d-%d", round, i%2) })
				case 2:
					e = cxtest.Track(who, "Called", at, cxtest.Object{})
				case 3:
					e = with(cxtest.Track(who, "Nothing", at, cxtest.Object{}), func(e *cx.Event) { e.GroupID = fmt.Sprintf("g%d-%d", round, i%2) })
				case 4:
					e = cxtest.Identify(who, "", at, cxtest.Object{"name": who + " Smith"})
				default:
					e = cxtest.Track(who, "Product Viewed", at, cxtest.Object{})
				}
				w.live(e)
			}
			ids := these(w, round)
			if len(ids) > 1 && rapid.Bool().Draw(rt, "merge") {
				pair := rapid.Permutation(ids).Draw(rt, "pair")
				if _, err := w.Merge(t.Context(), cx.System(), pair[0], pair[1], ""); err != nil && cx.KindOf(err) != cx.Conflict {
					rt.Fatal(err)
				}
				ids = these(w, round)
			}
			areas := rapid.SampledFrom([][]string{{"stores"}, {"online"}, {"online", "stores"}, {"gone"}, {}}).Draw(rt, "areas")
			w.sees(rt, cx.Principal{ID: "person:1", Role: cx.Lead, Areas: areas}, round, ids)
		})
	})
}

// these returns a round's customers as the system finds them.
func these(w *world, round int) (ids []cx.CustomerID) {
	for _, c := range must[remember.CustomerPage](w)(w.Search(w.t.Context(), cx.System(), fmt.Sprintf("r%dx", round), "", 500)).Customers {
		ids = append(ids, c.ID)
	}
	return ids
}

// sees compares every way to ask with the timelines.
func (w *world) sees(rt *rapid.T, p cx.Principal, round int, ids []cx.CustomerID) {
	ctx := w.t.Context()
	reached := map[cx.CustomerID]bool{}
	for _, id := range ids {
		for _, i := range w.timeline(id, remember.TimelineQuery{Limit: 500}).Items {
			reached[id] = reached[id] || slices.Contains(p.Areas, i.Class.Area)
		}
		c, err := w.Customer(ctx, cx.System(), id)
		if err != nil {
			rt.Fatal(err)
		}
		_, errCustomer := w.Customer(ctx, p, id)
		_, errTimeline := w.Timeline(ctx, p, id, remember.TimelineQuery{})
		_, errGraph := w.Graph(ctx, p, id)
		_, errSuggestions := w.Suggestions(ctx, p, id, "", 0)
		_, errEvents := w.Events(ctx, p, remember.EventQuery{Customer: id})
		_, errLookup := w.Lookup(ctx, p, c.Identifiers[0].Kind, c.Identifiers[0].Value)
		for way, err := range map[string]error{"customer": errCustomer, "timeline": errTimeline, "graph": errGraph, "suggestions": errSuggestions, "events": errEvents, "lookup": errLookup} {
			if reached[id] && err != nil || !reached[id] && cx.KindOf(err) != cx.NotFound {
				rt.Errorf("%v, %s of %s (reached %t): %v", p.Areas, way, id, reached[id], err)
			}
		}
		_, noSuch := w.Customer(ctx, cx.System(), "c_1")
		if !reached[id] && cx.MessageOf(errCustomer) != cx.MessageOf(noSuch) {
			rt.Errorf("out of reach %q differs from not there %q", cx.MessageOf(errCustomer), cx.MessageOf(noSuch))
		}
		byNo, err := w.CustomersByNo(ctx, p, []cx.CustomerNo{c.No})
		if err != nil || (len(byNo) == 1) != reached[id] {
			rt.Errorf("%v, by number: %v, %v", p.Areas, byNo, err)
		}
		byName, err := w.Search(ctx, p, c.Identifiers[0].Value, "", 0)
		if err != nil || slices.ContainsFunc(byName.Customers, func(s remember.CustomerSummary) bool { return s.ID == id }) != reached[id] {
			rt.Errorf("%v, search %q: %v, %v", p.Areas, c.Identifiers[0].Value, byName, err)
		}
	}
	var want, got []cx.CustomerID
	for _, id := range ids {
		if reached[id] {
			want = append(want, id)
		}
	}
	for cursor := ""; ; {
		page, err := w.Search(ctx, p, fmt.Sprintf("r%dx", round), cursor, 3)
		if err != nil {
			rt.Fatal(err)
		}
		for _, c := range page.Customers {
			got = append(got, c.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("%v list: %s", p.Areas, diff)
	}
	lived, err := w.Recent(ctx, p, 100)
	if err != nil {
		rt.Fatal(err)
	}
	for _, l := range lived {
		if slices.Contains(ids, l.Customer) && !reached[l.Customer] {
			rt.Errorf("%v hear of %s", p.Areas, l.Customer)
		}
	}
	events, err := w.Events(ctx, p, remember.EventQuery{Limit: 500})
	if err != nil {
		rt.Fatal(err)
	}
	for _, e := range events.Events {
		if slices.Contains(ids, e.Customer) && !reached[e.Customer] {
			rt.Errorf("%v see an event of %s", p.Areas, e.Customer)
		}
	}
	w.seesBySeq(rt, p)
	w.seesOrganizations(rt, p, round, reached)
}

// seesBySeq asks by seq for what everybody lived, and for what is not there: it
// is what the list of events says.
func (w *world) seesBySeq(rt *rapid.T, p cx.Principal) {
	seqs := []cx.Seq{1 << 40}
	for _, e := range must[remember.EventPage](w)(w.Events(w.t.Context(), cx.System(), remember.EventQuery{Limit: 500})).Events {
		seqs = append(seqs, e.Seq)
	}
	var want []cx.Seq
	for _, e := range must[remember.EventPage](w)(w.Events(w.t.Context(), p, remember.EventQuery{Limit: 500})).Events {
		want = append(want, e.Seq)
	}
	var got []cx.Seq
	for _, i := range must[[]remember.Item](w)(w.EventsBySeq(w.t.Context(), p, seqs)) {
		got = append(got, i.Seq)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("%v by seq: %s", p.Areas, diff)
	}
}

func (w *world) seesOrganizations(rt *rapid.T, p cx.Principal, round int, reached map[cx.CustomerID]bool) {
	ctx := w.t.Context()
	want, got := map[string]int{}, map[string]int{}
	for cursor := ""; ; {
		page := must[remember.OrganizationPage](w)(w.Organizations(ctx, cx.System(), fmt.Sprintf("g%d-", round), cursor, 500))
		for _, o := range page.Organizations {
			whole := must[remember.Organization](w)(w.Organization(ctx, cx.System(), o.ID))
			for _, c := range whole.Members {
				if reached[c.ID] {
					want[o.ID]++
				}
			}
			part, err := w.Organization(ctx, p, o.ID)
			if want[o.ID] == 0 && cx.KindOf(err) != cx.NotFound || want[o.ID] > 0 && (err != nil || len(part.Members) != want[o.ID] || part.MemberCount != want[o.ID]) {
				rt.Errorf("%v, organization %s with %d members in reach: %d, %v", p.Areas, o.ID, want[o.ID], len(part.Members), err)
			}
			line, err := w.OrganizationTimeline(ctx, p, o.ID, remember.TimelineQuery{Limit: 500})
			if (want[o.ID] == 0) != (cx.KindOf(err) == cx.NotFound) {
				rt.Errorf("%v, line of %s: %v", p.Areas, o.ID, err)
			}
			for _, i := range line.Items {
				if !reached[i.Customer] {
					rt.Errorf("%v see %s on the line of %s", p.Areas, i.Customer, o.ID)
				}
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for cursor := ""; ; {
		page := must[remember.OrganizationPage](w)(w.Organizations(ctx, p, fmt.Sprintf("g%d-", round), cursor, 2))
		for _, o := range page.Organizations {
			got[o.ID] += o.MemberCount
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Errorf("%v organizations: %s", p.Areas, diff)
	}
}

// Who reaches only one of two customers can neither join nor part them, nor
// learn that they may be one.
func TestOutOfReachNothingIsDecided(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		w.use(limited)
		w.live(cxtest.Track("ana", "Product Viewed", time.Hour, cxtest.Object{}), cxtest.Track("bea", "Called", 2*time.Hour, cxtest.Object{}))
		online := cx.Principal{ID: "person:1", Role: cx.Lead, Areas: []string{"online"}}
		ctx, ana, bea := w.t.Context(), w.id("userId", "ana"), w.id("userId", "bea")
		if all := must[remember.CustomerPage](w)(w.Search(ctx, online, "", "", 0)); len(all.Customers) != 1 || all.Customers[0].ID != ana || all.Next != "" {
			w.t.Errorf("everybody in reach: %+v", all)
		}
		for _, pair := range [][2]cx.CustomerID{{ana, bea}, {bea, ana}} {
			if _, err := w.Merge(ctx, online, pair[0], pair[1], ""); cx.KindOf(err) != cx.NotFound {
				w.t.Errorf("merge %v: %v", pair, err)
			}
		}
		if _, err := w.Merge(ctx, cx.System(), ana, bea, ""); err != nil {
			w.t.Fatal(err)
		}
		g := must[remember.Graph](w)(w.Graph(ctx, online, ana))
		stores := cx.Principal{ID: "person:2", Role: cx.Lead, Areas: []string{"stores"}}
		if _, err := w.Unmerge(ctx, stores, g.Merges[0].ID); cx.KindOf(err) != cx.NotFound {
			w.t.Errorf("undo out of reach: %v", err)
		}
		if _, err := w.Unmerge(ctx, online, g.Merges[0].ID); err != nil {
			w.t.Error(err)
		}
		if g := must[remember.Graph](w)(w.Graph(ctx, online, ana)); len(g.Profiles) != 1 || len(g.Merges) != 0 {
			w.t.Errorf("what parted is still told: %+v", g)
		}
		totals := must[remember.Totals](w)(w.Totals(ctx, online))
		if totals.Customers != 0 || totals.Events != 0 {
			w.t.Errorf("counts of everybody: %+v", totals)
		}
	})
}
