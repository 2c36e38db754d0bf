// Package report is what those who lead the company take away: the four indicators of a
// period, what moved them, the money at risk, what was improved with its verdict, and
// where to put the next euro. It is a page, a PDF, pictures for slides, and the text of
// the mail of Monday and of the month: the same figures as Hoy's, by the same services.
//
// In: indicators of board, initiatives and opportunities of cycle. Out: a web.Page, and
// what act/notify tells.
package report
