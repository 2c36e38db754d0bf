package policy

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Pain is what goes with being hit by a policy: the customers that one of its rows
// decided about, other than to allow, against others whom the same event happened to
// in the same month and who had spent as much until then. It is an association.
type Pain struct {
	Policy    string
	Window    cx.Window
	Customers int // hit
	Times     int
	Others    int // customers of the same event whom it did not hit

	Scores []Change // of answers within 30 days, most answers first
	Left   *Change  // the share that bought nothing within 90 days; nil: too few to tell
	Money  *Money   // nil: too few to tell

	Texts  int64 // what they said within 30 days
	Words  []voice.Word
	Quotes []voice.Quote
}

// mostWords and mostQuotes are how many are told.
const (
	mostWords  = 12
	mostQuotes = 3
)

// Pain tells what goes with being hit by a policy. It needs policies.view; words are
// told to who may see scores. The error is cx.NotFound when there is no such policy.
func (s *Service) Pain(ctx context.Context, p cx.Principal, slug string, q Query) (Pain, error) {
	const op = "policy.Pain"
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Pain{}, cx.Wrap(op, err)
	}
	found, ok := x.pains[slug]
	if !ok {
		return Pain{}, cx.Errorf(cx.NotFound, op, "there is no policy %q", slug)
	}
	pain := *found
	seqs := x.answers[slug]
	if len(seqs) == 0 {
		return pain, nil
	}
	words, err := s.c.Voices.Words(ctx, p, voice.WordsQuery{Filter: voice.Filter{Seqs: seqs}, Limit: mostWords})
	if err != nil {
		return Pain{}, cx.Wrap(op, err)
	}
	quotes, err := s.c.Voices.Quotes(ctx, p, voice.QuoteQuery{Filter: voice.Filter{Seqs: seqs}, Limit: mostQuotes})
	if err != nil {
		return Pain{}, cx.Wrap(op, err)
	}
	pain.Texts, pain.Words, pain.Quotes = words.N, words.Words, quotes.Representative
	return pain, nil
}

// pain compares whom a policy hit with others; answers are what they answered soon.
func (g *gathering) pain(x *model.Policy) (*Pain, []cx.Seq) {
	pain := &Pain{Policy: x.Slug, Window: g.window}
	k := g.kinds[x.On]
	at := k.reads(func(r reader) bool { return r.policy != nil && r.policy.Slug == x.Slug })
	n := newCounting()
	for i := range k.facts {
		if row := k.facts[i].says[at]; row >= 0 && x.Rows[row].Outcome.Effect != model.Allow {
			n.add(&k.facts[i])
		}
	}
	all := k.everybody()
	pain.Customers, pain.Times, pain.Others = len(n.in), len(n.list), len(all)-len(n.in)
	with := newComparison(g, n.in, all)
	if len(n.in) >= fewest {
		pain.Scores, pain.Left, pain.Money = with.scores(), with.left(), with.money()
	}
	return pain, with.answers()
}
