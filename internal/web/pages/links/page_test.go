package links_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/links"
	"github.com/vivencia-cx/vivencia/internal/web/pages/posters"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// kept are links as a test has them: how they are sealed is dialogue's to test.
type kept struct {
	all  []dialogue.Link
	made []dialogue.LinkRequest
}

func (k *kept) MakeLink(_ context.Context, _ cx.Principal, r dialogue.LinkRequest) (dialogue.Link, error) {
	if strings.TrimSpace(r.Name) == "" {
		return dialogue.Link{}, cx.InvalidFaults("dialogue.MakeLink", []cx.Fault{{Field: "name", Message: "say who or what it is for, in at most 100 characters"}})
	}
	k.made = append(k.made, r)
	l := dialogue.Link{ID: "n" + strconv.Itoa(len(k.made)), Kind: r.Kind, Name: r.Name, Place: r.Place, Touchpoint: r.Touchpoint, Supplier: r.Supplier, Area: r.Area, URL: "https://cx.example.com/" + string(r.Kind) + "/n1", ExpiresAt: cxtest.Epoch.Add(r.Expire)}
	k.all = append([]dialogue.Link{l}, k.all...)
	return l, nil
}

func (k *kept) Links(context.Context, cx.Principal, dialogue.LinkKind) ([]dialogue.Link, error) {
	return k.all, nil
}

func (k *kept) Revoke(_ context.Context, _ cx.Principal, id string) error {
	for i := range k.all {
		if k.all[i].ID == id {
			k.all[i].RevokedAt = cxtest.Epoch
			return nil
		}
	}
	return cx.Errorf(cx.NotFound, "dialogue.Revoke", "there is no such link")
}

func (k *kept) Current() model.Version {
	m, err := model.Parse([]byte(`
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: shops, name: Tiendas}]
places: [{slug: goya, name: Librería Goya, kind: shop}]
suppliers: [{slug: fast, name: Correo Veloz}]
touchpoints: [{slug: till, name: Caja, stage: during, channel: store, medium: physical, area: shops, events: [Paid]}]
`))
	if err != nil {
		panic(err)
	}
	return model.Version{Model: m}
}

func TestLinksAreMadeAndTakenBack(t *testing.T) {
	t.Parallel()
	k := &kept{all: []dialogue.Link{
		{ID: "old", Kind: dialogue.RoundLink, Name: "Ruta vieja", ExpiresAt: cxtest.Epoch.Add(-30 * 24 * time.Hour)},
		{ID: "gone", Kind: dialogue.RoundLink, Name: "Ruta de ayer", ExpiresAt: cxtest.Epoch.Add(-24 * time.Hour)},
	}}
	site := webtest.New(t, links.New(k, k), posters.New(nil, k))
	v := site.As(cx.Lead)
	r := v.Get("/links")
	if r.Status != http.StatusOK || r.Text("h1") != "Todavía nadie sin cuenta puede contar lo que pasa" || strings.Contains(r.Text("main"), "Ruta vieja") || !strings.Contains(r.Text("main"), "Ruta de ayerCaducado") {
		t.Errorf("%d %q", r.Status, r.Text("main"))
	}
	if r := v.Post("/links", url.Values{"kind": {"help"}, "name": {" "}, "place": {"goya"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Text("[role=alert]"), "quién lo lleva") || r.Attr("#f-place option[selected]", "value") != "goya" {
		t.Errorf("without a name: %d %q", r.Status, r.Text("[role=alert]"))
	}
	follow := func(r webtest.Response) webtest.Response {
		if r.Status != http.StatusSeeOther {
			t.Errorf("%d %q", r.Status, r.Body)
		}
		return v.Get(r.Header.Get("Location"))
	}
	r = follow(v.Post("/links", url.Values{"kind": {"help"}, "name": {"Caja de Goya"}, "place": {"goya"}, "touchpoint": {"till"}, "days": {"30"}}))
	if len(k.made) != 1 || k.made[0] != (dialogue.LinkRequest{Kind: dialogue.HelpLink, Name: "Caja de Goya", Place: "goya", Touchpoint: "till", Expire: 30 * 24 * time.Hour}) {
		t.Fatalf("made %+v", k.made)
	}
	if r.Text("h1") != "Un enlace está abierto a quien no tiene cuenta" || r.Text(".links-fresh [data-text]") != "https://cx.example.com/help/n1" || len(r.All("#link-n1 svg.qr")) != 1 || len(r.All("a[href='/links/n1/poster.pdf?size=a4']")) != 1 {
		t.Errorf("it shows %q", r.Text("main"))
	}
	if where := r.Text("#link-n1"); !strings.Contains(where, "Librería Goya · Caja") {
		t.Errorf("it says %q", where)
	}
	if r := v.Get("/links/n1/poster.svg?lang=pt&size=a6"); r.Status != http.StatusOK || r.Header.Get("Content-Disposition") != `attachment; filename="help-n1-pt-a6.svg"` || !strings.Contains(r.Text("title"), "Algo não correu") || !strings.Contains(r.Text("title"), "Librería Goya · Caja") {
		t.Errorf("its poster: %d %v %q", r.Status, r.Header, r.Text("title"))
	}
	r = follow(v.Post("/links/n1/revoke", url.Values{}))
	if r.Status != http.StatusOK || !strings.Contains(r.Text("#link-n1"), "Retirado") || len(r.All("#link-n1 svg.qr")) != 0 {
		t.Errorf("taken back: %d %q", r.Status, r.Text("main"))
	}
	if r := v.Get("/links/n1/poster.pdf"); r.Status != http.StatusNotFound {
		t.Errorf("the poster of a link that was taken back: %d", r.Status)
	}
	if r := follow(v.Post("/links", url.Values{"kind": {"round"}, "name": {"Ruta norte"}, "supplier": {"fast"}, "days": {"7"}})); len(r.All("a[href*='poster']")) != 0 || !strings.Contains(r.Text("#link-n2"), "Correo Veloz") {
		t.Errorf("a driver's: %q", r.Text("main"))
	}
	if r := site.As(cx.Member).Get("/links"); r.Status != http.StatusForbidden {
		t.Errorf("who may make none: %d", r.Status)
	}
}
