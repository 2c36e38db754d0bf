package palette_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/palette"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestPalette(t *testing.T) {
	t.Parallel()
	search := func(_ context.Context, p cx.Principal, query string, limit int) ([]palette.Hit, error) {
		return []palette.Hit{{Icon: "user", Text: "Marta Soler", Note: query, Href: "/customers/c_1"}}, nil
	}
	menu := func(href, label string) web.MenuItem {
		return web.MenuItem{MenuItem: ui.MenuItem{Href: href, Icon: "user", Label: label, Group: ui.MenuMain}, Action: web.SignedIn}
	}
	p := palette.New(search)
	p.Menu = []web.MenuItem{menu("/a", "ui.menu"), menu("/b", "ui.more")}
	site := webtest.New(t, p)
	v := site.As(cx.Member)
	tests := []struct{ query, want string }{
		{"", "Menú,Más"},
		{"m", "Menú,Más"},
		{"menu", "Menú,Marta Soler menu"},
		{"MÁS", "Más,Marta Soler MÁS"},
	}
	for _, tt := range tests {
		if got := strings.Join(v.Get("/palette?q="+tt.query).All("[role=option]"), ","); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.query, got, tt.want)
		}
	}
	if r := site.Anonymous().Get("/palette"); r.Status != http.StatusSeeOther {
		t.Errorf("who is not signed in got %d", r.Status)
	}
}
