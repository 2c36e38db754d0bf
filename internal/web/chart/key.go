package chart

// Key is one entry of a Legend: Class is line, band, target, lived or designed.
type Key struct{ Class, Text string }
