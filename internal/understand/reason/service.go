package reason

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Models is where names and whys come from, and takes whys that people declare.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// Voices tells what customers say. voice.Service does.
type Voices interface {
	Position(ctx context.Context) (cx.Seq, error)
	Tell(ctx context.Context, p cx.Principal, f voice.Filter, fn func(*voice.Text) error) error
	Quotes(ctx context.Context, p cx.Principal, q voice.QuoteQuery) (voice.Quotes, error)
}

// Segments tells who is in a segment. segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
}

// Memory tells who customers are. remember.Memory does.
type Memory interface {
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Config wires a Service.
type Config struct {
	Facts    history.Teller
	Models   Models
	Voices   Voices
	Segments Segments
	Memory   Memory
	Clock    cx.Clock
}

// Service answers why customers score as they do. It is safe for concurrent use,
// and does nothing while nobody asks. What it keeps is derived, and holds only
// numbers of customers.
//
// A study that was made is told again for a while (history.Kept); another model
// ends it at once.
type Service struct {
	c    Config
	kept *history.Kept[*study]
}

// mostStudies is how many studies are kept.
const mostStudies = 6

// New returns a service.
func New(c Config) *Service {
	return &Service{c: c, kept: history.NewKept[*study](c.Facts, c.Clock, mostStudies)}
}

// Reasons answers the query. It needs the right scores.view; of who is limited to
// areas, all is of what was answered and lived there. The error is cx.Invalid for a
// metric or a dimension that is none.
func (s *Service) Reasons(ctx context.Context, p cx.Principal, q Query) (Answer, error) {
	const op = "reason.Reasons"
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Answer{}, cx.Wrap(op, err)
	}
	out := x.answer()
	for i := range out.Reasons {
		quotes, err := s.quotes(ctx, p, x, out.Reasons[i].ID, 3)
		if err != nil {
			return Answer{}, cx.Wrap(op, err)
		}
		out.Reasons[i].Quotes = quotes.Representative
	}
	return out, nil
}

// Reason tells one reason in detail. The error is cx.NotFound when the query has
// no such reason. Who customers are is told to who may view them.
func (s *Service) Reason(ctx context.Context, p cx.Principal, q Query, id string) (Detail, error) {
	d, err := s.reason(ctx, p, q, id)
	return d, cx.Wrap("reason.Reason", err)
}

// mostBehind is how many answers are told behind a reason.
const mostBehind = 100

func (s *Service) reason(ctx context.Context, p cx.Principal, q Query, id string) (Detail, error) {
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Detail{}, err
	}
	g, clear, ok := x.find(id)
	if !ok {
		return Detail{}, cx.Errorf(cx.NotFound, "", "there is no such reason among these answers: look at the list again, it may not hold any more")
	}
	segments, err := s.segments(ctx, p, x.m)
	if err != nil {
		return Detail{}, err
	}
	out := Detail{Reason: x.reason(g, id), Metric: q.Metric, Clear: clear, Weeks: x.weeks(g), ForWhom: x.whom(g, segments), Facts: x.newest(g, mostBehind)}
	out.Lived, out.Others = x.scores(g)
	out.Proposals = x.proposals(out.Reason, out.ForWhom)
	measure(out.Whys, out.ForWhom)
	quotes, err := s.quotes(ctx, p, x, id, 6)
	if err != nil {
		return Detail{}, err
	}
	out.Quotes, out.Extreme = quotes.Representative, quotes.Extreme
	return out, s.named(ctx, p, out.Facts)
}

// Changed tells which reasons moved the score between two periods. It needs the right
// scores.view. The error is cx.Invalid when the periods overlap.
func (s *Service) Changed(ctx context.Context, p cx.Principal, q ChangedQuery) (Changes, error) {
	const op = "reason.Changed"
	now, before := q.Window, q.Before
	if now == (cx.Window{}) {
		to := s.c.Clock.Now()
		now = cx.Window{From: to.Add(-28 * 24 * time.Hour), To: to}
	}
	if before == (cx.Window{}) {
		before = cx.Window{From: max(1, now.From.Add(-now.To.Sub(now.From))), To: now.From}
	}
	if now.From == 0 || now.To <= now.From || before.From == 0 || before.To <= before.From || before.To > now.From {
		return Changes{}, cx.Errorf(cx.Invalid, op, "give two periods, the one before ending where the one now begins, or earlier")
	}
	q.Window = cx.Window{From: before.From, To: now.To}
	x, err := s.study(ctx, p, q.Query)
	if err != nil {
		return Changes{}, cx.Wrap(op, err)
	}
	return x.changes(now, before), nil
}

// Picture lays the reasons of a query out by importance and performance. It needs the
// right scores.view.
func (s *Service) Picture(ctx context.Context, p cx.Principal, q Query) (Picture, error) {
	x, err := s.study(ctx, p, q)
	if err != nil {
		return Picture{}, cx.Wrap("reason.Picture", err)
	}
	return x.answer().picture(), nil
}

// Validate reports every fault of the query.
func (q Query) Validate() error {
	var faults []cx.Fault
	switch q.Metric {
	case All, NPS, CSAT, CES, Mean:
	default:
		faults = append(faults, cx.Fault{Field: "metric", Message: "is no metric: use nps, csat, ces, mean, or leave it out for all scores"})
	}
	if w := q.Window; w.From != 0 && w.To != 0 && w.To < w.From {
		faults = append(faults, cx.Fault{Field: "window", Message: "ends before it begins"})
	}
	for i, w := range q.Where {
		if !slices.Contains(answerDimensions, w.By) {
			faults = append(faults, cx.Fault{Field: fmt.Sprintf("where[%d]", i), Message: fmt.Sprintf("%q is nothing that reasons can be narrowed by: use touchpoint, stage, channel, medium, area, supplier, place, source, survey, metric or scale", w.By)})
		}
	}
	return cx.InvalidFaults("reason.Query", faults)
}

// study returns what goes with the scores of a query.
func (s *Service) study(ctx context.Context, p cx.Principal, q Query) (*study, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	version := s.c.Models.Current()
	return s.kept.Ask(ctx, p, fmt.Sprintf("%d %+v", version.Number, q), func() (*study, history.Edition, error) {
		gathered, err := s.gather(ctx, p, version.Model, q)
		if err != nil {
			return nil, history.Edition{}, err
		}
		return newStudy(gathered, version.Model, q), gathered.edition, nil
	})
}

// segments returns who of each segment of the model is in it.
func (s *Service) segments(ctx context.Context, p cx.Principal, m *model.Model) (map[string]map[uint32]bool, error) {
	out := map[string]map[uint32]bool{}
	for _, segment := range m.Segments {
		customers, err := s.c.Segments.Customers(ctx, p, segment.Slug)
		if err != nil {
			return nil, err
		}
		members := make(map[uint32]bool, len(customers))
		for _, c := range customers {
			members[uint32(c)] = true
		}
		out[segment.Slug] = members
	}
	return out, nil
}

// quotes returns words of those who lived a reason, that speak of it: among the answers
// of the study, else among those to any survey.
func (s *Service) quotes(ctx context.Context, p cx.Principal, x *study, id string, limit int) (voice.Quotes, error) {
	g, _, _ := x.find(id)
	quotes, err := s.quoted(ctx, p, x, g, limit)
	if err != nil || quotes.N > 0 || x.q.Metric == All && x.q.Survey == "" {
		return quotes, err
	}
	all := x.q
	all.Metric, all.Survey = All, ""
	if x, err = s.study(ctx, p, all); err != nil {
		return voice.Quotes{}, err
	}
	if g, _, ok := x.find(id); ok {
		return s.quoted(ctx, p, x, g, limit)
	}
	return voice.Quotes{}, nil
}

// quoted returns words of the study's answers, or none: wrong words are worse. Of what
// lowers the score they are bad ones, of what raises it good ones.
func (s *Service) quoted(ctx context.Context, p cx.Principal, x *study, g group, limit int) (voice.Quotes, error) {
	seqs, topics := x.spoken(g)
	if len(seqs) == 0 || len(topics) == 0 {
		return voice.Quotes{}, nil
	}
	q := voice.QuoteQuery{Filter: voice.Filter{Seqs: seqs, Where: []voice.Condition{{By: voice.ByTopic, In: topics}}}, Limit: limit}
	if d := x.table.drivers[g.parts[0].driver]; d.kind != "topic" || g.parts[0].value != "" {
		q.Where = append(q.Where, voice.Condition{By: voice.ByPolarity, In: []string{string(x.feeling(g))}})
	}
	return s.c.Voices.Quotes(ctx, p, q)
}

// named says who customers are, to who may know.
func (s *Service) named(ctx context.Context, p cx.Principal, list []Behind) error {
	if account.Check(p, account.ViewCustomers) != nil {
		return nil //nolint:nilerr // who may not know them is told the rest
	}
	nos := make([]cx.CustomerNo, len(list))
	for i, b := range list {
		nos[i] = b.no
	}
	slices.Sort(nos)
	nos = slices.Compact(nos)
	customers, err := s.c.Memory.CustomersByNo(ctx, p, nos)
	if err != nil {
		return err
	}
	for _, c := range customers {
		for i := range list {
			if list[i].no == c.No {
				list[i].Customer, list[i].Name = c.ID, c.Name
			}
		}
	}
	return nil
}

// Detail is one reason with what is behind it.
type Detail struct {
	Reason
	Metric    Metric
	Clear     bool             // it is among the reasons that hold
	Lived     outcome.Estimate // the score of those who lived it
	Others    outcome.Estimate // and of those who could have
	Weeks     []Week           // oldest first, without gaps
	ForWhom   []Whom           // clear ones, the greatest part first
	Facts     []Behind         // the newest first, up to a hundred
	Extreme   []voice.Quote    // the most extreme words of those who lived it
	Proposals []Link           // whys that the data propose
}

// Week is how often a reason was lived in a week, and how those answered.
type Week struct {
	From  cx.Time
	To    cx.Time
	Share outcome.Estimate // of those who could have lived it; N 0: nobody could
}

// Whom is a group in which a reason is lived more often.
type Whom struct {
	By    string // segment, place, supplier, channel, area, weekday
	Value string
	Within
}

// Behind is one answer of somebody who lived a reason.
type Behind struct {
	Answer   cx.Seq   // seq of the answer
	Facts    []cx.Seq // of what was lived
	At       cx.Time
	Survey   string
	Metric   string
	Value    float64
	Customer cx.CustomerID // when who asks may know
	Name     string

	no cx.CustomerNo
}

// ChangedQuery asks what moved the score from one period to another.
type ChangedQuery struct {
	Query            // its window is the later period; zero: the last 28 days
	Before cx.Window // zero: as long, just before
}

// Changes splits the change of a score.
type Changes struct {
	Metric Metric
	Now    cx.Window
	Before cx.Window
	Score  outcome.Estimate
	Was    outcome.Estimate
	Delta  outcome.Estimate
	Moves  []Move // the greatest first
}

// Move is what a reason has of a change: because more or fewer live it (mix), and
// because it weighs more or less with them (rate). Both add up to Points.
type Move struct {
	Reason
	Was    outcome.Estimate // share of the answers of those who lived it, before
	Points outcome.Estimate
	Mix    float64
	Rate   float64
	Clear  bool // among all reasons (Benjamini–Hochberg, 5 %)
}

// Point is a reason in the picture of importance and performance (Martilla & James 1977).
type Point struct {
	ID          string
	Name        model.Text
	Touchpoint  string
	Importance  float64 // 0–100
	Performance float64 // 0–100
	Quadrant    string  // act, keep, watch, relax
	N           int
}

// Picture is importance × performance, with the lines that part the quadrants.
type Picture struct {
	Importance  float64
	Performance float64
	Points      []Point
}
