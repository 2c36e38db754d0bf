// Package purchases keeps what each customer brought, in columns: purchases by
// day of the company's calendar, net of what went back, how the first one came
// about, and the contracts they had. It is one reading of history, kept up to date
// in the background, at most a minute old; everything that is said of retention
// and of worth starts from it. It owns no facts: what it keeps is in memory alone,
// and made again from history.
//
// In: facts with revenue and the events of contracts, from history; the currency,
// calendar and contract of the model in force. Out: Table, by Ask.
package purchases
