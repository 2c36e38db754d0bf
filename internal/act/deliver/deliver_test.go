package deliver_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// world is an outbox and a mail server.
type world struct {
	t     *testing.T
	db    *sqldb.DB
	clock *cxtest.Clock
	mail  *delivertest.Server
	smtp  deliver.SMTP
	q     *jobs.Queue
	d     *deliver.Service
	log   *record
	ended chan deliver.State
}

// record is a log that keeps what it is given.
type record struct {
	mu     sync.Mutex
	events []cx.Event
}

func (r *record) Append(_ context.Context, events []cx.Event) (cx.Seq, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, events...)
	return cx.Seq(len(r.events)), nil
}

// people: c_a and c_b are one customer.
type people struct{}

func (people) Aliases(_ context.Context, id cx.CustomerID) ([]cx.CustomerID, error) {
	if id == "c_a" || id == "c_b" {
		return []cx.CustomerID{"c_a", "c_b"}, nil
	}
	return []cx.CustomerID{id}, nil
}

func lite(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t *testing.T, db *sqldb.DB, server *delivertest.Server, change func(*deliver.SMTP)) *world {
	t.Helper()
	w := &world{t: t, db: db, clock: cxtest.NewClock(), mail: server, log: &record{}, ended: make(chan deliver.State, 100)}
	server.Start(t)
	w.smtp = deliver.SMTP{Addr: server.Addr(), Security: deliver.Plain, From: "Librería Candil <hola@candil.example>", PerMin: 60_000}
	if change != nil {
		change(&w.smtp)
	}
	w.start()
	return w
}

// start opens queue and outbox, as the product does.
func (w *world) start() {
	w.t.Helper()
	var err error
	if w.q, err = jobs.Open(w.t.Context(), jobs.Config{DB: w.db, Clock: w.clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"}); err != nil {
		w.t.Fatal(err)
	}
	if w.d, err = deliver.Open(w.t.Context(), deliver.Config{
		DB: w.db, Jobs: w.q, Log: w.log, People: people{}, SMTP: w.smtp, Base: "https://cx.candil.example", Key: []byte("a key of the tests"), Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
	}); err != nil {
		w.t.Fatal(err)
	}
	w.d.OnEnd(deliver.Survey, func(_ context.Context, _ deliver.Message, s deliver.State) error { w.ended <- s; return nil })
	w.q.Start()
	q, d := w.q, w.d
	w.t.Cleanup(func() { _ = q.Close(); _ = d.Close() })
}

func message(id string) deliver.Message {
	return deliver.Message{
		ID: id, Customer: "c_x", To: "ana@example.com", Class: deliver.Survey, About: "csat",
		Letter: deliver.Letter{
			Language: "es", Address: "vos", Company: "Candil & Cía", Subject: "¿Cómo fue?", Preview: "Un minuto", Greeting: "Hola, Ana:", Text: "Contanos <cómo> fue.\n\nGracias.",
			Question: "¿Qué tal la entrega?", Options: []deliver.Option{{Text: "1", Link: "https://cx/r/t?a=q:1"}, {Text: "2", Link: "https://cx/r/t?a=q:2"}}, Low: "Mal", High: "Bien",
			Button: "Responder", Link: "https://cx/r/t",
		},
	}
}

func (w *world) put(m deliver.Message) {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), func(tx *sqldb.Tx) error { return w.d.Put(w.t.Context(), tx, m) }); err != nil {
		w.t.Fatal(err)
	}
	w.q.Wake()
}

// becomes waits until a delivery is in a state, letting time pass.
func (w *world) becomes(id string, state deliver.State) deliver.Delivery {
	w.t.Helper()
	var d deliver.Delivery
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		var err error
		if d, err = w.d.Show(w.t.Context(), cx.System(), id); err != nil {
			w.t.Fatal(err)
		}
		if d.State == state {
			return d
		}
		w.clock.Advance(50 * time.Millisecond)
	}
	w.t.Fatalf("%+v, want %s", d, state)
	return d
}

func TestAMailGoesOut(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db func(*testing.T) *sqldb.DB) {
		w := open(t, db(t), &delivertest.Server{}, nil)
		w.put(message("m1"))
		w.put(message("m1")) // the same again is the first one
		got := w.mail.Next()
		d := w.becomes("m1", deliver.Sent)
		if d.To != "a•••@example.com" || d.Attempts != 1 || d.EndedAt.IsZero() || d.Error != "" {
			t.Errorf("%+v", d)
		}
		if s := <-w.ended; s != deliver.Sent {
			t.Errorf("told %s", s)
		}
		if got.To != "ana@example.com" || got.From != "hola@candil.example" || got.Subject() != "¿Cómo fue?" {
			t.Errorf("%+v", got)
		}
		for name, want := range map[string]string{
			"Message-Id": "<m1@candil.example>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
			"List-Unsubscribe": "<https://cx.candil.example" + w.d.UnsubscribePath("m1") + ">",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
			}
		}
		for _, want := range []string{"Contanos <cómo> fue.", "¿Qué tal la entrega?", "https://cx/r/t\r\n", "Te escribe Candil & Cía.", "No quiero más encuestas: https://cx.candil.example/u/m1."} {
			if !strings.Contains(got.Text, want) {
				t.Errorf("the text lacks %q:\n%s", want, got.Text)
			}
		}
		for _, want := range []string{`lang="es"`, "Contanos &lt;cómo&gt; fue.", `href="https://cx/r/t?a=q:2"`, "copiá esta dirección", "color-scheme", `href="https://cx.candil.example/u/m1.`} {
			if !strings.Contains(got.HTML, want) {
				t.Errorf("the HTML lacks %q:\n%s", want, got.HTML)
			}
		}
		if found := regexp.MustCompile(`(?i)<img|<script|url\(|@import|<link`).FindString(got.HTML); found != "" {
			t.Errorf("the mail loads something: %s", found)
		}
		if len(w.mail.Mails()) != 1 {
			t.Errorf("%d mails", len(w.mail.Mails()))
		}
	})
}

func TestWhatTheServerSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		step  string
		err   error
		times int // how often it says so; 0: always
		end   deliver.State
	}{
		"no such mailbox":             {"rcpt", delivertest.Code(550, 5, 1, 1, "no ana@example.com here"), 0, deliver.Bounced},
		"no such domain":              {"rcpt", delivertest.Code(550, 5, 1, 2, "no such host"), 0, deliver.Bounced},
		"mailbox closed":              {"rcpt", delivertest.Code(550, 5, 2, 1, "closed"), 0, deliver.Bounced},
		"not for us to relay":         {"rcpt", delivertest.Code(550, 5, 7, 1, "relaying denied"), 0, deliver.Refused},
		"no spam, please":             {"end", delivertest.Code(554, 5, 7, 1, "looks like spam"), 0, deliver.Refused},
		"mailbox full for now":        {"rcpt", delivertest.Code(452, 4, 2, 2, "full"), 2, deliver.Sent},
		"greylisted":                  {"rcpt", delivertest.Code(451, 4, 7, 1, "come back"), 1, deliver.Sent},
		"tired":                       {"mail", delivertest.Code(421, 4, 3, 2, "going down"), 2, deliver.Sent},
		"our sender is not let, yet":  {"mail", delivertest.Code(550, 5, 7, 1, "who are you?"), 2, deliver.Sent},
		"trouble after the last byte": {"end", delivertest.Code(451, 4, 3, 0, "try again"), 1, deliver.Sent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said atomic.Int32
			w := open(t, lite(t), &delivertest.Server{Refuse: func(step, _ string) error {
				if step != test.step || test.times > 0 && int(said.Add(1)) > test.times {
					return nil
				}
				return test.err
			}}, nil)
			w.put(message("m1"))
			d := w.becomes("m1", test.end)
			if strings.Contains(d.Error, "ana") {
				t.Errorf("the error names the address: %s", d.Error)
			}
			if d.Attempts != test.times+1 {
				t.Errorf("%d attempts", d.Attempts)
			}
			bounced, err := w.d.Bounced(t.Context(), "Ana@Example.com ")
			if err != nil || bounced != (test.end == deliver.Bounced) {
				t.Errorf("bounced %v, %v", bounced, err)
			}
			if s := <-w.ended; s != test.end {
				t.Errorf("told %s", s)
			}
			for _, m := range w.mail.Mails() {
				if id := m.Header.Get("Message-Id"); id != "<m1@candil.example>" {
					t.Errorf("Message-ID %s", id)
				}
			}
			if test.end == deliver.Bounced {
				w.put(message("m2")) // never tried
				if d := w.becomes("m2", deliver.Bounced); d.Attempts != 0 {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

// A server that is down loses nothing, and all goes out once when it is back.
func TestAServerThatIsDown(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	w.mail.Stop()
	const n = 20
	for i := range n {
		w.put(message(fmt.Sprintf("m%02d", i)))
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		s, err := w.d.Status(t.Context(), cx.System())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", s, err)
		}
		if s.Down != 0 && s.Count[deliver.Waiting] == n && s.Ready {
			break
		}
	}
	w.clock.Advance(20 * time.Hour)
	w.mail.Start(t)
	for i := range n {
		w.becomes(fmt.Sprintf("m%02d", i), deliver.Sent)
	}
	ids := map[string]int{}
	for _, m := range w.mail.Mails() {
		ids[m.Header.Get("Message-Id")]++
	}
	if len(w.mail.Mails()) != n || len(ids) != n {
		t.Errorf("%d mails of %d: %v", len(w.mail.Mails()), n, ids)
	}
}

func TestWhatComesTooLateIsNotSent(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	w.mail.Stop()
	m := message("m1")
	m.Expires = w.clock.Now().Add(time.Hour)
	w.put(m)
	w.clock.Advance(time.Hour)
	w.mail.Start(t)
	w.becomes("m1", deliver.Expired)
	if s := <-w.ended; s != deliver.Expired || len(w.mail.Mails()) != 0 {
		t.Errorf("told %s, %d mails", s, len(w.mail.Mails()))
	}
}

func TestTheWaysToSpeakToAServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server *delivertest.Server
		change func(*delivertest.Server, *deliver.SMTP)
		sent   bool
	}{
		"TLS":                          {&delivertest.Server{TLS: true}, func(s *delivertest.Server, c *deliver.SMTP) { c.Security, c.Trust = deliver.TLS, s.PEM }, true},
		"STARTTLS":                     {&delivertest.Server{StartTLS: true}, func(s *delivertest.Server, c *deliver.SMTP) { c.Security, c.Trust = "", s.PEM }, true},
		"a certificate of nobody":      {&delivertest.Server{TLS: true}, func(_ *delivertest.Server, c *deliver.SMTP) { c.Security = deliver.TLS }, false},
		"STARTTLS that is not offered": {&delivertest.Server{}, func(_ *delivertest.Server, c *deliver.SMTP) { c.Security = deliver.StartTLS }, false},
		"signing in": {&delivertest.Server{StartTLS: true, User: "candil", Password: "s3cret"}, func(s *delivertest.Server, c *deliver.SMTP) {
			c.Security, c.Trust, c.User, c.Password = deliver.StartTLS, s.PEM, "candil", "s3cret"
		}, true},
		"signing in on this machine": {&delivertest.Server{User: "candil", Password: "s3cret"}, func(_ *delivertest.Server, c *deliver.SMTP) { c.User, c.Password = "candil", "s3cret" }, true},
		"the wrong password":         {&delivertest.Server{User: "candil", Password: "s3cret"}, func(_ *delivertest.Server, c *deliver.SMTP) { c.User, c.Password = "candil", "guess" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := test.server
			w := open(t, lite(t), server, func(c *deliver.SMTP) { test.change(server, c) })
			w.put(message("m1"))
			if test.sent {
				if w.becomes("m1", deliver.Sent); w.mail.Next().Encrypted != (server.TLS || server.StartTLS) {
					t.Error("not as it was to be spoken")
				}
				return
			}
			for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
				d, err := w.d.Show(t.Context(), cx.System(), "m1")
				if err != nil || time.Now().After(deadline) {
					t.Fatalf("%+v, %v", d, err)
				}
				if d.Error != "" {
					if d.State != deliver.Waiting || strings.Contains(d.Error, w.smtp.Password+"!") {
						t.Errorf("%+v", d)
					}
					break
				}
			}
			if len(w.mail.Mails()) != 0 {
				t.Error("it was sent")
			}
		})
	}
}

// A server that takes a connection and says nothing holds up nobody's shutdown.
func TestAServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	w := open(t, lite(t), &delivertest.Server{}, func(c *deliver.SMTP) { c.Addr = l.Addr().String() })
	w.put(message("m1"))
	c := <-accepted
	closed := make(chan struct{})
	go func() { _ = w.q.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("closing waits for the mail server")
		_ = c.Close()
		<-closed
	}
	_ = c.Close()
	if d, err := w.d.Show(t.Context(), cx.System(), "m1"); err != nil || d.State != deliver.Waiting {
		t.Errorf("%+v, %v", d, err)
	}
}

// When the product dies after the server took a mail and before it is noted, the
// mail goes out again, as the same one.
func TestDyingBetweenSendingAndNoting(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, nil)
	ctx := t.Context()
	w.put(message("m1"))
	w.mail.Next()
	w.becomes("m1", deliver.Sent)
	<-w.ended
	if err := w.q.Close(); err != nil {
		t.Fatal(err)
	}
	// As the database was while the mail was with the server.
	if err := w.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM deliver_messages`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.db.Write(ctx, func(tx *sqldb.Tx) error { return w.d.Put(ctx, tx, message("m1")) }); err != nil {
		t.Fatal(err)
	}
	w.start()
	again := w.mail.Next()
	w.becomes("m1", deliver.Sent)
	if first := w.mail.Mails()[0]; first.Header.Get("Message-Id") != again.Header.Get("Message-Id") {
		t.Errorf("%q and %q", first.Header.Get("Message-Id"), again.Header.Get("Message-Id"))
	}
}

func TestMailsAMinute(t *testing.T) {
	t.Parallel()
	w := open(t, lite(t), &delivertest.Server{}, func(c *deliver.SMTP) { c.PerMin = 6 })
	for i := range 4 {
		w.put(message(fmt.Sprintf("m%d", i)))
	}
	for n := 1; n <= 4; n++ {
		w.mail.Next()
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			s, err := w.d.Status(t.Context(), cx.System())
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("%+v, %v", s, err)
			}
			if s.Count[deliver.Sent] == n {
				break
			}
		}
		select {
		case <-w.ended:
		case <-time.After(5 * time.Second):
			t.Fatal("nobody was told")
		}
		time.Sleep(2 * jobs.Beat / 5)
		if got := len(w.mail.Mails()); got != n {
			t.Fatalf("%d mails after %d turns", got, n)
		}
		w.clock.Advance(10 * time.Second)
		w.q.Wake()
	}
}
