// Package worth tells what a customer is worth: how likely they still are one, how
// often they will buy and what is left of it. It owns the models of buying of this
// company (BG/NBD and Gamma-Gamma), their check against what really came, and the
// values by customer; it owns no purchase (purchases) and no leaving (retention).
//
// In: purchases, the chance of leaving of retention, the model's margin. Out: Fit,
// OfCustomer, Distribution, By and Each. Every amount is in minor units of the
// company's currency: margin, or revenue when the model tells no margin, which Fit
// says.
package worth
