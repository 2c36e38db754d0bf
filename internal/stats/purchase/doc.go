// Package purchase is the mathematics of customers who are free to leave without
// saying so: how often they buy, whether they still do, how much they spend, and
// what that is worth. It owns no data and knows nothing of customers; times are in
// any one unit (days, weeks), money in any one currency.
//
// In: when and for how much each customer bought. Out: BG/NBD and Gamma-Gamma with
// their intervals at 95 %, and what follows from them for one history or many.
// What cannot be told is NaN, and a [Fault] says why; nothing panics.
package purchase
