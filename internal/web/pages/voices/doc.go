// Package voices shows what customers say, in their own words: the stream of it,
// searched and filtered, newest first and live; how each text is read, which
// people correct on the spot; which words and topics tell the bad from the good;
// and how well texts are read at all. It is for everybody who sees customers; who
// is limited to areas reads what was said at theirs.
//
// A fragment of it stands on the page of a customer.
package voices
