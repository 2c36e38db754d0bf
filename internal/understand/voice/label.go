package voice

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// Label is what a person says of a text. Nil leaves a field as it is.
type Label struct {
	Language *string   `json:"language,omitzero"`
	Polarity *string   `json:"polarity,omitzero"`
	Emotion  *string   `json:"emotion,omitzero"` // "none" for none
	Topics   *[]string `json:"topics,omitzero"`  // slugs of the model; empty for none
}

// merge returns the label with what a later one says.
func (l Label) merge(later Label) Label {
	if later.Language != nil {
		l.Language = later.Language
	}
	if later.Polarity != nil {
		l.Polarity = later.Polarity
	}
	if later.Emotion != nil {
		l.Emotion = later.Emotion
	}
	if later.Topics != nil {
		l.Topics = later.Topics
	}
	return l
}

// over returns the reading as the label corrects it. A polarity that a person
// gave is a sentiment of −1, 0 or +1.
func (l Label) over(r Reading) Reading {
	if l.Language != nil {
		r.Language = *l.Language
	}
	if l.Polarity != nil {
		r.Polarity, r.Alone = *l.Polarity, *l.Polarity
		r.Sentiment = map[text.Polarity]float64{text.Negative: -1, text.Positive: 1}[text.Polarity(r.Polarity)]
	}
	if l.Emotion != nil {
		r.Emotion = *l.Emotion
	}
	if l.Topics != nil {
		r.Topics, r.Elsewhere = *l.Topics, false
	}
	r.Corrected = true
	return r
}

func (l Label) topics() *string {
	if l.Topics == nil {
		return nil
	}
	s := joinTopics(*l.Topics)
	return &s
}

const correctedEvent = "vivencia.label.corrected"

// labelled is a correction as it stands in the log.
type labelled struct {
	Label
	ref Ref
	by  string
	at  cx.Time
}

type corrected struct {
	Text string `json:"text"` // a Ref
	Label
	By string `json:"by"`
}

func labelOf(e cx.Event) (labelled, error) {
	var c corrected
	if err := json.Unmarshal(bytes.Clone(e.Properties), &c); err != nil {
		return labelled{}, err
	}
	ref, err := ParseRef(c.Text)
	return labelled{c.Label, ref, c.By, e.At}, err
}

// Correct says how a text reads, as a person sees it: a decision in the log, that
// no text model overwrites. It needs labels.correct; who is limited to areas
// corrects texts of theirs. The error is NotFound when there is no such text,
// Invalid with every fault of the label. It returns when the correction is seen.
func (s *Service) Correct(ctx context.Context, p cx.Principal, ref Ref, l Label) error {
	const op = "voice.Correct"
	if err := account.Check(p, account.CorrectLabels); err != nil {
		return cx.Wrap(op, err)
	}
	if err := s.valid(l); err != nil {
		return cx.Wrap(op, err)
	}
	found, err := s.texts(ctx, p, Filter{Seqs: []cx.Seq{ref.Seq}, Where: anyKind}, func(r row) bool { return int(r.item) == ref.Item })
	if err == nil && len(found) == 0 {
		err = cx.Errorf(cx.NotFound, op, "there is no such text")
	}
	if err != nil {
		return cx.Wrap(op, err)
	}
	e, err := s.decision(correctedEvent, corrected{ref.String(), l, p.ID})
	if err != nil {
		return cx.Wrap(op, err)
	}
	seq, err := s.c.Log.Append(ctx, []cx.Event{e})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.WaitFor(ctx, seq))
}

// anyKind lets every kind through.
var anyKind = []Condition{{ByKind, []string{string(Answer), string(Message), string(Mention), string(Suspect)}}}

func (s *Service) valid(l Label) error {
	var faults []cx.Fault
	check := func(field string, value *string, words []string) {
		if value != nil && !slices.Contains(words, *value) {
			faults = append(faults, cx.Fault{Field: field, Message: "is one of " + strings.Join(words, ", ")})
		}
	}
	check("language", l.Language, []string{"es", "en", "pt"})
	check("polarity", l.Polarity, wordsOf(text.Polarities()))
	check("emotion", l.Emotion, wordsOf(text.Emotions()))
	if l.Topics != nil {
		known := s.topicSlugs()
		for i, slug := range *l.Topics {
			if !slices.Contains(known, slug) {
				faults = append(faults, cx.Fault{Field: fmt.Sprintf("topics[%d]", i), Message: fmt.Sprintf("there is no topic %q: declare it first", slug)})
			}
		}
	}
	if l == (Label{}) {
		faults = append(faults, cx.Fault{Message: "says nothing: give language, polarity, emotion or topics"})
	}
	return cx.InvalidFaults("", faults)
}

func wordsOf[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// decision makes the event of a decision made now.
func (s *Service) decision(name string, properties any) (cx.Event, error) {
	raw, err := json.Marshal(properties)
	if err != nil {
		return cx.Event{}, err
	}
	now := s.c.Clock.Now()
	id := fmt.Sprintf("%s/%d/%x", name, now, cx.HashMessage(s.c.Salt, name, string(raw)))
	return cx.NewDecision(name, id, now, raw), nil
}

// readLabels reads what people said of the texts in (after, through].
func readLabels(ctx context.Context, tx *sqldb.Tx, after, through cx.Seq) (map[Ref]Label, error) {
	rows, err := tx.Query(ctx, `SELECT seq, item, language, polarity, emotion, topics FROM labels WHERE seq > $1 AND seq <= $2`, after, through)
	if err != nil {
		return nil, err
	}
	out := map[Ref]Label{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var ref Ref
		var l Label
		var topics *string
		err = rows.Scan(&ref.Seq, &ref.Item, &l.Language, &l.Polarity, &l.Emotion, &topics)
		if topics != nil {
			slugs := splitTopics(*topics)
			l.Topics = &slugs
		}
		out[ref] = l
		return struct{}{}, err
	})
	return out, err
}
