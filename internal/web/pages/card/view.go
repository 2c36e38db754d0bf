package card

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
)

const (
	episodesShown = 3
	lookedBack    = 100 // facts in which they, and what matters, are sought
	casesShown    = 3
	matters       = 3 // of each sort
)

// view is a card, or the way to one.
type view struct {
	telling.Reader
	typed, title string
	found        []remember.Customer

	customer remember.Customer
	episodes []remember.Episode
	trust    promise.Trust
	promises []promise.Instance // that can still be kept, the soonest due first
	broken   []promise.Instance // that were broken last
	open     []cases.Case
	glad     []string // what they are glad of
	sore     []string // what hurts them
	frame    *model.Frame
	give     cases.Allowance
	work     bool // may act
	openOne  bool // may open a case
}

func (p page) reader(q *web.Request) telling.Reader {
	return telling.NewReader(q, p.models.Current().Model)
}

// read fills the card of a customer.
func (p page) read(q *web.Request, v *view, id cx.CustomerID) (err error) {
	ctx, who := q.Context(), q.Principal
	if v.customer, err = p.memory.Customer(ctx, who, id); err != nil {
		return err
	}
	id = v.customer.ID
	line, err := p.memory.Timeline(ctx, who, id, remember.TimelineQuery{Limit: lookedBack})
	if err != nil {
		return err
	}
	v.episodes = telling.Newest(line.Episodes, episodesShown)
	if v.trust, err = p.promises.Trust(ctx, who, id); err != nil {
		return err
	}
	all, err := p.promises.OfCustomer(ctx, who, id)
	if err != nil {
		return err
	}
	for _, i := range telling.Foremost(all, len(all)) {
		switch {
		case i.State.Pending():
			v.promises = append(v.promises, i)
		case i.State == promise.Broken && len(v.broken) == 0:
			v.broken = append(v.broken, i)
		}
	}
	if account.Check(who, account.ViewCases) == nil {
		open, err := p.cases.List(ctx, who, cases.Query{Customer: id, Language: q.L.Lang, Limit: casesShown})
		if err != nil {
			return err
		}
		v.open = open.Cases
	}
	if v.work = account.Check(who, account.WorkCases) == nil; v.work {
		if v.give, err = p.cases.MayGive(ctx, who); err != nil {
			return err
		}
	}
	v.openOne = account.Check(who, account.OpenCases) == nil
	if err := p.matters(q, v, line.Episodes); err != nil {
		return err
	}
	v.frame = v.framed()
	v.title = v.finding()
	return nil
}

// framed is the frame of where it matters now: of the promise or the case that is
// open, else of what was lived last.
func (v view) framed() *model.Frame {
	var at []string
	for _, i := range v.promises {
		if p, ok := v.Model.Promise(i.Promise); ok {
			at = append(at, p.Touchpoint)
		}
	}
	for _, c := range v.open {
		at = append(at, c.Touchpoint)
	}
	for _, e := range v.episodes {
		at = append(at, e.Touchpoint)
	}
	for _, slug := range at {
		if tp, ok := v.Model.Touchpoint(slug); ok && tp.Frame != nil {
			return tp.Frame
		}
	}
	return nil
}

// matters fills in what the customer praises and suffers: in words, and in how
// what they lived felt.
func (p page) matters(q *web.Request, v *view, lived []remember.Episode) error {
	said, err := p.voice.Count(q.Context(), q.Principal, voice.Filter{Customer: v.customer.ID}, voice.ByTopic)
	if err != nil {
		return err
	}
	for _, f := range said.Facets {
		for _, k := range f.Keys {
			if topic, ok := v.Model.Topic(k.Key); ok && k.Positive > k.Negative {
				v.glad = append(v.glad, topic.Name.In(v.L.Lang))
			} else if ok && k.Negative > k.Positive {
				v.sore = append(v.sore, topic.Name.In(v.L.Lang))
			}
		}
	}
	felt := map[string][]float64{}
	for _, e := range lived {
		if e.HasValence && e.Touchpoint != "" {
			felt[e.Touchpoint] = append(felt[e.Touchpoint], e.Valence)
		}
	}
	for _, slug := range extremes(felt, 1) {
		v.glad = append(v.glad, v.Touchpoint(slug))
	}
	for _, slug := range extremes(felt, -1) {
		v.sore = append(v.sore, v.Touchpoint(slug))
	}
	v.glad, v.sore = v.glad[:min(len(v.glad), matters)], v.sore[:min(len(v.sore), matters)]
	return nil
}

// extremes are the touchpoints that felt clearly good (sign 1) or bad (−1) on
// the whole, the most so first.
func extremes(felt map[string][]float64, sign float64) (out []string) {
	mean := func(slug string) (sum float64) {
		for _, v := range felt[slug] {
			sum += sign * v
		}
		return sum / float64(len(felt[slug]))
	}
	for slug := range felt {
		if mean(slug) >= 0.5 {
			out = append(out, slug)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(mean(b), mean(a)), cmp.Compare(a, b)) })
	return out
}

// finding is what one must know of them first.
func (v view) finding() string {
	name, t := v.Name(v.customer.Name), v.L.T
	risk := slices.IndexFunc(v.promises, func(i promise.Instance) bool { return i.State == promise.AtRisk })
	switch {
	case risk >= 0:
		return t("card.finding.risk", "name", name, "promise", v.Promise(v.promises[risk].Promise))
	case len(v.open) > 0:
		return t("card.finding.case", "name", name, "title", v.open[0].Title)
	case len(v.promises) > 0:
		return t("card.finding.promise", "name", name, "promise", v.Promise(v.promises[0].Promise))
	case len(v.episodes) > 0 && v.episodes[0].HasValence && v.episodes[0].Valence <= -0.5:
		return t("card.finding.bad", "name", name, "where", v.Touchpoint(v.episodes[0].Touchpoint))
	case len(v.episodes) > 0 && v.episodes[0].HasValence && v.episodes[0].Valence >= 0.5:
		return t("card.finding.good", "name", name, "where", v.Touchpoint(v.episodes[0].Touchpoint))
	}
	return t("card.finding.plain", "name", name)
}

// first is what a customer is called to their face.
func (v view) first() string {
	first, _, _ := strings.Cut(v.customer.Name, " ")
	if strings.Contains(first, "@") {
		return ""
	}
	return first
}
