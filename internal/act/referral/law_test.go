package referral

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// happening is one thing of a random history, as the oracle knows it.
type happening struct {
	n      int // in the order in which it came
	at     cx.Time
	who    string
	code   string // claimed
	shares string
	order  string
	minor  int64 // below 0: given back
}

// oracle says from all that happened, by brute force, what each customer has
// earned: same tells whether two users are one customer in the end.
func oracle(all []happening, users []string, same func(a, b string) bool) (earned map[string]int64, brought map[string]string) {
	all = slices.Clone(all)
	owner := map[string]string{}
	for _, h := range all {
		if h.shares != "" && owner[h.shares] == "" {
			owner[h.shares] = h.who
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	root := func(user string) string {
		return users[slices.IndexFunc(users, func(u string) bool { return same(u, user) })]
	}
	type link struct {
		referrer string
		at       cx.Time
		proof    *happening // nil: none
		counts   bool       // it was not given back
	}
	holds := map[string]link{}
	stands := func(who string, at cx.Time) (link, bool) {
		l, ok := holds[who]
		return l, ok && (l.proof != nil || at <= l.at.Add(10*day))
	}
	earned, count, brought := map[string]int64{}, map[string]int{}, map[string]string{}
	for _, h := range all {
		by := owner[h.code]
		if h.code == "" || by == "" {
			continue
		}
		friend, referrer := root(h.who), root(by)
		if friend == referrer {
			continue
		}
		if _, taken := stands(friend, h.at); taken {
			continue
		}
		l, before := link{referrer: referrer, at: h.at}, false
		for i := range all {
			b := &all[i]
			if b.minor <= 0 || root(b.who) != friend {
				continue
			}
			if b.at < h.at || b.at == h.at && b.n < h.n {
				before = true
				continue
			}
			if l.counts || b.minor < 1500 || b.at > h.at.Add(10*day) {
				continue
			}
			left, back := b.minor, false
			for _, r := range all {
				if r.minor < 0 && r.order == b.order && root(r.who) == friend && r.at >= b.at {
					if left += r.minor; left < 1500 && r.at <= b.at.Add(5*day) {
						back = true
					}
					if left < 1500 {
						break
					}
				}
			}
			if l.proof == nil || !back {
				l.proof, l.counts = b, !back
			}
		}
		circle := false
		for up, n := referrer, 0; n < len(all); n++ {
			x, ok := stands(up, h.at)
			if !ok {
				break
			}
			if up = x.referrer; up == friend {
				circle = true
				break
			}
		}
		if before || circle {
			continue
		}
		holds[friend] = l
		brought[friend] = referrer
		if l.counts {
			earned[friend] += 500
			earned[referrer] += 1000
			count[referrer]++
		}
	}
	for who, l := range holds {
		if l.proof == nil {
			delete(brought, who)
		}
	}
	for who, n := range count {
		if n >= 2 {
			earned[who] += 1500
		}
	}
	maps.DeleteFunc(earned, func(_ string, n int64) bool { return n == 0 })
	return earned, brought
}

// TestRandomHistories lets random customers share, claim, buy, give back, be merged
// and parted, late and twice, with crashes in between, and compares the ledger with
// the oracle's.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t, sqlite(t)), 0
	rapid.Check(t, func(t *rapid.T) { // customers of its own for each history
		n++
		w.history(t, fmt.Sprintf("h%d-", n))
	})
}

func (w *world) history(t *rapid.T, prefix string) {
	users, began := []string{prefix + "a", prefix + "b", prefix + "c", prefix + "d", prefix + "e"}, w.LastSeq()
	var all []happening
	orders, merges := map[string]string{}, []int64{}
	one := func(label string, from []string) string { return rapid.SampledFrom(from).Draw(t, label) }
	for _, u := range users {
		w.is(u, cxtest.Object{"name": u})
	}
	record := func(seq cx.Seq, name string) { // what memory decided, as the log has it
		w.log = append(w.log, cx.Event{Seq: seq, Kind: cx.Decision, Name: name, At: w.Clock.Now(), ReceivedAt: w.Clock.Now()})
	}
	for range rapid.IntRange(5, 25).Draw(t, "steps") {
		who := one("who", users)
		late := time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 30}).Draw(t, "late")) * time.Hour
		h := happening{n: len(all), at: w.Clock.Now().Add(-late), who: who}
		switch one("what", []string{"share", "claim", "buy", "buy", "buy", "back", "merge", "part", "time", "follow", "crash", "twice"}) {
		case "share":
			h.shares = prefix + "CODE-" + one("code", []string{"1", "2", "3", "4"})
			w.lives(who, SharedEvent, late, cxtest.Object{"code": h.shares})
			all = append(all, h)
		case "claim":
			h.code = prefix + "CODE-" + one("code", []string{"1", "2", "3", "4"})
			w.lives(who, ClaimedEvent, late, cxtest.Object{"code": h.code})
			all = append(all, h)
		case "buy":
			h.order, h.minor = fmt.Sprint("o", len(all)), rapid.SampledFrom([]int64{1000, 2000, 3000}).Draw(t, "amount")
			p := cxtest.Object{"order_id": h.order, "total": float64(h.minor) / 100, "currency": "EUR"}
			if rapid.Bool().Draw(t, "with a code") {
				h.code = prefix + "CODE-" + one("code", []string{"1", "2", "3", "4"})
				p["referral_code"] = h.code
			}
			w.lives(who, "Order Completed", late, p)
			orders[h.order] = who
			all = append(all, h)
		case "back":
			if len(orders) == 0 {
				continue
			}
			h.order = one("order", slices.Sorted(maps.Keys(orders)))
			h.who, h.minor = orders[h.order], -rapid.SampledFrom([]int64{500, 1000, 3000}).Draw(t, "back")
			w.lives(h.who, "Order Refunded", late, cxtest.Object{"order_id": h.order, "refund": float64(-h.minor) / 100, "currency": "EUR"})
			all = append(all, h)
		case "merge":
			other := one("other", users)
			if w.ID(who) == w.ID(other) {
				continue
			}
			_, err := w.Memory.Merge(w.t.Context(), cx.System(), w.ID(who), w.ID(other), "")
			must(w.t, err)
			record(w.LastSeq()+1, "vivencia.customers.merged")
			g, err := w.Graph(w.t.Context(), cx.System(), w.ID(who))
			must(w.t, err)
			for _, m := range g.Merges {
				if !slices.Contains(merges, m.ID) {
					merges = append(merges, m.ID)
				}
			}
		case "part":
			if len(merges) == 0 {
				continue
			}
			i := rapid.IntRange(0, len(merges)-1).Draw(t, "merge")
			if _, err := w.Unmerge(w.t.Context(), cx.System(), merges[i]); err == nil {
				record(w.LastSeq()+1, "vivencia.customers.unmerged")
			}
		case "time":
			w.Clock.Advance(time.Duration(rapid.IntRange(1, 8).Draw(t, "days")) * day)
		case "follow":
			w.follow()
		case "crash": // the position was not kept, what was written was
			reached, err := w.s.Position(w.t.Context())
			must(w.t, err)
			must(w.t, w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(w.t.Context(), `UPDATE referral_state SET position = $1`, rapid.Int64Range(int64(began), int64(max(began, reached))).Draw(t, "position"))
				return err
			}))
			w.anew()
		case "twice": // a message that was there before
			if e := w.log[rapid.IntRange(slices.IndexFunc(w.log, func(e cx.Event) bool { return e.Seq > began }), len(w.log)-1).Draw(t, "again")]; e.Kind == cx.Track {
				_, err := w.Append(w.t.Context(), []cx.Event{e})
				must(w.t, err)
			}
		}
	}
	w.batch = rapid.IntRange(1, 9).Draw(t, "batch")
	w.settle()

	want, brought := oracle(all, users, func(a, b string) bool { return w.ID(a) == w.ID(b) })
	got := map[string]int64{}
	for _, u := range users {
		root := users[slices.IndexFunc(users, func(o string) bool { return w.ID(o) == w.ID(u) })]
		if root != u {
			continue
		}
		ids, err := w.Aliases(w.t.Context(), w.ID(u))
		must(w.t, err)
		for _, id := range ids {
			must(w.t, w.db.Read(w.t.Context(), func(tx *sqldb.Tx) error {
				n, err := balance(w.t.Context(), tx, id, "EUR")
				got[u] += n
				return err
			}))
		}
		if got[u] == 0 {
			delete(got, u)
		}
	}
	if !maps.Equal(want, got) {
		t.Fatalf("earned %v, want %v\nhistory %+v", got, want, all)
	}
	for friend := range brought { // whatever the oracle thinks: nobody is above themselves
		for up, n := brought[friend], 0; up != ""; up, n = brought[up], n+1 {
			if up == friend || n > len(users) {
				t.Fatalf("a circle: %v", brought)
			}
		}
	}
}
