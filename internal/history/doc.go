// Package history answers questions on what was lived. It owns the facts of
// every event and answer in the shape in which they are counted: the Store that
// keeps them (one package for each engine; history/historytest holds them to
// one law), the View that makes them from the log, and the typed questions.
//
// What the team says, what is said in public, and answers marked as a program's
// (fact.Suspect) are no facts.
//
// It owns no identity (remember resolves profiles), no text and no timeline,
// and no score: understand turns tallies into scores with their intervals.
//
// In: batches of the log, profile numbers and clusters from remember, the model
// in force. Out: Totals, Breakdown, Series, Distribution, Newest;
// Behaviour, which answers for each customer what conditions on customers ask;
// and Lived, which tells the facts that runs of journeys are made of.
//
// Facts carry a profile; every question joins the clusters, so a merge or its
// undo is seen at once everywhere. What the model says of a fact is kept with
// the fact and made again, in the background, when another model applies.
package history
