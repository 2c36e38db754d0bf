package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// oracle follows the rules by brute force: after each step it computes every
// customer again from all profiles and all edges that hold.
type oracle struct {
	owners      map[string]cx.ProfileNo
	named       []bool // of each profile, from 1
	created     []cx.Seq
	edges       []oracleEdge
	kept        [][2]cx.ProfileNo
	suggestions map[string]bool // a b evidence value → open
}

type oracleEdge struct {
	id         int64
	into, from cx.ProfileNo
	evidence   string
	undone     bool
}

func newOracle() *oracle {
	return &oracle{owners: map[string]cx.ProfileNo{}, named: make([]bool, 1), created: make([]cx.Seq, 1), suggestions: map[string]bool{}}
}

func (o *oracle) customers() []cx.CustomerNo {
	of := make([]cx.CustomerNo, len(o.named))
	for p := range of {
		of[p] = cx.ProfileNo(p)
	}
	for _, e := range o.edges {
		if into, from := of[e.into], of[e.from]; !e.undone {
			for p := range of {
				if of[p] == from {
					of[p] = into
				}
			}
		}
	}
	return of
}

func (o *oracle) identified(c cx.CustomerNo) bool {
	for p, of := range o.customers() {
		if of == c && o.named[p] {
			return true
		}
	}
	return false
}

func (o *oracle) apart(a, b cx.CustomerNo) bool {
	of := o.customers()
	return slices.ContainsFunc(o.kept, func(k [2]cx.ProfileNo) bool {
		return of[k[0]] == a && of[k[1]] == b || of[k[0]] == b && of[k[1]] == a
	})
}

func (o *oracle) link(seq cx.Seq, place int64, mine, owner cx.ProfileNo, evidence, value string, strong bool) {
	of := o.customers()
	a, b := of[mine], of[owner]
	if a == b {
		return
	}
	ia, ib := o.identified(a), o.identified(b)
	if o.apart(a, b) || ia && ib && !strong {
		k := fmt.Sprint(min(mine, owner), " ", max(mine, owner), " ", evidence, " ", value)
		if _, known := o.suggestions[k]; !known {
			o.suggestions[k] = true
		}
		return
	}
	e := oracleEdge{int64(seq)*16 + place, mine, owner, evidence, false}
	if ib && !ia || ia == ib && b < a {
		e.into, e.from = owner, mine
	}
	o.edges = append(o.edges, e)
}

func (o *oracle) identify(f identity.Fact) cx.ProfileNo {
	of := o.customers()
	free := func(p cx.ProfileNo) bool { return p != 0 && !o.identified(of[p]) }
	previous := func() cx.ProfileNo {
		if p := o.owners["userId:"+f.PreviousID]; p != 0 {
			return p
		}
		return o.owners["anonymousId:"+f.PreviousID]
	}
	user, anonymous := o.owners["userId:"+f.UserID], o.owners["anonymousId:"+f.AnonymousID]
	profile := user
	switch {
	case user != 0:
	case f.UserID == "":
		profile = anonymous
	case free(anonymous):
		profile = anonymous
	case free(previous()):
		profile = previous()
	}
	if profile == 0 {
		profile = cx.ProfileNo(len(o.named))
		o.named, o.created = append(o.named, false), append(o.created, f.Seq)
		of = o.customers()
	}
	if f.UserID != "" {
		o.named[profile] = true
		o.owners["userId:"+f.UserID] = profile
	}
	switch {
	case f.AnonymousID == "":
	case anonymous == 0:
		o.owners["anonymousId:"+f.AnonymousID] = profile
	case f.UserID != "" && free(anonymous):
		o.link(f.Seq, 0, profile, anonymous, "anonymousId", f.AnonymousID, false)
	}
	if f.PreviousID != "" {
		if p := previous(); p != 0 {
			o.link(f.Seq, 1, profile, p, "alias", f.PreviousID, true)
		} else {
			o.owners["anonymousId:"+f.PreviousID] = profile
		}
	}
	for i, e := range f.Evidence {
		k := e.Kind + ":" + e.Value
		if p := o.owners[k]; p != 0 {
			o.link(f.Seq, int64(2+i), profile, p, e.Kind, e.Value, e.Merges)
		} else {
			o.owners[k] = profile
		}
	}
	return profile
}

func (o *oracle) join(seq cx.Seq, into, from cx.ProfileNo) {
	of := o.customers()
	a, b := of[into], of[from]
	if a == b {
		return
	}
	o.kept = slices.DeleteFunc(o.kept, func(k [2]cx.ProfileNo) bool {
		return of[k[0]] == a && of[k[1]] == b || of[k[0]] == b && of[k[1]] == a
	})
	o.edges = append(o.edges, oracleEdge{int64(seq)*16 + 15, a, b, "person", false})
}

func (o *oracle) keep(x, y cx.ProfileNo) {
	of := o.customers()
	if of[x] == of[y] {
		return
	}
	for k := range o.suggestions {
		var a, b cx.ProfileNo
		if _, err := fmt.Sscan(k, &a, &b); err != nil {
			panic(err)
		}
		if of[a] == of[x] && of[b] == of[y] || of[a] == of[y] && of[b] == of[x] {
			o.suggestions[k] = false
		}
	}
	o.kept = append(o.kept, [2]cx.ProfileNo{min(x, y), max(x, y)})
}

func (o *oracle) undo(id int64) {
	for i, e := range o.edges {
		if e.id == id && !e.undone {
			o.edges[i].undone = true
			o.keep(e.into, e.from)
		}
	}
}

// step is one event or decision of a generated log.
type step struct {
	fact identity.Fact
	kind string // event, join, undo, keep
	a, b int    // profiles or an edge, modulo how many there are
}

func steps() *rapid.Generator[[]step] {
	name := func(prefix string, n int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			if i := rapid.IntRange(0, n).Draw(t, prefix); i > 0 {
				return prefix + strconv.Itoa(i)
			}
			return ""
		})
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		s := step{kind: rapid.SampledFrom([]string{"event", "event", "event", "event", "event", "alias", "join", "undo", "undo", "keep"}).Draw(t, "kind")}
		s.a, s.b = rapid.IntRange(0, 20).Draw(t, "a"), rapid.IntRange(0, 20).Draw(t, "b")
		f := identity.Fact{Kind: cx.Track, Source: "s", UserID: name("u", 3).Draw(t, "user"), AnonymousID: name("a", 5).Draw(t, "anonymous")}
		if f.UserID == "" && f.AnonymousID == "" {
			f.AnonymousID = "a1"
		}
		if s.kind == "alias" {
			f.Kind, f.UserID, f.AnonymousID = cx.Alias, "u"+strconv.Itoa(1+s.a%3), ""
			f.PreviousID = rapid.SampledFrom([]string{"u1", "u2", "a1", "a2", "a9"}).Draw(t, "previous")
		}
		for i, kind := range []string{"email", "phone", "card"} {
			if v := name(kind, 3).Draw(t, kind); v != "" && rapid.IntRange(0, 2).Draw(t, "shows") == 0 {
				f.Evidence = append(f.Evidence, identity.NewEvidence(kind, v, kind == "card", i))
			}
		}
		// The oracle numbers evidence by its place in the event.
		for i, e := range f.Evidence {
			f.Evidence[i] = identity.NewEvidence(e.Kind, e.Value, e.Merges, i)
		}
		s.fact = f
		return s
	}), 1, 60)
}

// TestLaws holds the store against the oracle on generated logs cut into
// batches anywhere, with transactions that are rolled back and stores that are
// opened again in between.
func TestLaws(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		db := open(t)
		newWorld(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
				for _, table := range []string{"profiles", "identifiers", "merges", "kept_apart", "suggestions"} {
					if _, err := tx.Exec(t.Context(), "DELETE FROM "+table); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				rt.Fatal(err)
			}
			w, want := newWorld(t, db), newOracle()
			todo := steps().Draw(rt, "steps")
			for i := range todo {
				todo[i].fact.Seq = cx.Seq(i + 1)
			}
			for len(todo) > 0 {
				n := rapid.IntRange(1, len(todo)).Draw(rt, "batch")
				switch rapid.IntRange(0, 5).Draw(rt, "mishap") {
				case 0:
					w = newWorld(t, db)
				case 1:
					_ = db.Write(t.Context(), func(tx *sqldb.Tx) error {
						_ = apply(rt, w.store.Begin(t.Context(), tx), todo[:n], nil)
						return fmt.Errorf("rolled back")
					})
				}
				w.write(func(iw *identity.Writer) error { return apply(rt, iw, todo[:n], want) })
				todo = todo[n:]
				compare(rt, w, want)
			}
			undoOfAJoin(rt, w, want)
		})
	})
}

// apply applies the steps; with an oracle it compares as it goes.
func apply(rt *rapid.T, iw *identity.Writer, batch []step, want *oracle) error {
	var facts []identity.Fact
	for _, s := range batch {
		facts = append(facts, s.fact)
	}
	if err := iw.Prefetch(facts); err != nil {
		return err
	}
	for _, s := range batch {
		d := identity.Decision{Seq: s.fact.Seq, By: "person:1"}
		profiles := 1
		if want != nil {
			profiles = len(want.created) - 1
		}
		if profiles == 0 && s.kind != "alias" {
			s.kind = "event"
		}
		a, b := 1+s.a%max(profiles, 1), 1+s.b%max(profiles, 1)
		var err error
		switch s.kind {
		case "event", "alias":
			var o identity.Outcome
			if o, err = iw.Identify(s.fact); err == nil && want != nil {
				if p := want.identify(s.fact); p != o.Profile {
					rt.Fatalf("event %d went to profile %d, want %d", s.fact.Seq, o.Profile, p)
				}
			}
		case "join":
			if want != nil {
				_, err = iw.Join(d, cx.CustomerIDOf(want.created[a]), cx.CustomerIDOf(want.created[b]), "why")
				want.join(s.fact.Seq, cx.ProfileNo(a), cx.ProfileNo(b))
			}
		case "undo":
			if want != nil && len(want.edges) > 0 {
				id := want.edges[s.a%len(want.edges)].id
				_, err = iw.Undo(d, id)
				want.undo(id)
			}
		case "keep":
			if want != nil {
				err = iw.KeepApart(d, cx.CustomerIDOf(want.created[a]), cx.CustomerIDOf(want.created[b]))
				want.keep(cx.ProfileNo(a), cx.ProfileNo(b))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func compare(rt *rapid.T, w *world, want *oracle) {
	rt.Helper()
	if got, want := w.clusters(), want.customers()[1:]; !slices.Equal(got, want) {
		rt.Fatalf("customers %v, want %v", got, want)
	}
	var edges []oracleEdge
	for _, m := range w.merges() {
		edges = append(edges, oracleEdge{m.ID, m.Into, m.From, m.Evidence, m.UndoneSeq != 0})
	}
	if diff := cmp.Diff(want.edges, edges, cmp.AllowUnexported(oracleEdge{})); diff != "" {
		rt.Fatalf("merges (-want +got):\n%s", diff)
	}
	suggestions := map[string]bool{}
	w.read(func(ctx context.Context, tx *sqldb.Tx) error {
		rows, err := rowsOf(ctx, tx, `SELECT a, b, evidence, value, dismissed_seq, source FROM suggestions`)
		for _, r := range rows {
			suggestions[r[0]+" "+r[1]+" "+r[2]+" "+r[3]] = r[4] == "0"
		}
		return err
	})
	if diff := cmp.Diff(want.suggestions, suggestions); diff != "" {
		rt.Fatalf("suggestions (-want +got):\n%s", diff)
	}
}

// undoOfAJoin: unmerge(merge(x)) = x.
func undoOfAJoin(rt *rapid.T, w *world, want *oracle) {
	before := w.clusters()
	w.seq = 1000
	a, b := rapid.IntRange(1, len(before)).Draw(rt, "into"), rapid.IntRange(1, len(before)).Draw(rt, "from")
	o := w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) {
		return iw.Join(d, cx.CustomerIDOf(want.created[a]), cx.CustomerIDOf(want.created[b]), "why")
	})
	if len(o.Merged) == 0 {
		return
	}
	merges := w.merges()
	w.decide(func(iw *identity.Writer, d identity.Decision) (identity.Outcome, error) {
		return iw.Undo(d, merges[len(merges)-1].ID)
	})
	if after := w.clusters(); !slices.Equal(before, after) {
		rt.Fatalf("customers %v, and after a merge and its undo %v", before, after)
	}
}
