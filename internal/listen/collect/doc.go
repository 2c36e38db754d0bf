// Package collect is the way in over HTTP: Segment's API with its clients
// unchanged, answers, circumstances, mentions, the pixel and CloudEvents. It
// owns /v1, authentication by write key, the limits of a request and CORS;
// every message ends in intake.
//
// In: requests. Out: batches for intake, receipts as JSON.
package collect
