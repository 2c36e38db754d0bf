// Package mention brings in what is said about the company in public: reviews,
// posts, replies. It owns what a mention is and which proof makes it a
// customer's; it owns no network's interface (a program or a webhook sends what
// it read there), no storage and no reading of the words (understand/text).
//
// In: mentions as JSON, from the API, a webhook or an import. Out: events for
// intake: "Mention Published" of the customer whose mention is proved, else a
// cx.Mention, of nobody. A name, an avatar or a likeness is no proof.
package mention
