package simulate

import "math/rand/v2"

// mailUnanswered: from a day on, most mails that ask for help are not answered,
// since Contacta Sur does not see them. Who wrote calls, says it all again, and
// has to call once more.
func mailUnanswered(w *world) cause {
	const share = .8
	since := w.daysBefore(102)
	return cause{
		journey: TruthJourney{
			Slug: "mail-unanswered", What: "who writes for help is not answered, calls Contacta Sur and says it all again",
			Journey: "help", Kind: "repeated", Step: "call",
			Also:  []string{"skipped:mail-answer", "late:mail", "unexpected:Support Called@call-centre", "unexpected:Support Mail Sent@help-mail"},
			Where: map[string]string{"supplier": "contacta-sur"}, Since: utc(since), Share: share, Valence: -1.5,
		},
		verbs: []verb{mailAnswered},
		change: func(_ *world, _ *person, f *fact, r *rand.Rand) {
			if f.at >= since && r.Float64() < share {
				f.verb = none
			}
		},
	}
}
