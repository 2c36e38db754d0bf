package organizations_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/organizations"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func open(t *testing.T) (*customertest.World, *webtest.Site) {
	w := customertest.New(t)
	return w, webtest.New(t, organizations.New(w, w), customer.New(w, w, nil, customertest.NobodyForgotten))
}

// group makes somebody a member of an organization.
func group(userID, id, name string, after time.Duration) cx.Event {
	at := cxtest.Epoch.Add(after)
	return cxtest.Fill(cx.Event{
		Kind: cx.Group, Name: "Group", Source: "crm", UserID: userID, GroupID: id, MessageID: userID + id, At: at, ReceivedAt: at,
	}, nil, cxtest.Object{"name": name, "city": "Madrid"})
}

// lived is something lived for an organization.
func lived(userID, id string, after time.Duration) cx.Event {
	e := cxtest.Track(userID, "Checkout Paid", after, cxtest.Object{"wait_min": 1.0})
	e.GroupID = id
	return e
}

func TestNoneYet(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	if got := site.As(cx.Member).Get("/organizations").Text("h1"); got != "Aún no hay cuentas" {
		t.Errorf("got %q", got)
	}
}

func TestAnOrganizationAndItsPeople(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	const id = "school/1 ?x"
	marta := w.Named("u1", "Marta Gil", "marta@example.com")
	w.Named("u2", "Luis Sanz", "luis@example.com")
	w.Live(group("u1", id, "IES El Mirador", 0), group("u2", id, "IES El Mirador", 0), group("u1", "other", "Biblioteca", 0))
	for i := range 60 {
		w.Live(lived("u1", id, time.Duration(i)*time.Minute), lived("u2", id, time.Duration(i)*time.Hour))
	}
	v := site.As(cx.Member)
	r := v.Get("/organizations?q=mirador")
	if got := strings.Join(r.All("#organizations tbody tr > *"), ", "); !strings.HasPrefix(got, "IES El Mirador, ") || !strings.HasSuffix(got, "2, 122") {
		t.Errorf("the list says %s", got)
	}
	href := r.Attr("#organizations a", "href")
	r = v.Get(href)
	if r.Status != http.StatusOK || r.Text("h1") != "IES El Mirador" || r.Text(".organizations-summary") != "Desde marzo de 2026: 122 hechos y 0 respuestas" {
		t.Fatalf("%s: %d %q", href, r.Status, r.Text("main"))
	}
	if got := r.Text(".traits"); got != "CiudadMadrid crm · 2 mar NombreIES El Mirador crm · 2 mar" {
		t.Errorf("what is known: %q", got)
	}
	if !strings.Contains(strings.Join(r.All(".moment-who"), ","), "Luis Sanz") {
		t.Error("the line does not name its people")
	}
	if got := r.Attr("aside .list a[href]", "href"); got == "" || got == customer.Path(marta) {
		t.Errorf("the most recently active is %s", got)
	}
	facts := len(r.All(".fact"))
	for next, pages := r.Attr("#line li[hx-get]", "hx-get"), 0; next != "" && pages < 6; pages++ {
		r = v.Get(next)
		facts += len(r.All(".fact"))
		next = r.Attr("li[hx-get]", "hx-get")
	}
	if facts != 122 {
		t.Errorf("%d facts on the line, want 122", facts)
	}
	if r := v.Get(href + "/people"); len(r.All(".list > li")) != 2 || r.Text(".tabs [aria-current]") != "2 personas" {
		t.Errorf("the people are %q", r.Text("main"))
	}
}

func TestListGoesOnAndIsTakenAway(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	for i := range 55 {
		w.Live(group("u1", fmt.Sprintf("g%d", i), fmt.Sprintf("Centro %d", i), time.Duration(i)*time.Minute))
	}
	v := site.As(cx.Analyst)
	r := v.Get("/organizations")
	if got := r.Text("h1"); got != "Más de 50 cuentas; lo último lo vivió Centro 54" {
		t.Errorf("the finding is %q", got)
	}
	more := v.Get(r.Attr("#organizations tr[hx-get]", "hx-get"))
	if n := len(r.All("#organizations tbody th")) + strings.Count(more.Body, `<th scope="row">`); n != 55 {
		t.Errorf("%d are listed", n)
	}
	if r := v.Get("/organizations/export"); strings.Count(r.Body, "\n") != 56 {
		t.Errorf("the file has %d lines", strings.Count(r.Body, "\n"))
	}
	if r := v.Get("/organizations?q=nada"); r.Text(".empty h2") != "Ninguna cuenta coincide con «nada»" {
		t.Errorf("none found: %q", r.Text("main"))
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	w.Live(group("u1", "g1", "Centro", 0))
	v := site.As(cx.Member)
	for path, want := range map[string]int{
		"/organizations/nobody": 404, "/organizations/nobody/line": 404, "/organizations/nobody/people": 404,
		"/organizations/g1/line?cursor=nonsense": 422, "/organizations/rows?cursor=nonsense": 422, "/organizations/export": 403,
	} {
		if r := v.Get(path); r.Status != want {
			t.Errorf("%s: %d, want %d", path, r.Status, want)
		}
	}
}

func TestNothingSentRuns(t *testing.T) {
	t.Parallel()
	w, site := open(t)
	x := customertest.Hostile
	w.Live(cxtest.Identify(x, "", 0, cxtest.Object{"name": x, "email": x}), group(x, x, x, 0), lived(x, x, time.Minute))
	v := site.As(cx.Member)
	for _, path := range []string{"/organizations", "/organizations?q=" + url.QueryEscape(x), customer.OrganizationPath(x), customer.OrganizationPath(x) + "/people"} {
		if r := v.Get(path); r.Status != http.StatusOK || strings.Contains(r.Body, x) {
			t.Errorf("%s: %d, or markup that runs", path, r.Status)
		}
	}
}
