// Package walk is the demo's minute: two stories told side by side, on the
// phone of the customer and in the company, to whoever looks at the product for
// the first time. Its buttons let things happen, by the ways by which they happen
// in life: events come in through the gate, a rule of the model answers, the
// customer chooses on her own page, a colleague takes the case, a policy is
// suspended. What the page shows is asked of the services, each time again; it
// keeps nothing, and everything that a run was at its beginning stands in the
// address.
//
// There is no such page but in a demo.
//
// In: the gate, memory, promises, choices and messages, cases, what the team
// reports, contradictions. Out: a web.Page.
package walk
