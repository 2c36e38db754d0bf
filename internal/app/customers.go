package app

import (
	"net/http"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// openCustomersPages makes what customers see: pages apart from the product's,
// for everybody.
func (a *App) openCustomersPages() (err error) {
	a.public, err = survey.New(survey.Config{
		Surveys: a.Surveys, Contacts: a.Deliver, Company: a.company, Speaker: a.speaker, Address: a.network,
		Sites: func() []string { return a.Models.Current().Model.Asking.Sites },
		Clock: a.clock, Logger: a.logger, Secure: a.overTLS(),
	})
	if err != nil {
		return err
	}
	return a.openYours()
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

// standsAlone are pages for people who have no account.
type standsAlone interface {
	http.Handler
	Busy(w http.ResponseWriter, r *http.Request) // answers who comes too often
}

// alone lists those pages by the beginnings of their addresses.
func (a *App) alone() map[string]standsAlone {
	all := map[string]standsAlone{}
	for _, prefix := range survey.Prefixes() {
		all[prefix] = a.public
	}
	for _, prefix := range yours.Prefixes() {
		all[prefix] = a.yours
	}
	return all
}

// aloneAt is the pages that an address is one of; nil: it is none of them.
func (a *App) aloneAt(path string) standsAlone {
	for prefix, pages := range a.alone() {
		if strings.HasPrefix(path, prefix) {
			return pages
		}
	}
	return nil
}
