package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// shows is how what is planted in the demo is told: the drivers by which it is lived.
var shows = map[string][]string{
	"courier-late": {"property.late@courier"},
	"wrong-stock":  {"property.cancelled@stock-kept"},
	"till-queue":   {"property.queue@till"},
	"short-roster": {"property.helped@bookseller"}, // who is alone in a shop helps fewer
}

// alsoWrongStock is lived by whom wrong stock sends to a shop: the same cause again.
const alsoWrongStock = "property.found@collect-desk"

// The reasons that are planted in the demo come out first; what changes nothing does
// not come out at all.
func TestPlantedReasonsAreFound(t *testing.T) {
	t.Parallel()
	h, truth := candil(t)
	all, err := h.Reasons.Reasons(t.Context(), cx.System(), reason.Query{})
	if err != nil {
		t.Fatal(err)
	}
	byScores, err := h.Reasons.Reasons(t.Context(), cx.System(), reason.Query{Metric: reason.NPS})
	if err != nil {
		t.Fatal(err)
	}
	var first []string
	for _, r := range all.Reasons {
		if name := r.Driver + "@" + r.Touchpoint; len(first) < 3 && name != alsoWrongStock {
			first = append(first, name)
		}
	}
	for _, cause := range truth.Causes {
		t.Run(cause.Slug, func(t *testing.T) {
			switch {
			case cause.Null:
				for _, r := range slices.Concat(all.Reasons, byScores.Reasons) {
					if r.Driver == "property."+cause.Property {
						t.Errorf("it is told to go with the scores: %s", reasonLine(r))
					}
				}
			case shows[cause.Slug] == nil: // a few days: too short to weigh much in a year
			case cause.Slug == "short-roster":
				i := slices.IndexFunc(all.Reasons, func(r reason.Reason) bool { return r.Driver+"@"+r.Touchpoint == shows[cause.Slug][0] })
				if i < 0 {
					t.Fatalf("not among %v", reasonLines(all.Reasons))
				}
				isBehind(t, h, all.Reasons[i], cause)
			default:
				if !slices.Contains(first, shows[cause.Slug][0]) {
					t.Fatalf("not among the first three of %v", reasonLines(all.Reasons))
				}
				i := slices.IndexFunc(all.Reasons, func(r reason.Reason) bool { return r.Driver+"@"+r.Touchpoint == shows[cause.Slug][0] })
				isBehind(t, h, all.Reasons[i], cause)
			}
		})
	}
	t.Run("people are none", func(t *testing.T) {
		for _, r := range slices.Concat(all.Reasons, all.Unclear) {
			if name, _ := strings.CutPrefix(r.Driver, "property."); reason.Personal(name) {
				t.Error(reasonLine(r))
			}
		}
	})
	t.Run("of scores of recommendation too", func(t *testing.T) {
		var told []string
		for _, r := range byScores.Reasons {
			told = append(told, r.Driver+"@"+r.Touchpoint)
		}
		for _, planted := range []string{"courier-late", "wrong-stock", "till-queue"} {
			if !slices.Contains(told, shows[planted][0]) {
				t.Errorf("%s is not among %v", planted, reasonLines(byScores.Reasons))
			}
		}
	})
}

// isBehind checks that a reason says for whom it is so, since when, in whose words,
// and who answers for it.
func isBehind(t *testing.T, h house, r reason.Reason, planted simulate.TruthCause) {
	t.Helper()
	if r.Good || r.Effect.High >= 0 || r.Weight.Low <= 0 || r.N == 0 || len(r.Whys) == 0 || r.Owner == "" || len(r.Quotes) == 0 && planted.Slug != "short-roster" { // of that they have no words in the demo
		t.Errorf("%+v", r)
	}
	d, err := h.Reasons.Reason(t.Context(), cx.System(), reason.Query{}, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for by, value := range planted.Where {
		switch by {
		case "region":
			by = "property.region"
		case "circumstance":
			by, value = "circumstance."+value, ""
		case "products":
			continue // titles: too many to be a group
		}
		if !slices.ContainsFunc(d.ForWhom, func(w reason.Whom) bool { return w.By == by && w.Value == value }) {
			t.Errorf("it is lived where %s is %q, and that is not among %+v", by, value, d.ForWhom)
		}
	}
	if planted.Slug == "courier-late" && (r.Since == nil || planted.Since.Before(r.Since.Low.Std()) || planted.Since.After(r.Since.High.Std())) {
		t.Errorf("since %v, told %+v", planted.Since, r.Since)
	}
	if len(d.Facts) == 0 || d.Facts[0].Customer == "" || len(d.Facts[0].Facts) == 0 || d.Lived.High >= d.Others.Low || len(d.Weeks) < 10 {
		t.Errorf("behind it: %+v", d)
	}
	// The quotes are words of those who lived it.
	for _, q := range slices.Concat(d.Quotes, d.Extreme) {
		page, err := h.Voice.Quotes(t.Context(), cx.System(), voice.QuoteQuery{Filter: voice.Filter{Seqs: []cx.Seq{q.Seq}}})
		if err != nil || page.N == 0 || q.Words == "" {
			t.Errorf("%+v is of no answer: %v", q, err)
		}
	}
}

func reasonLine(r reason.Reason) string {
	return fmt.Sprintf("%s part %.2f [%.2f, %.2f] effect %.2f [%.2f, %.2f] n %d", r.ID, r.Weight.Part, r.Weight.Low, r.Weight.High, r.Effect.Value, r.Effect.Low, r.Effect.High, r.N)
}

func reasonLines(list []reason.Reason) string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = "\n" + reasonLine(r)
	}
	return strings.Join(out, "")
}
