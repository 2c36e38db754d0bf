package personal_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer/customertest"
	"github.com/vivencia-cx/vivencia/internal/web/pages/personal"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// desk is a forgetting whose log is the world's; the whole of it is tested with
// every store in app.
type desk struct {
	*customertest.World
	receipts []forget.Receipt
}

func (d *desk) Export(ctx context.Context, _ cx.Principal, id cx.CustomerID) (forget.Export, error) {
	sections, err := d.World.Export(ctx, cx.Subject{Customer: id})
	return forget.Export{Customer: id, MadeAt: cxtest.Epoch.Std(), Sections: sections}, err
}

func (d *desk) Forget(ctx context.Context, p cx.Principal, id cx.CustomerID) (forget.Receipt, error) {
	err := d.LetGo(ctx, cx.System(), id)
	at := cxtest.Epoch.Add(time.Hour).Std()
	r := forget.Receipt{ID: int64(len(d.receipts) + 1), Customer: id, AskedAt: at, AskedBy: p.ID, DoneAt: at, Counts: map[string]int{"log": 3}}
	r.SHA256 = r.Sum()
	d.receipts = append([]forget.Receipt{r}, d.receipts...)
	return r, err
}

func (d *desk) Wait(_ context.Context, id int64) (forget.Receipt, error) {
	return d.receipts[len(d.receipts)-int(id)], nil
}

func (d *desk) Receipts(context.Context, cx.Principal, int64, int) ([]forget.Receipt, error) {
	return d.receipts, nil
}

func open(t *testing.T) (*desk, *webtest.Site) {
	d := &desk{World: customertest.New(t)}
	who := func(context.Context, string) string { return "Ana Ruiz" }
	forgotten := func(_ context.Context, id cx.CustomerID) (cx.Time, bool, error) {
		for _, r := range d.receipts {
			if r.Customer == id {
				return cx.TimeOf(r.AskedAt), true, nil
			}
		}
		return 0, false, nil
	}
	return d, webtest.New(t, personal.New(d, d, d, who), customer.New(d, d, who, forgotten))
}

func TestEverythingIsShownInWords(t *testing.T) {
	t.Parallel()
	d, site := open(t)
	id := d.Named("u1", "Marta "+customertest.Hostile, "marta@example.com")
	d.Live(cxtest.Track("u1", "Checkout Paid", time.Minute, cxtest.Object{"wait_min": 9.5, "shop": "goya"}), customertest.Answer("u1", time.Hour, 4, "Me atendieron enseguida"))
	r := site.As(cx.Lead).Get(customer.Path(id) + "/everything")
	if got := r.Text("h1"); got != "Todo lo que sabemos de Marta "+customertest.Hostile {
		t.Errorf("the title is %q", got)
	}
	text := r.Text("main")
	for _, want := range []string{"marta@example.com", "«Me atendieron enseguida»", "Satisfacción", "4 de 5", "Candil Goya", "9,5", "Cómo se le reconoce", "Lo que ha vivido", "Código de cliente"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if got := site.As(cx.Lead).Get(customer.Path(id) + "/everything.json"); !strings.Contains(got.Body, `"name": "timeline"`) || got.Header.Get("Content-Disposition") == "" {
		t.Errorf("the file is %.200s", got.Body)
	}
	for _, role := range []cx.Role{cx.Board, cx.Member} {
		if r := site.As(role).Get(customer.Path(id) + "/everything"); r.Status != 403 {
			t.Errorf("%s gets %d", role, r.Status)
		}
	}
}

func TestForgettingIsAskedTwice(t *testing.T) {
	t.Parallel()
	d, site := open(t)
	id := d.Named("u1", "Marta Gil", "marta@example.com")
	admin, path := site.As(cx.Admin), customer.Path(id)+"/forget"
	r := admin.Get(customer.Path(id))
	if len(r.All(`a[href="`+path+`"]`)) == 0 {
		t.Error("her page does not lead there")
	}
	if r := site.As(cx.Lead).Get(customer.Path(id)); len(r.All(`a[href="`+path+`"]`)) > 0 {
		t.Error("a lead is led there")
	}
	if r := site.As(cx.Lead).Post(path, url.Values{"sure": {"yes"}}); r.Status != 403 {
		t.Errorf("a lead may: %d", r.Status)
	}
	if got := admin.Get(path).Text("h1"); got != "¿Olvidar a Marta Gil para siempre?" {
		t.Errorf("the title is %q", got)
	}
	if r := admin.Post(path, nil); r.Status != 422 || len(d.receipts) > 0 {
		t.Errorf("without being sure: %d, %d forgotten", r.Status, len(d.receipts))
	}
	if r := admin.Post(path, url.Values{"sure": {"yes"}}); r.Status >= 400 || len(d.receipts) != 1 {
		t.Fatalf("%d, %d forgotten", r.Status, len(d.receipts))
	}
	receipts := admin.Get("/customers/forgotten")
	if got := receipts.Text("h1"); got != "Se ha olvidado a 1 cliente" {
		t.Errorf("the receipts' title is %q", got)
	}
	if text := receipts.Text("main"); !strings.Contains(text, string(id)) || !strings.Contains(text, "Lo pidió Ana Ruiz") || !strings.Contains(text, d.receipts[0].SHA256) || strings.Contains(text, "Marta") {
		t.Errorf("the receipts say %s", text)
	}
	for _, tab := range []string{"", "/profile", "/identities"} {
		r := site.As(cx.Member).Get(customer.Path(id) + tab)
		if r.Status != 410 || r.Text("h1") != "Aquí ya no hay nadie" {
			t.Errorf("%q: %d %s", tab, r.Status, r.Text("h1"))
		}
	}
}
