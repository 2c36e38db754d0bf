package wall_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/notify/notifytest"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/wall"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// today is what every wall shows, and who looked at it.
type today struct {
	board notify.Board
	who   cx.Principal
	area  string
}

// Board returns what the test set.
func (d *today) Board(_ context.Context, p cx.Principal, area, _ string) (notify.Board, error) {
	d.who, d.area = p, area
	return d.board, nil
}

func open(t *testing.T) (*today, *webtest.Site) {
	t.Helper()
	w := notifytest.New(t)
	d := &today{board: notify.Board{
		At: w.Clock.Now(), Said: 42, Negative: 7, Positive: 30, Open: 9, Late: 2,
		Words:    []notify.Saying{{At: w.Clock.Now(), Words: "Llegó <roto>", Sentiment: -.8}, {At: w.Clock.Now(), Words: "Un trato excelente", Sentiment: .9}},
		Promises: []notify.BoardPromise{{Name: notifytest.Text("Llega el día"), Kept: 40, Broken: 3, Due: 12, AtRisk: 2}},
	}}
	return d, webtest.Serve(t, w.Accounts, w.Clock, wall.New(w.Notices, d, w, func() string { return "https://cx.candil.example" }))
}

func TestAWallShowsToday(t *testing.T) {
	t.Parallel()
	d, site := open(t)
	r := site.As(cx.Member).Get("/wall")
	if r.Status != http.StatusOK || r.Text("h1") != "2 casos esperan más de lo prometido" || r.Header.Get("Refresh") != "900" {
		t.Fatalf("%d %q", r.Status, r.Text("h1"))
	}
	if got := strings.Join(r.All(".wall-figure"), "|"); got != "40 de 43 cumplidas|9 abiertos|42" {
		t.Errorf("figures %q", got)
	}
	if got := r.All(".wall-saying p"); len(got) != 2 || got[0] != "« Llegó <roto> »" {
		t.Errorf("words %q", got)
	}
	if len(r.All(".side")) != 0 {
		t.Error("a wall has a menu")
	}
	if r.Attr("html", "data-theme") != "light" {
		t.Errorf("by day it is %q", r.Attr("html", "data-theme"))
	}
	d.board.Late = 0
	d.board.Promises[0].Burning = true
	if r := site.As(cx.Member).Get("/wall"); r.Text("h1") != "«Llega el día» se está rompiendo" || r.Text(".wall-finding.is-bad") == "" {
		t.Errorf("%q", r.Text("h1"))
	}
	d.board = notify.Board{}
	if r := site.As(cx.Member).Get("/wall"); r.Text("h1") != "Vamos cumpliendo" || r.Text(".wall-words") != "Hoy nadie ha escrito todavía." {
		t.Errorf("%q %q", r.Text("h1"), r.Text(".wall-words"))
	}
	if r := site.Anonymous().Get("/wall"); r.Status == http.StatusOK {
		t.Error("everybody sees it")
	}
}

func TestALinkShowsItWithoutSigningIn(t *testing.T) {
	t.Parallel()
	d, site := open(t)
	v := site.As(cx.Lead)
	if r := v.Get("/walls"); r.Status != http.StatusOK || r.Text("h1") != "Pon lo de hoy en una pantalla, donde todos lo vean" {
		t.Fatalf("%d %q", r.Status, r.Text("h1"))
	}
	if r := v.Post("/walls", url.Values{"name": {""}, "area": {"none"}, "language": {"es"}}); r.Status != http.StatusUnprocessableEntity || r.Text("#f-area-fault") != "Elige una de las áreas" || r.Text("#f-name-fault") == "" {
		t.Errorf("%d %q", r.Status, r.Text("#f-area-fault"))
	}
	if r := v.Post("/walls", url.Values{"name": {"Almacén"}, "area": {"logistics"}, "language": {"pt"}}); r.Status != http.StatusSeeOther {
		t.Fatal(r.Status)
	}
	r := v.Get("/walls")
	link := strings.TrimPrefix(r.Text(".copy code"), "https://cx.candil.example")
	if !strings.HasPrefix(link, "/wall/") {
		t.Fatalf("the link is %q", link)
	}
	tv := site.Anonymous()
	shown := tv.Get(link)
	if shown.Status != http.StatusOK || shown.Text("h1") != "2 casos esperam mais do que o prometido" || shown.Attr("html", "lang") != "pt" || shown.Text(".wall-where") != "Logística" {
		t.Errorf("%d %q %q", shown.Status, shown.Text("h1"), shown.Text(".wall-where"))
	}
	if d.area != "logistics" || len(d.who.Areas) != 1 || d.who.Role != cx.Member || shown.Header.Get("X-Robots-Tag") == "" || shown.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it was asked for by %+v: %v", d.who, shown.Header)
	}
	for _, other := range []string{"/wall", "/walls", "/wall/none", link + "x", link + "x/live"} {
		if r := tv.Get(other); r.Status == http.StatusOK {
			t.Errorf("%s is shown", other)
		}
	}
	if r := site.As(cx.Member).Post(r.Attr("form[action$=revoke]", "action"), nil); r.Status != http.StatusForbidden {
		t.Errorf("who may not took it back: %d", r.Status)
	}
	if r := v.Post(r.Attr("form[action$=revoke]", "action"), nil); r.Status != http.StatusSeeOther {
		t.Fatal(r.Status)
	}
	for _, path := range []string{link, link + "/live"} {
		if r := tv.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s after it was taken back: %d", path, r.Status)
		}
	}
}
