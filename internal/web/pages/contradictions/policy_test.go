package contradictions_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// with is a form with some of its fields filled in otherwise.
func with(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for i := 0; i+1 < len(pairs); i += 2 {
		form[pairs[i]] = []string{pairs[i+1]}
	}
	return form
}

// A policy is written row by row; what it contradicts, and which rows are in vain, is
// said before it is saved.
func TestWritingAPolicy(t *testing.T) {
	t.Parallel()
	models, s := site(t)
	v := s.As(cx.Admin)
	form := with(v.Get("/contradictions/policies/new").Form("#policy"),
		"name.es", "Lo caro se firma", "on", "Order Completed", "area", "logistics", "about", "order", "effect", "escalate", "col.0", "amount", "row.0.0.op", ">", "row.0.0.value", "200")
	r := v.Post("/contradictions/policies/check", form)
	if got := r.Text("#analysis"); r.Status != http.StatusOK || !strings.Contains(got, "No contradice nada") {
		t.Fatalf("as it is: %d %q %q", r.Status, got, r.All(".notice-negative"))
	}
	// Another row that the first takes whole, and that would refuse what is promised.
	r = v.Post("/contradictions/policies/table", with(form, "do", "row.add"))
	form = with(r.Form("#policy"), "row.1.0.op", ">", "row.1.0.value", "500,5", "row.1.effect", "refuse", "row.1.prevents.0", "Order Delivered")
	if len(r.All(".contradictions-tablerow")) != 2 || form.Get("row.0.0.value") != "200" {
		t.Fatalf("another row: %v", form)
	}
	r = v.Post("/contradictions/policies/check", form)
	if got := r.Text("#analysis"); !strings.Contains(got, "la fila 2 nunca decide: antes deciden las filas 1") || len(r.All(".contradictions-tablerow.is-noted")) != 1 {
		t.Errorf("a row in vain: %q", got)
	}
	// Moved up it decides, and contradicts the promise.
	r = v.Post("/contradictions/policies/table", with(form, "do", "row.1.up"))
	form = r.Form("#policy")
	if form.Get("row.0.0.value") != "500,5" || form.Get("row.0.prevents.0") != "Order Delivered" || form.Get("row.1.0.value") != "200" || form.Get("row.1.prevents.0") != "" {
		t.Errorf("moved up: %v", form)
	}
	r = v.Post("/contradictions/policies/check", form)
	if got := r.Text("#analysis"); !strings.Contains(got, "«Lo caro se firma» impide «Te lo llevamos»") || !strings.Contains(got, "Las filas 1 y 2 coinciden: decide la 1") || r.Text("h1") != "«Lo caro se firma» contradice algo que prometemos o mandamos" {
		t.Errorf("what it contradicts: %q %q", r.Text("h1"), got)
	}
	if len(models.Current().Model.Policies) != 1 {
		t.Error("looking saved it")
	}
	if r := v.Post("/contradictions/policies/save", form); r.Status != http.StatusSeeOther {
		t.Fatalf("saved: %d %q", r.Status, r.All(".notice-negative"))
	}
	x, _ := models.Current().Model.Policy("lo-caro-se-firma")
	if len(x.Rows) != 2 || x.Rows[0].Outcome.Effect != model.Refuse || x.Rows[0].When.Source() != "properties.amount > 500.5" || x.Rows[1].Outcome.Effect != model.Escalate || x.About != "order" {
		t.Fatalf("it is %+v", x)
	}
	list := v.Get("/contradictions/policies")
	if got := list.Text("#policies"); !strings.Contains(got, "Lo caro se firma") || !strings.Contains(got, "1 contradicción") || list.Text("h1") != "De 2 políticas y objetivos, 2 contradicen algo" {
		t.Errorf("the list: %q %q", list.Text("h1"), got)
	}
	// Opened and saved as it is it stays what it was, decisions too.
	before, _ := models.Current().Model.Policy("no-azahar")
	if r := v.Post("/contradictions/policies/save", v.Get("/contradictions/policies/of/no-azahar").Form("#policy")); r.Status != http.StatusSeeOther {
		t.Fatalf("saved as it is: %d %q", r.Status, r.All(".notice-negative"))
	}
	after, _ := models.Current().Model.Policy("no-azahar")
	if after.Rows[0].When.Source() != before.Rows[0].When.Source() || after.Outcome.String() != before.Outcome.String() || after.Reason != before.Reason || after.Name != before.Name {
		t.Errorf("saving made %+v of %+v", after, before)
	}
	if r := v.Post("/contradictions/policies/of/lo-caro-se-firma/remove", nil); r.Status != http.StatusSeeOther || len(models.Current().Model.Policies) != 1 {
		t.Errorf("removed: %d", r.Status)
	}
	if r := s.As(cx.Member).Get("/contradictions/policies/new"); r.Status != http.StatusForbidden {
		t.Errorf("a member writes policies: %d", r.Status)
	}
}

// Columns go with their cells; buttons that make no sense change nothing.
func TestChangingTheTable(t *testing.T) {
	t.Parallel()
	_, s := site(t)
	v := s.As(cx.Admin)
	form := with(v.Get("/contradictions/policies/new").Form("#policy"), "rows", "2", "cols", "2", "col.0", "amount", "col.1", "card",
		"row.0.0.op", ">", "row.0.0.value", "1", "row.0.1.op", "present", "row.1.1.op", "=", "row.1.1.value", "gold")
	got := v.Post("/contradictions/policies/table", with(form, "do", "col.0.drop")).Form("#policy")
	if got.Get("cols") != "1" || got.Get("col.0") != "card" || got.Get("row.0.0.op") != "present" || got.Get("row.1.0.value") != "gold" {
		t.Errorf("without its first column: %v", got)
	}
	got = v.Post("/contradictions/policies/table", with(form, "do", "row.0.drop")).Form("#policy")
	if got.Get("rows") != "1" || got.Get("row.0.1.value") != "gold" || got.Get("row.0.0.value") != "" {
		t.Errorf("without its first row: %v", got)
	}
	for _, do := range []string{"", "row.0.up", "row.1.down", "row.7.drop", "col.9.drop", "row.-1.up", "row.0.explode"} {
		got := v.Post("/contradictions/policies/table", with(form, "do", do)).Form("#policy")
		if got.Get("rows") != "2" || got.Get("cols") != "2" || got.Get("row.0.0.value") != "1" || got.Get("row.1.1.value") != "gold" {
			t.Errorf("%q: %v", do, got)
		}
	}
	if got := v.Post("/contradictions/policies/table", with(form, "rows", "1000000")); len(got.All(".contradictions-tablerow")) != 60 {
		t.Errorf("a million rows: %d", len(got.All(".contradictions-tablerow")))
	}
}

// What is wrong is said at its field; nothing is saved.
func TestWrongPolicies(t *testing.T) {
	t.Parallel()
	models, s := site(t)
	v := s.As(cx.Admin)
	number := models.Current().Number
	good := with(v.Get("/contradictions/policies/new").Form("#policy"), "name.es", "N", "on", "Order Completed", "area", "logistics", "effect", "escalate", "col.0", "amount", "row.0.0.op", ">", "row.0.0.value", "1")
	for name, c := range map[string]struct {
		with  []string
		field string
	}{
		"no name":      {[]string{"name.es", ""}, "name.es"},
		"no owner":     {[]string{"area", ""}, "area"},
		"no event":     {[]string{"on", ""}, "on"},
		"no effect":    {[]string{"effect", ""}, "effect"},
		"no rows":      {[]string{"rows", "0"}, "rows"},
		"no number":    {[]string{"row.0.0.value", "mucho"}, "row.0.0.value"},
		"no stretch":   {[]string{"row.0.0.op", "..", "row.0.0.value", "5"}, "row.0.0.value"},
		"no field":     {[]string{"col.0", "not a field"}, "row.0.0.value"},
		"no condition": {[]string{"row.0.cel", "amount >"}, "row.0.cel"},
		"refuses air":  {[]string{"effect", "refuse"}, "prevents.0"},
		"asks nothing": {[]string{"effect", "require", "prevents.0", "Order Delivered"}, "requires"},
		"how late":     {[]string{"effect", "delay", "delays.event", "Order Delivered"}, "delays.n"},
		"no day":       {[]string{"since", "2019-02-31"}, "since"},
		"a row's own":  {[]string{"row.0.effect", "charge", "row.0.sets.event", "Order Delivered", "row.0.sets.property", "fee"}, "row.0.sets.value"},
	} {
		for _, to := range []string{"check", "save"} {
			r := v.Post("/contradictions/policies/"+to, with(good, c.with...))
			if r.Status != http.StatusUnprocessableEntity || r.Attr(".notice-negative a", "href") != "#f-"+c.field {
				t.Errorf("%s to %s: %d %q %q", name, to, r.Status, r.Attr(".notice-negative a", "href"), r.All(".notice-negative"))
			}
		}
	}
	if r := v.Post("/contradictions/policies/save", with(good, "base", "1")); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("of another version: %d", r.Status)
	}
	if models.Current().Number != number {
		t.Error("something was saved")
	}
}

// A goal that keeping a promise must miss is found before it is saved.
func TestWritingAGoal(t *testing.T) {
	t.Parallel()
	models, s := site(t)
	v := s.As(cx.Admin)
	form := with(v.Get("/contradictions/goals/new").Form("#goal"),
		"name.es", "Repartos baratos", "area", "logistics", "metric.event", "Order Delivered", "metric.property", "cost", "target.value", "4,5", "bonus.es", "200 € <b>al mes</b>")
	r := v.Post("/contradictions/goals/check", form)
	if got := r.Text("#analysis"); r.Status != http.StatusOK || !strings.Contains(got, "No contradice nada") {
		t.Fatalf("looked at: %d %q", r.Status, got)
	}
	if r := v.Post("/contradictions/goals/save", form); r.Status != http.StatusSeeOther {
		t.Fatalf("saved: %d %q", r.Status, r.All(".notice-negative"))
	}
	g, _ := models.Current().Model.Goal("repartos-baratos")
	if g.Target.CEL() != "properties.cost < 4.5" || g.Bonus.ES != "200 € <b>al mes</b>" || g.Metric.Event != "Order Delivered" {
		t.Errorf("it is %+v", g)
	}
	again := v.Get("/contradictions/goals/of/repartos-baratos").Form("#goal")
	if again.Get("target.value") != "4,5" || again.Get("metric.property") != "Cost" && again.Get("metric.property") != "cost" {
		t.Errorf("opened again: %v", again)
	}
	if r := v.Post("/contradictions/goals/save", with(again, "target.value", "poco")); r.Status != http.StatusUnprocessableEntity || r.Attr(".notice-negative a", "href") != "#f-target.value" {
		t.Errorf("no number: %d %q", r.Status, r.All(".notice-negative"))
	}
	if r := v.Post("/contradictions/goals/of/repartos-baratos/remove", nil); r.Status != http.StatusSeeOther || len(models.Current().Model.Goals) != 0 {
		t.Errorf("removed: %d", r.Status)
	}
	for _, path := range []string{"/contradictions/goals/of/nothing", "/contradictions/policies/of/nothing"} {
		if r := v.Get(path); r.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
}
