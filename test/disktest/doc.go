// Package disktest gives a test a disk of its own, whose power can be cut.
package disktest
