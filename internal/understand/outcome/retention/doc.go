// Package retention tells who stays: by cohort, by how long they have been
// customers, and who is likely to leave next, with the facts they lived that go
// with leaving here. It owns the cohorts, the curves and the model of leaving with
// its calibration; it owns no purchase (purchases) and no money (worth).
//
// In: purchases and contracts, facts of history, broken promises and open cases of
// who keeps them. Out: Cohorts, Survival, Hazard, Churn and Of, each share with its
// interval and its n.
//
// To stay is to have a contract where the company has contracts, else to buy again.
// What goes with leaving is an association, never told as a cause, and never about
// people of the company.
package retention
