// Package serving shows Cómo servimos: what the company promises and the frame of
// every touchpoint, in the words that it shares, by moment; to read, and to print
// in each of its languages. Whoever may change the model edits a frame here; the
// promises' own pages edit those.
//
// In: the model in force. Out: a web.Page; new versions of the model.
package serving
