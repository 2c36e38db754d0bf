package ui

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

func TestCurrentIsTheLongestThatFits(t *testing.T) {
	t.Parallel()
	menu := []MenuItem{{Href: "/customers", Also: "/organizations"}, {Href: "/customers/new"}, {Href: "/settings"}}
	tests := []struct{ path, want string }{
		{"/customers", "/customers"},
		{"/customers/c_1", "/customers"},
		{"/customers/new/x", "/customers/new"},
		{"/organizations/acc-1", "/customers"},
		{"/customersx", ""},
		{"/me", ""},
	}
	for _, tt := range tests {
		f := &Frame{Path: tt.path, Menu: menu}
		got := ""
		for _, i := range menu {
			if f.current(i) {
				got += i.Href
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Ana Ruiz Gil": "AR", "íñigo": "Í", "": "", "3 Ana": "A"} {
		if got := Initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestValenceHasAWordAndASign(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	ctx := i18n.With(t.Context(), bundle.Locale("es", nil, cxtest.NewClock()))
	tests := []struct {
		v    float64
		want string
	}{
		{1.4, `chip-positive">Encantado +1,4<`},
		{0.7, `chip-positive">A gusto +0,7<`},
		{0.2, `chip-neutral">Neutro +0,2<`},
		{0, `chip-neutral">Neutro 0,0<`},
		{-0.3, `chip-negative">Incómodo −0,3<`},
		{-1.2, `chip-negative">Molesto −1,2<`},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := ValenceBadge(tt.v).Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), tt.want) {
			t.Errorf("%v: got %s, want %s", tt.v, b.String(), tt.want)
		}
	}
}

func TestPartialNamesItsPlaceSafely(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := Partial(`#a"><script>`, "innerMorph").Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script>") || !strings.Contains(b.String(), `hx-swap="innerMorph"`) {
		t.Errorf("got %s", b.String())
	}
}
