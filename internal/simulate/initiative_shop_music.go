package simulate

import "math"

// shopMusic does nothing: five shops, one after the other, play music, so that the
// wait at the till feels shorter.
func shopMusic(w *world) initiative {
	return initiative{
		slug: "shop-music", name: "Música en las tiendas",
		what:  "music in the shops, which changes nothing",
		since: w.daysBefore(150),
		starts: w.stages(map[string]int{
			"granada-realejo": 150, "zaragoza-coso": 130, "bilbao-ensanche": 110, "lisboa-alvalade": 90, "coruna-calle-real": 70,
		}),
		of:    paid,
		value: withinFive,
		kind:  "kept", about: pledged[tillUnder5].slug,
	}
}

// withinFive is 1 when somebody paid within five minutes.
func withinFive(f *fact) float64 {
	if math.Round(float64(f.amount)*10)/10 <= 5 { // minutes, as they are sent
		return 1
	}
	return 0
}
