package status_test

import (
	"context"
	"io/fs"
	"log/slog"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/health"
	"github.com/vivencia-cx/vivencia/internal/web/pages/status"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// view is a view of the log that stands still.
type view struct {
	name string
	at   cx.Seq
}

func (v view) Name() string                             { return v.name }
func (v view) Position(context.Context) (cx.Seq, error) { return v.at, nil }

// condition is how the product under test is.
type condition struct {
	applied  cx.Seq
	waiting  int
	backups  backup.State
	stopped  bool
	failing  string
	anew     []string
	damaged  []health.Damage
	reserve  int64
	lastSeen time.Duration
}

func observed(t *testing.T, clock *cxtest.Clock, c condition) *health.Service {
	t.Helper()
	return health.New(health.Config{
		Dir: t.TempDir(), Reserve: c.reserve, Version: "1.2.3", Clock: clock, Logger: slog.New(slog.DiscardHandler),
		LastSeq:    func() cx.Seq { return 100 },
		LastAt:     func(context.Context) (cx.Time, error) { return clock.Now().Add(-c.lastSeen), nil },
		Views:      []health.View{view{"remember", c.applied}, view{"history", 100}},
		Review:     func(context.Context) (int, error) { return c.waiting, nil },
		Backups:    func() backup.State { return c.backups },
		Forgetting: func(context.Context) (int, string, error) { return 0, c.failing, nil },
		Stopped:    func(string) bool { return c.stopped }, Recovered: c.anew,
		Damaged: func() []health.Damage { return c.damaged },
	})
}

// begun counts the backups asked for.
type begun struct{ n int }

func (b *begun) Begin(cx.Principal) error { b.n++; return nil }

func TestEstadoSaysWhatIsWellAndWhatIsNot(t *testing.T) {
	t.Parallel()
	fresh := backup.State{
		Schedule: backup.Schedule{Target: "/backups", Every: 24 * time.Hour},
		Last:     backup.Manifest{ID: "b", At: cxtest.Epoch.Std().Add(-3 * time.Hour), LastSeq: 90},
	}
	late, failing := fresh, fresh
	late.Last.At = cxtest.Epoch.Std().Add(-3 * 24 * time.Hour)
	failing.Failed = cx.Errorf(cx.Full, "backup", "the disk of the folder is full: %w", &fs.PathError{Op: "write", Err: syscall.ENOSPC})
	well := condition{applied: 100, backups: fresh}
	for name, test := range map[string]struct {
		with  func(*condition)
		title string
		says  string
	}{
		"well":       {func(*condition) {}, "Todo va bien: lo que llega se recuerda en menos de un segundo", "La última copia es de hace 3 h."},
		"late":       {func(c *condition) { c.backups = late }, "La última copia es de hace 3 días: ya tocaba otra.", "hay que actuar"},
		"failing":    {func(c *condition) { c.backups = failing }, "Las copias fallan: no queda sitio donde se guarda.", "pide una copia aquí mismo"},
		"none":       {func(c *condition) { c.backups = backup.State{} }, "No hay copias de seguridad.", "backup-target"},
		"full":       {func(c *condition) { c.reserve = 1 << 60 }, "El disco está lleno: no se acepta nada más.", "Libera sitio"},
		"stopped":    {func(c *condition) { c.stopped = true }, "Una parte ha dejado de seguir lo que llega", "vivencia rebuild"},
		"catching":   {func(c *condition) { c.applied = 40 }, "La memoria se está rehaciendo: faltan 60 hechos.", "No se ha perdido nada"},
		"quiet":      {func(c *condition) { c.lastSeen = 50 * time.Hour }, "No llega nada desde hace 2 días.", "cada fuente"},
		"forgetting": {func(c *condition) { c.failing = "unavailable" }, "No se consigue olvidar a un cliente: no se llega a donde se guarda.", "Se vuelve a intentar"},
		"anew":       {func(c *condition) { c.anew = []string{"views.db"} }, "views.db estaba dañado y se ha vuelto a hacer.", "Haz revisar el disco"},
		"damaged":    {func(c *condition) { c.damaged = []health.Damage{{Store: "history", File: "history.duckdb"}} }, "history.duckdb está dañado: las preguntas", "Vuelve a arrancar el servidor"},
		"two": {
			func(c *condition) { c.waiting, c.backups = 7, late },
			"La última copia es de hace 3 días: ya tocaba otra. Y otra cosa pide que alguien la mire", "7 mensajes esperan",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := well
			test.with(&c)
			clock := cxtest.NewClock()
			site := webtest.New(t, status.New(observed(t, clock, c), &begun{}))
			p := site.As(cx.Lead).Get("/status")
			if got := p.Text("h1"); !strings.HasPrefix(got, test.title) {
				t.Errorf("title %q, want %q", got, test.title)
			}
			if got := p.Text("#status-list"); !strings.Contains(got, test.says) {
				t.Errorf("%q does not say %q", got, test.says)
			}
		})
	}
}

func TestEstadoIsForWhoOperates(t *testing.T) {
	t.Parallel()
	asked := &begun{}
	clock := cxtest.NewClock()
	c := condition{applied: 100, backups: backup.State{Schedule: backup.Schedule{Target: "/backups", Every: time.Hour}}}
	site := webtest.New(t, status.New(observed(t, clock, c), asked))
	for _, role := range []cx.Role{cx.Board, cx.Analyst, cx.Member} {
		if got := site.As(role).Get("/status").Status; got != 403 {
			t.Errorf("a %s gets %d", role, got)
		}
	}
	lead, admin := site.As(cx.Lead), site.As(cx.Admin)
	if strings.Contains(lead.Get("/status").Body, "/status/backup") {
		t.Error("a lead is offered to back up")
	}
	if got := lead.Post("/status/backup", url.Values{}).Status; got != 403 || asked.n != 0 {
		t.Errorf("a lead backs up: %d", got)
	}
	if !strings.Contains(admin.Get("/status").Body, "/status/backup") {
		t.Error("an administrator is not offered to back up")
	}
	if got := admin.Post("/status/backup", url.Values{}).Status; got != 303 || asked.n != 1 {
		t.Errorf("an administrator backs up: %d, %d times", got, asked.n)
	}
}
