// Package board tells those who lead the company how it is doing: satisfaction,
// retention, revenue and recommendation for any segment, area and period, what moved
// them, what it is worth, and the money at risk. It owns the four indicators and the
// tellings that are kept, at most a minute old, so that no page waits for a question
// over all of history; it owns no score, no purchase and no reason.
//
// In: the pulse of outcome, purchases, the chain, the money at risk, reasons,
// referrals. Out: Indicators.
package board
