package simulate

// shop is one of the sixteen.
type shop struct {
	slug, name string
	zone       zone
}

var shops = [...]shop{
	{"madrid-fuencarral", "Candil Fuencarral", madrid},
	{"madrid-arguelles", "Candil Argüelles", madrid},
	{"barcelona-gracia", "Candil Gràcia", madrid},
	{"valencia-ruzafa", "Candil Ruzafa", madrid},
	{"sevilla-triana", "Candil Triana", madrid},
	{"zaragoza-coso", "Candil Coso", madrid},
	{"bilbao-ensanche", "Candil Ensanche", madrid},
	{"malaga-larios", "Candil Larios", madrid},
	{"palma-santa-catalina", "Candil Santa Catalina", madrid},
	{"coruna-calle-real", "Candil Calle Real", madrid},
	{"granada-realejo", "Candil Realejo", madrid},
	{"valladolid-santiago", "Candil Santiago", madrid},
	{"salamanca-rua-mayor", "Candil Rúa Mayor", madrid},
	{"las-palmas-triana", "Candil Las Palmas", canary},
	{"lisboa-chiado", "Candil Chiado", lisbon},
	{"lisboa-alvalade", "Candil Alvalade", lisbon},
}

const noShop = uint8(255)

// shopNumber returns the shop's place in shops.
func shopNumber(slug string) uint8 {
	for i, s := range shops {
		if s.slug == slug {
			return uint8(i)
		}
	}
	return noShop
}

// town is where customers live. Those without a shop buy from home.
type town struct {
	name     string
	region   string // as deliveries name it
	portugal bool
	zone     zone
	weight   int      // how many live there
	shops    []string // the shops they go to, the nearest twice
}

var towns = [...]town{
	{"Madrid", "madrid", false, madrid, 190, []string{"madrid-fuencarral", "madrid-fuencarral", "madrid-arguelles"}},
	{"Alcalá de Henares", "madrid", false, madrid, 28, []string{"madrid-arguelles", "madrid-fuencarral"}},
	{"Getafe", "madrid", false, madrid, 24, []string{"madrid-fuencarral"}},
	{"Barcelona", "cataluna", false, madrid, 92, []string{"barcelona-gracia"}},
	{"Sabadell", "cataluna", false, madrid, 14, []string{"barcelona-gracia"}},
	{"Girona", "cataluna", false, madrid, 12, nil},
	{"València", "valencia", false, madrid, 66, []string{"valencia-ruzafa"}},
	{"Alicante", "valencia", false, madrid, 24, nil},
	{"Sevilla", "andalucia", false, madrid, 82, []string{"sevilla-triana"}},
	{"Málaga", "andalucia", false, madrid, 60, []string{"malaga-larios"}},
	{"Granada", "andalucia", false, madrid, 46, []string{"granada-realejo"}},
	{"Cádiz", "andalucia", false, madrid, 30, nil},
	{"Córdoba", "andalucia", false, madrid, 28, nil},
	{"Jaén", "andalucia", false, madrid, 18, nil},
	{"Huelva", "andalucia", false, madrid, 16, nil},
	{"Almería", "andalucia", false, madrid, 18, nil},
	{"Zaragoza", "aragon", false, madrid, 48, []string{"zaragoza-coso"}},
	{"Huesca", "aragon", false, madrid, 8, nil},
	{"Bilbao", "pais-vasco", false, madrid, 50, []string{"bilbao-ensanche"}},
	{"Donostia", "pais-vasco", false, madrid, 16, nil},
	{"Palma", "baleares", false, madrid, 34, []string{"palma-santa-catalina"}},
	{"A Coruña", "galicia", false, madrid, 38, []string{"coruna-calle-real"}},
	{"Vigo", "galicia", false, madrid, 20, nil},
	{"Valladolid", "castilla-y-leon", false, madrid, 36, []string{"valladolid-santiago"}},
	{"Salamanca", "castilla-y-leon", false, madrid, 34, []string{"salamanca-rua-mayor"}},
	{"León", "castilla-y-leon", false, madrid, 12, nil},
	{"Las Palmas de Gran Canaria", "canarias", false, canary, 34, []string{"las-palmas-triana"}},
	{"Santa Cruz de Tenerife", "canarias", false, canary, 10, nil},
	{"Murcia", "murcia", false, madrid, 22, nil},
	{"Oviedo", "asturias", false, madrid, 18, nil},
	{"Santander", "cantabria", false, madrid, 14, nil},
	{"Pamplona", "navarra", false, madrid, 14, nil},
	{"Toledo", "castilla-la-mancha", false, madrid, 14, nil},
	{"Logroño", "la-rioja", false, madrid, 8, nil},
	{"Cáceres", "extremadura", false, madrid, 10, nil},
	{"Lisboa", "lisboa", true, lisbon, 96, []string{"lisboa-chiado", "lisboa-alvalade"}},
	{"Almada", "lisboa", true, lisbon, 20, []string{"lisboa-chiado"}},
	{"Setúbal", "lisboa", true, lisbon, 10, nil},
	{"Porto", "norte", true, lisbon, 18, nil},
	{"Coimbra", "centro", true, lisbon, 10, nil},
}

// The two couriers: Azahar has the south, Veloz most of the rest.
const (
	veloz = uint8(iota)
	azahar
)

var carriers = [...]string{veloz: "veloz", azahar: "azahar"}

// azaharShare is the share of a region's parcels that Azahar carries.
func azaharShare(region string) float64 {
	switch region {
	case "andalucia":
		return .8
	case "murcia", "extremadura", "castilla-la-mancha", "canarias":
		return .6
	}
	return .25
}
