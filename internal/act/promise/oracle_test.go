package promise_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// said is an event as the oracle knows it.
type said struct {
	seq    cx.Seq
	at     cx.Time
	name   string
	user   string
	props  cxtest.Object
	erased bool
}

// sees is what an event means to a promise; the oracle has its own words for what
// company declares.
type sees struct {
	key                    func(said, cx.CustomerID) string
	begin, end, void, fear func(said) bool
	due                    func(said) (cx.Time, bool)
	risk                   time.Duration
	holds                  func(said) (kept, known bool)
}

func named(name string) func(said) bool { return func(e said) bool { return e.name == name } }
func never(said) bool                   { return false }
func after(d time.Duration) func(said) (cx.Time, bool) {
	return func(e said) (cx.Time, bool) { return e.at.Add(d), true }
}

func byOrder(e said, _ cx.CustomerID) string    { id, _ := e.props["order_id"].(string); return id }
func byCustomer(_ said, c cx.CustomerID) string { return string(c) }

var oracle = map[string]sees{
	"on-date": {
		key: byOrder, begin: func(e said) bool { return e.name == "Ordered" && e.props["delivery"] == "home" }, end: named("Delivered"), void: named("Cancelled"), fear: named("Delivery Failed"),
		due: func(e said) (cx.Time, bool) {
			s, _ := e.props["promised_at"].(string)
			return cx.ParseTime(s)
		},
		risk: 30 * time.Minute,
	},
	"solved":    {key: byCustomer, begin: named("Called"), end: named("Solved"), void: never, fear: never, due: after(2 * time.Hour), risk: time.Hour},
	"next-call": {key: byOrder, begin: named("Solved"), end: func(e said) bool { return e.name == "Solved" && e.props["again"] == true }, void: never, fear: never, due: after(time.Hour)},
	"till-fast": {holds: func(e said) (kept, known bool) {
		total, _ := e.props["total"].(float64)
		wait, known := e.props["wait_min"].(float64)
		return wait <= 5, known && total > 10 && e.name == "Paid"
	}},
	"repaired": {key: byCustomer, begin: named("Till Broken"), end: named("Till Repaired"), void: never, fear: never, due: after(2 * time.Hour)},
}

// brute says which instances the events make, by looking at all of them again for
// each instance.
func brute(o sees, all []said, owner func(cx.Seq) cx.CustomerID, now cx.Time) (out []string) {
	keys := map[string][]said{}
	for _, e := range all {
		if e.erased {
			continue
		}
		if o.holds != nil {
			if kept, known := o.holds(e); known {
				state := promise.Broken
				if kept {
					state = promise.Kept
				}
				out = append(out, line(state, e.seq, e.at, e.at, e.seq, e.at))
			}
			continue
		}
		if k := o.key(e, owner(e.seq)); k != "" {
			keys[k] = append(keys[k], e)
		}
	}
	for _, events := range keys {
		slices.SortFunc(events, func(a, b said) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
		for i := 0; i < len(events); {
			from := events[i]
			due, ok := cx.Time(0), false
			if o.begin(from) {
				due, ok = o.due(from)
			}
			if !ok {
				i++
				continue
			}
			state, since, by, ended, next := promise.Waiting, from.at, from.seq, cx.Time(0), i+1
			risk, riskBy := cx.Time(0), cx.Seq(0)
			if o.risk > 0 {
				risk = max(from.at, due.Add(-o.risk))
			}
			done := false
			for ; next < len(events) && !done; next++ {
				e := events[next]
				_, promised := o.due(e)
				switch {
				case o.end(e) && e.at <= due:
					state, since, by, ended, done = promise.Kept, e.at, e.seq, e.at, true
				case o.void(e) && e.at <= due:
					state, since, by, ended, done = promise.Void, e.at, e.seq, e.at, true
				case o.end(e) || o.void(e):
					state, since, by, ended, done = promise.Broken, due, 0, e.at, true
				case o.begin(e) && promised && e.at > due:
					done = true
					next-- // begins anew
				case o.fear(e) && e.at <= due && riskBy == 0:
					if risk == 0 || e.at < risk {
						risk = e.at
						riskBy = e.seq
					} else {
						riskBy = 1<<63 - 1 // later than by time
					}
				}
			}
			if done && o.begin(events[next-1]) && o.end(events[next-1]) && ended == events[next-1].at {
				next-- // what ends one begins the next
			}
			if riskBy == 1<<63-1 {
				riskBy = 0
			}
			switch {
			case state != promise.Waiting:
			case now > due:
				state, since, by = promise.Broken, due, 0
			case risk != 0 && (riskBy != 0 || risk <= now):
				state, since, by = promise.AtRisk, risk, riskBy
			}
			out = append(out, line(state, from.seq, due, since, by, ended))
			i = next
		}
	}
	slices.Sort(out)
	return out
}

func line(state promise.State, from cx.Seq, due, since cx.Time, by cx.Seq, ended cx.Time) string {
	return fmt.Sprintf("%06d %s due %s since %s by %d ended %d", from, state, due, since, by, ended)
}

// Whatever comes late, twice, in another order or is erased, and however often the
// store is opened again or made anew: the states are those that all events give at
// once, and nothing is told twice.
func TestStatesAreThoseOfABruteForceRecomputation(t *testing.T) {
	t.Parallel()
	var w *world
	n := 0
	users := []string{}
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n%10 == 1 { // the others add their own customers and orders to those before
			w = newWorld(t, nil)
		}
		users = append(users, fmt.Sprintf("u%d", n))
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			var events []cx.Event
			for range rapid.IntRange(0, 8).Draw(rt, "events") {
				events = append(events, draw(rt, w, users, n))
			}
			if len(events) > 0 && rapid.Bool().Draw(rt, "retry") {
				events = append(events, events[rapid.IntRange(0, len(events)-1).Draw(rt, "which")])
			}
			w.live(events...)
			switch rapid.IntRange(0, 7).Draw(rt, "then") {
			case 0:
				w.again()
			case 1:
				erase(rt, w, n)
			}
			w.pass(rapid.SampledFrom([]time.Duration{0, time.Microsecond, 7 * time.Minute, time.Hour, 3 * time.Hour}).Draw(rt, "pass"))
		}
		if n%10 == 0 {
			w.rebuild()
		}
		all := read(w)
		for slug, o := range oracle {
			var got []string
			for _, i := range w.all(slug) {
				got = append(got, line(i.State, i.From, i.Due, i.Since, i.By, i.Ended))
			}
			slices.Sort(got)
			if want := brute(o, all, w.owner, w.clock.Now()); !slices.Equal(got, want) {
				rt.Fatalf("%s: got\n%s\nwant\n%s", slug, differ(got, want), differ(want, got))
			}
		}
		ids := map[string]bool{}
		for _, e := range w.told(promise.ChangedEvent) {
			if ids[e.MessageID] {
				rt.Fatalf("%s is told twice", e.MessageID)
			}
			ids[e.MessageID] = true
		}
	})
}

// differ lists what is in a and not in b.
func differ(a, b []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) }), "\n")
}

// draw is an event that some promise may look at, lived before, at or after now.
func draw(rt *rapid.T, w *world, users []string, n int) cx.Event {
	at := w.clock.Now().Sub(cxtest.Epoch) + time.Duration(rapid.IntRange(-400, 30).Draw(rt, "minutes"))*time.Minute
	user := rapid.SampledFrom(users[max(0, len(users)-2):]).Draw(rt, "user")
	order := fmt.Sprintf("o%d-%d", n, rapid.IntRange(1, 2).Draw(rt, "order"))
	name := rapid.SampledFrom([]string{"Ordered", "Ordered", "Delivered", "Delivered", "Cancelled", "Delivery Failed", "Called", "Called", "Solved", "Solved", "Paid", "Till Broken", "Till Repaired", "identify"}).Draw(rt, "name")
	props := cxtest.Object{"order_id": order}
	switch name {
	case "identify": // two customers become one, perhaps
		return cxtest.Identify(user, fmt.Sprintf("device%d", rapid.IntRange(n-1, n).Draw(rt, "device")), at, nil)
	case "Ordered":
		props["delivery"] = rapid.SampledFrom([]string{"home", "home", "collect"}).Draw(rt, "delivery")
		if rapid.IntRange(0, 5).Draw(rt, "promised") > 0 {
			props["promised_at"] = cxtest.Epoch.Add(at).Add(time.Duration(rapid.IntRange(-10, 300).Draw(rt, "within")) * time.Minute).Std().Format(time.RFC3339)
		}
	case "Solved":
		props["again"] = rapid.Bool().Draw(rt, "again")
	case "Paid":
		props["total"] = rapid.SampledFrom([]float64{5, 50}).Draw(rt, "total")
		if rapid.Bool().Draw(rt, "timed") {
			props["wait_min"] = rapid.SampledFrom([]float64{1, 5, 9}).Draw(rt, "wait")
		}
	}
	e := cxtest.Track(user, name, at, props)
	if rapid.IntRange(0, 3).Draw(rt, "anonymous") == 0 {
		e.UserID, e.AnonymousID = "", fmt.Sprintf("device%d", rapid.IntRange(n-1, n).Draw(rt, "device"))
	}
	e.MessageID += fmt.Sprint(rapid.IntRange(0, 1).Draw(rt, "message"))
	return cxtest.Fill(e, props, nil)
}

// erase takes some of the events of this check out of the log, and out of the
// promises.
func erase(rt *rapid.T, w *world, n int) {
	var mine []cx.Seq
	for _, e := range read(w) {
		if id, _ := e.props["order_id"].(string); strings.HasPrefix(id, fmt.Sprintf("o%d-", n)) {
			mine = append(mine, e.seq)
		}
	}
	if len(mine) == 0 {
		return
	}
	some := []cx.Seq{rapid.SampledFrom(mine).Draw(rt, "erased")}
	if _, err := w.log.Redact(w.t.Context(), some, func(e cx.Event) cx.Event {
		return cx.Event{Kind: cx.Redacted, Seq: e.Seq, Source: e.Source, MessageID: e.MessageID, At: e.At, ReceivedAt: e.ReceivedAt, Body: []byte(`{}`)}
	}); err != nil {
		rt.Fatal(err)
	}
	if _, err := w.Erase(w.t.Context(), cx.Subject{Seqs: some}); err != nil {
		rt.Fatal(err)
	}
}

// read lists the events of the log that are nobody's retries.
func read(w *world) (all []said) {
	seen := map[string]bool{}
	if err := w.log.Read(w.t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			if e.Kind != cx.Track && e.Kind != cx.Redacted || seen[e.Source+e.MessageID] {
				continue
			}
			seen[e.Source+e.MessageID] = true
			s := said{seq: e.Seq, at: e.At, name: strings.Clone(e.Name), user: e.UserID, erased: e.Kind == cx.Redacted}
			if !s.erased {
				if err := json.Unmarshal(bytes.Clone(e.Properties), &s.props); err != nil {
					return err
				}
			}
			all = append(all, s)
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// owner tells whose an event is now.
func (w *world) owner(seq cx.Seq) cx.CustomerID {
	r, err := w.memory.Resolve(w.t.Context(), seq-1, seq)
	if err != nil || len(r.Facts) == 0 {
		return ""
	}
	ids, err := w.memory.Owners(w.t.Context(), []cx.ProfileNo{r.Facts[0].Profile})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids[0]
}
