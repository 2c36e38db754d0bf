// Package paths is «Diseñado y vivido»: how a journey is lived against how it was
// designed. The ways that runs go, drawn as a graph; the most frequent ones; where
// they depart from the script and what it costs; how far runs come; where their
// time goes; and what differs between two groups or periods. Each picture leads to
// the runs behind it and can be saved.
//
// Behind its door, «Análisis avanzado» tells analysts the same in the words of
// process mining: the mined model, fitness, alignments, attribution, and how good
// the predictions are.
//
// In: package journey (every figure), the model's names, package reading. Out: a
// web.Page; SVG and CSV files of what it shows.
package paths
