// Package card is Ficha: whoever stands before you, found in a second by a phone
// number, an order, a card or a scan. Who they are, what they lived last and how
// it felt, which promise or case is open, what matters to them, what you may
// give; and in one tap a case, a thank you, a note.
//
// In: act/cases, act/dialogue, act/promise, remember, voice, the model in force.
// Out: a web.Page.
package card
