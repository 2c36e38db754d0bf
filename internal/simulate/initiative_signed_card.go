package simulate

// signedCard is under way: half of those who are advised in a shop take home a
// card signed by who advised them. It pleases a little; it is too early to tell.
func signedCard(w *world) initiative {
	return initiative{
		slug: "signed-card", name: "Ficha firmada por quien recomienda", arm: "Ficha firmada",
		what:   "a card signed by the bookseller with each recommendation: it pleases a little more, which nobody can tell yet",
		since:  w.daysBefore(21),
		joins:  func(f *fact) bool { return f.verb == advised },
		of:     advised,
		survey: csatAdvice,
		better: func(f *fact) { f.please(.25) },
	}
}
