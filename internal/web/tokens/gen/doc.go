// Command gen writes the tokens' CSS to the file named by its argument; the
// asset builder runs it, since it lives in another module.
package main
