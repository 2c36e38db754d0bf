package account_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func ptr[T any](v T) *T { return &v }

// TestADirectoryProvisions goes through the life of a person as a directory
// tells it: made, found, changed, moved, gone, back.
func TestADirectoryProvisions(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		eva, err := w.Provision(ctx, system, account.Profile{ExternalID: "d-1", UserName: " Eva@Example.com", GivenName: "Eva", FamilyName: "Gil", Active: true, Role: cx.Lead, Areas: []string{"norte"}})
		w.ok(err)
		if eva.Email != "eva@example.com" || eva.Name != "Eva Gil" || eva.ExternalID != "d-1" || eva.DisabledAt != 0 {
			w.Errorf("made %+v", eva)
		}
		found, err := w.PersonByExternalID(ctx, system, "d-1")
		w.ok(err)
		if diff := cmp.Diff(eva, found); diff != "" {
			w.Error(diff)
		}
		_, err = w.PersonByExternalID(ctx, system, "")
		w.want(err, cx.NotFound, "")
		_, err = w.Provision(ctx, system, account.Profile{ExternalID: "d-1", UserName: "other@example.com", DisplayName: "O", Active: true, Role: cx.Member})
		w.want(err, cx.Conflict, "external id")
		_, err = w.Provision(ctx, system, account.Profile{UserName: "x", Role: "boss"})
		w.want(err, cx.Invalid, "userName: is not an e-mail address; displayName: is missing; role:")

		w.ok(w.SetPassword(ctx, system, eva.ID, phrase))
		enter := func() string {
			w.Helper()
			_, secret, err := w.SignIn(ctx, "eva@example.com", phrase, here)
			w.ok(err)
			return secret
		}
		kept := enter()
		_, err = w.PatchProfile(ctx, system, eva.ID, account.ProfileChange{FamilyName: ptr("Gil Ruiz")})
		w.ok(err)
		_, err = w.SessionBySecret(ctx, kept)
		w.ok(err) // a name is no privilege
		moved, err := w.PatchProfile(ctx, system, eva.ID, account.ProfileChange{Role: ptr(cx.Member), Areas: ptr([]string(nil))})
		w.ok(err)
		if moved.Role != cx.Member || moved.Areas != nil || moved.FamilyName != "Gil Ruiz" {
			w.Errorf("moved %+v", moved)
		}
		_, err = w.SessionBySecret(ctx, kept)
		w.want(err, cx.Unauthorized, "")

		gone := enter()
		_, err = w.PatchProfile(ctx, system, eva.ID, account.ProfileChange{Active: ptr(false)})
		w.ok(err)
		_, err = w.SessionBySecret(ctx, gone)
		w.want(err, cx.Unauthorized, "")
		back, err := w.ReplaceProfile(ctx, system, eva.ID, account.Profile{UserName: "eva@example.com", DisplayName: "Eva", Active: true, Role: cx.Lead})
		w.ok(err)
		if back.ExternalID != "" || back.GivenName != "" || back.DisabledAt != 0 {
			w.Errorf("replaced %+v", back)
		}
		want := "person.created person.changed person.password-set sign-in.password person.changed person.moved sign-in.password person.disabled person.moved person.enabled person.changed"
		var got []string
		for _, line := range w.actions() {
			got = append(got, strings.Fields(line)[1])
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			w.Error(diff)
		}
		_, err = w.PatchProfile(ctx, back.Principal(), eva.ID, account.ProfileChange{Role: ptr(cx.Admin)})
		w.want(err, cx.Forbidden, "")
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	each(t, func(w *world) {
		admin := w.person("admin@example.com", cx.Admin)
		for _, c := range []account.ProfileChange{{Role: ptr(cx.Lead)}, {Active: ptr(false)}} {
			_, err := w.PatchProfile(w.Context(), system, admin.ID, c)
			w.want(err, cx.Conflict, "last administrator")
		}
	})
}

func TestGrants(t *testing.T) {
	t.Parallel()
	g := account.Grants{
		Roles: []account.RoleGrant{{"cx-admins", cx.Admin}, {"cx-*", cx.Analyst}, {"*", cx.Member}},
		Areas: []account.AreaGrant{{"norte", "tienda-norte"}, {"sur*", "tienda-sur"}},
	}
	for groups, want := range map[string]string{
		"": "  false", "x": "member  true", "cx-team": "analyst  true", "cx-team cx-admins": "admin  true", "norte sur-1": "member tienda-norte,tienda-sur true",
	} {
		role, areas, ok := g.Of(strings.Fields(groups))
		if got := string(role) + " " + strings.Join(areas, ",") + map[bool]string{true: " true", false: " false"}[ok]; got != want {
			t.Errorf("%q gives %q, want %q", groups, got, want)
		}
	}
}
