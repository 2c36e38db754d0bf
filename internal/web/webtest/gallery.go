package webtest

import (
	"iter"
	"math"
	"strconv"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Gallery is a page that shows every part of ui and chart, for tests to look
// at. What arrives on live appears in its list.
func Gallery(live <-chan string) web.Page {
	return web.Page{
		Name: "gallery",
		Menu: []web.MenuItem{
			{MenuItem: ui.MenuItem{Href: "/dev/ui", Icon: "activity", Label: "ui.lived", Group: ui.MenuMain, Order: 10, Key: "h", Tab: true}, Action: web.SignedIn},
			{MenuItem: ui.MenuItem{Href: "/dev/none", Icon: "users", Label: "ui.role.member", Group: ui.MenuMain, Order: 20, Key: "c", Tab: true}, Action: web.SignedIn},
			{
				MenuItem: ui.MenuItem{Href: "/dev/review", Icon: "file-warning", Label: "ui.menu.data", Group: ui.MenuData, Order: 10}, Action: web.SignedIn,
			},
		},
		Routes: func(r *web.Router) {
			r.Get("/dev/ui", web.SignedIn, func(q *web.Request) error { return q.Render("La caja sigue siendo lo que más duele", gallery(q)) })
			r.Get("/dev/ui/rows", web.SignedIn, func(q *web.Request) error {
				return q.Fragment(ui.TableRows(table("", 6, 9)))
			})
			r.Get("/dev/ui/live", web.SignedIn, func(q *web.Request) error {
				return web.Stream(q, live, func(s string) []templ.Component {
					return []templ.Component{livePart(s)}
				})
			})
			r.Post("/dev/ui", web.SignedIn, func(q *web.Request) error {
				q.Flash(ui.Positive, "Guardado")
				return q.Redirect("/dev/ui")
			})
			r.Post("/dev/ui/toast", web.SignedIn, func(q *web.Request) error {
				return q.Fragment(q.Toast(ui.Positive, "Hecho"))
			})
			r.Post("/dev/ui/fail", web.SignedIn, func(*web.Request) error {
				return cx.Errorf(cx.Invalid, "gallery", "is missing")
			})
			r.Get("/dev/ui.csv", web.SignedIn, func(q *web.Request) error {
				return q.CSV("clientes", []string{"Cliente"}, rows())
			})
		},
	}
}

func rows() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) { yield([]string{"Marta"}, nil) }
}

func table(next string, from, to int) ui.Table {
	t := ui.Table{ID: "customers", Caption: "Clientes", Next: next, Columns: []ui.Column{
		{Label: "Cliente"}, {Label: "Último punto de contacto"}, {Label: "Cómo se vivió"}, {Label: "Hechos", Num: true},
	}}
	names := []string{"Marta Soler", "Iñaki Etxeberria", "Ana Ruiz", "João Pereira", "Lucía Gómez", "Pau Ferrer", "Carmen Díaz", "Rui Santos", "Elena Vidal"}
	for i := from; i < to; i++ {
		t.Rows = append(t.Rows, []templ.Component{
			ui.Link("/dev/ui?c="+strconv.Itoa(i), names[i]), ui.Text("Pagar en caja"), ui.ValenceBadge(float64(i%5)/2 - 1), ui.Text(strconv.Itoa(17 * (i + 1))),
		})
	}
	return t
}

func series() []chart.Point {
	values := []float64{35, 37, 32, 34, 33, 34, 35, 34, 33, 33.5, 34, 38, 34, 34.5, 33, 36, 35.5, 37, 40, 38, 39, 40.5, 41, 40.5, 43, 43}
	points := make([]chart.Point, len(values))
	for i, v := range values {
		at := cxtest.Epoch.Std().AddDate(0, 0, 7*(i-len(values)))
		points[i] = chart.Point{Label: strconv.Itoa(at.Day()) + " " + [...]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"}[at.Month()-1], Value: v, Low: v - 4, High: v + 4, N: 180 + i}
	}
	points[8].Value = math.NaN()
	return points
}

func whole(v float64) string { return strconv.Itoa(int(math.Round(v))) }

func longAgo() cx.Time { return cxtest.Epoch - 180_000_000 }
