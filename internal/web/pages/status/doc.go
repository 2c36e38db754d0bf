// Package status is the page Estado: in words, what of the product is well and
// what is not, each with what to do about it, the figures on a tap. It lives:
// what changes is said while one looks. For administrators and leads.
package status
