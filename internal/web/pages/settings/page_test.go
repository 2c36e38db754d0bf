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
