package simulate

import "math/rand/v2"

// wrapColour is the factor without any effect: the gift paper is blue or
// maroon, as the roll comes.
func wrapColour(w *world) cause {
	return cause{
		truth: TruthCause{
			Slug: "wrap-colour", What: "the colour of the gift paper changes nothing",
			Since: utc(w.from), Touchpoint: "gift-wrap", Property: "gift_wrap", Share: .5, Otherwise: .5, Null: true,
		},
		verbs: []verb{ordered, wrapped},
		change: func(_ *world, _ *person, f *fact, r *rand.Rand) {
			if f.verb == wrapped || f.also {
				f.colour = 1 + uint8(r.IntN(2))
			}
		},
	}
}

// wrapColours are the values of gift_wrap.
var wrapColours = [...]string{"", "azul", "granate"}
