// Package identity decides whose each event is. It owns profiles (clusters of
// identifiers), the merges that join profiles into customers, their undoing,
// the pairs that people keep apart and the suggestions that wait for people;
// and the normal form of identifiers. It owns no timeline, no trait and no
// counter of a customer.
//
// Other packages of remember join the table profiles (profile_no, customer_no),
// and never write it.
//
// In: events in seq order, decisions of people, the model's identifier rules.
// Out: the profile of each event, and which customers that made, merged or
// parted.
package identity
