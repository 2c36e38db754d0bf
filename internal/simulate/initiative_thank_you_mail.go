package simulate

// thankYouMail does nothing: half of those who collect an order in a shop get a
// prettier mail of thanks.
func thankYouMail(w *world) initiative {
	return initiative{
		slug: "thank-you-mail", name: "Un gracias más bonito", arm: "Correo ilustrado",
		what:  "an illustrated mail of thanks after collecting an order, which changes nothing",
		since: w.daysBefore(180), until: w.daysBefore(62),
		joins:  func(f *fact) bool { return f.verb == collected },
		survey: csatCollect,
	}
}
