package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/notify/notifytest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// world is one that a test asks.
type world struct {
	*notifytest.World
	t *testing.T
}

func open(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	return &world{notifytest.Open(t, db), t}
}

// start sets the queue to work, once the people are there.
func (w *world) start() { w.Queue.Start() }

func (w *world) person(name string, role cx.Role, areas ...string) cx.Principal {
	w.t.Helper()
	p, err := w.Accounts.CreatePerson(w.t.Context(), cx.System(), account.NewPerson{Email: name + "@candil.example", Name: name, Role: role, Areas: areas})
	if err != nil {
		w.t.Fatal(err)
	}
	// No digest, so that tests see what they wait for alone.
	if err := w.Notices.Choose(w.t.Context(), p.Principal(), notify.Settings{Ways: map[notify.Kind][]notify.Way{notify.Promise: {notify.Mail}, notify.Case: {notify.Mail}}, Quiet: model.Hours{From: 21 * 60, To: 8 * 60}, Digest: -1}); err != nil {
		w.t.Fatal(err)
	}
	return p.Principal()
}

func (w *world) tell(n notify.Notice) {
	w.t.Helper()
	if n.Kind == "" {
		n.Kind = notify.Promise
	}
	if n.Title == (model.Text{}) {
		n.Title = model.Text{ES: "Arde", EN: "It burns", PT: "Queima"}
	}
	if err := w.Notices.Tell(w.t.Context(), n); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mine(p cx.Principal) []notify.Item {
	w.t.Helper()
	page, err := w.Notices.Mine(w.t.Context(), p, notify.Query{})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}

func TestAnAreasPeopleAreToldOnceAndLive(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t))
		luis, eva := w.person("luis", cx.Lead, "logistics"), w.person("eva", cx.Member, "stores")
		w.start()
		live, err := w.Notices.Live(t.Context(), luis)
		if err != nil {
			t.Fatal(err)
		}
		n := notify.Notice{Key: "burn:1", To: notify.To{Area: "logistics"}, Subject: "promise:x", Href: "/promises/x", Urgent: true}
		began := time.Now()
		w.tell(n)
		if i := <-live; i.Title.ES != "Arde" || i.Count != 1 || time.Since(began) > time.Second {
			t.Errorf("%+v after %v", i, time.Since(began))
		}
		w.tell(n) // the same again
		if got := w.mine(luis); len(got) != 1 || got[0].Count != 1 || got[0].Read {
			t.Errorf("%+v", got)
		}
		if got := w.mine(eva); len(got) != 0 {
			t.Errorf("who has nothing to do with it was told: %+v", got)
		}
		m := w.Mail.Next()
		if m.To != "luis@candil.example" || m.Subject() != "Arde" || !strings.Contains(m.Text, "https://cx.candil.example/promises/x") || m.Header.Get("List-Unsubscribe") != "" {
			t.Errorf("%s %q\n%s", m.To, m.Subject(), m.Text)
		}
		if err := w.Notices.Read(t.Context(), eva, w.mine(luis)[0].ID); err != nil { // not hers: nothing happens
			t.Fatal(err)
		}
		if n, err := w.Notices.Unread(t.Context(), luis); err != nil || n != 1 {
			t.Errorf("%d unread, %v", n, err)
		}
		if err := w.Notices.Read(t.Context(), luis); err != nil {
			t.Fatal(err)
		}
		if n, err := w.Notices.Unread(t.Context(), luis); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
	})
}

func TestAHundredOfOneMatterAreTwoMails(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t))
		luis := w.person("luis", cx.Lead, "logistics")
		w.start()
		tell := func(from, to int) {
			for i := from; i < to; i++ {
				w.tell(notify.Notice{Key: "case:" + string(rune('a'+i)), Kind: notify.Case, To: notify.To{Area: "logistics"}, Subject: "cases", Urgent: true})
			}
		}
		tell(0, 1)
		if m := w.Mail.Next(); m.Subject() != "Arde" {
			t.Errorf("%q", m.Subject())
		}
		tell(1, 100)
		if got := w.mine(luis); len(got) != 1 || got[0].Count != 100 {
			t.Fatalf("%+v", got)
		}
		w.Clock.Advance(time.Hour + time.Second)
		w.Queue.Wake()
		if m := w.Mail.Next(); m.Subject() != "Arde (100)" {
			t.Errorf("%q", m.Subject())
		}
		tell(100, 101) // an hour later it is another
		if got := w.mine(luis); len(got) != 2 || got[0].Count != 1 {
			t.Errorf("%+v", got)
		}
		w.Mail.Next()
		if n := len(w.Mail.Mails()); n != 3 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestQuietHoursAreKeptButForWhatIsUrgent(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t))
	luis := w.person("luis", cx.Lead, "logistics")
	w.start()
	w.Clock.Advance(12 * time.Hour) // 23 in Madrid
	w.tell(notify.Notice{Key: "calm", To: notify.To{Person: luis.ID}, Title: model.Text{ES: "Con calma"}})
	w.tell(notify.Notice{Key: "read", To: notify.To{Person: luis.ID}, Title: model.Text{ES: "Ya leído"}})
	w.tell(notify.Notice{Key: "now", To: notify.To{Person: luis.ID}, Title: model.Text{ES: "Ahora"}, Urgent: true})
	if m := w.Mail.Next(); m.Subject() != "Ahora" {
		t.Errorf("%q", m.Subject())
	}
	for _, i := range w.mine(luis) {
		if i.Title.ES == "Ya leído" {
			if err := w.Notices.Read(t.Context(), luis, i.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.Clock.Advance(9*time.Hour + time.Minute) // 8 in the morning
	w.Queue.Wake()
	if m := w.Mail.Next(); m.Subject() != "Con calma" {
		t.Errorf("%q", m.Subject())
	}
	w.tell(notify.Notice{Key: "last", To: notify.To{Person: luis.ID}, Title: model.Text{ES: "Último"}})
	if m := w.Mail.Next(); m.Subject() != "Último" {
		t.Errorf("what was read went out: %q", m.Subject())
	}
}

func TestWhoIsToldWhenNobodyIsOfTheArea(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t))
	eva, ana, boss := w.person("eva", cx.Member, "stores"), w.person("ana", cx.Lead), w.person("boss", cx.Admin)
	w.start()
	w.tell(notify.Notice{Key: "1", To: notify.To{Area: "logistics"}})
	if len(w.mine(ana)) != 1 || len(w.mine(eva)) != 0 || len(w.mine(boss)) != 0 {
		t.Errorf("lead %d, member elsewhere %d, administrator %d", len(w.mine(ana)), len(w.mine(eva)), len(w.mine(boss)))
	}
	w.tell(notify.Notice{Key: "2", To: notify.To{Role: cx.Admin}})
	if len(w.mine(boss)) != 1 {
		t.Error("the administrator was not told")
	}
	w.tell(notify.Notice{Key: "3", To: notify.To{Person: "person:99"}}) // nobody, and no error
	if _, err := w.Notices.Mine(t.Context(), cx.Principal{ID: "token:1", Role: cx.Admin}, notify.Query{}); cx.KindOf(err) != cx.Forbidden {
		t.Error(err)
	}
	for _, bad := range []notify.Notice{{Kind: notify.Case}, {Key: "k"}, {Key: "k", Kind: notify.Case, Href: "https://evil.example"}, {Key: "k", Kind: notify.Case, Href: "//evil.example"}} {
		if err := w.Notices.Tell(t.Context(), bad); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := w.Notices.Choose(t.Context(), ana, notify.Settings{Digest: 24, Hook: "none", Ways: map[notify.Kind][]notify.Way{"x": {"y"}}}); cx.KindOf(err) != cx.Invalid {
		t.Error(err)
	}
}

func TestTheMorningsDigest(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t))
	luis := w.person("luis", cx.Lead, "logistics")
	w.Today = notify.Day{Kept: 40, Broken: 3, Open: 7, Late: 2, Best: "Un trato excelente", Worst: "Llegó roto", Mend: model.Text{ES: "Reparto", EN: "Delivery", PT: "Entrega"}, MendHref: "/team"}
	if err := w.Notices.Choose(t.Context(), luis, notify.Settings{Ways: map[notify.Kind][]notify.Way{notify.Digest: {notify.Mail}}, Digest: 8}); err != nil {
		t.Fatal(err)
	}
	w.start() // it is 11: what was due at 8 comes now
	m := w.Mail.Next()
	if m.Subject() != "Ayer: 3 de 43 promesas rotas; 7 casos abiertos, 2 tarde" {
		t.Errorf("%q", m.Subject())
	}
	for _, words := range []string{"Un trato excelente", "Llegó roto", "Algo que arreglar hoy: Reparto"} {
		if !strings.Contains(m.Text, words) {
			t.Errorf("it lacks %q:\n%s", words, m.Text)
		}
	}
	w.Clock.Advance(24 * time.Hour)
	w.Queue.Wake()
	w.Mail.Next()
	if got := w.mine(luis); len(got) != 2 || got[0].Kind != notify.Digest {
		t.Errorf("%+v", got)
	}
}

// Who leads the company is told of the week on Monday, once, as soon as it is known; of
// the month on its first day; nobody else is, nor who switched it off.
func TestThoseWhoLeadAreToldOfTheWeek(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t))
	nothing := notify.Settings{Ways: map[notify.Kind][]notify.Way{}, Digest: -1}
	rosa := w.person("rosa", cx.Board)
	if err := w.Notices.Choose(t.Context(), rosa, notify.Settings{Ways: map[notify.Kind][]notify.Way{notify.Report: {notify.Mail}}, Digest: -1}); err != nil {
		t.Fatal(err)
	}
	quiet, lead := w.person("quique", cx.Board), w.person("luis", cx.Lead)
	for _, p := range []cx.Principal{quiet, lead} {
		if err := w.Notices.Choose(t.Context(), p, nothing); err != nil {
			t.Fatal(err)
		}
	}
	zone := w.Current().Model.Company.Zone()
	until := func(is func(time.Time) bool) {
		by := time.Duration(0)
		for !is(w.Clock.Now().Add(by).Std().In(zone)) {
			by += time.Hour
		}
		w.Clock.Advance(by)
	}
	until(func(at time.Time) bool { return at.Weekday() == time.Monday && at.Hour() == 9 && at.Day() != 1 })
	w.start() // it is not known yet
	w.Week = notify.Told{Title: model.Text{ES: "Semana", EN: "Week", PT: "Semana"}, Text: model.Text{ES: "Cuatro cifras", EN: "Four figures", PT: "Quatro cifras"}, Href: "/report"}
	for range 3 {
		w.Clock.Advance(time.Hour)
		w.Queue.Wake()
	}
	if m := w.Mail.Next(); m.Subject() != "Semana" || !strings.Contains(m.Text, "Cuatro cifras") || !strings.Contains(m.Text, "/report") {
		t.Errorf("%q: %s", m.Subject(), m.Text)
	}
	until(func(at time.Time) bool { return at.Day() == 1 && at.Hour() == 9 && at.Weekday() != time.Monday })
	w.Queue.Wake()
	w.Mail.Next()
	for want, people := range [][]cx.Principal{0: {lead}, 2: {rosa, quiet}} {
		for _, p := range people {
			if got := w.mine(p); len(got) != want {
				t.Errorf("%s has %+v, want %d", p.ID, got, want)
			}
		}
	}
}

func TestPromisesThatBurnAndCasesThatWaitAreTold(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t))
	luis := w.person("luis", cx.Lead, "logistics")
	w.start()
	now := w.Clock.Now()
	records := []cx.Event{
		cx.NewDecision("vivencia.promise.burning", "p1", now, []byte(`{"promise":"delivery","area":"logistics","burning":true,"broken":5,"of":9,"hours":1,"rate":14.4}`)),
		cx.NewDecision("vivencia.promise.burning", "p2", now, []byte(`{"promise":"delivery","area":"logistics","burning":false}`)),
		cx.NewDecision("vivencia.case.changed", "c1", now, []byte(`{"case":"k1","what":"escalated","area":"logistics","customer":"c_a"}`)),
		cx.NewDecision("vivencia.case.changed", "c2", now, []byte(`{"case":"k2","what":"opened","area":"logistics"}`)),
		cx.NewDecision("vivencia.case.changed", "c3", now.Add(-48*time.Hour), []byte(`{"case":"k3","what":"escalated","area":"logistics"}`)),
		cx.NewDecision("vivencia.case.changed", "c4", now, []byte(`not JSON`)),
	}
	for i := range records {
		records[i].Seq = cx.Seq(i + 1)
	}
	for range 2 { // a crash between the notice and the position applies it again
		if err := w.Notices.Apply(t.Context(), stream.Batch{Events: records, Last: 6}); err != nil {
			t.Fatal(err)
		}
	}
	subjects := map[string]bool{w.Mail.Next().Subject(): true, w.Mail.Next().Subject(): true}
	if !subjects["Un caso necesita a tu área"] || !subjects["«delivery» se está rompiendo: 5 de 9 en 1 h"] {
		t.Errorf("%v", subjects)
	}
	if got := w.mine(luis); len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	// Whoever is forgotten is in no notice.
	sections, err := w.Notices.Export(t.Context(), cx.Subject{Customer: "c_a"})
	if err != nil || len(sections) != 1 || len(sections[0].Items.([]notify.Item)) != 1 {
		t.Errorf("%+v, %v", sections, err)
	}
	if n, err := w.Notices.Erase(t.Context(), cx.Subject{Customer: "c_a"}); err != nil || n != 1 {
		t.Errorf("erased %d, %v", n, err)
	}
	if got := w.mine(luis); len(got) != 1 || got[0].Kind != notify.Promise || !strings.Contains(got[0].Text.ES, "14,4") {
		t.Errorf("%+v", got)
	}
}

func TestWalls(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t))
		luis, eva := w.person("luis", cx.Lead, "logistics"), w.person("eva", cx.Lead, "stores")
		wall, err := w.Notices.MakeWall(t.Context(), luis, notify.Wall{Name: "Almacén", Area: "logistics", Language: "es"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Notices.WallByToken(t.Context(), wall.Token)
		if err != nil || got.Area != "logistics" || got.Principal().Areas[0] != "logistics" || got.Principal().Role != cx.Member {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, bad := range []string{"", "x", wall.ID, wall.Token + "x", wall.ID + "." + strings.Repeat("0", 24)} {
			if _, err := w.Notices.WallByToken(t.Context(), bad); cx.KindOf(err) != cx.NotFound {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if _, err := w.Notices.MakeWall(t.Context(), luis, notify.Wall{Name: "Tienda", Area: "stores", Language: "es"}); cx.KindOf(err) != cx.Invalid {
			t.Errorf("another's area: %v", err)
		}
		if _, err := w.Notices.MakeWall(t.Context(), eva, notify.Wall{Name: "", Area: "stores", Place: "none", Language: "fr"}); cx.KindOf(err) != cx.Invalid {
			t.Error(err)
		}
		if all, err := w.Notices.Walls(t.Context(), eva); err != nil || len(all) != 0 {
			t.Errorf("another's walls: %+v, %v", all, err)
		}
		if err := w.Notices.RevokeWall(t.Context(), eva, wall.ID); cx.KindOf(err) != cx.NotFound {
			t.Error(err)
		}
		if err := w.Notices.RevokeWall(t.Context(), luis, wall.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Notices.WallByToken(t.Context(), wall.Token); cx.KindOf(err) != cx.NotFound {
			t.Errorf("a revoked link: %v", err)
		}
	})
}

func lite(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: t.TempDir() + "/state.db", Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
