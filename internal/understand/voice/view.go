package voice

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

var _ stream.View = (*Service)(nil)

// Name returns "voice".
func (s *Service) Name() string { return "voice" }

// Position returns the seq up to which everything is heard.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.position, nil
}

// Settled tells whether every text is classified and read under the versions in
// force.
func (s *Service) Settled() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.settled() && s.state.versions == s.now()
}

// draft is a text before it has an id.
type draft struct {
	Text
	hash cx.MessageHash // of what belongs to no customer
}

// scored is a score of a response that may come in several events.
type scored struct {
	seq      cx.Seq
	item     int
	question string
	response string
	profile  cx.ProfileNo
	Score
}

// batch is what a stretch of the log says.
type batch struct {
	texts     []draft
	scores    []scored
	instead   []instead // of earlier ones, in the order of the log
	labels    []labelled
	guesses   []guess
	applied   []appliedModel
	clusters  []history.Cluster
	responses map[string]bool // of which a score or a text came
	model     *model.Model    // by these it is read
	reader    *text.Model
}

func newBatch(m *model.Model, reader *text.Model) *batch {
	return &batch{responses: map[string]bool{}, model: m, reader: reader}
}

// Apply hears a batch in one transaction: the texts of customers that memory
// did not see before, and those of nobody that were not heard before, read by
// the text model in force; and what people decided about them.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "voice.Apply"
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	if b.Last <= s.state.position {
		return nil
	}
	resolved, err := s.c.Resolver.Resolve(ctx, s.state.position, b.Last)
	if err != nil {
		return cx.Wrap(op, err)
	}
	version, reader := s.c.Models.Current(), s.readers.Current()
	events := b.Events
	for len(events) > 0 && events[0].Seq <= s.state.position {
		events = events[1:]
	}
	heard := s.hear(events, resolved.Facts, version.Model, reader.Model)
	heard.clusters = resolved.Clusters
	if err := heard.decisions(events); err != nil {
		return err
	}
	next := s.state
	next.position = b.Last
	if v := (versions{version.Number, reader.Hash}); v != next.versions {
		next.versions, next.done, next.upto = v, 0, s.state.position
		defer s.signal()
	}
	// Before the position tells of it, so that who waits for it finds it in force.
	for _, a := range heard.applied {
		if err := s.readers.applied(ctx, a); err != nil {
			return cx.Wrap(op, err)
		}
		defer s.signal()
	}
	return cx.Wrap(op, s.write(ctx, heard, next, nil))
}

// hear reads what a stretch of events says. The drafts are copies.
func (s *Service) hear(events []cx.Event, who []history.ResolvedFact, m *model.Model, reader *text.Model) *batch {
	b := newBatch(m, reader)
	for _, e := range events {
		for len(who) > 0 && who[0].Seq < e.Seq {
			who = who[1:]
		}
		var profile cx.ProfileNo
		if e.Kind.OfCustomer() {
			if len(who) == 0 || who[0].Seq != e.Seq || s.gone.has(who[0].Profile, e.Seq) {
				continue // a duplicate, or erased since it was read
			}
			profile = who[0].Profile
		} else if s.gone.has(0, e.Seq) {
			continue
		}
		if h := hear(e, m); len(h.pieces) > 0 || h.response != "" && len(h.scores) > 0 || h.mention != nil || h.corrects != nil {
			b.supersede(e, h, s.c.Salt)
			b.add(e, h, profile, m, reader, s.c.Salt)
		}
	}
	return b
}

func (b *batch) add(e cx.Event, h heardIn, profile cx.ProfileNo, m *model.Model, reader *text.Model, salt []byte) {
	if h.response != "" && h.kind != Suspect {
		b.responses[h.response] = true
		for _, g := range h.scores {
			b.scores = append(b.scores, scored{e.Seq, g.item, g.question, h.response, profile, g.Score})
		}
	}
	if len(h.pieces) == 0 {
		return
	}
	f := model.FactOf(e)
	if h.mention != nil && h.mention.Touchpoint != "" {
		f.Touchpoint = h.mention.Touchpoint
	}
	c := m.Classify(f)
	t := Text{
		Kind: h.kind, Profile: profile, At: e.At, Source: strings.Clone(e.Source), Name: strings.Clone(e.Name), Response: h.response,
		Touchpoint: strings.Clone(c.Touchpoint), Stage: c.Stage, Channel: c.Channel, Medium: c.Medium,
		Area: c.Area, Supplier: strings.Clone(c.Supplier), Place: strings.Clone(c.Place),
	}
	if len(h.scores) > 0 {
		t.Score = &h.scores[0].Score
	}
	for _, p := range h.pieces {
		t.Ref, t.Question, t.Words = Ref{e.Seq, p.item}, p.question, p.words
		t.Reading = readWith(reader, m, p.words, t.Score)
		d := draft{Text: t}
		if !e.Kind.OfCustomer() {
			d.hash = cx.HashMessage(salt, e.Source, e.MessageID)
		}
		b.texts = append(b.texts, d)
	}
}

// readWith reads words beside the score that came with them, if any did.
func readWith(reader *text.Model, m *model.Model, words string, score *Score) Reading {
	if score != nil {
		if level, ok := score.Level(); ok {
			return readingOf(reader.ReadBeside(words, text.PolarityOf(float64(level))), m)
		}
	}
	return readingOf(reader.Read(words), m)
}

// readingOf keeps of the topics those that the model declares; all, when it
// declares none.
func readingOf(r text.Reading, m *model.Model) Reading {
	out := Reading{Language: r.Language, Polarity: string(r.Polarity), Sentiment: float64(float32(r.Sentiment)), Emotion: string(r.Emotion), Alone: string(r.Alone), Topics: []string{}}
	for _, t := range r.Topics {
		if _, ok := m.Topic(t.Slug); ok || len(m.Topics) == 0 {
			out.Topics = append(out.Topics, t.Slug)
		}
	}
	return out
}

// decisions reads what people decided.
func (b *batch) decisions(events []cx.Event) error {
	for _, e := range events {
		if e.Kind != cx.Decision {
			continue
		}
		switch e.Name {
		case correctedEvent:
			l, err := labelOf(e)
			if err != nil {
				return stream.Poison(e.Seq, "the decision "+e.Name+" has other properties than it should")
			}
			b.labels = append(b.labels, l)
		case guessedEvent:
			g, err := guessOf(e)
			if err != nil {
				return stream.Poison(e.Seq, "the decision "+e.Name+" has other properties than it should")
			}
			b.guesses = append(b.guesses, g)
		case AppliedEvent:
			a, err := appliedOf(e)
			if err != nil {
				return stream.Poison(e.Seq, "the decision "+e.Name+" has other properties than it should")
			}
			b.applied = append(b.applied, a)
		}
	}
	return nil
}

// stretch is a part of the log whose texts are made again: (after, through].
type stretch struct{ after, through cx.Seq }

// write stores a batch and the state in one transaction, then shows both. With
// a stretch the batch replaces the texts that are there.
func (s *Service) write(ctx context.Context, b *batch, next state, again *stretch) error {
	w := writer{s: s, ctx: ctx, ids: ids{s.index, map[int64]int64{}, map[int64]bool{}}}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		w.tx = tx
		if err := w.write(b, again); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE voice_state SET position = $1, model = $2, text_model = $3, done = $4, upto = $5`,
			next.position, next.model, next.reader, next.done, next.upto)
		return err
	})
	if err != nil {
		s.doubt = true
		return err
	}
	slices.SortFunc(w.rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	s.mu.Lock()
	s.index.remove(w.removed)
	s.index.add(w.rows)
	for _, c := range b.clusters {
		s.index.setCustomer(c.Profile, c.Customer)
	}
	s.state = next
	if len(w.rows) > 0 || len(w.removed) > 0 {
		s.edition++
	}
	s.tell()
	s.mu.Unlock()
	return nil
}
