// Package journeys is «Viajes»: the list of journeys with how they are (Viajes),
// one journey as a map of stages and touchpoints, lived against designed, with
// what hurts most, for whom, since when and what it costs (Viaje), and the runs
// behind any of it, down to one customer's against the design (Recorrido).
//
// Analysts, the board and administrators read figures with interval and n; leads
// and the team read how sure it is, and the figures on a tap. Nobody meets the
// field's jargon here: that is in package paths, behind «Análisis avanzado».
//
// In: package journey (every figure), remember (news), the model's names. Out: a
// web.Page; SVG and CSV files of what it shows. Package reading, below, is what
// it shares with the other pages of journeys.
package journeys
