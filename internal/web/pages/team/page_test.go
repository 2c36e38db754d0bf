package team_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	domain "github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/team/teamtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/team"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func facts(t *testing.T) history.Store {
	t.Helper()
	s, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestSayingTakesTwoTouches(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	v := webtest.New(t, team.New(w, w.Models)).As(cx.Member)
	r := v.Get("/team")
	if got := r.Text("h1"); got != "Cuéntanos qué nos impide atender bien" {
		t.Errorf("the finding is %q", got)
	}
	if got := r.All(`button[name="what"]`); len(got) != len(domain.Whats()) || got[0] != "falta gente" {
		t.Errorf("buttons: %q", got)
	}
	if got := r.All(`a[href="/s/quiz"]`); len(got) != 1 {
		t.Error("nobody can answer the quiz")
	}
	r = v.Post("/team/obstacle", url.Values{"touchpoint": {"till"}, "place": {"goya"}, "what": {"roster"}})
	if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/team?at=till&in=goya" {
		t.Fatalf("%d to %q", r.Status, r.Header.Get("Location"))
	}
	r = v.Get("/team?at=till&in=goya")
	if got := r.Attr("#f-touchpoint option[selected]", "value"); got != "till" {
		t.Errorf("next time they are at %q", got)
	}
	if r := v.Post("/team/obstacle", url.Values{"what": {"roster"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "elige dónde ocurre") {
		t.Errorf("%d %s", r.Status, r.Text("#f-touchpoint-fault"))
	}
	if r := v.Post("/team/idea", url.Values{"idea": {""}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "escribe tu idea") {
		t.Errorf("an empty idea: %d", r.Status)
	}
}

func TestWhatIsShown(t *testing.T) {
	t.Parallel()
	w := teamtest.New(t, facts(t), nil)
	const hostile = `<script>alert(1)</script>=1+1`
	for i := range 6 {
		p := teamtest.Person(i, "tills")
		if err := w.Obstruct(t.Context(), p, domain.ObstacleReport{Touchpoint: "till", Place: "goya", What: domain.Roster, Words: fmt.Sprint(hostile, i)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Suggest(t.Context(), p, domain.IdeaReport{Words: fmt.Sprint("=idea ", i)}); err != nil {
			t.Fatal(err)
		}
		w.Answers(p, "quiz", `[{"question":"days","choice":"two"}]`)
		w.Answers(p, "pulse", `[{"question":"lived.till","metric":"rating","scale":"1-5","value":5}]`)
	}
	w.Scores("till", 1, 2, 1, 2, 1, 2)
	w.Later()
	site := webtest.New(t, team.New(w, w.Models))
	r := site.As(cx.Member).Get("/team")
	if got := r.Text("h1"); got != "Lo que más nos impide atender bien: falta gente, en La caja (6 de 6 avisos)" {
		t.Errorf("the finding is %q", got)
	}
	for _, want := range []string{"Goya 6", "El cuadrante de cajas", "seguro", "Cajas", "En dos"} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(r.Body, "<script>alert") {
		t.Error("words run")
	}
	if len(r.All(`button[name="state"]`)) != 0 {
		t.Error("a member may answer ideas")
	}
	for list, lines := range map[string]int{"obstacles": 2, "ideas": 7, "differences": 2} {
		file := site.As(cx.Member).Get("/team/" + list + ".csv")
		if strings.Count(file.Body, "\n") != lines || strings.Contains(file.Body, "\n=") {
			t.Errorf("%s.csv is %q", list, file.Body)
		}
	}
	if r := site.As(cx.Member).Get("/team/people.csv"); r.Status != http.StatusNotFound {
		t.Errorf("people.csv: %d", r.Status)
	}

	lead := site.As(cx.Lead)
	action := lead.Get("/team").Attr(`form[action^="/team/ideas/"]`, "action")
	if r := lead.Post(action, url.Values{"state": {"done"}, "reply": {"Gracias, hecho"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%s: %d", action, r.Status)
	}
	if r := site.As(cx.Member).Get("/team"); !strings.Contains(r.Body, "Gracias, hecho") || r.Text(".chip-positive") != "hecha" {
		t.Errorf("the answer is not there: %q", r.All(".chip"))
	}
	if r := site.As(cx.Member).Post(action, url.Values{"state": {"done"}}); r.Status != http.StatusForbidden {
		t.Errorf("a member answers: %d", r.Status)
	}
}
