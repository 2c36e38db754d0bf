// Package surveys is «Encuestas»: what the company asks, whom, and what comes
// back. The list; of each survey its results, the ways out to people (links,
// WhatsApp, posters, mail to a segment, a widget, a kiosk) and, for who may apply
// the model, its editor beside the real page, its versions and its JSON; and how
// often people are asked («Descanso»), with the limits that hold for all surveys.
//
// The editor changes the person's own draft of the model, one part of the survey
// at a time, faults and all; what customers see changes when it is put in force.
// draft.go reads a survey of a draft and writes it, sentence.go has conditions as
// sentences, edit.go the forms.
//
// In: model.Service, listen/survey, act/ask, act/deliver, outcome, history,
// segments. Out: a web.Page.
package surveys
