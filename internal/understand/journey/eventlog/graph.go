package eventlog

// Graph is the directly-follows graph of a log: what happened, what came
// directly after what, and after how long.
type Graph struct {
	Nodes []Node // by activity, one for each of the log's dictionary
	Edges []Edge // most events first; of as many, by From, then To
}

// Node is an activity in the graph.
type Node struct {
	Count  int // events
	Cases  int // cases in which it happened
	Starts int // cases that began with it
	Ends   int // cases whose last event it is
	Again  int // cases in which it happened more than once
}

// Edge is one activity directly after another. From equal to To is a loop of one.
type Edge struct {
	From, To uint16
	Count    int
	Cases    int    // cases in which it happened
	Back     int    // how many of Count went straight back: a, b, a
	Time     Spread // between the two
}

// GraphOf returns the graph of the log.
func GraphOf(l *Log) *Graph { return &Graph{} }
