package api

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// voiceFilter reads of which texts an answer is to be: every dimension is a
// parameter that may be given several times.
func (q *request) voiceFilter() voice.Filter {
	f := voice.Filter{Window: q.window(), Words: q.text("words"), Segment: q.text("segment"), Customer: cx.CustomerID(q.text("customer"))}
	for _, d := range voice.Dimensions() {
		if in := q.texts(string(d)); in != nil {
			f.Where = append(f.Where, voice.Condition{By: d, In: in})
		}
	}
	return f
}

// voiceScore shapes the score that came with a text; null when none did.
func voiceScore(s *voice.Score) any {
	if s == nil {
		return nil
	}
	return members{{"metric", s.Metric}, {"scale", word(s.Scale)}, {"value", s.Value}, {"band", word(s.Band())}}
}

// voiceText shapes a text.
func voiceText(l voice.Line) members {
	var customer any
	if l.CustomerID != "" {
		customer = members{{"id", l.CustomerID}, {"name", word(l.CustomerName)}}
	}
	return members{
		{"id", l.Ref.String()},
		{"kind", l.Kind},
		{"at", instant(l.At)},
		{"customer", customer},
		{"source", word(l.Source)},
		{"name", word(l.Name)},
		{"question", word(l.Question)},
		{"words", l.Words},
		{"score", voiceScore(l.Score)},
		{"language", word(l.Language)},
		{"polarity", l.Polarity},
		{"sentiment", l.Sentiment},
		{"emotion", l.Emotion},
		{"topics", plain(l.Topics)},
		{"corrected", l.Corrected},
		{"elsewhere", l.Elsewhere},
		{"touchpoint", word(l.Touchpoint)},
		{"stage", word(l.Stage)},
		{"channel", word(l.Channel)},
		{"medium", word(l.Medium)},
		{"area", word(l.Area)},
		{"supplier", word(l.Supplier)},
		{"place", word(l.Place)},
	}
}

func (s *server) searchVoice(q *request) (any, error) {
	query := voice.Query{Filter: q.voiceFilter(), Cursor: q.text("cursor"), Limit: q.limit()}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	if asTable {
		return s.voiceTable(q, query)
	}
	found, err := s.Voice.Search(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return pageOf(found.Lines, found.Next, voiceText), nil
}

// voiceTable answers with all texts of a query, from its cursor on.
func (s *server) voiceTable(q *request, query voice.Query) (any, error) {
	if err := account.Check(q.principal, account.ExportCustomers); err != nil {
		return nil, err
	}
	s.record(q, "exported", "voice")
	all, err := s.Voice.Count(q.Context(), q.principal, query.Filter)
	if err != nil {
		return nil, err
	}
	query.Limit = voice.MaxPage
	ended := false
	next := func() ([]members, error) {
		if ended {
			return nil, nil
		}
		found, err := s.Voice.Search(q.Context(), q.principal, query)
		query.Cursor, ended = found.Next, found.Next == ""
		return each(found.Lines, voiceText), err
	}
	first, err := next()
	if err != nil {
		return nil, err
	}
	like := voiceText(voice.Line{Text: voice.Text{At: 1, Score: &voice.Score{}}, CustomerID: "c"})
	return streamed{name: "voice", total: all.N, like: like, page: first, next: next}, nil
}

func keyCount(k voice.KeyCount) members {
	return members{{"key", word(k.Key)}, {"n", k.N}, {"negative", k.Negative}, {"positive", k.Positive}, {"sentiment", figure(k.Sentiment, k.N > 0)}}
}

func (s *server) voiceFacets(q *request) (any, error) {
	f := q.voiceFilter()
	var by []voice.Dimension
	for _, d := range q.texts("by") {
		by = append(by, voice.Dimension(d))
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	if by == nil {
		by = []voice.Dimension{voice.ByTouchpoint, voice.ByPolarity, voice.ByEmotion, voice.ByTopic, voice.ByLanguage, voice.ByBand}
	}
	c, err := s.Voice.Count(q.Context(), q.principal, f, by...)
	if err != nil {
		return nil, err
	}
	return members{
		{"n", c.N},
		{"negative", c.Negative},
		{"positive", c.Positive},
		{"sentiment", figure(c.Sentiment, c.N > 0)},
		{"facets", each(c.Facets, func(f voice.Facet) members { return members{{"by", f.By}, {"keys", each(f.Keys, keyCount)}} })},
	}, nil
}

func (s *server) voiceWords(q *request) (any, error) {
	query := voice.WordsQuery{Filter: q.voiceFilter(), Limit: min(q.limit(), 200)}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	w, err := s.Voice.Words(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	items := plain(w.Words).([]any)
	if asTable {
		return table{"words", items}, nil
	}
	return members{{"n", w.N}, {"of", w.Of}, {"items", items}}, nil
}

// voiceQuote shapes a quote.
func voiceQuote(q voice.Quote) members {
	return members{
		{"id", q.Ref.String()}, {"at", instant(q.At)}, {"words", q.Words}, {"language", word(q.Language)}, {"sentiment", q.Sentiment}, {"score", voiceScore(q.Score)}, {"like", q.Like},
	}
}

func (s *server) voiceQuotes(q *request) (any, error) {
	query := voice.QuoteQuery{Filter: q.voiceFilter(), Limit: min(q.limit(), 20)}
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Voice.Quotes(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return members{{"n", found.N}, {"representative", each(found.Representative, voiceQuote)}, {"extreme", each(found.Extreme, voiceQuote)}}, nil
}

func (s *server) voiceTopics(q *request) (any, error) {
	f := q.voiceFilter()
	if err := q.finish(); err != nil {
		return nil, err
	}
	t, err := s.Voice.Taxonomy(q.Context(), q.principal, f)
	if err != nil {
		return nil, err
	}
	return members{
		{"n", t.N},
		{"items", each(t.Topics, func(c voice.TopicCount) members {
			return append(members{
				{"slug", c.Topic.Slug}, {"name", plain(c.Topic.Name)}, {"parent", word(c.Topic.Parent)}, {"area", word(c.Topic.Area)}, {"declared", c.Declared},
			}, keyCount(c.KeyCount).without("key")...)
		})},
		{"not_understood", keyCount(t.NotUnderstood).without("key")},
		{"candidates", each(t.Candidates, func(c voice.Candidate) members {
			return members{{"words", plain(c.Words)}, {"name", word(c.Name)}, {"n", c.N}, {"examples", each(c.Examples, voiceQuote)}}
		})},
		{"looked_at", t.LookedAt},
	}, nil
}

// topicBody is a topic as it is sent.
type topicBody struct {
	Name     *modelText          `json:"name,omitempty"`
	Parent   string              `json:"parent,omitempty"`
	Area     string              `json:"area,omitempty"`
	Examples map[string][]string `json:"examples,omitempty"`
}

func (b topicBody) topic(slug string) model.Topic {
	t := model.Topic{Slug: slug, Parent: b.Parent, Area: b.Area, Examples: model.Phrases{ES: b.Examples["es"], EN: b.Examples["en"], PT: b.Examples["pt"]}}
	if b.Name != nil {
		t.Name = model.Text{ES: b.Name.ES, EN: b.Name.EN, PT: b.Name.PT}
	}
	return t
}

func (s *server) setTopic(q *request) (any, error) {
	var in topicBody
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Voice.SetTopic(q.Context(), q.principal, in.topic(q.PathValue("slug")))
}

func (s *server) mergeTopics(q *request) (any, error) {
	var in struct {
		From string `json:"from"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Voice.MergeTopics(q.Context(), q.principal, q.PathValue("slug"), in.From)
}

func (s *server) splitTopic(q *request) (any, error) {
	var in struct {
		Slug string `json:"slug"`
		topicBody
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return nil, s.Voice.SplitTopic(q.Context(), q.principal, q.PathValue("slug"), in.topic(in.Slug))
}

func (s *server) correctLabel(q *request) (any, error) {
	var in voice.Label
	if err := q.body(&in); err != nil {
		return nil, err
	}
	ref, err := voice.ParseRef(q.PathValue("id"))
	if err != nil {
		return nil, cx.Errorf(cx.NotFound, "api.correctLabel", "there is no such text")
	}
	return nil, s.Voice.Correct(q.Context(), q.principal, ref, in)
}

// readerVersion shapes a version of the text model.
func readerVersion(r voice.Reader) members {
	return members{
		{"version", r.Number},
		{"hash", r.Hash},
		{"trained_at", instant(r.TrainedAt)},
		{"pairs", r.Pairs},
		{"labels", r.Labels},
		{"applied", r.Seq > 0},
		{"quality", r.Quality},
	}
}

func (s *server) voiceQuality(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return s.standing(q)
}

func (s *server) standing(q *request) (any, error) {
	v, err := s.Voice.Quality(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return members{
		{"in_force", readerVersion(v.Reader)},
		{"versions", each(v.Versions, readerVersion)},
		{"texts", v.Texts},
		{"unread", v.Unread},
		{"pairs", v.Pairs},
		{"labels", v.Labels},
		{"due", word(v.Due)},
		{"learning", v.Learning},
		{"elsewhere", elsewhere(v.Elsewhere)},
	}, nil
}

// elsewhere shapes what is asked of a language model elsewhere; null when none is.
func elsewhere(c *voice.Consulted) any {
	if c == nil {
		return nil
	}
	return members{
		{"model", c.Model},
		{"label", c.Label},
		{"name", c.Name},
		{"per_day", c.PerDay},
		{"today", c.Today},
		{"labelled", c.Labelled},
		{"audit", plain(c.Audit)},
		{"audited_at", instant(c.AuditedAt)},
		{"trusted", c.Trusted},
	}
}

func (s *server) trainVoice(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	if err := s.Voice.TrainSoon(q.principal); err != nil {
		return nil, err
	}
	s.record(q, "trained", "voice")
	told, err := s.standing(q)
	return reply{http.StatusAccepted, "", told}, err
}
