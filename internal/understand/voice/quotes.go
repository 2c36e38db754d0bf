package voice

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

const (
	// quotedOf is how many of the newest texts quotes are chosen of.
	quotedOf = 2_000
	// Words between shortQuote and longQuote letters are quoted best: a shorter
	// text says little, a longer one is a wall.
	shortQuote = 20
	longQuote  = 220
)

// Quotes returns the most representative and the most extreme of the newest
// 2,000 texts: near to the words that all have in common, far from neutral; of
// near-duplicates one, short ones rather than walls. The same texts give the
// same quotes. It needs scores.view: nothing in a quote tells who said it.
func (s *Service) Quotes(ctx context.Context, p cx.Principal, q QuoteQuery) (Quotes, error) {
	const op = "voice.Quotes"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Quotes{}, cx.Wrap(op, err)
	}
	q.Limit = cmp.Or(q.Limit, 3)
	if q.Limit < 1 || q.Limit > 20 {
		return Quotes{}, cx.Wrap(op, cx.InvalidFaults("", []cx.Fault{{Field: "limit", Message: "is 1 to 20 quotes"}}))
	}
	var out Quotes
	texts, n, err := s.sample(ctx, p, q.Filter, quotedOf)
	if err == nil {
		out, err = s.quotes(ctx, texts, q.Limit)
		out.N = n
	}
	return out, cx.Wrap(op, err)
}

// sample returns the newest texts that a filter lets through, at most limit, and
// how many there are.
func (s *Service) sample(ctx context.Context, p cx.Principal, f Filter, limit int) ([]Text, int64, error) {
	var ids []int64
	var n int64
	err := s.passing(ctx, p, f, func(x *index, at []int32) {
		n = int64(len(at))
		for _, i := range slices.Backward(at[max(0, len(at)-limit):]) {
			ids = append(ids, x.rows[i].id)
		}
	})
	if err != nil || n == 0 {
		return nil, n, err
	}
	texts, err := s.read(ctx, ids)
	return texts, n, err
}

// saying is a group of texts that say nearly the same, told by one of them.
type saying struct {
	*Text
	print   text.Fingerprint
	central float64
	like    int
}

// fit is how well the length suits a quote, 0..1.
func (s saying) fit() float64 {
	n := float64(utf8.RuneCountInString(s.Words))
	return min(1, n/shortQuote, longQuote/n)
}

func (s *Service) quotes(ctx context.Context, texts []Text, limit int) (out Quotes, err error) {
	words := make([]string, len(texts))
	for i := range texts {
		words[i] = texts[i].Words
	}
	central := text.Centrality(words)
	var all []saying
	for i := range texts {
		one := saying{&texts[i], text.FingerprintOf(words[i]), central[i], 1}
		if same := slices.IndexFunc(all, func(o saying) bool { return o.print.Near(one.print) }); same >= 0 {
			all[same].like++
			if one.fit() > all[same].fit() {
				one.like = all[same].like
				all[same] = one
			}
			continue
		}
		all = append(all, one)
	}
	pick := func(value func(saying) float64) []saying {
		slices.SortFunc(all, func(a, b saying) int {
			return cmp.Or(cmp.Compare(value(b)*b.fit(), value(a)*a.fit()), cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.Item, b.Item))
		})
		return slices.Clone(all[:min(limit, len(all))])
	}
	typical := pick(func(s saying) float64 { return s.central })
	extreme := pick(func(s saying) float64 { return math.Abs(s.Sentiment) })
	slices.SortStableFunc(extreme, func(a, b saying) int { return cmp.Compare(a.Sentiment, b.Sentiment) })
	if out.Representative, err = s.quoted(ctx, typical); err != nil {
		return out, err
	}
	out.Extreme, err = s.quoted(ctx, extreme)
	return out, err
}

// quoted masks what would tell who somebody is: what their words look like, and
// how the customer is known to be called.
func (s *Service) quoted(ctx context.Context, all []saying) ([]Quote, error) {
	nos := make([]cx.CustomerNo, len(all))
	for i, q := range all {
		nos[i] = q.Customer
	}
	known, err := s.known(ctx, nos)
	out := make([]Quote, len(all))
	for i, q := range all {
		out[i] = Quote{q.Ref, q.At, text.Mask(q.Words, q.Language, known[q.Customer]), q.Language, q.Sentiment, q.Score, q.like}
	}
	return out, err
}

// known returns how customers are called, for masking it; 0 is nobody.
func (s *Service) known(ctx context.Context, nos []cx.CustomerNo) (map[cx.CustomerNo]text.Known, error) {
	nos = slices.DeleteFunc(nos, func(no cx.CustomerNo) bool { return no == 0 })
	customers, err := s.c.Memory.CustomersByNo(ctx, cx.System(), nos)
	known := make(map[cx.CustomerNo]text.Known, len(customers))
	for _, c := range customers {
		known[c.No] = text.Known{Names: strings.Fields(c.Name), IDs: []string{c.Email}}
	}
	return known, err
}
