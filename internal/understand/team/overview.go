package team

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// Overview is what the team says, as it may be shown: the same for everybody,
// but for the customers' scores in Differences, which are of the areas of who
// asks.
type Overview struct {
	Reports     int  // shown, of all kinds
	Waiting     bool // more was said that is not shown yet
	Obstacles   []ObstacleLine
	Ideas       []IdeaLine
	Surveys     []SurveyVoice
	Differences []Difference
}

// ObstacleLine is what keeps the team from serving well at a touchpoint.
type ObstacleLine struct {
	Touchpoint string
	N          int              // reports
	Share      outcome.Estimate // of all reported obstacles; Wilson's interval
	What       []Count          // most first
	Places     []Count          // most first; "" is without a place
	Words      []string         // personal data masked, in an order that tells nothing
	Whys       []string         // slugs of the model's whys that speak of the same
}

// Count is how many reports have a key.
type Count struct {
	Key string
	N   int
}

// mostWords is how many texts of a kind are shown.
const mostWords = 40

// Overview needs team.view.
func (s *Service) Overview(ctx context.Context, p cx.Principal) (Overview, error) {
	const op = "team.Overview"
	if err := account.Check(p, account.ViewTeam); err != nil {
		return Overview{}, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	s.mu.RLock()
	closed := slices.Clone(s.release.closed)
	o := Overview{Ideas: s.shownIdeas(), Waiting: len(s.release.open) > 0}
	s.mu.RUnlock()
	for _, b := range closed {
		o.Reports += len(b.reports)
	}
	o.Obstacles = obstacles(closed, m)
	o.Surveys = surveys(closed, m)
	var err error
	if account.Check(p, account.ViewScores) == nil {
		o.Differences, err = s.differences(ctx, p, closed, m)
	}
	if o.Differences == nil {
		o.Differences = []Difference{}
	}
	return o, cx.Wrap(op, err)
}

// obstacles adds up the obstacles of closed batches by touchpoint, most first.
func obstacles(closed []*batch, m *model.Model) []ObstacleLine {
	by, total := map[string]*ObstacleLine{}, 0
	for _, b := range closed {
		if b.group.Survey != Obstacle {
			continue
		}
		l := by[b.group.Touchpoint]
		if l == nil {
			l = &ObstacleLine{Touchpoint: b.group.Touchpoint, What: []Count{}, Places: []Count{}}
			by[b.group.Touchpoint] = l
		}
		for _, r := range b.reports {
			l.N++
			total++
			l.What = counted(l.What, r.choice("what"))
			l.Places = counted(l.Places, b.group.Place)
			if words := masked(r.textsOf("words")); words != "" {
				l.Words = append(l.Words, words)
			}
		}
	}
	out := make([]ObstacleLine, 0, len(by))
	for _, l := range by {
		l.Share = shareOf(l.N, total)
		l.Words = shuffled(l.Words)
		sortCounts(l.What)
		sortCounts(l.Places)
		l.Whys = whys(l, m)
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b ObstacleLine) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Touchpoint, b.Touchpoint))
	})
	return out
}

// whys are those that the model declares of the same touchpoint's owner and of
// the kind that most of the team names: candidates for "and why?".
func whys(l *ObstacleLine, m *model.Model) []string {
	out := []string{}
	t, ok := m.Touchpoint(l.Touchpoint)
	if !ok || len(l.What) == 0 {
		return out
	}
	kinds := map[string][]string{
		Tool: {model.WhyTool}, Policy: {model.WhyPolicy}, Stock: {model.WhySupplier, model.WhyCircumstance},
		Roster: {model.WhyPolicy, model.WhyGoal, model.WhyTool}, Training: {model.WhyTool, model.WhyGoal},
	}
	for _, w := range m.Whys {
		if w.Area == t.Area && slices.Contains(kinds[l.What[0].Key], w.Kind) {
			out = append(out, w.Slug)
		}
	}
	return out
}

func counted(all []Count, key string) []Count {
	if i := slices.IndexFunc(all, func(c Count) bool { return c.Key == key }); i >= 0 {
		all[i].N++
		return all
	}
	return append(all, Count{key, 1})
}

func sortCounts(all []Count) {
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
}

func masked(words string) string { return text.Mask(words, "es", text.Known{}) }

// shuffled orders texts by a hash, so that their order tells nothing, and keeps
// the first.
func shuffled(texts []string) []string {
	slices.SortFunc(texts, func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return slices.Compare(x[:], y[:])
	})
	texts = slices.Compact(texts)
	if len(texts) > mostWords {
		texts = texts[:mostWords]
	}
	return append([]string{}, texts...)
}

func shareOf(k, n int) outcome.Estimate {
	if n == 0 {
		return outcome.Estimate{}
	}
	i := stats.Wilson(k, n)
	return outcome.Estimate{Value: float64(k) / float64(n), Low: i.Low, High: i.High, N: n}
}
