package voice

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// Taxonomy is what texts are about.
type Taxonomy struct {
	N             int64 // texts that the filter lets through
	Topics        []TopicCount
	NotUnderstood KeyCount // of no topic yet; never left out
	Candidates    []Candidate
	LookedAt      int // of the texts not understood, the newest, candidates are sought in
}

// TopicCount is a topic of the model with its texts, in the model's order. A
// topic that the text model reads and the model does not declare comes after
// them, without a name. A text may be of several topics.
type TopicCount struct {
	Topic    model.Topic
	Declared bool
	KeyCount
}

// Candidate is a topic that texts not understood yet seem to be about: for a
// person to name, or to drop.
type Candidate struct {
	Words    []string // that tell it from the rest
	Name     string   // what a language model elsewhere would call it; "" when none was asked
	N        int      // of the texts looked at
	Examples []Quote  // its most typical texts
}

const (
	// candidatesOf is in how many of the newest texts not understood candidates
	// are sought, and mostCandidates how many are proposed.
	candidatesOf   = 2_000
	mostCandidates = 8
	// candidateTexts is how many examples a candidate has.
	candidateTexts = 4
)

// proposals keeps the candidates proposed last: finding them takes seconds.
type proposals struct {
	mu    sync.Mutex
	of    versions
	first Ref // of the texts looked at, the newest …
	n     int // … and how many
	told  []Candidate
}

// Taxonomy counts the texts of a filter by topic, and proposes topics for those
// of all texts that no topic is known of. It needs scores.view; candidates are
// proposed only to who is not limited to areas.
func (s *Service) Taxonomy(ctx context.Context, p cx.Principal, f Filter) (Taxonomy, error) {
	const op = "voice.Taxonomy"
	counts, err := s.Count(ctx, p, f, ByTopic)
	if err != nil {
		return Taxonomy{}, cx.Wrap(op, err)
	}
	out := Taxonomy{N: counts.N}
	byTopic := map[string]KeyCount{}
	for _, facet := range counts.Facets {
		for _, k := range facet.Keys {
			byTopic[k.Key] = k
		}
	}
	out.NotUnderstood = byTopic[""]
	delete(byTopic, "")
	for _, t := range s.c.Models.Current().Model.Topics {
		k := byTopic[t.Slug]
		k.Key = t.Slug
		delete(byTopic, t.Slug)
		out.Topics = append(out.Topics, TopicCount{t, true, k})
	}
	rest := len(out.Topics)
	for slug, k := range byTopic {
		out.Topics = append(out.Topics, TopicCount{Topic: model.Topic{Slug: slug}, KeyCount: k})
	}
	slices.SortFunc(out.Topics[rest:], func(a, b TopicCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Key, b.Key)) })
	if p.Areas == nil {
		out.Candidates, out.LookedAt, err = s.candidates(ctx)
		out.Candidates = s.names.on(out.Candidates)
	}
	return out, cx.Wrap(op, err)
}

// candidates proposes topics.
func (s *Service) candidates(ctx context.Context) ([]Candidate, int, error) {
	texts, _, err := s.sample(ctx, cx.System(), Filter{Where: []Condition{{ByTopic, []string{""}}}}, candidatesOf)
	if err != nil || len(texts) == 0 {
		return nil, 0, err
	}
	k := &s.proposals
	k.mu.Lock()
	defer k.mu.Unlock()
	// A twentieth more texts make no other topics.
	if k.of == s.now() && len(texts)-k.n <= len(texts)/20 && len(texts) >= k.n && (len(texts) < candidatesOf || k.first == texts[0].Ref) {
		return k.told, k.n, nil
	}
	words := make([]string, len(texts))
	for i := range texts {
		words[i] = texts[i].Words
	}
	var out []Candidate
	for _, c := range text.Propose(words, mostCandidates) {
		one := Candidate{Words: c.Words, N: c.N}
		var typical []saying
		for _, i := range c.Examples[:min(candidateTexts, len(c.Examples))] {
			typical = append(typical, saying{Text: &texts[i], like: 1})
		}
		if one.Examples, err = s.quoted(ctx, typical); err != nil {
			return nil, 0, err
		}
		out = append(out, one)
	}
	k.of, k.first, k.n, k.told = s.now(), texts[0].Ref, len(texts), out
	return out, len(texts), nil
}

// topicSlugs are the topics that a person may say a text is about.
func (s *Service) topicSlugs() []string {
	topics := s.c.Models.Current().Model.Topics
	if len(topics) == 0 {
		return s.readers.Current().Model.Topics()
	}
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = t.Slug
	}
	return out
}

// SetTopic declares a topic, or says otherwise of one: its name, what it is a
// part of, who answers for it, and examples of it, which are added to those it
// has. Like every edit of topics it applies the model as its next version, with
// all other lines as they were, and needs model.apply. The error is Invalid with
// the model's faults.
func (s *Service) SetTopic(ctx context.Context, p cx.Principal, t model.Topic) error {
	return cx.Wrap("voice.SetTopic", s.editTopics(ctx, p, func(e *topicsEdit) error {
		was, _ := e.model.Topic(t.Slug)
		t.Examples = join(was.Examples, t.Examples)
		return e.set(t)
	}))
}

// MergeTopics makes one topic part of another: its examples are the other's, its
// parts and its whys too, and what people said was of it is of the other. The
// error is NotFound when there is no such topic.
func (s *Service) MergeTopics(ctx context.Context, p cx.Principal, into, from string) error {
	const op = "voice.MergeTopics"
	if into == from {
		return cx.Errorf(cx.Invalid, op, "give two topics")
	}
	err := s.editTopics(ctx, p, func(e *topicsEdit) error {
		one, other, err := e.two(into, from)
		if err != nil {
			return err
		}
		one.Examples = join(one.Examples, other.Examples)
		if one.Parent == from {
			one.Parent = other.Parent
		}
		if err := e.set(one); err != nil {
			return err
		}
		for _, t := range e.model.Topics {
			if t.Parent == from && t.Slug != into {
				t.Parent = into
				if err := e.set(t); err != nil {
					return err
				}
			}
		}
		if err := e.rename("whys", "of", from, into); err != nil {
			return err
		}
		e.yaml, err = model.RemoveItem(e.yaml, "topics", model.IndexOf(e.yaml, "topics", from))
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	labels, err := s.labels(ctx)
	if err != nil {
		return cx.Wrap(op, err)
	}
	var events []cx.Event
	for ref, l := range labels {
		if l.Topics == nil || !slices.Contains(*l.Topics, from) {
			continue
		}
		var topics []string
		for _, t := range *l.Topics {
			if t == from {
				t = into
			}
			if !slices.Contains(topics, t) {
				topics = append(topics, t)
			}
		}
		e, err := s.decision(correctedEvent, corrected{ref.String(), Label{Topics: &topics}, p.ID})
		if err != nil {
			return cx.Wrap(op, err)
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil
	}
	first, err := s.c.Log.Append(ctx, events)
	if err == nil {
		err = s.WaitFor(ctx, first+cx.Seq(len(events))-1)
	}
	return cx.Wrap(op, err)
}

// SplitTopic takes examples out of a topic to make another of them, with the
// same parent and area unless it says otherwise. The error is NotFound when
// there is no topic from.
func (s *Service) SplitTopic(ctx context.Context, p cx.Principal, from string, t model.Topic) error {
	return cx.Wrap("voice.SplitTopic", s.editTopics(ctx, p, func(e *topicsEdit) error {
		was, ok := e.model.Topic(from)
		if _, taken := e.model.Topic(t.Slug); !ok || taken {
			return cx.Errorf(cx.NotFound, "", "split a topic that there is into one that there is not yet")
		}
		t.Parent, t.Area = cmp.Or(t.Parent, was.Parent), cmp.Or(t.Area, was.Area)
		was.Examples = without(was.Examples, t.Examples)
		if err := e.set(was); err != nil {
			return err
		}
		return e.set(t)
	}))
}

// topicsEdit is an edit of the topics of a model.
type topicsEdit struct {
	model *model.Model
	yaml  []byte
}

func (s *Service) editTopics(ctx context.Context, p cx.Principal, change func(*topicsEdit) error) error {
	if err := account.Check(p, account.ApplyModel); err != nil {
		return err
	}
	now := s.c.Models.Current()
	e := topicsEdit{now.Model, now.YAML}
	if err := change(&e); err != nil {
		return err
	}
	_, err := s.c.Models.Apply(ctx, p, e.yaml, "topics")
	return err
}

func (e *topicsEdit) two(a, b string) (one, other model.Topic, err error) {
	one, ok := e.model.Topic(a)
	other, also := e.model.Topic(b)
	if !ok || !also {
		err = cx.Errorf(cx.NotFound, "", "there is no such topic")
	}
	return one, other, err
}

func (e *topicsEdit) set(t model.Topic) (err error) {
	at := model.IndexOf(e.yaml, "topics", t.Slug)
	if at < 0 {
		d, err := model.Read(e.yaml)
		if err != nil {
			return err
		}
		at = len(d.Items("topics"))
	}
	optional := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	examples := model.Part{}
	for _, language := range []string{"es", "en", "pt"} {
		if all := t.Examples.Of(language); len(all) > 0 {
			examples = append(examples, model.Field{Key: language, Value: all})
		}
	}
	fields := model.Part{{Key: "slug", Value: t.Slug}, {Key: "name", Value: t.Name}, {Key: "parent", Value: optional(t.Parent)}, {Key: "area", Value: optional(t.Area)}}
	if len(examples) > 0 {
		fields = append(fields, model.Field{Key: "examples", Value: examples})
	} else {
		fields = append(fields, model.Field{Key: "examples"})
	}
	e.yaml, err = model.SetItem(e.yaml, "topics", at, fields)
	return err
}

// rename gives the items of a section another value of a key.
func (e *topicsEdit) rename(section, key, from, to string) error {
	d, err := model.Read(e.yaml)
	if err != nil {
		return err
	}
	for i, item := range d.Items(section) {
		if item.Get(key) == from {
			if e.yaml, err = model.SetItem(e.yaml, section, i, model.Part{{Key: key, Value: to}}); err != nil {
				return err
			}
		}
	}
	return nil
}

func join(a, b model.Phrases) model.Phrases {
	both := func(a, b []string) []string {
		out := slices.Clone(a)
		for _, s := range b {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
		return out
	}
	return model.Phrases{ES: both(a.ES, b.ES), EN: both(a.EN, b.EN), PT: both(a.PT, b.PT)}
}

func without(a, b model.Phrases) model.Phrases {
	less := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
	}
	return model.Phrases{ES: less(a.ES, b.ES), EN: less(a.EN, b.EN), PT: less(a.PT, b.PT)}
}
