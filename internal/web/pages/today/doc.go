// Package today is «Hoy», the first page: how the company is doing now, with
// what it knows and no more. The title is the finding; below it the scores with
// their intervals, the weeks, what is being lived at this moment, and where it
// hurts by touchpoint and stage. Every figure leads to the events and answers
// behind it (/today/lived), every table to its CSV.
//
// Analysts, the board and administrators read figures with interval and n; leads
// and the team read how sure it is, and the figures on a tap.
//
// In: outcome (the pulse), history (what lies behind a figure), remember (who
// lived it, what is lived now), the model's names. Out: a web.Page.
package today
