package simulate

// doorGreeting works: in six shops, one after the other, whoever is at the door
// greets who comes in. Two of three that nobody greeted are greeted.
func doorGreeting(w *world) initiative {
	return initiative{
		slug: "door-greeting", name: "Saludar al entrar",
		what:  "who is at the door greets: coming in pleases more",
		since: w.daysBefore(140),
		starts: w.stages(map[string]int{
			"madrid-arguelles": 140, "barcelona-gracia": 126, "valencia-ruzafa": 112,
			"lisboa-chiado": 98, "sevilla-triana": 84, "malaga-larios": 70,
		}),
		of:    entered,
		value: atTheDoor,
		kind:  "valence", about: "door-guard",
		better: func(f *fact) {
			if !f.yes && f.at%3 != 0 {
				f.yes = true
				f.please(.4)
			}
		},
	}
}

// atTheDoor is how the model has it that coming in is lived.
func atTheDoor(f *fact) float64 {
	switch {
	case f.also: // their bag was looked into
		return -1
	case f.yes:
		return .5
	}
	return 0
}
