// Package day is Mi día, the home of who serves customers: what is mine to make
// right, which promises of my area are due today, what was said yesterday at its
// best and its worst, one thing to mend, and the thanks that came. It is read in
// five seconds on a phone; figures stand behind a tap.
//
// In: act/cases, act/promise, voice, reasons, the model in force. Out: a web.Page.
package day
