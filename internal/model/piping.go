package model

// Piped is a text with what is known put in: {customer.first_name ?? amiga},
// {event.at|weekday ?? pedido}. What stands after ?? is said when it is not
// known; every piping has it, so that braces are never shown.
type Piped struct{ parts []piece }

type piece struct {
	text     string // as it is, or what is said when path is not known
	path     string // "" for a text
	format   string // weekday, date, time; "" as it is
	fallback bool
}
