// Package sheet writes figures into the cells of a CSV file, as spreadsheets read
// them in every language. It owns how a figure, an estimate and a share become
// columns; the file itself is web.Request.CSV's, its header the page's.
package sheet
