package modelview_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/web/pages/modelview"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = `
company: {slug: candil, name: Librerías <Candil>, timezone: Europe/Madrid, currency: EUR, languages: [es, pt], address: tu}
areas:
  - {slug: tills, name: {es: Cajas, en: Tills, pt: Caixas}}
  - {slug: it, name: {es: Sistemas, en: IT, pt: Sistemas}}
suppliers: [{slug: azor, name: Azor, area: tills}]
places:
  - {slug: goya, name: Candil Goya, kind: shop, city: Madrid, country: ES}
  - {slug: chiado, name: Candil Chiado, kind: shop, city: Lisboa, country: PT}
touchpoints:
  - slug: till
    name: {es: Caja, en: Till, pt: Caixa}
    stage: during
    channel: store
    medium: physical
    area: tills
    supplier: azor
    icon: shopping-bag
    events:
      - {name: Checkout Paid, when: "properties.total > 0.0", valence: "properties.wait_min > 10.0 ? -1.5 : !properties.receipt || properties.wait_min > 5.0 ? -0.5 : 0.5"}
      - {name: Review Posted, valence: "(properties.rating - 3.0) / 2.0"}
      - {name: Thanked, valence: 2}
    surveys: [csat-till]
objects: {order: order_id, gift_card: card_id}
identifiers: [{slug: card, name: Tarjeta, from: traits.card, merges: true}]
properties: [{slug: late, name: {es: Tarde, en: Late, pt: Tarde}, on: Order Delivered, expr: "event.at > timestamp(properties.promised_at)", object: order}]
`

// log takes what is appended.
type log struct{ last cx.Seq }

func (l *log) Append(_ context.Context, events []cx.Event) (cx.Seq, error) {
	first := l.last + 1
	l.last += cx.Seq(len(events))
	return first, nil
}

func open(t *testing.T, yaml string) (*webtest.Site, *model.Service) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), sqldb.Config{DSN: filepath.Join(t.TempDir(), "state.db"), Synchronous: "NORMAL"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	models, err := model.OpenService(t.Context(), db, &log{}, cxtest.NewClock())
	if err != nil {
		t.Fatal(err)
	}
	if yaml != "" {
		if _, err := models.Apply(t.Context(), cx.System(), []byte(yaml), "Nota <i>"); err != nil {
			t.Fatal(err)
		}
	}
	return webtest.New(t, modelview.New(models, learner, func(context.Context, string) string { return "Ana Ruiz" })), models
}

func TestShow(t *testing.T) {
	t.Parallel()
	site, _ := open(t, company)
	v := site.As(cx.Member)
	r := v.Get("/model")
	if got := r.Text("h1"); got != "Librerías <Candil> se encuentra con sus clientes en 1 punto de contacto, con 2 áreas" {
		t.Errorf("title %q", got)
	}
	if strings.Contains(r.Body, "<Candil>") || strings.Contains(r.Body, "Nota <i>") || strings.Contains(r.Body, "/model/edit") {
		t.Error("something is not escaped, or a member is offered to change the model")
	}
	if got := r.Text(".facts"); !strings.Contains(got, "Europe/Madrid") || !strings.Contains(got, "español, portugués") || !strings.Contains(got, "De tú") {
		t.Errorf("company: %q", got)
	}
	if got := r.Text(".model-touchpoint"); !strings.Contains(got, "Caja") || !strings.Contains(got, "Tienda · Físico") || !strings.Contains(got, "Cajas · con Azor") || !strings.Contains(got, "Se pregunta: csat-till") {
		t.Errorf("touchpoint: %q", got)
	}
	if got := r.All(".model-lived li"); !slices.Equal(got, []string{
		"Molesto −1,5si «wait min» es más de 10", "Incómodo −0,5si «receipt» es no o «wait min» es más de 5", "A gusto +0,5si no", "Encantado +2,0",
	}) {
		t.Errorf("lived: %q", got)
	}
	if got := r.Text(".model-events"); !strings.Contains(got, "Checkout Paid si «total» es más de 0") || !strings.Contains(got, "Cómo se vive depende de lo que diga el hecho.") {
		t.Errorf("events: %q", got)
	}
	if got := r.All(".model-country"); !slices.Equal(got, []string{"España", "Portugal"}) {
		t.Errorf("countries: %q", got)
	}
	if got := r.All(".model-objects li"); !slices.Equal(got, []string{"Pedido", "gift card"}) {
		t.Errorf("objects: %q", got)
	}
	if got := r.All(".model-areas > li"); len(got) != 2 || !strings.Contains(got[1], "Sin puntos de contacto propios") {
		t.Errorf("areas: %q", got)
	}
	if r := v.Get("/model/touchpoints.csv"); !strings.Contains(r.Body, `till,Caja,Durante,Tienda,Físico,Cajas,Azor,"Checkout Paid, Review Posted, Thanked",csat-till`) {
		t.Errorf("csv: %s", r.Body)
	}
	for lang, want := range map[string]string{"en": "Librerías <Candil> meets its customers at 1 touchpoint, with 2 areas", "pt": "Librerías <Candil> encontra-se com os seus clientes em 1 ponto de contacto, com 2 áreas"} {
		v.Post("/me/language", url.Values{"language": {lang}})
		if got := v.Get("/model").Text("h1"); got != want {
			t.Errorf("%s: %q", lang, got)
		}
	}
}

func TestNoModel(t *testing.T) {
	t.Parallel()
	site, _ := open(t, "")
	if got := site.As(cx.Admin).Get("/model").Attr(".empty .button", "href"); got != "/model/edit" {
		t.Errorf("an administrator is led to %q", got)
	}
	if r := site.As(cx.Board).Get("/model"); len(r.All(".empty .button")) != 0 || !strings.Contains(r.Text(".empty"), "Pídeselo") {
		t.Errorf("the board reads %q", r.Text(".empty"))
	}
}

const bad = `
company: {slug: candil, timezone: Europe/Madird, currency: EUR}
areas: [{slug: stores, name: Tiendas, colour: red}]
touchpoints:
  - {slug: till, name: Caja, stage: durign, channel: store, medium: physical, area: stors}
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: it, events: [{name: A, when: "1 + 'a' == 2", valence: -3.5}, {name: B, when: "propertys.a"}]}
`

// refused puts a whole text into the draft and returns what is said against it.
func refused(t *testing.T, v *webtest.Visitor, yaml string) webtest.Response {
	t.Helper()
	v.Post("/model/draft/drop", url.Values{})
	r := v.Post("/model/draft/text", url.Values{"base": {"0"}, "revision": {"0"}, "yaml": {yaml}})
	if r.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d for %.200s", r.Status, yaml)
	}
	return r
}

func TestFaultsAreSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	site, _ := open(t, "")
	v := site.As(cx.Admin)
	models := []string{bad}
	files, err := filepath.Glob("../../../model/testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad models", err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(src) > 0 { // nothing at all is where a draft begins
			models = append(models, string(src))
		}
	}
	for _, lang := range []string{"es", "pt"} {
		v.Post("/me/language", url.Values{"language": {lang}})
		for _, yaml := range models {
			_, err := model.Parse([]byte(yaml))
			said := refused(t, v, yaml).All(".model-faults li > span")
			faults := cx.FaultsOf(err)
			if len(said) != len(faults) {
				t.Errorf("%s: %d faults, %q", lang, len(faults), said)
				continue
			}
			for i, f := range faults {
				if strings.HasSuffix(said[i], strings.Join(strings.Fields(f.Message), " ")) || strings.Contains(said[i], "⟦") {
					t.Errorf("%s: %s", lang, said[i])
				}
			}
		}
	}
	v.Post("/me/language", url.Values{"language": {"es"}})
	said := strings.Join(refused(t, v, bad).All(".model-faults li"), "\n")
	for _, want := range []string{
		"company.name falta: escribe el nombre de la empresa",
		"«Europe/Madird» no es un huso horario: usa un nombre IANA, por ejemplo Europe/Madrid",
		"areas[0].colour no es una clave del modelo en este sitio: las claves son slug, name, customers",
		"«durign» no es ninguno de estos: before, during, after; ¿querías decir «during»?",
		"el área «stors» no está declarada; ¿querías decir «stores»?",
		"el área «it» no está declarada; declárala en areas, o usa uno de estos: stores",
		"compara cosas de la misma clase: «+» no admite (int, string)",
		"«-3.5» no es una valencia: va de -2 a +2",
		"no hay «propertys»: usa properties, traits, context, o event.name",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nowhere %q in\n%s", want, said)
		}
	}
}

// TestUpload sends a file, as browsers do.
func TestUpload(t *testing.T) {
	t.Parallel()
	site, _ := open(t, "")
	v := site.As(cx.Admin)
	cookie := v.Cookie()
	session, err := site.Accounts.SessionBySecret(t.Context(), cookie.Value)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"csrf": session.CSRF, "base": "0", "revision": "0", "yaml": "ignored"} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "model.yaml")
	if err == nil {
		_, err = file.Write([]byte(company))
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.URL+"/model/draft/text", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.AddCookie(cookie)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(answer.String(), "Punto de contacto «Caja»") {
		t.Errorf("%d %.3000s", res.StatusCode, answer.String())
	}
}
