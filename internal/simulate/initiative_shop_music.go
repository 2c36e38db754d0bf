package simulate

// shopMusic does nothing: five shops, one after the other, play music.
func shopMusic(w *world) initiative {
	return initiative{
		slug: "shop-music", name: "Música en las tiendas",
		what:  "music in the shops, which changes nothing",
		since: w.daysBefore(150),
		starts: w.stages(map[string]int{
			"granada-realejo": 150, "zaragoza-coso": 130, "bilbao-ensanche": 110, "lisboa-alvalade": 90, "coruna-calle-real": 70,
		}),
		of:     paid,
		survey: csatTill,
	}
}
