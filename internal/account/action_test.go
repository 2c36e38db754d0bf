package account_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The golden file is the table for people to read; a change of it is a change
// of who may do what.
func TestRolesMay(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s", "")
	for _, r := range cx.Roles() {
		fmt.Fprintf(&b, "%-9s", r)
	}
	b.WriteString("limited to areas\n")
	for _, a := range account.Actions() {
		fmt.Fprintf(&b, "%-22s", a)
		for _, r := range cx.Roles() {
			may := "yes"
			if err := account.Check(cx.Principal{ID: "person:1", Role: r}, a); cx.KindOf(err) == cx.Forbidden {
				may = "·"
			} else if err != nil {
				t.Errorf("%s, %s: %v", r, a, err)
			}
			fmt.Fprintf(&b, "%-9s", may)
		}
		fmt.Fprintf(&b, "%s\n", account.ScopeOf(a))
	}
	got := strings.ReplaceAll(b.String(), " \n", "\n")
	const golden = "testdata/roles.txt"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("%v: roles may\n%s\nwant (UPDATE=1 rewrites %s)\n%s", err, got, golden, want)
	}
}

// Who is limited to areas administers nothing, whatever the role.
func TestAreasLimitAdministration(t *testing.T) {
	for _, a := range account.Actions() {
		err := account.Check(cx.Principal{ID: "person:1", Role: cx.Admin, Areas: []string{"stores"}}, a)
		if refused := cx.KindOf(err) == cx.Forbidden; refused != (account.ScopeOf(a) == account.Unlimited) {
			t.Errorf("%s: %v", a, err)
		}
	}
}

func TestNobodyMayNothing(t *testing.T) {
	for _, p := range []cx.Principal{{}, {Role: cx.Admin}, {ID: "person:1"}, {ID: "person:1", Role: "root"}} {
		for _, a := range account.Actions() {
			if err := account.Check(p, a); cx.KindOf(err) != cx.Unauthorized {
				t.Errorf("%+v may %s: %v", p, a, err)
			}
		}
	}
	if err := account.Check(cx.Principal{ID: "person:1", Role: cx.Board}, "made.up"); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("an unknown action: %v", err)
	}
}
