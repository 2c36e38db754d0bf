package modelview_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// form returns what a browser would send for the first form of a page that
// posts to the address, untouched.
func form(t *testing.T, r webtest.Response, action string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	found := cascadia.Query(root, cascadia.MustCompile(`form[action="`+action+`"]`))
	if found == nil {
		t.Fatalf("no form posts to %s: %d %.300s", action, r.Status, r.Body)
	}
	out := url.Values{}
	for _, n := range cascadia.QueryAll(found, cascadia.MustCompile("input, select, textarea")) {
		value := attr(n, "value")
		switch {
		case n.Data == "textarea" && n.FirstChild != nil:
			value = strings.ReplaceAll(n.FirstChild.Data, "\n", "\r\n")
		case n.Data == "select":
			for _, o := range cascadia.QueryAll(n, cascadia.MustCompile("option[selected]")) {
				value = attr(o, "value")
			}
		case attr(n, "type") == "checkbox" && !cascadia.MustCompile("[checked]").Match(n):
			continue
		}
		if name := attr(n, "name"); name != "csrf" {
			out.Set(name, value)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func with(values url.Values, pairs ...string) url.Values {
	out := maps.Clone(values)
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func draftOf(t *testing.T, v *webtest.Visitor) string {
	t.Helper()
	return form(t, v.Get("/model/draft/text"), "/model/draft/text").Get("yaml")
}

// TestUntouchedForms sends every form of a whole model as it was opened: nothing
// changes.
func TestUntouchedForms(t *testing.T) {
	t.Parallel()
	candil, err := os.ReadFile("../../../simulate/candil/model.yaml")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../../../examples/model.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, yaml := range []string{company, string(example), string(candil)} {
		site, _ := open(t, yaml)
		v := site.As(cx.Admin)
		doc, err := model.Read([]byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{"company", "areas", "suppliers", "places", "touchpoints", "facts", "objects", "identifiers", "properties", "segments", "journeys", "retention"} {
			page := v.Get("/model/edit/" + section)
			if page.Status != http.StatusOK {
				t.Fatalf("%s: %d", section, page.Status)
			}
			var paths []string
			for i := range doc.Items(section) {
				paths = append(paths, "/model/edit/"+section+"/@"+strconv.Itoa(i))
			}
			if section == "company" || section == "facts" || section == "objects" {
				paths = []string{"/model/edit/" + section}
			}
			for _, path := range paths {
				r := v.Get(path)
				action := r.Attr(".model-form form.form", "action")
				if r := v.Post(action, form(t, r, action)); r.Status != http.StatusSeeOther {
					t.Errorf("%s: %d", path, r.Status)
				}
			}
		}
		if got := draftOf(t, v); unix(got) != yaml {
			t.Errorf("untouched forms change the text:\n%s", cmp.Diff(yaml, unix(got)))
		}
	}
}

func unix(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// TestEdit goes the way of a person: a new touchpoint by form, its text beside,
// what it changes, and in force.
func TestEdit(t *testing.T) {
	t.Parallel()
	site, models := open(t, company)
	v := site.As(cx.Admin)
	if r := v.Get("/model/edit"); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/model/edit/touchpoints" {
		t.Errorf("%d %q", r.Status, r.Header.Get("Location"))
	}
	blank := form(t, v.Get("/model/new/touchpoints"), "/model/new/touchpoints")
	if r := v.Post("/model/new/touchpoints", blank); r.Header.Get("Location") != "/model/new/touchpoints" || !strings.Contains(v.Get("/model/new/touchpoints").Body, "Ponle primero un nombre") {
		t.Errorf("without a name: %d", r.Status)
	}
	r := v.Post("/model/new/touchpoints", with(blank, "name.es", "Atención <i>al café</i>", "name.en", "Café", "stage", "after", "channel", "store", "medium", "physical"))
	const path = "/model/edit/touchpoints/atencion-i-al-cafe-i"
	if r.Header.Get("Location") != path {
		t.Fatalf("added at %q: %d", r.Header.Get("Location"), r.Status)
	}
	r = v.Get(path)
	if got := r.Text("#model-state"); !strings.Contains(got, "di qué área responde") {
		t.Errorf("what is missing: %q", got)
	}
	if strings.Contains(r.Body, "<i>al") || r.Text("h1") != "Atención <i>al café</i>" {
		t.Error("a name is not escaped")
	}
	filled := with(form(t, r, path), "area", "it", "events.0.name", "Coffee Served", "events.0.lived", "1.5",
		"events.0.when.property", "wait_min", "events.0.when.op", "<=", "events.0.when.value", "3,5")
	if r := v.Post(path, filled); r.Header.Get("Location") != path {
		t.Fatalf("%d %q", r.Status, r.Header.Get("Location"))
	}
	r = v.Get(path)
	want := `  - slug: atencion-i-al-cafe-i
    name: {es: 'Atención <i>al café</i>', en: Café}
    stage: after
    channel: store
    medium: physical
    events:
      - {name: Coffee Served, when: properties.wait_min <= 3.5, valence: 1.5}
    area: it`
	if got := form(t, r, "/model/source/touchpoints/atencion-i-al-cafe-i").Get("text"); unix(got) != want {
		t.Errorf("beside:\n%s\nwant\n%s", got, want)
	}
	again := form(t, r, path)
	if again.Get("events.0.when.value") != "3.5" || again.Get("events.0.lived") != "1.5" || again.Get("area") != "it" {
		t.Errorf("the form forgot: %v", again)
	}

	if got := r.Attr(`.model-form form [type="submit"]`, "name"); got != "" {
		t.Errorf("Enter presses %q", got)
	}
	v.Post(path, with(again, "drop", "0"))
	if got := form(t, v.Get(path), path); got.Get("events.0.name") != "" {
		t.Errorf("an event is not taken out: %v", got)
	}
	v.Post(path, again)
	r = v.Get(path)

	// The text beside changes the form.
	source := form(t, r, "/model/source/touchpoints/atencion-i-al-cafe-i")
	if r := v.Post("/model/source/touchpoints/atencion-i-al-cafe-i", with(source, "text", strings.Replace(want, "stage: after", "stage: before", 1))); r.Status != http.StatusSeeOther {
		t.Errorf("%d", r.Status)
	}
	if got := form(t, v.Get(path), path).Get("stage"); got != "before" {
		t.Errorf("the form says %q", got)
	}
	if r := v.Post("/model/source/touchpoints/atencion-i-al-cafe-i", source); r.Status != http.StatusSeeOther || !strings.Contains(v.Get(path).Body, "Tu borrador ha cambiado") || form(t, v.Get(path), path).Get("stage") != "before" {
		t.Error("text of an old window overwrites")
	}

	r = v.Get("/model/draft")
	if got := r.Text("h1"); got != "Tu borrador cambia una cosa" || !strings.Contains(r.Text(".model-changes"), "Atención <i>al café</i>") {
		t.Errorf("%q: %q", got, r.All(".model-changes"))
	}
	apply := with(form(t, r, "/model/draft/apply"), "note", "El café")
	if r := v.Post("/model/draft/apply", with(apply, "csrf", "forged")); r.Status != http.StatusForbidden {
		t.Errorf("a forged form: %d", r.Status)
	}
	if r := v.Post("/model/draft/apply", apply); r.Status != http.StatusSeeOther {
		t.Errorf("%d", r.Status)
	}
	now := models.Current()
	if tp, ok := now.Model.Touchpoint("atencion-i-al-cafe-i"); now.Number != 2 || now.Note != "El café" || !ok || tp.Stage != "before" {
		t.Errorf("version %d: %+v", now.Number, tp)
	}

	// What is in force keeps its slug; another takes its own.
	r = v.Get(path)
	if len(r.All("[name=slug]")) != 0 {
		t.Error("a slug in force can be changed")
	}
	v.Post(path, with(form(t, r, path), "slug", "other"))
	if strings.Contains(draftOf(t, v), "other") {
		t.Error("a slug in force is changed by a forged form")
	}

	// Former versions: what changed, and back.
	r = v.Get("/model/versions")
	if got := r.All("main section.card h2"); !slices.Equal(got, []string{"Versión 2 En vigor", "Versión 1"}) || len(r.All(".model-changes li")) != 1 || !strings.Contains(r.Text("main section.card"), "Ana Ruiz") {
		t.Errorf("versions: %q", got)
	}
	if r := v.Get("/model/versions/1/model.yaml"); r.Body != company {
		t.Errorf("the text of version 1: %.200s", r.Body)
	}
	if r := v.Get("/model/versions/9/model.yaml"); r.Status != http.StatusNotFound {
		t.Errorf("no such version: %d", r.Status)
	}
	v.Post("/model/versions/1/restore", url.Values{})
	if got := v.Get("/model/draft").Text(".model-changes"); !strings.Contains(got, "Ya no está") {
		t.Errorf("back to version 1: %q", got)
	}
	v.Post("/model/versions/2/restore", url.Values{})
	if !strings.Contains(v.Get("/model/draft").Body, "Ya tienes un borrador") || unix(draftOf(t, v)) != company {
		t.Error("a draft is overwritten by a former version")
	}
}

func TestWhoMayEdit(t *testing.T) {
	t.Parallel()
	site, models := open(t, company)
	for _, role := range []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member} {
		v := site.As(role)
		for _, path := range []string{"/model/edit", "/model/edit/areas", "/model/new/areas", "/model/draft", "/model/draft/text"} {
			if r := v.Get(path); r.Status != http.StatusForbidden {
				t.Errorf("%s sees %s: %d", role, path, r.Status)
			}
		}
		for _, path := range []string{"/model/edit/company", "/model/draft/text", "/model/draft/apply", "/model/versions/1/restore"} {
			if r := v.Post(path, url.Values{"base": {"1"}, "revision": {"0"}}); r.Status != http.StatusForbidden {
				t.Errorf("%s changes %s: %d", role, path, r.Status)
			}
		}
	}
	if models.Current().Number != 1 {
		t.Error("something was applied")
	}
}

// TestTwoEditors lets two people change the model at once.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	site, models := open(t, company)
	v := site.As(cx.Admin)
	opened := form(t, v.Get("/model/edit/areas/tills"), "/model/edit/areas/tills")
	if _, err := models.Apply(t.Context(), cx.System(), []byte(strings.Replace(company, "es: Sistemas", "es: Informática", 1)), ""); err != nil {
		t.Fatal(err)
	}
	v.Post("/model/edit/areas/tills", with(opened, "name.es", "Las cajas"))
	r := v.Get("/model/edit/areas/tills")
	if !strings.Contains(r.Text("#model-state"), "entretanto la versión 2") && !strings.Contains(r.Text("#model-state"), "versión 2") {
		t.Errorf("nobody told: %q", r.Text("#model-state"))
	}
	r = v.Get("/model/draft")
	if len(r.All(`form[action="/model/draft/apply"]`)) != 0 {
		t.Error("a draft of an old version is offered to be applied")
	}
	v.Post("/model/draft/apply", url.Values{"revision": {"1"}})
	if models.Current().Number != 2 {
		t.Fatal("somebody else's version is overwritten")
	}
	v.Post("/model/draft/merge", url.Values{})
	r = v.Get("/model/draft")
	if got := r.All(".model-changes > li"); len(got) != 1 || !strings.Contains(got[0], "Las cajas") {
		t.Errorf("merged: %q", got)
	}
	v.Post("/model/draft/apply", form(t, r, "/model/draft/apply"))
	if yaml := string(models.Current().YAML); models.Current().Number != 3 || !strings.Contains(yaml, "Informática") || !strings.Contains(yaml, "Las cajas") {
		t.Errorf("version %d", models.Current().Number)
	}

	// Both change the same name.
	v.Post("/model/edit/areas/tills", with(form(t, v.Get("/model/edit/areas/tills"), "/model/edit/areas/tills"), "name.es", "Mías"))
	if _, err := models.Apply(t.Context(), cx.System(), []byte(strings.Replace(string(models.Current().YAML), "Las cajas", "Suyas", 1)), ""); err != nil {
		t.Fatal(err)
	}
	v.Post("/model/draft/merge", url.Values{})
	if got := v.Get("/model/draft").Body; !strings.Contains(got, "areas.tills.name") {
		t.Error("a conflict is not told")
	}
}

// TestRemove takes things away: what is still used says where.
func TestRemove(t *testing.T) {
	t.Parallel()
	site, _ := open(t, company)
	v := site.As(cx.Admin)
	v.Post("/model/edit/areas/tills/remove", url.Values{"base": {"1"}})
	r := v.Get("/model/draft")
	if got := strings.Join(r.All(".model-faults li"), "\n"); !strings.Contains(got, "el área «tills» no está declarada") || len(r.All(`form[action="/model/draft/apply"]`)) != 0 {
		t.Errorf("%q", got)
	}
	if got := r.Attr(".model-faults a", "href"); got != "/model/edit/suppliers/@0" {
		t.Errorf("mended at %q", got)
	}
	if got := v.Get("/model/edit/suppliers/@0").Text("#f-area-fault"); !strings.Contains(got, "tills") {
		t.Errorf("at its field: %q", got)
	}
	v.Post("/model/draft/drop", url.Values{})
	if unix(draftOf(t, v)) != company {
		t.Error("discarding leaves something")
	}
	if r := v.Get("/model/edit/areas/nowhere"); r.Status != http.StatusNotFound {
		t.Errorf("%d", r.Status)
	}
}

// TestBrokenText keeps text that cannot be read, says where it breaks, and
// refuses what is too large.
func TestBrokenText(t *testing.T) {
	t.Parallel()
	site, _ := open(t, company)
	v := site.As(cx.Admin)
	broken := strings.Replace(company, "areas:\n", "areas: [\n", 1)
	r := v.Post("/model/draft/text", url.Values{"base": {"1"}, "revision": {"0"}, "yaml": {broken}})
	if r.Status != http.StatusUnprocessableEntity || len(r.All(".model-faults li")) == 0 {
		t.Errorf("%d", r.Status)
	}
	if r := v.Get("/model/edit/areas"); r.Header.Get("Location") != "/model/draft/text" {
		t.Errorf("forms over text that cannot be read: %d", r.Status)
	}
	if r := v.Get("/model/draft/text"); !strings.Contains(r.Body, "areas: [") || len(r.All(".model-faults li")) == 0 {
		t.Error("broken text does not survive, or is not told")
	}
	if got := v.Get("/model/draft").All(".model-faults li"); len(got) == 0 {
		t.Error("no fault before applying")
	}
	large := company + "# " + strings.Repeat("x", 1<<20)
	r = v.Post("/model/draft/text", url.Values{"base": {"1"}, "revision": {"1"}, "yaml": {large}})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text(".notice"), "es el máximo") || unix(draftOf(t, v)) != broken {
		t.Errorf("1 MB: %d", r.Status)
	}
}

// TestFirstModel declares a company from nothing, by forms.
func TestFirstModel(t *testing.T) {
	t.Parallel()
	site, models := open(t, "")
	v := site.As(cx.Admin)
	r := v.Get("/model/edit/company")
	v.Post("/model/edit/company", with(form(t, r, "/model/edit/company"), "name", "Ñandú", "timezone", "America/Montevideo", "currency", "UYU", "slug", "nandu"))
	v.Post("/model/draft/apply", form(t, v.Get("/model/draft"), "/model/draft/apply"))
	if now := models.Current(); now.Number != 1 || now.Model.Company.Name != "Ñandú" {
		t.Errorf("%d %q", now.Number, now.YAML)
	}
}

// A draft that brings a contradiction says so before it is in force, and may be put in
// force all the same.
func TestDraftsSayWhatTheyContradict(t *testing.T) {
	t.Parallel()
	site, models := open(t, company)
	v := site.As(cx.Admin)
	const kings = `
promises:
  - {slug: reviewed, name: Leemos cada reseña, area: tills, from: {event: Review Posted}, to: {event: Thanked}, within: 2h, objective: 0.9}
policies:
  - {slug: silent, name: A las malas no se contesta, area: tills, on: Review Posted, when: [{properties.rating: "< 3"}], effect: refuse, prevents: [Thanked]}
`
	f := form(t, v.Get("/model/draft/text"), "/model/draft/text")
	if r := v.Post("/model/draft/text", with(f, "yaml", f.Get("yaml")+kings)); r.Status != http.StatusSeeOther {
		t.Fatal(r.Status, r.Text(".model-faults"))
	}
	r := v.Get("/model/draft")
	if got := r.Text(".model-faults"); !strings.Contains(got, "«A las malas no se contesta» contradice «Leemos cada reseña»") {
		t.Fatalf("it says %q", got)
	}
	v.Post("/model/draft/apply", form(t, r, "/model/draft/apply"))
	if _, ok := models.Current().Model.Policy("silent"); !ok {
		t.Error("it is not in force")
	}
}
