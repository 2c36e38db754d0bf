package notifytest

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/deliver/delivertest"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

const candil = `
company: {slug: candil, name: Candil, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: logistics, name: Logística}, {slug: stores, name: Tiendas}]
places: [{slug: centro, name: Centro, kind: shop}]
`

// World is what tells people, with all that is real about it: accounts, the
// queue, the outbox and a mail server.
type World struct {
	DB       *sqldb.DB
	Clock    *cxtest.Clock
	Mail     *delivertest.Server
	Accounts *account.Service
	Queue    *jobs.Queue
	Deliver  *deliver.Service
	Notices  *notify.Service
	Today    notify.Day  // what days were like
	Week     notify.Told // what reports say; without a title nothing yet
}

// Day is how yesterday was.
func (w *World) Day(context.Context, cx.Principal, cx.Window) (notify.Day, error) {
	return w.Today, nil
}

// Report is how the week was.
func (w *World) Report(context.Context, cx.Principal, notify.Period) (notify.Told, bool, error) {
	return w.Week, w.Week.Title != model.Text{}, nil
}

// Current is the model.
func (w *World) Current() model.Version {
	m, err := model.Parse([]byte(candil))
	if err != nil {
		panic(err)
	}
	return model.Version{Model: m}
}

// LastSeq is of an empty log.
func (w *World) LastSeq() cx.Seq { return 0 }

// Append takes decisions; none are made here.
func (w *World) Append(context.Context, []cx.Event) (cx.Seq, error) { return 0, nil }

// Aliases knows every customer by one name.
func (w *World) Aliases(_ context.Context, id cx.CustomerID) ([]cx.CustomerID, error) {
	return []cx.CustomerID{id}, nil
}

// silence is a company of which nobody says anything.
type silence struct{}

func (silence) Tell(context.Context, cx.Principal, voice.Filter, func(*voice.Text) error) error {
	return nil
}
func (silence) WaitFor(context.Context, cx.Seq) error { return nil }

// Open opens one on a database, at 11 in the morning in Madrid. Start its queue
// once the people are there.
func Open(t *testing.T, db *sqldb.DB) *World {
	t.Helper()
	w := &World{DB: db, Clock: cxtest.NewClock(), Mail: &delivertest.Server{}}
	w.Clock.Advance(time.Hour)
	w.Mail.Start(t)
	var err error
	if w.Accounts, err = account.Open(t.Context(), db, w.Clock); err != nil {
		t.Fatal(err)
	}
	if w.Queue, err = jobs.Open(t.Context(), jobs.Config{DB: db, Clock: w.Clock, Logger: slog.New(slog.DiscardHandler), Holder: "test"}); err != nil {
		t.Fatal(err)
	}
	w.Deliver, err = deliver.Open(t.Context(), deliver.Config{
		DB: db, Jobs: w.Queue, Log: w, People: w, SMTP: deliver.SMTP{Addr: w.Mail.Addr(), Security: deliver.Plain, From: "hola@candil.example", PerMin: 60_000},
		Base: "https://cx.candil.example", Key: []byte("a key of the tests"), Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.Notices, err = notify.Open(t.Context(), notify.Config{
		DB: db, Jobs: w.Queue, Deliver: w.Deliver, Log: w, Accounts: w.Accounts, Models: w, Voices: silence{}, People: w, Days: w, Reports: w,
		Base: "https://cx.candil.example", Key: []byte("a key of the tests"), Clock: w.Clock, Logger: slog.New(slog.DiscardHandler),
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Queue.Close(); _ = w.Deliver.Close() })
	return w
}

// New opens one on a database of its own, and sets it to work.
func New(t *testing.T) *World {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := Open(t, db)
	w.Queue.Start()
	return w
}

// Text is one text in all languages.
func Text(s string) model.Text { return model.Text{ES: s, EN: s, PT: s} }

// Browser is what a browser says when it lets itself be pushed to.
func Browser() url.Values {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	enc := base64.RawURLEncoding
	return url.Values{"endpoint": {"https://push.example/1"}, "p256dh": {enc.EncodeToString(key.PublicKey().Bytes())}, "auth": {enc.EncodeToString(make([]byte, 16))}}
}
