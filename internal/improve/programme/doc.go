// Package programme tells whether improving is alive or was two weeks on the
// billboard: how often the cycle moves, cases that are made right in time, areas and
// people that take part, what leaders committed to by a day, how many customers
// answer; how mature the company says it is; and Cinco minutos, each week a sheet for
// each area with one real masked episode, one promise, and "what would you have done?".
//
// It owns commitments, the sums of maturity answers, and what the team answers to
// sheets, in state.db. It owns no initiative (improve/cycle), no case (act/cases), no
// survey (act/ask) and no text of a customer (understand/voice): it asks those who do.
// A sheet is found anew each time, so that nothing of a customer is kept here.
//
// People are counted, never ranked; of maturity nothing is kept or told of fewer
// than five people together.
//
// In: what leaders commit to, what people answer; the figures of other rooms. Out:
// Health, Commitments, Maturity, Sheets.
package programme
