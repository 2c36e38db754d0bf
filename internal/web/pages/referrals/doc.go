// Package referrals is "Quién nos trae clientes": what customers say beside whom
// they bring, how far it goes, what the friends who came are worth and what the
// rewards cost, in groups and never as a ranking of people; the claims with why
// some were refused; the ledger. Its readers are the board, analysts and who leads
// an area.
package referrals
