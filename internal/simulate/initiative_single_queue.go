package simulate

// singleQueue works: six shops, one after the other, have one queue for all
// their tills. The wait is half as long, and nobody bets on the wrong queue.
func singleQueue(w *world) initiative {
	return initiative{
		slug: "single-queue", name: "Fila única en caja",
		what:  "one queue for all tills: half the wait, and more people are served within five minutes",
		since: w.daysBefore(140),
		starts: w.stages(map[string]int{
			"madrid-arguelles": 140, "barcelona-gracia": 126, "valencia-ruzafa": 112,
			"lisboa-chiado": 98, "sevilla-triana": 84, "malaga-larios": 70,
		}),
		of:      paid,
		survey:  csatTill,
		promise: tillUnder5,
		better: func(f *fact) {
			if f.amount > 10 {
				f.please(1)
			}
			if f.amount > 5 && f.amount*.5 <= 5 {
				f.promise, f.topic = 1, noTheme
				f.please(1)
			}
			f.amount *= .5
			f.please(.35)
		},
	}
}
