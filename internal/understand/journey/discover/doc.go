// Package discover finds a process tree in what was lived: the inductive miner
// (Leemans, Fahland, van der Aalst, Discovering Block-Structured Process Models
// from Event Logs, 2013) and, with noise, its infrequent kind (…Containing
// Infrequent Behaviour, 2014).
//
// It owns the mining. It owns no log (eventlog) and no tree (tree).
package discover
