// Package reason tells why customers score as they do: which facts they lived and
// which topics they speak of go with their scores, how much, since when, for whom,
// and what stands behind.
//
// It owns the samples (each scored answer with what its customer lived and said),
// the choice of what is told of them, and the chain of whys to who answers for it.
// It owns no score (outcome), no text (voice) and no statistics (stats).
//
// In: facts and circumstances of history, texts of voice, segments, the model in
// force. Out: Answer, Detail, Changes, Picture.
//
// A reason is an association: it is told as going with a score, never as its cause.
// People are never a reason; see Personal.
package reason
