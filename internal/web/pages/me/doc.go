// Package me is the page of who is signed in: their name and role, the language
// they read, a new password. Everybody has it. It is also the page to copy when
// adding one.
package me
