// Package bench measures the product as an operator's machine runs it: a real
// server in a process of its own, spoken to over real sockets, beside the rates
// of the machine itself, so that figures of two machines compare as ratios. It
// owns the load (the same for the same seed), the figures with their units and
// targets, and the curve of what an event costs. It looks at the server from
// outside only: sockets, files, /proc.
//
// In: the program to run, a number of events. Out: a Report, and a curve as SVG.
package bench
