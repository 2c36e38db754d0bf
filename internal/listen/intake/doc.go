// Package intake is the one gate to the log: every way in (HTTP, CloudEvents,
// import, simulation) ends here with canonical JSON messages and meets the same
// limits and the same sentences. It owns validation, the correction of senders'
// clocks, the messageId, and the meaning of answers and circumstances; it owns
// no transport and no storage.
//
// In: batches of messages. Out: events appended to the log, the rest in
// quarantine, and a receipt.
package intake
