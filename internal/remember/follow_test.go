package remember_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// TestFollowingTheLog: the memory follows a real log, sets aside what it cannot
// remember, takes decisions through it, and is the same when it is made again.
func TestFollowingTheLog(t *testing.T) {
	t.Parallel()
	ctx, root, dir := t.Context(), cx.System(), t.TempDir()
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	poison := make(chan cx.Seq, 10)
	log, err := stream.Open(ctx, stream.Config{
		Dir: filepath.Join(dir, "log"), Logger: logger,
		OnPoison: func(_ context.Context, view string, e cx.Event, reason string) error {
			poison <- e.Seq
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()

	follow := func(file string) (*world, func()) {
		db, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(dir, file), Synchronous: "NORMAL"})
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Parse([]byte(company))
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, db: db, models: models{&model.Version{Model: m}}}
		if w.Memory, err = remember.Open(ctx, remember.Config{
			DB: db, Clock: cxtest.NewClock(), Salt: []byte("salt"), Models: w.models, Log: log, Logger: logger,
		}); err != nil {
			t.Fatal(err)
		}
		following, stop := context.WithCancel(ctx)
		done := make(chan error)
		go func() { done <- log.Follow(following, w) }()
		return w, func() {
			stop()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	w, stop := follow("views.db")
	bad := with(answer("u1", time.Minute, 3), func(e *cx.Event) { e.Body = []byte(`{"survey":"csat"}`) })
	if _, err := log.Append(ctx, []cx.Event{
		cxtest.Identify("u1", "", 0, cxtest.Object{"name": "Ana"}), bad, cxtest.Identify("u2", "", 0, cxtest.Object{"name": "Bea"}), answer("u2", time.Hour, 5),
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.WaitFor(ctx, log.LastSeq()); err != nil {
		t.Fatal(err)
	}
	if seq := <-poison; seq != 2 {
		t.Errorf("seq %d was set aside", seq)
	}
	merged := must[remember.Customer](w)(w.Merge(ctx, root, w.id("userId", "u1"), w.id("userId", "u2"), "sisters? no"))
	if merged.Events != 2 || merged.Answers != 1 {
		t.Errorf("merged %+v", merged)
	}
	must[[]remember.CustomerSummary](w)(w.Unmerge(ctx, root, must[remember.Graph](w)(w.Graph(ctx, root, merged.ID)).Merges[0].ID))
	want := w.everything()
	stop()

	again, stop := follow("again.db")
	if err := again.WaitFor(ctx, log.LastSeq()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again.everything()); diff != "" {
		t.Errorf("made again (-want +got):\n%s", diff)
	}
	stop()
}
