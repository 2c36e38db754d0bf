package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

const (
	year         = 365 * 24 * time.Hour
	mostFound    = 8 // of each source
	mostOfCause  = 200
	leastOfCause = 3 // cases that have a cause in common
)

// filled is a sentence in each language about things of the model; each %s is one.
func filled(es, en, pt string, of ...model.Text) model.Text {
	in := func(format, lang string) string {
		names := make([]any, len(of))
		for i, t := range of {
			names[i] = t.In(lang)
		}
		return fmt.Sprintf(format, names...)
	}
	return model.Text{ES: in(es, "es"), EN: in(en, "en"), PT: in(pt, "pt")}
}

// less is an estimate of a loss as what is gained without it.
func less(e outcome.Estimate) outcome.Estimate {
	return outcome.Estimate{Value: -e.Value, Low: -e.High, High: -e.Low, N: e.N}
}

// scaled is an estimate of k times as much.
func scaled(e outcome.Estimate, k float64) outcome.Estimate {
	return outcome.Estimate{Value: k * e.Value, Low: k * e.Low, High: k * e.High, N: e.N}
}

// margin is what is left of revenue; all of it where the model does not say.
func (a *App) margin() float64 {
	if m := a.Models.Current().Model.Outcomes.Margin; m > 0 {
		return m
	}
	return 1
}

// touched counts the customers of a year: at each touchpoint, and in all ("").
func (a *App) touched(ctx context.Context) (map[string]int, error) {
	pulse, err := a.Outcomes.Pulse(ctx, cx.System(), outcome.PulseQuery{Days: 365, Weeks: 1})
	n := map[string]int{"": pulse.Lived.Customers}
	for _, t := range pulse.Touchpoints {
		n[t.Slug] = t.Customers
	}
	return n, err
}

// seqsOf are where the words stand that are quoted.
func seqsOf(lists ...[]voice.Quote) (seqs []cx.Seq) {
	for _, quotes := range lists {
		for _, q := range quotes {
			seqs = append(seqs, q.Seq)
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs)
}

// atRisk tells the money that leaves beyond that of comparable customers, of those who
// lived one thing lately, as of a year; clear: only where it surely does.
func (a *App) atRisk(ctx context.Context, by risk.By, clear bool) (map[string]outcome.Estimate, error) {
	all, err := a.Risk.AtRisk(ctx, cx.System(), risk.Query{})
	of := map[string]outcome.Estimate{}
	for _, g := range all.Groups {
		if g.By == by && g.Beyond.N > 0 && (g.Clear || !clear) {
			of[g.Key] = scaled(g.Beyond, float64(year)/float64(risk.Lately))
		}
	}
	return of, err
}

// worth tells what a point of score is worth, by the chain from satisfaction to
// revenue.
type worthOfPoints struct{ a *App }

// OfPoint implements cycle.Worth. Nothing is told of a link that is not clear.
func (w worthOfPoints) OfPoint(ctx context.Context) (outcome.Estimate, error) {
	c, err := w.a.Chain.Chain(ctx, cx.System(), chain.Query{})
	if err != nil || !c.Told() || c.Reach == 0 {
		return outcome.Estimate{}, err
	}
	return scaled(c.Whole.Worth, 1/float64(c.Reach)), nil
}

// asked is how scores are told: in the unit that the chain to revenue has.
func (a *App) asked(ctx context.Context) (reason.Query, error) {
	c, err := a.Chain.Chain(ctx, cx.System(), chain.Query{})
	if err == nil && c.Metric == outcome.CSAT {
		return reason.Query{Metric: reason.CSAT}, nil
	}
	return reason.Query{}, err
}

// drivers finds the reasons that lower the score. Who lives one scores lower by Each,
// all else alike: as much is taken for what they could gain. How many live it is
// the share of the answers, of the customers who were there. Where it goes with
// leaving too, the money is what leaves beyond others like them.
type drivers struct{ a *App }

func (drivers) Source() cycle.Source { return cycle.FromDriver }

func (f drivers) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	query, err := f.a.asked(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := f.a.Reasons.Reasons(ctx, cx.System(), query)
	if err != nil {
		return nil, err
	}
	money, err := f.a.atRisk(ctx, risk.Reason, true)
	if err != nil {
		return nil, err
	}
	touched, err := f.a.touched(ctx)
	if err != nil {
		return nil, err
	}
	m := f.a.Models.Current().Model
	for _, r := range answer.Reasons {
		if r.Good || len(found) == mostFound {
			continue
		}
		d, err := f.a.Reasons.Reason(ctx, cx.System(), query, r.ID)
		if err != nil {
			return nil, err
		}
		p := cycle.Proposal{
			Key: "reason:" + r.ID, Memory: less(r.Each), Money: money[r.ID], Title: filled("Menos «%s»", "Less “%s”", "Menos «%s»", r.Name),
			About:     cycle.About{Reason: r.ID, Touchpoint: r.Touchpoint, Area: r.Owner},
			Customers: int(r.Share.Value*float64(touched[""]) + .5),
			Evidence: cycle.Evidence{
				Words: seqsOf(d.Quotes, d.Extreme),
				Links: []cycle.Link{{Kind: string(cycle.FromDriver), Ref: r.ID, Name: r.Name, Href: "/reasons/of/" + url.PathEscape(r.ID)}},
			},
		}
		if t, ok := m.Touchpoint(r.Touchpoint); ok {
			p.Title = filled("Menos «%s» en «%s»", "Less “%s” at “%s”", "Menos «%s» em «%s»", r.Name, t.Name)
			p.Customers = int(r.Among.Value*float64(touched[r.Touchpoint]) + .5)
		}
		if r.Kind == reason.Topic {
			p.Title = filled("Que «%s» deje de molestar", "Stop “%s” from annoying", "Que «%s» deixe de incomodar", r.Name)
		}
		for _, b := range d.Facts {
			if b.Customer != "" {
				p.Evidence.Customers = append(p.Evidence.Customers, b.Customer)
			}
		}
		found = append(found, p)
	}
	return found, nil
}

// journeyPains finds where a journey clearly hurts, the worst of each touchpoint, for
// as many runs as in the last four weeks: what they spent less afterwards than others
// like them, and how much worse they score or felt, where that is clear.
type journeyPains struct{ a *App }

func (journeyPains) Source() cycle.Source { return cycle.FromJourney }

func (f journeyPains) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	for _, j := range f.a.Models.Current().Model.Journeys {
		hurts, err := f.a.Journeys.Findings(ctx, cx.System(), j.Slug, journey.FindingsQuery{Limit: mostFound})
		switch kind := cx.KindOf(err); {
		case err != nil && (kind == cx.NotFound || kind == cx.TooLarge):
			continue
		case err != nil:
			return nil, err
		}
		seen := map[string]bool{}
		for _, h := range hurts {
			if where := cmp.Or(h.Touchpoint, h.ID); h.Clear && h.Lately > 0 && !seen[where] {
				seen[where] = true
				found = append(found, f.pain(j, h, where))
			}
		}
	}
	return found, nil
}

func (f journeyPains) pain(j model.Journey, h journey.Finding, where string) cycle.Proposal {
	runs := float64(h.Lately) * float64(year) / float64(28*24*time.Hour)
	p := cycle.Proposal{
		Key: "journey:" + j.Slug + ":" + where, Customers: int(runs + .5),
		Title: filled("Mejorar «%s» en el viaje «%s»", "Improve “%s” in the journey “%s”", "Melhorar «%s» na jornada «%s»", h.Name, j.Name),
		About: cycle.About{Journey: j.Slug, Touchpoint: h.Touchpoint, Area: h.Area},
		Evidence: cycle.Evidence{Links: []cycle.Link{{
			Kind: string(cycle.FromJourney), Ref: h.ID, Name: h.Name, Href: "/journeys/" + j.Slug + "#hurts",
		}}},
	}
	lost := func(c journey.Cost, k float64) outcome.Estimate {
		return scaled(outcome.Estimate{Value: -c.Delta, Low: -c.High, High: -c.Low, N: c.With}, k)
	}
	if h.Spent.Clear {
		p.Money = lost(h.Spent, runs*f.a.margin())
	}
	const points = 25 // of 100, one of −2..+2
	switch {
	case h.Score.Clear:
		p.Memory = lost(h.Score, points)
	case h.Felt.Clear:
		p.Memory = lost(h.Felt, points)
	}
	return p
}

// burning finds the promises that burn, or have no margin of breaks left, and the
// money that leaves beyond others like those to whom they were broken.
type burning struct{ a *App }

func (burning) Source() cycle.Source { return cycle.FromPromise }

func (f burning) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	all, err := f.a.Promises.Promises(ctx, cx.System(), promise.Query{})
	if err != nil {
		return nil, err
	}
	money, err := f.a.atRisk(ctx, risk.Promise, false)
	if err != nil {
		return nil, err
	}
	for _, st := range all {
		if st.Broken == 0 || !st.Burning && !(st.Budget.Left < 0) {
			continue
		}
		pr := st.Promise
		broken, err := f.a.Promises.Instances(ctx, cx.System(), pr.Slug, promise.Filter{States: []promise.State{promise.Broken}, Window: st.Window, Limit: promise.MaxPage})
		if err != nil {
			return nil, err
		}
		p := cycle.Proposal{
			Key: "promise:" + pr.Slug, Title: filled("Volver a cumplir «%s»", "Keep “%s” again", "Voltar a cumprir «%s»", pr.Name), Money: money[pr.Slug],
			About:     cycle.About{Promise: pr.Slug, Touchpoint: pr.Touchpoint, Area: pr.Area},
			Customers: int(float64(st.Broken)*float64(year)/float64(st.Window.To.Sub(st.Window.From)) + .5),
			Evidence:  cycle.Evidence{Links: []cycle.Link{{Kind: string(cycle.FromPromise), Ref: pr.Slug, Name: pr.Name, Href: "/promises/of/" + pr.Slug}}},
		}
		for _, i := range broken.Instances {
			if i.Customer != "" {
				p.Evidence.Customers = append(p.Evidence.Customers, i.Customer)
			}
		}
		found = append(found, p)
	}
	return found, nil
}

// contradicting finds the policies and goals that contradict promises and that
// nobody decided about: what those hit spent less than others like them.
type contradicting struct{ a *App }

func (contradicting) Source() cycle.Source { return cycle.FromPolicy }

func (f contradicting) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	answer, err := f.a.Policies.Conflicts(ctx, cx.System(), policy.Query{})
	if err != nil {
		return nil, err
	}
	m := f.a.Models.Current().Model
	for _, c := range answer.Conflicts {
		if !c.Open() || c.Lived == nil || c.Lived.Customers == 0 {
			continue
		}
		about := cycle.About{Area: c.Area}
		var names []model.Text
		for _, subject := range []string{c.Subject(), c.With} {
			kind, slug, _ := strings.Cut(subject, ".")
			switch kind {
			case "policy":
				of, _ := m.Policy(slug)
				names = append(names, of.Name)
				about.Policy = slug
			case "goal":
				of, _ := m.Goal(slug)
				names = append(names, of.Name)
			case "promise":
				of, _ := m.Promise(slug)
				names = append(names, of.Name)
				about.Promise, about.Touchpoint = slug, of.Touchpoint
			}
		}
		if len(names) != 2 {
			continue
		}
		p := cycle.Proposal{
			Key: "conflict:" + c.ID, Title: filled("Que «%s» no contradiga «%s»", "Stop “%s” from contradicting “%s”", "Que «%s» não contradiga «%s»", names...),
			About: about, Customers: c.Lived.Customers, Effort: cycle.Small,
			Evidence: cycle.Evidence{Links: []cycle.Link{{Kind: string(cycle.FromPolicy), Ref: c.ID, Name: names[0], Href: "/contradictions/of/" + url.PathEscape(c.ID)}}},
		}
		if money := c.Lived.Money; money != nil {
			p.Money = scaled(less(outcome.Estimate{Value: money.Value, Low: money.Low, High: money.High, N: money.N}), f.a.margin())
		}
		for _, e := range c.Lived.Examples {
			p.Evidence.Customers, p.Evidence.Words = append(p.Evidence.Customers, e.Customer), append(p.Evidence.Words, e.Event)
		}
		found = append(found, p)
	}
	return found, nil
}

// causes finds what the cases of the last year have in common: the outer loop.
type causes struct{ a *App }

func (causes) Source() cycle.Source { return cycle.FromCases }

func (f causes) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	opened := cx.Window{From: f.a.clock.Now().Add(-year)}
	figures, err := f.a.Cases.Figures(ctx, cx.System(), cases.Query{Opened: opened}, "cause")
	if err != nil {
		return nil, err
	}
	for _, of := range figures.By {
		if of.Key == "" || of.Opened < leastOfCause || len(found) == mostFound {
			continue
		}
		list, err := f.a.Cases.List(ctx, cx.System(), cases.Query{Cause: of.Key, Opened: opened, State: cases.AnyState, Sort: cases.ByNewest, Limit: mostOfCause})
		if err != nil {
			return nil, err
		}
		cause, about := f.cause(of.Key)
		p := cycle.Proposal{
			Key: keyOf(about, of.Key), Title: filled("Acabar con lo que trae casos: «%s»", "Put an end to what brings cases: “%s”", "Acabar com o que traz casos: «%s»", cause), About: about,
			Evidence: cycle.Evidence{Links: []cycle.Link{{Kind: string(cycle.FromCases), Ref: of.Key, Name: cause, Href: "/cases?state=any&cause=" + url.QueryEscape(of.Key)}}},
		}
		areas := map[string]int{}
		seen := map[cx.CustomerID]bool{}
		for i := range list.Cases {
			c := &list.Cases[i]
			areas[c.Area]++
			if areas[c.Area] > areas[p.Area] {
				p.Area = c.Area
			}
			if c.Touchpoint != "" && p.Touchpoint == "" {
				p.Touchpoint = c.Touchpoint
			}
			if c.Customer != "" && !seen[c.Customer] {
				seen[c.Customer] = true
				p.Evidence.Customers = append(p.Evidence.Customers, c.Customer)
			}
		}
		p.Customers = max(len(seen), of.Opened)
		found = append(found, p)
	}
	return found, nil
}

// cause is what a cause is called and is about: "promise.SLUG", "policy.SLUG",
// "topic.SLUG", else words.
func (f causes) cause(key string) (name model.Text, about cycle.About) {
	m := f.a.Models.Current().Model
	name, about = model.Text{ES: key, EN: key, PT: key}, cycle.About{Cause: key}
	kind, slug, _ := strings.Cut(key, ".")
	switch kind {
	case "promise":
		if p, ok := m.Promise(slug); ok {
			name, about.Promise, about.Touchpoint = p.Name, slug, p.Touchpoint
		}
	case "policy":
		if p, ok := m.Policy(slug); ok {
			name, about.Policy = p.Name, slug
		}
	case "topic":
		if t, ok := m.Topic(slug); ok {
			name, about.Topic = t.Name, slug
		}
	}
	return name, about
}

// keyOf names the matter of a cause: a promise's is that of the promise.
func keyOf(about cycle.About, cause string) string {
	if about.Promise != "" {
		return "promise:" + about.Promise
	}
	return "cause:" + cause
}

// ideas finds what the team proposes and nobody has declined, planned or done.
type ideas struct{ a *App }

func (ideas) Source() cycle.Source { return cycle.FromIdea }

func (f ideas) Find(ctx context.Context) (found []cycle.Proposal, err error) {
	said, err := f.a.Team.Overview(ctx, cx.System())
	if err != nil {
		return nil, err
	}
	m := f.a.Models.Current().Model
	for _, idea := range said.Ideas {
		if idea.State != team.New && idea.State != team.Seen {
			continue
		}
		words := model.Text{ES: idea.Words, EN: idea.Words, PT: idea.Words}
		title := words
		if line, cut := clipped(idea.Words, 120); cut {
			title = model.Text{ES: line, EN: line, PT: line}
		}
		t, _ := m.Touchpoint(idea.Touchpoint)
		found = append(found, cycle.Proposal{
			Key: "idea:" + idea.ID, Title: title, Text: words, About: cycle.About{Touchpoint: idea.Touchpoint, Area: t.Area},
			Evidence: cycle.Evidence{Links: []cycle.Link{{Kind: string(cycle.FromIdea), Ref: idea.ID, Name: t.Name, Href: "/team"}}},
		})
	}
	return found, nil
}

// clipped is the first line of a text, cut after so many characters; cut tells
// whether anything is missing.
func clipped(text string, most int) (line string, cut bool) {
	line, rest, _ := strings.Cut(text, "\n")
	if runes := []rune(line); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…", true
	}
	return line, rest != ""
}
