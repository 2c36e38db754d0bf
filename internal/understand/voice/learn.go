package voice

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// Quality says how well texts of the company are read, all by texts that the
// model judged had not learned from.
type Quality struct {
	New     text.Quality `json:"new"`     // the version, in cross-validation; of what is shipped, like Shipped
	Shipped text.Quality `json:"shipped"` // what is shipped, on the same texts; while it is in force, on the newest 3,000 at most
	Before  float64      `json:"before"`  // macro-F1 of the polarity that the version before it was said to reach
}

// Standing is how well texts are read now.
type Standing struct {
	Reader            // in force; its Model is nil
	Versions []Reader // learned, the newest first, without their models
	Pairs    int      // texts with a score that there are to learn from …
	Labels   int      // … and corrected ones
	Due      string   // why it is time to learn: topics, pairs or labels; "" when it is not
	Learning bool     // right now
	Texts    int      // in all
	Unread   int      // texts that the versions in force have not read yet

	Elsewhere *Consulted // nil: no language model elsewhere is asked
}

// The rule of when there is enough new to learn from: the topics or their
// examples changed; a fifth more texts with a score than last time, and at least
// newPairs; or newLabels more corrected texts.
const (
	newPairs  = 200
	newLabels = 20
	// maxPairs is from how many texts with a score a model learns at most: the
	// newest of each polarity.
	maxPairs = 20_000
	// labelWeight is how many texts a corrected one counts for.
	labelWeight = 5
	// margin is how much worse, in macro-F1, a version may judge than the one
	// before was said to, and still take its place: it has learned more.
	margin = .01
	// judged is by how many texts at most what is shipped is judged.
	judged = 3_000
	// quiet is for how long nothing must have come before it is looked whether
	// there is enough, so that an import is over; nobody waits longer than patience.
	quiet    = 2 * time.Second
	patience = 30 * time.Second
	// After learning by itself it rests as long as that took; once newPairs of the
	// company's scores taught it ten times as long, and for pause, so that at most a
	// tenth of a core goes into it.
	pause = 5 * time.Minute
)

// learner learns one version at a time.
type learner struct {
	quiet, pause time.Duration
	busy         sync.Mutex
	ask          chan cx.Principal // holds one: who wants a version learned
	mu           sync.Mutex
	now          bool

	judging sync.Mutex // guards what follows: how well what is shipped reads
	of      int        // so many texts
	shipped text.Quality
}

func (l *learner) set(now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = now
}

func (l *learner) learning() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// learning learns whenever there is enough: it looks when nothing has come for a
// while, after the start and after each change.
func (s *Service) learning(ctx context.Context) {
	var rested time.Time
	for s.calm(ctx) {
		s.mu.RLock()
		changed := s.changed
		s.mu.RUnlock()
		rest := time.Until(rested)
		if rest <= 0 {
			q, err := s.standing(ctx)
			if started := time.Now(); err == nil && q.Due != "" {
				var r Reader
				r, err = s.learn(ctx, cx.System())
				rest = time.Since(started)
				if err != nil || r.Pairs >= newPairs {
					rest = max(10*rest, s.learner.pause)
				}
				rested = time.Now().Add(rest)
			}
			s.unlearned(ctx, err)
		}
		var awake <-chan time.Time
		if rest > 0 {
			changed, awake = nil, time.After(rest)
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-awake:
		case p := <-s.learner.ask:
			_, err := s.learn(ctx, p)
			s.unlearned(ctx, err)
		}
	}
}

func (s *Service) unlearned(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.c.Logger.WarnContext(ctx, "no text model could be learned", slog.Any("error", err))
	}
}

// calm waits until nothing has come for a while, or somebody wants a version
// learned; false when ctx ended.
func (s *Service) calm(ctx context.Context) bool {
	enough := time.After(patience)
	for {
		s.mu.RLock()
		changed := s.changed
		s.mu.RUnlock()
		select {
		case <-ctx.Done():
			return false
		case <-changed:
			if len(s.learner.ask) == 0 {
				continue
			}
		case <-time.After(s.learner.quiet):
		case <-enough:
		}
		return true
	}
}

// Quality tells how well texts are read. It needs scores.view.
func (s *Service) Quality(ctx context.Context, p cx.Principal) (Standing, error) {
	const op = "voice.Quality"
	if err := account.Check(p, account.ViewScores); err != nil {
		return Standing{}, cx.Wrap(op, err)
	}
	q, err := s.standing(ctx)
	if err == nil {
		q.Elsewhere, err = s.consulted(ctx)
	}
	return q, cx.Wrap(op, err)
}

func (s *Service) standing(ctx context.Context) (Standing, error) {
	versions, err := s.readers.list(ctx, `ORDER BY number DESC`)
	if err != nil {
		return Standing{}, err
	}
	q := Standing{Reader: *s.readers.Current(), Versions: versions, Learning: s.learner.learning()}
	q.Model = nil
	s.mu.RLock()
	x := s.index
	q.Texts = len(x.rows)
	for i := range x.rows {
		r := &x.rows[i]
		if x.contexts.keys[r.context].kind != Suspect && r.score != 0 {
			if _, ok := x.scores.keys[r.score].Level(); ok {
				q.Pairs++
			}
		}
		if x.readings.keys[r.reading].corrected {
			q.Labels++
		}
		if s.state.versions != s.now() || r.seq > s.state.done && r.seq <= s.state.upto {
			q.Unread++
		}
	}
	s.mu.RUnlock()
	// What was tried last counts, whether or not it was put in force.
	last := q.Reader
	if len(versions) > 0 {
		last = versions[0]
	}
	topics := s.c.Models.Current().Model.Topics
	switch {
	case q.Pairs+q.Labels == 0 && len(phrases(topics)) == 0: // nothing teaches
	case last.Topics != digest(topics):
		q.Due = "topics"
	case q.Pairs >= last.Pairs+max(newPairs, last.Pairs/5):
		q.Due = "pairs"
	case q.Labels >= last.Labels+newLabels:
		q.Due = "labels"
	}
	if q.Number == 0 {
		if q.Quality.Shipped, err = s.shippedQuality(ctx, q.Pairs+q.Labels, phrases(topics)); err != nil {
			return Standing{}, err
		}
		q.Quality.New = q.Quality.Shipped
	}
	return q, nil
}

// shippedQuality tells how well what is shipped reads the newest of the company's
// texts, and the examples of its topics; again whenever there are a tenth more of
// them, or fewer.
func (s *Service) shippedQuality(ctx context.Context, of int, examples []text.Example) (text.Quality, error) {
	l := &s.learner
	l.judging.Lock()
	defer l.judging.Unlock()
	if of += len(examples); of >= l.of && of <= l.of+l.of/10 {
		return l.shipped, nil
	}
	company, err := s.examples(ctx, judged)
	if err == nil {
		l.of, l.shipped = of, s.readers.shipped.Model.Judge(append(examples, company...))
	}
	return l.shipped, err
}

// digest names what topics teach; "" of none.
func digest(topics []model.Topic) string {
	if len(topics) == 0 {
		return ""
	}
	h := sha256.New()
	for _, t := range topics {
		fmt.Fprintf(h, "%q %q %q %q\n", t.Slug, t.Examples.ES, t.Examples.EN, t.Examples.PT)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Train learns a text model from what there is, now, and puts it in force when
// it reads better. It needs text.train. The error is Conflict while one is being
// learned.
func (s *Service) Train(ctx context.Context, p cx.Principal) (Reader, error) {
	const op = "voice.Train"
	if err := account.Check(p, account.TrainText); err != nil {
		return Reader{}, cx.Wrap(op, err)
	}
	r, err := s.learn(ctx, p)
	return r, cx.Wrap(op, err)
}

// TrainSoon is Train in the background: Quality tells what became of it. The error is
// Conflict while one is being learned.
func (s *Service) TrainSoon(p cx.Principal) error {
	const op = "voice.TrainSoon"
	if err := account.Check(p, account.TrainText); err != nil {
		return cx.Wrap(op, err)
	}
	if !s.learner.learning() {
		select {
		case s.learner.ask <- p:
			return nil
		default:
		}
	}
	return cx.Errorf(cx.Conflict, op, "a text model is being learned: wait for it")
}

func (s *Service) learn(ctx context.Context, p cx.Principal) (Reader, error) {
	if !s.learner.busy.TryLock() {
		return Reader{}, cx.Errorf(cx.Conflict, "", "a text model is being learned: wait for it")
	}
	defer s.learner.busy.Unlock()
	s.learner.set(true)
	defer s.learner.set(false)
	q, err := s.standing(ctx)
	if err != nil {
		return Reader{}, err
	}
	topics := s.c.Models.Current().Model.Topics
	company, err := s.examples(ctx, maxPairs)
	if err != nil {
		return Reader{}, err
	}
	// Of too many, Train leaves out the last ones.
	examples, known := append(phrases(topics), company...), []string(nil)
	for _, t := range topics {
		known = append(known, t.Slug)
	}
	if len(examples) == 0 {
		return Reader{}, cx.Errorf(cx.Conflict, "", "there is nothing to learn from yet: no text came with a score, none was corrected, and no topic has examples")
	}
	started := time.Now()
	m, quality, err := text.Train(ctx, examples, text.Config{Known: known})
	if err != nil {
		return Reader{}, err
	}
	v := &Reader{
		Hash: m.Hash(), Model: m, TrainedAt: s.c.Clock.Now(), Pairs: q.Pairs, Labels: q.Labels, Topics: digest(topics),
		Quality: Quality{New: quality, Shipped: s.readers.shipped.Model.Judge(examples), Before: q.Quality.New.Polarity.MacroF1},
	}
	if err := s.readers.keep(ctx, v); err != nil {
		return Reader{}, err
	}
	better := v.better(q.Topics)
	s.c.Logger.InfoContext(ctx, "a text model was learned", slog.Int("version", v.Number), slog.Int("examples", len(examples)),
		slog.Float64("macro_f1", quality.Polarity.MacroF1), slog.Bool("better", better), slog.Duration("took", time.Since(started)))
	if better {
		e, err := s.appliedEvent(v, p.ID)
		if err != nil {
			return Reader{}, err
		}
		seq, err := s.c.Log.Append(ctx, []cx.Event{e})
		if err != nil {
			return Reader{}, err
		}
		v.Seq = seq
		if err := s.WaitFor(ctx, seq); err != nil {
			return Reader{}, err
		}
		s.signal()
	}
	out := *v
	out.Model = nil
	return out, nil
}

// better tells whether the version takes the place of the one in force: it must
// read the polarity no worse than what is shipped and than always saying the
// commonest, and, unless the topics changed, than the one before was said to.
func (r *Reader) better(topics string) bool {
	polarity, shipped := r.Quality.New.Polarity, r.Quality.Shipped.Polarity
	if polarity.N > 0 && (polarity.MacroF1 < shipped.MacroF1 || polarity.Accuracy < polarity.Majority) {
		return false
	}
	return r.Topics != topics || polarity.MacroF1 >= r.Quality.Before-margin
}

// phrases are the examples of the model's topics.
func phrases(topics []model.Topic) (out []text.Example) {
	for _, t := range topics {
		for _, language := range []string{"es", "en", "pt"} {
			for _, p := range t.Examples.Of(language) {
				out = append(out, text.Example{Text: p, Language: language, Topics: []string{t.Slug}})
			}
		}
	}
	return out
}

// examples returns the company's texts that were corrected, then those that came
// with a score, at most that many and of each polarity as many of the newest as
// there is room for; by seq both.
func (s *Service) examples(ctx context.Context, most int) ([]text.Example, error) {
	type pair struct {
		id    int64
		level int
	}
	var labels []int64
	pairs := map[int][]pair{}
	s.mu.RLock()
	x := s.index
	for i := len(x.rows) - 1; i >= 0; i-- {
		r := &x.rows[i]
		if x.contexts.keys[r.context].kind == Suspect {
			continue
		}
		if x.readings.keys[r.reading].corrected {
			labels = append(labels, r.id)
			continue
		}
		if level, ok := x.scores.keys[r.score].Level(); r.score != 0 && ok && len(pairs[level]) < most/3 {
			pairs[level] = append(pairs[level], pair{r.id, level})
		}
	}
	s.mu.RUnlock()
	said, err := s.labels(ctx)
	if err != nil {
		return nil, err
	}
	ids := labels
	for _, level := range []int{-1, 0, 1} {
		for _, p := range pairs[level] {
			ids = append(ids, p.id)
		}
	}
	texts, err := s.read(ctx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(texts, func(a, b Text) int {
		if a.Corrected != b.Corrected {
			return map[bool]int{true: -1, false: 1}[a.Corrected]
		}
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Item, b.Item))
	})
	var out []text.Example
	for _, t := range texts {
		e := text.Example{Text: t.Words}
		if t.Score != nil {
			if level, ok := t.Score.Level(); ok {
				e.Polarity = text.PolarityOf(float64(level))
			}
		}
		if l, ok := said[t.Ref]; ok {
			e.Weight = labelWeight
			if l.Language != nil {
				e.Language = *l.Language
			}
			if l.Polarity != nil {
				e.Polarity = text.Polarity(*l.Polarity)
			}
			if l.Emotion != nil {
				e.Emotion = text.Emotion(*l.Emotion)
			}
			if l.Topics != nil {
				e.Topics = append([]string{}, *l.Topics...)
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// labels returns all that people said of texts.
func (s *Service) labels(ctx context.Context) (all map[Ref]Label, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var last sql.NullInt64
		if err := tx.QueryRow(ctx, `SELECT MAX(seq) FROM labels`).Scan(&last); err != nil {
			return err
		}
		all, err = readLabels(ctx, tx, 0, cx.Seq(last.Int64))
		return err
	})
	return all, err
}
