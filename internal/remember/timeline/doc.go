// Package timeline keeps what each profile lived, in event-time order, and what
// was so at the places where it was lived. It owns the tables timeline and
// circumstances and reads them as pages: items, episodes, circumstances. It
// does not own whose a profile is (identity), and stores nothing that the model
// says of an event: that is told at read.
//
// In: events with their profile, circumstances, queries with the profiles of a
// customer and the model in force. Out: pages.
package timeline
