// Package crash kills the real server with kill −9 while customers' events
// stream in, again and again, and checks afterwards that everything it had
// acknowledged is remembered exactly once: on the timelines, in the counts, in
// the scores and in history, and again after a rebuild; and that who is asked by
// mail gets one, and what they answer counts once; and that rules do each step
// once.
//
// VIVENCIA_SOAK is how many times it is killed; 3 unless told.
package crash
