package web

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Page is one folder of internal/web/pages; see the package's documentation.
type Page struct {
	Name     string // the folder's name
	Messages fs.FS  // its messages.*.yaml; nil when it has no words of its own
	Menu     []MenuItem
	Routes   func(*Router)
}

// MenuItem is an entry of the menu, for who may do Action.
type MenuItem struct {
	ui.MenuItem
	Action  account.Action
	Home    []cx.Role                                 // whose first page it is: it heads their menu, and is a tab of theirs alone; nil: nobody's
	Only    func(context.Context) bool                // whether there is such a page now; nil: always
	Waiting func(context.Context, cx.Principal) int64 // what waits there for someone; optional, must be cheap
}

// SignedIn is the action that everybody who is signed in may do.
const SignedIn account.Action = "signed-in"

// Company is what pages show of the company: from the current model.
type Company struct {
	Name     string // "" before a model is applied
	Zone     *time.Location
	Currency string
}

// Handler answers a request through q. The error it returns becomes a page, or
// a toast when htmx asked; nothing may have been written then.
type Handler func(q *Request) error

// Route is one address of the product's pages: a pattern of http.ServeMux, the
// folder's name, and what one must be allowed to do ("" for everybody).
type Route struct {
	Pattern, Page string
	Action        account.Action
}

// Routes lists every address that a handler of these pages answers, for tests
// that walk them all.
func Routes(pages []Page) []Route {
	s := &server{Config: Config{Pages: pages}, mux: http.NewServeMux()}
	s.register()
	return s.routes
}

// Router takes a page's routes. Patterns are those of http.ServeMux without
// the method: "/customers/{id}".
type Router struct {
	server *server
	page   string
}

// Get adds a route that shows something, for who may do the action.
func (r *Router) Get(pattern string, action account.Action, h Handler) {
	r.server.route("GET "+pattern, r.page, action, h)
}

// Post adds a route that changes something, for who may do the action. The
// request carried the session's CSRF token.
func (r *Router) Post(pattern string, action account.Action, h Handler) {
	r.server.route("POST "+pattern, r.page, action, h)
}

// GetPublic adds a route for everybody, signed in or not.
func (r *Router) GetPublic(pattern string, h Handler) {
	r.server.route("GET "+pattern, r.page, "", h)
}

// PostPublic adds a route that changes something, for everybody. Who is signed
// in must send the session's CSRF token; others must come from our own origin.
func (r *Router) PostPublic(pattern string, h Handler) {
	r.server.route("POST "+pattern, r.page, "", h)
}
