package journeys_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/journeystest"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func site(t testing.TB, w *journeystest.World) *webtest.Site {
	t.Helper()
	return webtest.New(t, journeys.New(w.Journeys, w.Memory, w),
		customer.New(w.Memory, w, func(context.Context, string) string { return "" }, customertest.NobodyForgotten))
}

func TestDump(t *testing.T) {
	w := journeystest.Lived(t)
	v := site(t, w).As(cx.Analyst)
	for _, path := range []string{"/journeys", "/journeys/order", "/journeys/order/runs", "/journeys/order/runs?state=stuck"} {
		r := v.Get(path)
		t.Log(path, r.Status, strings.Join(r.All("main"), " "))
		if r.Status != http.StatusOK {
			t.Fail()
		}
	}
}
