// Package chart draws figures as SVG on the server: sparklines, lines with
// their interval, driver bars, how something was lived. It owns the geometry,
// pure and tested against golden files, and the templ that writes it. Colours
// come from CSS classes, so that charts theme and print; texts are laid out in
// percent across and pixels down, so that they keep their size at any width.
//
// Every chart has a sentence of description, can be read with the arrow keys
// (assets/chart.ts) and as a table. A chart decides nothing: intervals and
// verdicts come from the services.
package chart
