package voice

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text/remote"
)

// Elsewhere is a language model that somebody gave the address of, and what it may
// do.
type Elsewhere struct {
	Labeller *remote.Labeller
	Model    string // its name
	Label    bool   // say the topic of texts of which ours knows none
	Name     bool   // name the topics that are proposed
	PerDay   int    // questions a day (UTC), the audit's included
}

// Consulted is what is asked elsewhere, and how well it was found to label.
type Consulted struct {
	Model       string
	Label, Name bool
	PerDay      int
	Today       int           // questions asked
	Labelled    int           // texts whose topic is what it says
	Audit       *remote.Audit // of topics; nil: not made yet, with the models and topics in force
	AuditedAt   cx.Time
	Trusted     bool // it labels: it agrees well enough
}

const (
	consultEvery = time.Minute      // how often it is looked whether there is something to ask
	restEvery    = 10 * time.Minute // after an error
	perRound     = 20
	auditOf      = 60 // texts
	leastAudited = 20
	// leastKappa is the agreement from which labels are used: moderate (Landis & Koch 1977).
	leastKappa = .4
	noTopic    = "none" // the label of texts that are of no topic
)

// consulting asks elsewhere, beside everything else, until ctx ends.
func (s *Service) consulting(ctx context.Context) {
	wait := consultEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = consultEvery
		if _, err := s.Consult(ctx); err != nil && ctx.Err() == nil {
			wait = restEvery
			s.c.Logger.WarnContext(ctx, "the language model elsewhere was of no help", slog.Any("error", err))
		}
	}
}

// Consult asks the language model elsewhere what it may be asked now: how well it
// labels when that is not known, then the topics of some of the newest texts of
// which ours knows none, then names for the topics that are proposed. It returns how
// many texts were labelled, as decisions in the log. Past the day's questions it
// asks nothing. Start calls it when it is time.
func (s *Service) Consult(ctx context.Context) (int, error) {
	const op = "voice.Consult"
	e := s.c.Elsewhere
	if e == nil || !s.Settled() {
		return 0, nil
	}
	labelled := 0
	if e.Label && len(s.topicSlugs()) > 0 {
		c, err := s.consulted(ctx)
		if err == nil && c.Audit == nil {
			c, err = s.audit(ctx, c)
		}
		if err == nil && c.Trusted {
			labelled, err = s.labelElsewhere(ctx)
		}
		if err != nil {
			return labelled, cx.Wrap(op, err)
		}
	}
	if e.Name {
		return labelled, cx.Wrap(op, s.nameElsewhere(ctx))
	}
	return labelled, nil
}

// judged names what an audit is of.
func (s *Service) judged() string {
	now := s.c.Models.Current().Model
	return strings.Join([]string{s.c.Elsewhere.Model, s.readers.Current().Hash, digest(now.Topics)}, " ")
}

// consulted tells what was asked elsewhere; nil when nothing ever is.
func (s *Service) consulted(ctx context.Context) (*Consulted, error) {
	e := s.c.Elsewhere
	if e == nil {
		return nil, nil
	}
	c := &Consulted{Model: e.Model, Label: e.Label, Name: e.Name, PerDay: e.PerDay}
	var day int64
	var judged, raw string
	err := s.c.State.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT day, asked, judged, audit, at FROM text_elsewhere`).Scan(&day, &c.Today, &judged, &raw, &c.AuditedAt)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if day != s.today() {
		c.Today = 0
	}
	if err == nil && judged == s.judged() {
		c.Audit = &remote.Audit{}
		err = json.Unmarshal([]byte(raw), c.Audit)
		c.Trusted = trusted(c.Audit)
	} else {
		c.AuditedAt = 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := range s.index.rows {
		if s.index.readings.keys[s.index.rows[i].reading].elsewhere {
			c.Labelled++
		}
	}
	return c, err
}

// trusted tells whether labels are used: by agreement with people, while they said
// enough, else with our model where it knows a topic.
func trusted(a *remote.Audit) bool {
	if a.Labeller.N >= leastAudited {
		return a.Labeller.Kappa >= leastKappa
	}
	return a.Between.N >= leastAudited && a.Between.Kappa >= leastKappa
}

func (s *Service) today() int64 { return int64(s.c.Clock.Now()) / int64(24*time.Hour/time.Microsecond) }

// spend takes up to n questions from the day's, and returns how many there were.
func (s *Service) spend(ctx context.Context, n int) (int, error) {
	day := s.today()
	err := s.c.State.Write(ctx, func(tx *sqldb.Tx) error {
		var of int64
		asked := 0
		err := tx.QueryRow(ctx, `SELECT day, asked FROM text_elsewhere`).Scan(&of, &asked)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if of != day {
			asked = 0
		}
		n = max(0, min(n, s.c.Elsewhere.PerDay-asked))
		_, err = tx.Exec(ctx, `INSERT INTO text_elsewhere (one, day, asked, judged, audit, at) VALUES (1, $1, $2, '', '', 0)
			ON CONFLICT (one) DO UPDATE SET day = excluded.day, asked = excluded.asked`, day, asked+n)
		return err
	})
	return n, err
}

// audit holds labels from elsewhere against those of people and of our model.
func (s *Service) audit(ctx context.Context, c *Consulted) (*Consulted, error) {
	labels, err := s.labels(ctx)
	if err != nil {
		return c, err
	}
	var ids []int64
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		// What people said comes first, then what ours knows, the newest of both.
		rows, err := tx.Query(ctx, `SELECT t.id FROM texts t JOIN readings r ON r.no = t.reading JOIN contexts c ON c.no = t.context
			WHERE c.kind <> 'suspect' AND r.elsewhere = 0 AND (r.corrected = 1 OR r.topics <> '') ORDER BY r.corrected DESC, t.id DESC LIMIT $1`, 4*auditOf)
		if err == nil {
			ids, err = sqldb.Collect(rows, sqldb.Scan[int64])
		}
		return err
	})
	if err != nil || len(ids) < leastAudited {
		return c, err
	}
	texts, err := s.read(ctx, ids)
	if err != nil {
		return c, err
	}
	m, reader := s.c.Models.Current().Model, s.readers.Current().Model
	var people, ours []string
	texts = slices.DeleteFunc(texts, func(t Text) bool {
		knows := readingOf(reader.Read(t.Words), m).Topics
		person := ""
		if l := labels[t.Ref]; l.Topics != nil && len(*l.Topics) < 2 {
			person = append(slices.Clone(*l.Topics), noTopic)[0]
		}
		if len(ours) == auditOf || person == "" && len(knows) != 1 {
			return true
		}
		people, ours = append(people, person), append(ours, append(knows, noTopic)[0])
		return false
	})
	n, err := s.spend(ctx, len(texts))
	if err != nil || n < leastAudited {
		return c, err
	}
	asked, err := s.masked(ctx, texts[:n])
	if err != nil {
		return c, err
	}
	judged := s.judged()
	a, err := s.c.Elsewhere.Labeller.Audit(ctx, asked, people[:n], ours[:n], append(slices.Clone(s.topicSlugs()), noTopic))
	if err != nil {
		return c, err
	}
	raw, err := json.Marshal(a)
	if err == nil {
		err = s.c.State.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE text_elsewhere SET judged = $1, audit = $2, at = $3`, judged, string(raw), s.c.Clock.Now())
			return err
		})
	}
	if err != nil {
		return c, err
	}
	return s.consulted(ctx)
}

// masked are texts as they may be asked about, with what is known of who wrote
// them: remote masks it.
func (s *Service) masked(ctx context.Context, texts []Text) ([]remote.Text, error) {
	nos := make([]cx.CustomerNo, len(texts))
	for i, t := range texts {
		nos[i] = t.Customer
	}
	known, err := s.known(ctx, nos)
	out := make([]remote.Text, len(texts))
	for i, t := range texts {
		out[i] = remote.Text{Words: t.Words, Language: t.Language, Known: known[t.Customer]}
	}
	return out, err
}

// labelElsewhere asks the topics of some of the newest texts of which ours knows
// none, and of which was not asked before.
func (s *Service) labelElsewhere(ctx context.Context) (int, error) {
	var ids []int64
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT t.id FROM texts t JOIN readings r ON r.no = t.reading JOIN contexts c ON c.no = t.context
			WHERE c.kind <> 'suspect' AND r.topics = '' AND r.corrected = 0 AND NOT EXISTS (SELECT 1 FROM guesses g WHERE g.seq = t.seq AND g.item = t.item)
			ORDER BY t.id DESC LIMIT $1`, perRound)
		if err == nil {
			ids, err = sqldb.Collect(rows, sqldb.Scan[int64])
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	n, err := s.spend(ctx, len(ids))
	if err != nil || n == 0 {
		return 0, err
	}
	texts, err := s.read(ctx, ids[:n])
	if err != nil {
		return 0, err
	}
	asked, err := s.masked(ctx, texts)
	if err != nil {
		return 0, err
	}
	labels := append(slices.Clone(s.topicSlugs()), noTopic)
	var events []cx.Event
	var failed error
	for i, t := range asked {
		topic, err := s.c.Elsewhere.Labeller.Label(ctx, t, labels)
		if err != nil {
			failed = err
			break
		}
		if topic == noTopic {
			topic = ""
		}
		e, err := s.decision(guessedEvent, guess{Text: texts[i].Ref.String(), Topic: topic, By: s.c.Elsewhere.Model})
		if err != nil {
			return 0, err
		}
		events = append(events, e)
	}
	if len(events) == 0 {
		return 0, failed
	}
	first, err := s.c.Log.Append(ctx, events)
	if err == nil {
		err = s.WaitFor(ctx, first+cx.Seq(len(events))-1)
	}
	return len(events), errors.Join(failed, err)
}

// names keeps what proposed topics would be called, by their words.
type names struct {
	mu    sync.Mutex
	known map[string]string
}

// mostNames is how many names are kept.
const mostNames = 200

// on returns the candidates with the names that are known.
func (n *names) on(candidates []Candidate) []Candidate {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := slices.Clone(candidates)
	for i := range out {
		out[i].Name = n.known[strings.Join(out[i].Words, " ")]
	}
	return out
}

func (n *names) set(words []string, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= mostNames {
		n.known = map[string]string{}
	}
	n.known[strings.Join(words, " ")] = name
}

// nameElsewhere asks names, in the company's language, for the topics that were
// proposed last: by their words and by quotes, which are masked.
func (s *Service) nameElsewhere(ctx context.Context) error {
	s.proposals.mu.Lock()
	told := s.names.on(s.proposals.told)
	s.proposals.mu.Unlock()
	language := "es"
	if all := s.c.Models.Current().Model.Company.Languages; len(all) > 0 {
		language = all[0]
	}
	for _, c := range told {
		if c.Name != "" {
			continue
		}
		if n, err := s.spend(ctx, 1); err != nil || n == 0 {
			return err
		}
		var quotes []remote.Text
		for _, q := range c.Examples {
			quotes = append(quotes, remote.Text{Words: q.Words, Language: q.Language})
		}
		name, err := s.c.Elsewhere.Labeller.Name(ctx, c.Words, quotes, language)
		if err != nil {
			return err
		}
		s.names.set(c.Words, name)
	}
	return nil
}
