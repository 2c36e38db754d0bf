package simulate

// singleQueue works: six shops, one after the other, have one queue for all
// their tills. The wait is no shorter, but nobody bets on the wrong queue.
func singleQueue(w *world) initiative {
	return initiative{
		slug: "single-queue", name: "Fila única en caja",
		what:  "one queue for all tills: the wait is as long, but fair, and paying pleases more",
		since: w.daysBefore(140),
		starts: w.stages(map[string]int{
			"madrid-arguelles": 140, "barcelona-gracia": 126, "valencia-ruzafa": 112,
			"lisboa-chiado": 98, "sevilla-triana": 84, "malaga-larios": 70,
		}),
		of:     paid,
		survey: csatTill,
		better: func(f *fact) {
			if f.amount <= 5 { // who waits too long does not care how
				f.please(.6)
			}
		},
	}
}
