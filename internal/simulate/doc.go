// Package simulate is Librerías Candil, a company that does not exist: 14
// bookshops in Spain and two in Lisbon, a web, an app, a call centre, two
// couriers and a distributor, with customers who live, feel, answer, write,
// stay or leave, buy and recommend because of what they lived. It is the demo,
// the load for benchmarks and the answer key for everything that Vivencia
// claims to find: what is planted stands in Truth.
//
// It owns its customers' latent memory, the causes (one file each), the quotes
// and the twelve hand-written stories. It owns no store and knows no intake:
// it emits canonical messages, and whoever runs it pushes them in.
//
// In: a seed, a size, the instant until which it has been. Out: messages, each
// with the source that sends it, in time order; the truth; the model YAML.
// The same Config gives the same bytes.
package simulate
