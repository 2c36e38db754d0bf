package simulate

import "github.com/vivencia-cx/vivencia/internal/cx"

// Colleague is one of those at Candil who use the product.
type Colleague struct {
	Email, Name string
	Role        cx.Role
	Areas       []string // nil: all
	Language    string
}

// Who plays a part in the demo's stories.
const (
	Manager = "rosa.marin@candil.example"   // of Candil Triana
	Agent   = "ismael.prado@candil.example" // at the returns desk in Valladolid
	Board   = "teresa.valle@candil.example"
)

// Colleagues lists them.
func Colleagues() []Colleague {
	return []Colleague{
		{Manager, "Rosa Marín", cx.Lead, []string{"stores"}, "es"},
		{Agent, "Ismael Prado", cx.Member, []string{"stores"}, "es"},
		{"ines.moreira@candil.example", "Inês Moreira", cx.Member, []string{"stores", "tills"}, "pt"},
		{"pablo.cid@candil.example", "Pablo Cid", cx.Lead, []string{"tills"}, "es"},
		{"nerea.vidal@candil.example", "Nerea Vidal", cx.Lead, []string{"logistics", "warehouse"}, "es"},
		{"lola.arrieta@candil.example", "Lola Arrieta", cx.Lead, []string{"customer-care"}, "es"},
		{"quim.ferrer@candil.example", "Quim Ferrer", cx.Member, []string{"customer-care"}, "es"},
		{"vasco.pinto@candil.example", "Vasco Pinto", cx.Lead, []string{"it"}, "pt"},
		{"amaia.sanz@candil.example", "Amaia Sanz", cx.Analyst, nil, "es"},
		{Board, "Teresa Valle", cx.Board, nil, "es"},
	}
}

// Played lists the userIds of the customers whom the demo's reader plays: nothing
// is lived in their name but that.
func Played() []string { return []string{"cl-marta-llorente", "cl-lucia-barrientos"} }

// Remedies is what colleagues write that they did.
func Remedies() []string {
	return []string{
		"Le llamé, le pedí disculpas y mañana por la mañana se lo llevan a casa sin coste.",
		"Le apartamos otro ejemplar con una nota de la librera.",
		"Cambiado sin comprobante. Eligió otro de la misma autora.",
		"Devuelto el importe y un vale de lectura para el próximo.",
		"Hablé con el transportista: estaba en el almacén de la calle de al lado. Ya lo tiene.",
		"Le expliqué qué pasó y qué cambiamos para que no vuelva a pasar.",
	}
}

// Wanted is what is to be made right for a customer to whom a promise was broken:
// what the title of their case says. Late is whether it was done after all.
func Wanted(promise string, late bool, n int) string {
	titles := []string{"Su pedido no llega hoy: ofrecerle otra forma"}
	switch {
	case promise == "gift-exchange":
		titles = []string{"Cambiar el regalo que le rechazamos", "Volvió a casa con el regalo: ofrecerle el cambio"}
	case promise == "solved-first-time":
		titles = []string{"Llamó y no quedó resuelto: devolverle la llamada", "Ha llamado más de una vez: cerrarlo hoy", "Espera noticias de su caso: decirle en qué está"}
	case late:
		titles = []string{"Le llegó tarde: saber si aún le sirve", "El libro era para un día y llegó después: pedir perdón", "Llegó tarde y no ha dicho nada: preguntarle"}
	}
	return titles[n%len(titles)]
}

// NotRight is what a customer writes for whom it was not made right.
func NotRight() string { return "Me dijisteis que hoy y hoy no ha venido nadie." }
