// Package survey is what customers see of a survey: its pages, which need no
// script and come in one request; the frame and the loader of the widget for
// other sites; the kiosk; and the page that ends all asking. It decides nothing:
// listen/survey opens and receives, act/ask forgets whom not to ask.
//
// These pages are apart from the product's: no session, no cookie, no shell, a
// policy of content of their own, whose one style is known by its hash.
//
// In: a service of surveys. Out: one http.Handler, and the addresses it answers.
package survey
