// Package i18n speaks to people in their language: Spanish (es, with es-419
// where words differ), English and Portuguese. It owns the catalogues' format,
// the choice of a language, and how numbers, dates, money and relative times are
// written, in the company's time zone. It owns no page's words: each page
// brings its own catalogue.
//
// A catalogue is a set of files messages.es.yaml, messages.en.yaml,
// messages.pt.yaml and, only for the words that differ, messages.es-419.yaml:
// flat keys "page.thing", each a text, or a map of plural forms (one, other)
// chosen by the argument n; {name} stands for an argument:
//
//	customers.title: Clientes
//	customers.found: {one: "{n} cliente", other: "{n} clientes"}
//
// In: catalogues, a request's preferences. Out: a Locale, carried by the
// request's context; T(ctx, key, …) writes a text.
package i18n
