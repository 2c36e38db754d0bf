// Package health knows how the product itself is: what is well, what is not,
// what is to be done about it, and when the disk will be full. It owns the
// samples that this takes and the rules by which figures become a verdict; it
// owns no words but the English ones of the API and the command line: the page
// Estado says the same by the codes.
//
// In: what the log, its views, the backups and the quarantine say of
// themselves. Out: a Report, and figures for metrics.
package health
