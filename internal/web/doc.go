// Package web is the product as people see it in a browser. It owns the
// routing, the session of a request, its language, the headers, the errors'
// pages, streams of live partials, and the kit below it: ui (parts), chart
// (pictures of figures), i18n (words), tokens (colours), dist (built assets). It
// knows no SQL and decides nothing about customers: pages call services. What
// customers see themselves is apart from all this: see web/survey.
//
// In: pages, one value each, wired by app; the services they were made with.
// Out: one http.Handler.
//
// # How to add a page
//
// A page is a folder, internal/web/pages/<name>, that holds everything of it:
//
//	handler.go          New(services) web.Page; one method a route
//	page.templ          what it shows; `make generate` writes page_templ.go
//	page.css, page.ts   optional: they become <name>.css and <name>.js, and load with the page
//	messages.{es,en,pt}.yaml   its words, keys begin with "<name>."; es-419 only for what differs
//	doc.go              what it shows, to whom
//	page_test.go        asks with webtest, asserts by CSS selector
//
// The value:
//
//	//go:embed messages.*.yaml
//	var messages embed.FS
//
//	func New(c Customers) web.Page {
//		p := page{c}
//		return web.Page{
//			Name:     "customers",
//			Messages: messages,
//			Menu: []web.MenuItem{{
//				MenuItem: ui.MenuItem{Href: "/customers", Icon: "users", Label: "customers.menu", Group: ui.MenuMain, Order: 20, Key: "c", Tab: true},
//				Action:   account.ViewCustomers,
//			}},
//			Routes: func(r *web.Router) {
//				r.Get("/customers", account.ViewCustomers, p.list)
//				r.Get("/customers/{id}", account.ViewCustomers, p.show)
//				r.Post("/customers/{id}/merge", account.MergeCustomers, p.merge)
//			},
//		}
//	}
//
// A handler gets a Request (the http.Request, the Principal, the Locale) and
// answers through it; an error it returns becomes the right page, or a toast
// when htmx asked:
//
//	func (p page) show(q *web.Request) error {
//		c, err := p.customers.Customer(q.Context(), q.Principal, cx.CustomerID(q.PathValue("id")))
//		if err != nil {
//			return err
//		}
//		return q.Render(c.Name, view(c))
//	}
//
// In templ, i18n.T(ctx, key, "n", 3) writes words and i18n.From(ctx) figures
// and dates; ui has the parts. Forms are ui.Form (it carries the CSRF token);
// after a POST, q.Flash and q.Redirect. Fragments for htmx are answered by
// q.Fragment on addresses of their own. Live: Stream, once a page, with
//
//	<div hx-sse:connect="/today/live" hx-swap="none"></div>
//
// whose messages are ui.Partial components. Every view's state is in its URL.
//
// The Content-Security-Policy lets nothing inline run: no style="", no onclick,
// no hx-on, no filters in hx-trigger, no "js:" in hx-vals; TestNoForbiddenMarkup
// finds them, and htmx-2 syntax. What has a length goes into an SVG attribute.
// A new icon is a line in assets/icons.txt. A service's English message gets its
// words in a catalogue as "said.<the sentence>"; see Request.Said.
//
// webtest.Gallery shows every part; e2e's tests take its picture.
package web
