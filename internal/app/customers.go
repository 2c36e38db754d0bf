package app

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/survey"
)

// openCustomersPages makes what customers see: pages apart from the product's,
// for everybody.
func (a *App) openCustomersPages() (err error) {
	a.public, err = survey.New(survey.Config{
		Surveys: a.Surveys, Contacts: a.Deliver, Company: a.company, Staff: a.isStaff, Address: a.caller,
		Sites: func() []string { return a.Models.Current().Model.Asking.Sites },
		Clock: a.clock, Logger: a.logger, Secure: a.overTLS(),
	})
	return err
}

// isStaff tells whether a request comes from a browser that is signed in.
func (a *App) isStaff(r *http.Request) bool {
	secret := web.SessionSecret(r, a.overTLS())
	if secret == "" {
		return false
	}
	s, err := a.Accounts.SessionBySecret(r.Context(), secret)
	return err == nil && s.ID != ""
}

// ofCustomers tells whether an address is one of customers' pages.
func ofCustomers(path string) bool {
	return slices.ContainsFunc(survey.Prefixes(), func(p string) bool { return strings.HasPrefix(path, p) })
}
