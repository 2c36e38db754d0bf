package app

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
)

// openCustomersPages makes what customers see: pages apart from the product's,
// for everybody.
func (a *App) openCustomersPages() (err error) {
	a.public, err = survey.New(survey.Config{
		Surveys: a.Surveys, Contacts: a.Deliver, Company: a.company, Speaker: a.speaker, Address: a.network,
		Sites: func() []string { return a.Models.Current().Model.Asking.Sites },
		Clock: a.clock, Logger: a.logger, Secure: a.overTLS(),
	})
	return err
}

// network is what counts as one caller of customers' pages, as guard counts: ""
// is this machine's own address, behind which a proxy has everybody.
func (a *App) network(r *http.Request) string {
	address, local := network(a.caller(r))
	if local {
		return ""
	}
	return address
}

// speaker is who is signed in, in the browser that a request comes from; zero:
// nobody.
func (a *App) speaker(r *http.Request) cx.Principal {
	secret := web.SessionSecret(r, a.overTLS())
	if secret == "" {
		return cx.Principal{}
	}
	s, err := a.Accounts.SessionBySecret(r.Context(), secret)
	if err != nil {
		return cx.Principal{}
	}
	return s.Principal()
}

// ofCustomers tells whether an address is one of customers' pages.
func ofCustomers(path string) bool {
	return slices.ContainsFunc(survey.Prefixes(), func(p string) bool { return strings.HasPrefix(path, p) })
}
