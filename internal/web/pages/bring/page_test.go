package bring_test

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
	page "github.com/vivencia-cx/vivencia/internal/web/pages/bring"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// nowhere is a sink that takes everything.
type nowhere struct{}

func (nowhere) Write(_ context.Context, records []importer.Record) (importer.Result, error) {
	return importer.Result{Accepted: len(records)}, nil
}

func open(t *testing.T) *webtest.Site {
	t.Helper()
	files, err := bring.New(bring.Config{
		Dir: filepath.Join(t.TempDir(), "brought"), Sink: nowhere{}, Model: func() *model.Model { return &model.Model{} },
		Shown: func(context.Context, cx.Seq) error { return nil }, Clock: cxtest.NewClock(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	return webtest.New(t, page.New(files))
}

const wave = "Cliente,Nota,Comentario,Opinado\nana,5,Todo muy bien en la visita,2025-03-04\neva,1,<b>Esperé</b> demasiado rato,2025-03-05\nluz,9,,nunca\n"

func TestAFileIsLookedAtCorrectedAndLetIn(t *testing.T) {
	t.Parallel()
	analyst := open(t).As(cx.Analyst)
	sent := analyst.Upload("/bring", "ola.csv", wave)
	at := sent.Header.Get("Location")
	if sent.Status != 303 || !strings.HasPrefix(at, "/bring/") {
		t.Fatalf("sent: %d to %q", sent.Status, at)
	}
	shown := analyst.Get(at)
	if got := shown.Text("h1"); got != "Falta saber cuándo fue" { // «nunca» is a third of the column
		t.Errorf("title %q", got)
	}
	if again := analyst.Post(at, url.Values{"go": {"1"}}); again.Status != 422 {
		t.Errorf("let in without a time: %d", again.Status)
	}
	if got := analyst.Post(at, url.Values{"role-3": {"at"}, "kind": {"reviews"}}).Status; got != 303 {
		t.Errorf("corrected: %d", got)
	}
	shown = analyst.Get(at)
	if got := shown.Text("h1"); got != "2 reseñas listas para entrar" {
		t.Errorf("title %q", got)
	}
	if got := shown.Text("#preview"); !strings.Contains(got, "eva puntuó 1 de 10 el 5 mar 2025 «<b>Esperé</b> demasiado rato»") || !strings.Contains(got, "Una fila por revisar: la columna «Opinado» no tiene ahí una fecha que se entienda") {
		t.Errorf("preview %q", got)
	}
	if got := analyst.Get(at + "/map").Body; !strings.Contains(got, "score: Nota") || !strings.Contains(got, "at: Opinado") {
		t.Errorf("the map: %s", got)
	}
	if got := analyst.Post(at, url.Values{"go": {"1"}}).Status; got != 303 {
		t.Errorf("let in: %d", got)
	}
	for {
		shown = analyst.Get(at)
		if shown.Text("h1") == "Esto ya lo vivían tus clientes" {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("it never ends")
		}
	}
	if got := shown.Text(".bring-lead"); !strings.HasPrefix(got, "La nota media es ") {
		t.Errorf("lead %q", got)
	}
}

func TestWhatCannotBeReadIsToldOnThePage(t *testing.T) {
	t.Parallel()
	site := open(t)
	admin := site.As(cx.Admin)
	for content, want := range map[string]string{
		"": "El archivo está vacío", "cliente,nota\n": "ninguna fila debajo", "%PDF-1.7": "Es un PDF",
		"\xd0\xcf\x11\xe0" + strings.Repeat("\x00", 600): "Es un Excel antiguo", "PK\x03\x04 broken": "No es un Excel que se pueda leer",
	} {
		if r := admin.Upload("/bring", "x: y.csv", content); r.Status != 422 || !strings.Contains(r.Text("[role=alert]"), want) {
			t.Errorf("%q: %d %q", content[:min(len(content), 8)], r.Status, r.Text("main"))
		}
	}
	at := admin.Upload("/bring", "a.csv", wave).Header.Get("Location")
	if got := site.As(cx.Analyst).Get(at).Status; got != 404 {
		t.Errorf("somebody else's file: %d", got)
	}
	if got := admin.Post(at+"/cancel", nil); got.Status != 303 || admin.Get(at).Status != 404 {
		t.Errorf("let go: %d", got.Status)
	}
	if got := site.As(cx.Member).Upload("/bring", "a.csv", wave).Status; got != 403 {
		t.Errorf("a member: %d", got)
	}
	admin.Header.Set("Origin", "https://elsewhere.example")
	if got := admin.Upload("/bring", "a.csv", wave).Status; got != 403 {
		t.Errorf("from another site: %d", got)
	}
}
