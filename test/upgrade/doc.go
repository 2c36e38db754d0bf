// Package upgrade opens a data directory of each released version with the
// present program and asks it everything that the version itself had been
// asked: what a company has lived and decided outlives every version.
//
// testdata/VERSION.tar.gz holds the directory (data/) and the version's own
// answers (answers.json). Answers may gain members, never lose or change one.
// A release adds its fixture:
//
//	test/upgrade/add.sh v0.2.0 COMMIT
package upgrade
