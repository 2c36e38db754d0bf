// Package wall is Modo pared: one screen, to be read from four metres, that hangs
// in a shop or the call centre and keeps itself alive: what customers said today,
// promises kept, broken and due, cases that wait. By a link of its own, made and
// taken back here, it shows itself where nobody is signed in; it tells nothing of
// who anybody is. Dark by night.
package wall
