package referral

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

const day = 24 * time.Hour

func TestWhoBroughtWhom(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		for name, test := range map[string]struct {
			live    func(*world)
			claims  []string
			earned  map[string]int64 // by userId
			refused []string
		}{
			"proven at once": {
				func(w *world) { w.shares("ana", "ANA-1"); w.buys("ben", "o1", 20, "ana-1") },
				[]string{"ANA-1 proven"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"proven later": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.lives("ben", ClaimedEvent, 0, cxtest.Object{"code": "ANA-1", "would_have_come": "no"})
					w.Clock.Advance(9 * day)
					w.buys("ben", "o1", 20, "")
				},
				[]string{"ANA-1 proven anyway:no"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"too late": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.lives("ben", ClaimedEvent, 0, cxtest.Object{"code": "ANA-1"})
					w.Clock.Advance(11 * day)
					w.buys("ben", "o1", 20, "")
				},
				[]string{"ANA-1 expired"},
				nil, nil,
			},
			"too little": {
				func(w *world) { w.shares("ana", "ANA-1"); w.buys("ben", "o1", 14.99, "ANA-1") },
				[]string{"ANA-1 pending"},
				nil, nil,
			},
			"by a userId": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.lives("ben", "Order Completed", 0, cxtest.Object{"order_id": "o1", "total": 20, "currency": "EUR", "referred_by": "ana"})
				},
				[]string{" proven"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"a code told after it was claimed": {
				func(w *world) { w.buys("ben", "o1", 20, "ANA-1"); w.follow(); w.shares("ana", "ANA-1") },
				[]string{"ANA-1 proven"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"nobody's code": {
				func(w *world) { w.buys("ben", "o1", 20, "NADIE") },
				[]string{"NADIE refused unknown"},
				nil,
				[]string{"claim unknown"},
			},
			"one's own": {
				func(w *world) { w.shares("ana", "ANA-1"); w.buys("ana", "o1", 20, "ANA-1") },
				[]string{"ANA-1 refused self"},
				nil,
				[]string{"claim self"},
			},
			"one's own by another name": {
				func(w *world) {
					w.is("ana", cxtest.Object{"phone": "+34 600 11 22 33"})
					w.is("eva", cxtest.Object{"phone": "+34600112233"})
					w.shares("ana", "ANA-1")
					w.buys("eva", "o1", 20, "ANA-1")
				},
				[]string{"ANA-1 refused self"},
				nil,
				[]string{"claim self"},
			},
			"a customer already": {
				func(w *world) { w.shares("ana", "ANA-1"); w.buys("ben", "o0", 3, ""); w.buys("ben", "o1", 20, "ANA-1") },
				[]string{"ANA-1 refused existing"},
				nil,
				[]string{"claim existing"},
			},
			"brought by another": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.shares("eva", "EVA-1")
					w.lives("ben", ClaimedEvent, 0, cxtest.Object{"code": "EVA-1"})
					w.buys("ben", "o1", 20, "ANA-1")
				},
				[]string{"EVA-1 proven", "ANA-1 refused taken"},
				map[string]int64{"eva": 1000, "ben": 500},
				[]string{"claim taken"},
			},
			"said again": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.lives("ben", ClaimedEvent, 0, cxtest.Object{"code": "ANA-1"})
					w.buys("ben", "o1", 20, "ANA-1")
					w.buys("ben", "o2", 20, "ANA-1")
				},
				[]string{"ANA-1 proven", "ANA-1 repeated", "ANA-1 repeated"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"a circle of three": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.shares("ben", "BEN-1")
					w.shares("eva", "EVA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.buys("eva", "o2", 20, "BEN-1")
					w.buys("ana", "o3", 20, "EVA-1")
				},
				[]string{"ANA-1 proven", "BEN-1 proven", "EVA-1 refused circular"},
				map[string]int64{"ana": 1000, "ben": 1500, "eva": 500},
				[]string{"claim circular"},
			},
			"given back in time": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.settle()
					w.Clock.Advance(4 * day)
					w.refunds("ben", "o1", 10)
				},
				[]string{"ANA-1 taken-back refunded"},
				map[string]int64{"ana": 0, "ben": 0},
				nil,
			},
			"given back too late": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.settle()
					w.Clock.Advance(6 * day)
					w.refunds("ben", "o1", 20)
				},
				[]string{"ANA-1 proven"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"a little given back": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.refunds("ben", "o1", 5)
				},
				[]string{"ANA-1 proven"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
			"a milestone, lost again": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.buys("eva", "o2", 20, "ANA-1")
					w.buys("leo", "o3", 20, "ANA-1")
					w.settle()
					w.refunds("ben", "o1", 20)
					w.settle()
					w.refunds("eva", "o2", 20)
				},
				[]string{"ANA-1 taken-back refunded", "ANA-1 taken-back refunded", "ANA-1 proven"},
				map[string]int64{"ana": 1000, "ben": 0, "eva": 0, "leo": 500},
				nil,
			},
			"only said": {
				func(w *world) {
					w.lives("ben", ClaimedEvent, 0, cxtest.Object{"said": "Friend"})
					w.lives("eva", ClaimedEvent, 0, cxtest.Object{"said": "my sister Julia", "would_have_come": true})
					w.answers("leo", `[{"question":"who","choice":"press"},{"question":"anyway","choice":"no"}]`)
				},
				[]string{"friend said", "other said anyway:yes", "press said anyway:no"},
				nil, nil,
			},
			"said of a claim": {
				func(w *world) {
					w.shares("ana", "ANA-1")
					w.buys("ben", "o1", 20, "ANA-1")
					w.settle()
					w.answers("ben", `[{"question":"who","choice":"friend"},{"question":"anyway","choice":"no"}]`)
				},
				[]string{"ANA-1 proven anyway:no"},
				map[string]int64{"ana": 1000, "ben": 500},
				nil,
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, open(t))
				test.live(w)
				w.settle()
				if diff := cmp.Diff(test.claims, w.claims()); diff != "" {
					t.Error(diff)
				}
				want := map[cx.CustomerID]int64{}
				for user, n := range test.earned {
					want[w.ID(user)] = n
				}
				if diff := cmp.Diff(want, w.balances()); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(test.refused, w.decisions()); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestALateRefundIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.shares("ana", "ANA-1")
	w.buys("ben", "o1", 20, "ANA-1")
	w.Clock.Advance(6 * day)
	w.refunds("ben", "o1", 20)
	w.settle()
	page, err := w.s.Claims(t.Context(), cx.System(), ClaimsQuery{State: Proven})
	must(t, err)
	if len(page.Claims) != 1 || page.Claims[0].Late != w.Clock.Now() {
		t.Errorf("%+v", page.Claims)
	}
}

func TestAMergeTakesBackAndItsUndoGivesAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.shares("ana", "ANA-1")
	w.buys("eva", "o1", 20, "ANA-1")
	w.settle()
	ana, eva := w.ID("ana"), w.ID("eva")
	merge := func() {
		t.Helper()
		_, err := w.Memory.Merge(t.Context(), cx.System(), ana, eva, "la misma")
		must(t, err)
		w.log = append(w.log, cx.Event{Seq: w.LastSeq() + 1, Kind: cx.Decision, Name: "vivencia.customers.merged", At: w.Clock.Now()})
		w.settle()
	}
	merge()
	if got := w.claims(); !slices.Equal(got, []string{"ANA-1 refused self"}) {
		t.Errorf("merged: %q", got)
	}
	if got := w.balances(); got[ana] != 0 || got[eva] != 0 {
		t.Errorf("merged: %v", got)
	}
	g, err := w.Graph(t.Context(), cx.System(), ana)
	must(t, err)
	_, err = w.Unmerge(t.Context(), cx.System(), g.Merges[0].ID)
	must(t, err)
	w.log = append(w.log, cx.Event{Seq: w.LastSeq() + 1, Kind: cx.Decision, Name: "vivencia.customers.unmerged", At: w.Clock.Now()})
	w.settle()
	if got := w.balances(); got[ana] != 1000 || got[eva] != 500 {
		t.Errorf("undone: %v", got)
	}
	page, err := w.s.Ledger(t.Context(), cx.System(), 0, 0)
	must(t, err)
	if len(page.Entries) != 6 { // earned, taken back, given again: nothing was changed
		t.Errorf("%+v", page.Entries)
	}
}

func TestTheLedgerOnlyGrows(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := newWorld(t, open(t))
		w.shares("ana", "ANA-1")
		w.buys("ben", "o1", 20, "ANA-1")
		w.settle()
		for _, text := range []string{`UPDATE referral_ledger SET amount = 1`, `DELETE FROM referral_ledger`} {
			if err := w.db.Write(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(t.Context(), text); return err }); err == nil {
				t.Errorf("%s was done", text)
			}
		}
	})
}

func TestEventsAreToldOnceAndOnlyWhileTheyAreNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.shares("ana", "ANA-1")
	w.buys("ben", "o1", 20, "ANA-1")
	w.settle()
	names := map[string]int{}
	for _, l := range w.lived {
		names[l.Name]++
	}
	if diff := cmp.Diff(map[string]int{ProvenEvent: 2, RewardedEvent: 2}, names); diff != "" {
		t.Error(diff)
	}
	// Read again from the beginning, as after a crash, nothing comes twice.
	before := w.balances()
	must(t, w.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE referral_state SET position = 0`)
		return err
	}))
	w.anew()
	w.settle()
	if len(w.lived) != 4 {
		t.Errorf("%d events after a replay", len(w.lived))
	}
	if diff := cmp.Diff(before, w.balances()); diff != "" {
		t.Error(diff)
	}
	w.lives("leo", "Order Completed", 48*time.Hour, cxtest.Object{"order_id": "o9", "total": 20, "currency": "EUR", "referral_code": "ANA-1"})
	w.settle()
	if n := len(w.lived); n != 5 { // the milestone of today: what was lived the day before yesterday is no news
		t.Errorf("%d events", n)
	}
	if w.balances()[w.ID("ana")] != 2000+1500 {
		t.Errorf("what is no news counts, too: %v", w.balances())
	}
}

func TestCodesSayNothingAndStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.buys("ana", "o1", 20, "")
	w.settle()
	l, err := w.s.Code(t.Context(), cx.System(), w.ID("ana"))
	must(t, err)
	again, err := w.s.Code(t.Context(), cx.System(), w.ID("ana"))
	must(t, err)
	if l != again || len(l.Code) != codeLength || strings.Trim(l.Code, alphabet) != "" || !strings.HasSuffix(l.URL, "/i/"+l.Code) {
		t.Errorf("%+v, then %+v", l, again)
	}
	w.settle()
	if len(w.lived) != 1 || w.lived[0].Name != SharedEvent {
		t.Errorf("%+v", w.lived)
	}
	if _, err := w.s.Code(t.Context(), cx.Principal{ID: "person:1", Role: cx.Board}, w.ID("ana")); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("the board makes links: %v", err)
	}
	land, err := w.s.Land(t.Context(), strings.ToLower(l.Code), "")
	must(t, err)
	if land != (Landing{l.Code, "es", "EUR", 500, "https://acme.example/amigos?referral_code=" + l.Code}) {
		t.Errorf("%+v", land)
	}
	if _, err := w.s.Land(t.Context(), "22222222", ""); cx.KindOf(err) != cx.NotFound {
		t.Errorf("%v", err)
	}
	own, err := w.s.Yours(t.Context(), l.Own[strings.LastIndexByte(l.Own, '/')+1:], "es")
	must(t, err)
	if own.Link != l || own.Reward != 1000 || len(own.Milestones) != 1 || own.Milestones[0].Reached || !own.Open {
		t.Errorf("%+v", own)
	}
	if _, err := w.s.Yours(t.Context(), "nobody", "es"); cx.KindOf(err) != cx.NotFound {
		t.Errorf("%v", err)
	}
	seen := map[string]bool{}
	for range 2000 {
		seen[newCode()] = true
	}
	if len(seen) != 2000 {
		t.Error("codes repeat")
	}
}

func TestAskingOnlyAfterAPeakAndWithNothingAgainstIt(t *testing.T) {
	t.Parallel()
	nine := `[{"question":"score","metric":"nps","value":9}]`
	for name, test := range map[string]struct {
		against func(*world)
		want    []string
		sent    int
	}{
		"nothing":           {func(*world) {}, []string{"ask"}, 1},
		"an open case":      {func(w *world) { w.open = true }, []string{"ask case"}, 0},
		"a promise at risk": {func(w *world) { w.promises = []promise.Instance{{State: promise.AtRisk}} }, []string{"ask promise"}, 0},
		"a promise broken": {
			func(w *world) {
				w.promises = []promise.Instance{{State: promise.Broken, Since: w.Clock.Now().Add(-100 * day)}}
			}, []string{"ask promise"}, 0,
		},
		"one broken long ago": {
			func(w *world) {
				w.promises = []promise.Instance{{State: promise.Broken, Since: w.Clock.Now().Add(-130 * day)}}
			}, []string{"ask"}, 1,
		},
		"asked lately": {
			func(w *world) {
				w.answers("ana", nine)
				w.settle()
				w.sent = nil
				w.Clock.Advance(119 * day)
			},
			[]string{"ask", "ask rested"},
			0,
		},
		"asked long ago": {
			func(w *world) {
				w.answers("ana", nine)
				w.settle()
				w.sent = nil
				w.Clock.Advance(121 * day)
			},
			[]string{"ask", "ask"},
			1,
		},
		"no mail wanted": {func(w *world) { w.unsubscribed = true }, []string{"ask unsubscribed"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sqlite(t))
			w.is("ana", cxtest.Object{"email": "ana@acme.example"})
			test.against(w)
			w.answers("ana", nine)
			w.answers("ben", `[{"question":"score","metric":"nps","value":8}]`) // no peak
			w.settle()
			if diff := cmp.Diff(test.want, w.decisions()); diff != "" {
				t.Error(diff)
			}
			if len(w.sent) != test.sent {
				t.Errorf("%d sent", len(w.sent))
			}
		})
	}
}

func TestQuietHoursPutAnAskOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.House.Model(strings.Replace(programme, "quiet: none", "quiet: 21:00-09:00", 1))
	w.is("ana", cxtest.Object{"email": "ana@acme.example"})
	w.Clock.Advance(13 * time.Hour) // 23:00 in Madrid
	w.answers("ana", `[{"question":"score","metric":"nps","value":10}]`)
	w.settle()
	if len(w.sent) != 0 {
		t.Fatal("asked in the night")
	}
	w.open = true
	w.Clock.Advance(11 * time.Hour)
	w.settle()
	if got := w.decisions(); len(w.sent) != 0 || !slices.Equal(got, []string{"ask", "ask case"}) {
		t.Errorf("a case that was opened meanwhile: %q, %d sent", got, len(w.sent))
	}
}

func TestForgettingKeepsAmountsWithoutNames(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		w := newWorld(t, open(t))
		w.shares("ana", "ANA-1")
		w.buys("ben", "o1", 20, "ANA-1")
		w.buys("leo", "o2", 1, "ANA-1")
		w.settle()
		ana, ben := w.ID("ana"), w.ID("ben")
		sections, err := w.s.Export(t.Context(), cx.Subject{Customer: ana})
		must(t, err)
		if len(sections) != 1 {
			t.Fatalf("%+v", sections)
		}
		for range 2 {
			_, err = w.s.Erase(t.Context(), cx.Subject{Customer: ana})
			must(t, err)
		}
		if got := w.balances(); got[""] != 1000 || got[ben] != 500 {
			t.Errorf("%v", got)
		}
		for _, table := range w.s.Holds() {
			if table == "referral_asks" {
				continue
			}
			column := map[string]string{"referral_claims": "referrer"}[table]
			if column == "" {
				column = "customer"
			}
			var n int
			must(t, w.db.Read(t.Context(), func(tx *sqldb.Tx) error {
				return tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM `+table+` WHERE `+column+` = $1`, string(ana)).Scan(&n)
			}))
			if n > 0 {
				t.Errorf("%s still names her", table)
			}
		}
		// What happens afterwards changes nothing of what was.
		w.refunds("ben", "o1", 20)
		w.settle()
		if got := w.balances(); got[""] != 1000 || got[ben] != 500 {
			t.Errorf("%v", got)
		}
		_, err = w.s.Erase(t.Context(), cx.Subject{Customer: w.ID("leo")})
		must(t, err)
		if got := w.claims(); !slices.Equal(got, []string{" proven"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestTheLastDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqlite(t))
	w.House.Model(strings.Replace(programme, "  site:", "  until: 2026-03-02\n  site:", 1))
	w.shares("ana", "ANA-1")
	w.buys("ben", "o1", 20, "ANA-1")
	w.Clock.Advance(day)
	w.buys("eva", "o2", 20, "ANA-1")
	w.settle()
	if got := w.claims(); !slices.Equal(got, []string{"ANA-1 proven", "ANA-1 refused closed"}) {
		t.Errorf("%q", got)
	}
	if _, err := w.s.Land(t.Context(), "ANA-1", ""); cx.KindOf(err) != cx.Gone {
		t.Errorf("%v", err)
	}
}

func TestInvitationsSpeakAsTheCompanyDoes(t *testing.T) {
	t.Parallel()
	for a, want := range map[model.Address]string{model.Tu: "tu enlace", model.Usted: "su enlace", model.Vos: "Si conocés"} {
		m := model.Empty()
		m.Company.Address = a
		if i := invitationOf(m); !strings.Contains(i.text.ES, want) {
			t.Errorf("%s: %+v", a, i)
		}
	}
}
