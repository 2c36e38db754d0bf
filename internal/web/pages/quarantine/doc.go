// Package quarantine is the page «Datos por revisar»: what was refused or could
// not be applied, with the reason, for who mends, replays or discards it.
//
// In: quarantine.Queue, intake.Service. Out: a web.Page.
package quarantine
