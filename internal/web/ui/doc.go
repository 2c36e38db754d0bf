// Package ui is the kit that every page is built from: the shell (menu, search,
// theme, who is signed in), and the parts: cards, figures, chips, forms, tables,
// empty states, toasts. It owns the markup and its class names; the looks are in
// assets/*.css. It owns no page, asks no service, and decides nothing about
// customers.
//
// In: plain values, and from the context the i18n.Locale and the Frame of the
// request. Out: templ components.
package ui
