// Package app puts the house together: it reads the configuration, takes the
// lock of the data directory, opens the stores and services in the data's way,
// runs the views behind the log, and serves the API, the pages and the socket.
// It owns no behaviour of any feature. It is the only package that knows which
// engine stands behind an interface.
//
// In: a Config. Out: an App that runs until its context ends.
package app
