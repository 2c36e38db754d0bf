package simulate

// arrivalNotice works: half of those who order to their home get a message an
// hour before the courier comes. Nobody waits at home for nothing, and more of
// them order again.
func arrivalNotice(w *world) initiative {
	return initiative{
		slug: "arrival-notice", name: "Te avisamos antes de llegar", arm: "Mensaje una hora antes",
		what:  "a message an hour before the courier comes: deliveries please more, and more people order again",
		since: w.daysBefore(200), until: w.daysBefore(62),
		joins:  func(f *fact) bool { return f.verb == ordered && f.shop == noShop },
		of:     delivered,
		survey: csatDelivery,
		better: func(f *fact) { f.please(.7) },
		tempts: .2,
	}
}

// please moves how a fact feels to the better.
func (f *fact) please(by float32) {
	if f.feel != indifferent {
		f.feel = min(2, f.feel+by)
	}
}
