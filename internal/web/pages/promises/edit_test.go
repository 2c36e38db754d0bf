package promises_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// with is a form with some of its fields filled in otherwise.
func with(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for i := 0; i+1 < len(pairs); i += 2 {
		form[pairs[i]] = []string{pairs[i+1]}
	}
	return form
}

// A promise is composed of sentences, tried on what was lived, made, changed without
// losing what the form does not change, and taken back.
func TestMakingAPromise(t *testing.T) {
	t.Parallel()
	models, s := lived(t)
	v := s.As(cx.Admin)
	form := with(v.Get("/promises/new").Form("#promise"),
		"name.es", "Llega en dos días", "area", "logistics", "from.event", "Order Completed", "to.event", "Order Delivered", "about", "order",
		"within.n", "2", "within.unit", "d", "objective", "97,5", "from.when.0.field", "order_id", "from.when.0.op", "!=", "from.when.0.value", "P000", "why.es", "Alguien <b>espera</b>",
		"made.0.channel", "web", "made.0.words.es", "En dos días")
	r := v.Post("/promises/try", form)
	if got := r.Text("h1"); r.Status != http.StatusOK || !strings.HasPrefix(got, "El último año lo habríamos cumplido el ") || !strings.Contains(got, "n = ") {
		t.Fatalf("tried: %d %q", r.Status, got)
	}
	if got := len(r.All("#promise-tried .as-table tbody tr")); got < 5 {
		t.Errorf("it is told in %d months", got)
	}
	if again := r.Form("#promise"); again.Get("from.when.0.value") != "P000" || again.Get("why.es") != "Alguien <b>espera</b>" {
		t.Errorf("trying lost what was written: %v", again)
	}
	if len(models.Current().Model.Promises) != 2 {
		t.Error("trying made a promise")
	}
	if r = v.Post("/promises/save", form); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/promises" {
		t.Fatalf("made: %d %q", r.Status, r.All(".notice-negative"))
	}
	x, _ := models.Current().Model.Promise("llega-en-dos-dias")
	if x.Objective != .975 || x.From.When.Source() != `properties.order_id != "P000"` || x.Why.ES != "Alguien <b>espera</b>" || x.Within.Span != 48*time.Hour || len(x.Made) != 1 || x.Made[0].Words.ES != "En dos días" {
		t.Fatalf("it is %+v", x)
	}
	// The same form again: the company was changed meanwhile.
	if r := v.Post("/promises/save", form); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("made twice: %d", r.Status)
	}

	form = v.Get("/promises/of/on-date/edit").Form("#promise")
	if got := form.Get("at.holds.0.field") + form.Get("at.holds.0.op") + form.Get("at.holds.0.value"); got != "Late=No" {
		t.Errorf("its condition is told as %q", got)
	}
	before, _ := models.Current().Model.Promise("on-date")
	if r := v.Post("/promises/save", with(form, "objective", "90")); r.Status != http.StatusSeeOther {
		t.Fatalf("changed: %d %q", r.Status, r.All(".notice-negative"))
	}
	after, _ := models.Current().Model.Promise("on-date")
	if after.Objective != .9 || after.Holds.Source() != before.Holds.Source() || after.Name != before.Name || after.Why != before.Why || after.Window != before.Window {
		t.Errorf("changing the objective made it %+v", after)
	}
	if r := v.Post("/promises/of/llega-en-dos-dias/remove", nil); r.Status != http.StatusSeeOther || len(models.Current().Model.Promises) != 2 {
		t.Errorf("taken back: %d", r.Status)
	}
	if r := s.As(cx.Analyst).Get("/promises/new"); r.Status != http.StatusForbidden {
		t.Errorf("who may not change the company makes promises: %d", r.Status)
	}
}

// What is wrong is said at its field, in the reader's words; nothing is saved.
func TestWrongPromises(t *testing.T) {
	t.Parallel()
	models, s := lived(t)
	v := s.As(cx.Admin)
	number := models.Current().Number
	good := with(v.Get("/promises/new").Form("#promise"),
		"name.es", "Llega", "area", "logistics", "from.event", "Order Completed", "to.event", "Order Delivered", "within.n", "2", "within.unit", "h")
	for name, c := range map[string]struct {
		with  []string
		field string
	}{
		"no name":           {[]string{"name.es", ""}, "name.es"},
		"nobody answers":    {[]string{"area", ""}, "area"},
		"no event":          {[]string{"from.event", ""}, "from.event"},
		"no time":           {[]string{"within.n", ""}, "within.n"},
		"no such time":      {[]string{"within.n", "-3"}, "within.n"},
		"always":            {[]string{"objective", "100"}, "objective"},
		"no share":          {[]string{"objective", "many"}, "objective"},
		"at risk at once":   {[]string{"risk.n", "2", "risk.unit", "h"}, "risk.n"},
		"compared with air": {[]string{"from.when.0.field", "late", "from.when.0.op", "<"}, "from.when"},
		"no expression":     {[]string{"for.source", "properties.("}, "for"},
		"asks the rest":     {[]string{"for.source", `count("Order Completed") > 2`}, "for"},
		"no moment":         {[]string{"shape", "moment", "at.event", ""}, "at.event"},
		"nothing holds":     {[]string{"shape", "moment", "at.event", "Order Delivered"}, "at.holds"},
		"no calendar":       {[]string{"within.kind", "hours", "within.calendar", "nights"}, "within.calendar"},
	} {
		for _, to := range []string{"/promises/try", "/promises/save"} {
			r := v.Post(to, with(good, c.with...))
			if r.Status != http.StatusUnprocessableEntity || r.Attr(".notice-negative a", "href") != "#f-"+c.field || !slices.Contains([]int{1, 2}, len(r.All("#f-"+strings.ReplaceAll(c.field, ".", "\\.")))) {
				t.Errorf("%s to %s: %d %q", name, to, r.Status, r.All(".notice-negative"))
			}
		}
	}
	if models.Current().Number != number {
		t.Error("something was saved")
	}
	for _, path := range []string{"/promises/of/nothing/edit", "/promises/calendars/of/nothing"} {
		if r := v.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
}

// Hours are written day by day and kept together; what no clock shows is refused.
func TestCalendars(t *testing.T) {
	t.Parallel()
	models, s := lived(t)
	v := s.As(cx.Admin)
	form := v.Get("/promises/calendars/new").Form(`main form[action="/promises/calendars/save"]`)
	if r := v.Post("/promises/calendars/save", with(form, "name.es", "Tiendas", "hours.mon", "10:00-14:00", "hours.tue", "25:00-26:00")); r.Status != http.StatusUnprocessableEntity || r.Attr(".notice-negative a", "href") != "#f-hours.tue" {
		t.Errorf("no hours: %d %q", r.Status, r.All(".notice-negative"))
	}
	full := with(form, "name.es", "Tiendas", "hours.mon", "10:00-14:00, 16:30-20:30", "hours.tue", "10:00-14:00, 16:30-20:30", "hours.sat", "10:00-14:00", "holidays", "2026-12-25\n01-06")
	if r := v.Post("/promises/calendars/save", full); r.Status != http.StatusSeeOther {
		t.Fatalf("saved: %d %q", r.Status, r.All(".notice-negative"))
	}
	c, _ := models.Current().Model.Calendar("tiendas")
	if len(c.Week[time.Monday]) != 2 || len(c.Week[time.Tuesday]) != 2 || len(c.Week[time.Wednesday]) != 0 || len(c.Week[time.Saturday]) != 1 || len(c.Holidays) != 2 {
		t.Errorf("it is %+v", c)
	}
	if !strings.Contains(string(models.Current().YAML), "mon-tue: [") {
		t.Errorf("days alike are not kept together: %s", models.Current().YAML)
	}
	again := v.Get("/promises/calendars/of/tiendas").Form(`main form[action="/promises/calendars/save"]`)
	if r := v.Post("/promises/calendars/save", with(again, "hours.sat", "")); r.Status != http.StatusSeeOther {
		t.Fatalf("changed: %d", r.Status)
	}
	if c, _ := models.Current().Model.Calendar("tiendas"); len(c.Week[time.Saturday]) != 0 || len(c.Week[time.Monday]) != 2 {
		t.Errorf("then it is %+v", c)
	}
	if got := v.Get("/promises/calendars").Text(".promises-list > li"); !strings.Contains(got, "10:00-14:00, 16:30-20:30") || !strings.Contains(got, "2 días de fiesta") {
		t.Errorf("the list: %q", got)
	}
	// One whose hours a promise counts stays.
	promised := with(v.Get("/promises/of/refunds/edit").Form("#promise"), "within.kind", "hours", "within.n", "8", "within.unit", "h", "within.calendar", "tiendas")
	if r := v.Post("/promises/save", promised); r.Status != http.StatusSeeOther {
		t.Fatalf("in opening hours: %d %q", r.Status, r.All(".notice-negative"))
	}
	v.Post("/promises/calendars/of/tiendas/remove", nil)
	if len(models.Current().Model.Calendars) != 1 {
		t.Error("a calendar went that a promise counts on")
	}
}
