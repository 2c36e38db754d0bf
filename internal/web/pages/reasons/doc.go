// Package reasons shows why customers score as they do: what weighs most, with
// their words and since when; how important each is and how well it goes; what
// changed; and of one reason who lives it, what stands behind and who answers
// for it. It is for everybody who sees scores: the front line reads how sure it
// is first, figures on a tap.
//
// Fragments of it stand on other pages (Hoy, a journey's map): they are asked for
// by those, and follow their period and area.
package reasons
