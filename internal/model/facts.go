package model

// Facts says in which properties of an event its place, product, supplier,
// revenue and currency stand: the first present wins.
type Facts struct{ Place, Product, Supplier, Revenue, Currency []string }
