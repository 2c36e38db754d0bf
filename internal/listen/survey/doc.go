// Package survey is how people answer what the company asks: links (personal,
// anonymous, on a poster, in a mail, a widget or a kiosk), the pages of a survey
// as they are to be shown, the receiving of what is posted, and how far each
// response is.
//
// Every step that is posted becomes one answer in the log, through the gate of
// listen/intake, before it is acknowledged; the package's own tables (in
// state.db) hold only what a link and a response need on their way. It owns
// neither the declaration of surveys (model), nor whom to ask and when
// (act/ask), nor pages (web/survey).
//
// In: links to make, pages to open, values posted. Out: forms to show, answers
// in the log, results.
package survey
