package settings_test

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/web/pages/settings"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

type models struct{}

func (models) Current() model.Version { return model.Version{Model: model.Empty()} }

func nobody(context.Context, cx.Principal, cx.CustomerID) string { return "" }

func open(t *testing.T) (*account.Service, *webtest.Site) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	clock := cxtest.NewClock()
	accounts, err := account.Open(t.Context(), db, clock, account.WithKey(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return accounts, webtest.Serve(t, accounts, clock, settings.New(accounts, models{}, nobody, "https://cx.example.com"))
}

func TestPeopleAreAddedByLinkAndDisabled(t *testing.T) {
	t.Parallel()
	accounts, site := open(t)
	admin := site.As(cx.Admin)

	bad := admin.Post("/settings/people", url.Values{"email": {"not one"}, "name": {""}, "role": {"king"}})
	if bad.Status != 422 || len(bad.All("[role=alert] li")) != 3 {
		t.Errorf("a bad person: %d, %q", bad.Status, bad.Text("[role=alert]"))
	}
	if got := bad.Attr("#f-email", "value"); got != "not one" {
		t.Errorf("what was typed is lost: %q", got)
	}
	added := admin.Post("/settings/people", url.Values{"email": {"eva@candil.example"}, "name": {"Eva <i>Gil</i>"}, "role": {"lead"}})
	if link := added.Text("[data-text]"); !strings.HasPrefix(link, "https://cx.example.com/sign-in/link/") {
		t.Errorf("no link: %q", link)
	}
	if list := admin.Get("/settings/people").Text(".settings-list"); !strings.Contains(list, "Eva <i>Gil</i>") {
		t.Errorf("the list: %q", list)
	}
	eva, err := accounts.PersonByEmail(t.Context(), cx.System(), "eva@candil.example")
	if err != nil {
		t.Fatal(err)
	}
	form := admin.Get("/settings/people/2").Attr("form[action$='/disable']", "action")
	if got := admin.Post(form, nil).Status; got != 303 {
		t.Errorf("disable: %d", got)
	}
	if eva, _ = accounts.PersonByEmail(t.Context(), cx.System(), eva.Email); eva.DisabledAt == 0 {
		t.Error("she is not disabled")
	}
}

func TestSourcesAndTokens(t *testing.T) {
	t.Parallel()
	accounts, site := open(t)
	admin := site.As(cx.Admin)
	if got := admin.Post("/settings/sources", url.Values{"name": {"Tienda web"}}).Status; got != 303 {
		t.Fatalf("create a source: %d", got)
	}
	key := admin.Get("/settings/sources").Text("[data-text]")
	if s, err := accounts.SourceByKey(t.Context(), key); err != nil || s.Slug != "tienda-web" {
		t.Errorf("key %q: %+v, %v", key, s, err)
	}
	if got := admin.Post("/settings/sources/tienda-web/revoke", nil).Status; got != 303 {
		t.Errorf("revoke: %d", got)
	}
	if _, err := accounts.SourceByKey(t.Context(), key); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("a revoked key: %v", err)
	}

	secret := admin.Post("/settings/tokens", url.Values{"name": {"Informe"}, "role": {"analyst"}}).Text("[data-text]")
	if p, err := accounts.PrincipalByToken(t.Context(), secret); err != nil || p.Role != cx.Analyst {
		t.Errorf("the token: %+v, %v", p, err)
	}
	if strings.Contains(admin.Get("/settings/tokens").Body, secret) {
		t.Error("the secret is shown again")
	}
}

func TestRolesSeeTheirTabs(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	lead := site.As(cx.Lead)
	if got := lead.Get("/settings").Header.Get("Location"); got != "/settings/sources" {
		t.Errorf("a lead's home is %q", got)
	}
	for _, path := range []string{"/settings/people", "/settings/tokens", "/settings/audit"} {
		if got := lead.Get(path).Status; got != 403 {
			t.Errorf("a lead gets %d of %s", got, path)
		}
	}
	if got := site.As(cx.Member).Get("/settings").Status; got != 403 {
		t.Errorf("a member gets %d", got)
	}
	if got := site.As(cx.Admin).Get("/settings/audit").Text("tbody"); !strings.Contains(got, "person") {
		t.Errorf("the log: %q", got)
	}
}

func TestAPersonIsManagedWhole(t *testing.T) {
	t.Parallel()
	_, site := open(t)
	admin := site.As(cx.Admin)
	site.As(cx.Member)
	const member = "/settings/people/2"
	if r := admin.Post(member, url.Values{"name": {"Eva Gil"}, "role": {"lead"}}); r.Header.Get("Location") != member {
		t.Fatalf("change: %d", r.Status)
	}
	if r := admin.Post(member, url.Values{"name": {""}, "role": {"king"}}); r.Status != 422 || len(r.All("[role=alert] li")) != 2 {
		t.Errorf("a bad change: %d %q", r.Status, r.Text("[role=alert]"))
	}
	if r := admin.Get(member); r.Text("h1") != "Eva Gil" || r.Attr("#f-role option[selected]", "value") != "lead" {
		t.Errorf("the page: %q", r.Text("h1"))
	}
	link := admin.Post(member+"/link", url.Values{"days": {"7"}})
	if link.Attr("svg.qr", "aria-label") == "" || !strings.Contains(link.Text("main"), "Sirve durante 7 días") {
		t.Errorf("the link: %q", link.Text("main"))
	}
	if r := admin.Post(member+"/recovery", nil); !strings.Contains(r.Text("[data-text]"), "https://cx.example.com/recover/") {
		t.Errorf("the recovery: %q", r.Text("[data-text]"))
	}
	page := admin.Get(member)
	for range 2 {
		if r := admin.Post(admin.Get(member).Attr("form[action*='/links/']", "action"), nil); r.Status != 303 {
			t.Errorf("revoke: %d", r.Status)
		}
	}
	if left := admin.Get(member).All("form[action*='/links/']"); len(left) != 0 || len(page.All("form[action*='/links/']")) != 2 {
		t.Errorf("%d links are left", len(left))
	}
	other := site.As(cx.Member)
	if r := admin.Post(admin.Get(member).Attr("form[action*='/sessions/s_']", "action"), nil); r.Status != 303 {
		t.Errorf("end a session: %d", r.Status)
	}
	if r := other.Get("/me"); r.Status != 303 {
		t.Errorf("the ended session answers %d", r.Status)
	}
	for _, what := range []string{"codes/require", "codes/reset", "codes/optional", "sessions/end", "unlink", "disable", "enable"} {
		if r := admin.Post(member+"/"+what, nil); r.Header.Get("Location") != member {
			t.Errorf("%s: %d", what, r.Status)
		}
	}
	if r := admin.Post("/settings/people/1/disable", nil); r.Status != 422 || !strings.Contains(r.Text("[role=alert]"), "última persona") {
		t.Errorf("the last administrator: %d", r.Status)
	}
	if r := admin.Get("/settings/people/99"); r.Status != 404 {
		t.Errorf("nobody: %d", r.Status)
	}
}

func TestTheLogIsReadFilteredAndTaken(t *testing.T) {
	t.Parallel()
	accounts, site := open(t)
	admin := site.As(cx.Admin)
	for _, object := range []string{"customer:c_1", "customer:c_2"} {
		if err := accounts.Record(t.Context(), cx.Principal{ID: "person:1"}, "customer.seen", object); err != nil {
			t.Fatal(err)
		}
	}
	if got := admin.Get("/settings/audit").Text("tbody tr"); got != "Miró a un clienteAna Ruizcustomer:c_22 mar, 10:00" {
		t.Errorf("the newest line: %q", got)
	}
	if got := admin.Get("/settings/audit?who=person%3A1&what=customer&object=customer%3Ac_1").All("tbody tr"); len(got) != 1 {
		t.Errorf("filtered: %q", got)
	}
	if got := admin.Get("/settings/audit?object=nothing").Text(".empty h2"); got != "Nadie ha hecho nada así" {
		t.Errorf("nothing found: %q", got)
	}
	if got := admin.Get("/settings/audit?check=1").Text(".notice strong"); !strings.HasPrefix(got, "El registro está completo: ") {
		t.Errorf("the chain: %q", got)
	}
	file := admin.Get("/settings/audit.csv?what=customer").Body
	if lines := strings.Split(strings.TrimSpace(file), "\n"); len(lines) != 3 || !strings.Contains(lines[1], "customer:c_2") {
		t.Errorf("the file: %q", file)
	}
	if got := admin.Get("/settings/audit").Text("tbody tr"); !strings.HasPrefix(got, "Se llevó una listaAna Ruizpage:/settings/audit.csv") {
		t.Errorf("taking the file is not on record: %q", got)
	}
}
