package dialogue

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Lived is something that a customer lived in a conversation, or in a case.
type Lived struct {
	ID         string // the same is the same event
	Customer   cx.CustomerID
	Name       string
	Touchpoint string // may be empty
	At         cx.Time
	Properties map[string]any
}

// track is an event as it goes through the gate.
type track struct {
	Type        string         `json:"type"`
	Event       string         `json:"event"`
	MessageID   string         `json:"messageId"`
	Timestamp   string         `json:"timestamp"`
	UserID      string         `json:"userId,omitempty"`
	AnonymousID string         `json:"anonymousId,omitempty"`
	Touchpoint  string         `json:"touchpoint,omitempty"`
	Properties  map[string]any `json:"properties"`
}

// Live puts an event of a customer into the log; it is there, at the seq, when the
// error is nil. NotFound when there is no such customer (any more).
func (s *Service) Live(ctx context.Context, l Lived) (seq cx.Seq, err error) {
	const op = "dialogue.Live"
	who, err := s.c.People.Person(ctx, cx.System(), l.Customer)
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	maps.DeleteFunc(l.Properties, func(_ string, v any) bool { return v == "" || v == nil })
	body, err := json.Marshal(track{
		Type: "track", Event: l.Name, MessageID: l.ID, Timestamp: l.At.String(), UserID: who.UserID, AnonymousID: who.AnonymousID, Touchpoint: l.Touchpoint, Properties: l.Properties,
	})
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	e, err := intake.Decode(body, intake.Defaults{Source: Source, ReceivedAt: s.c.Clock.Now()})
	if err == nil {
		seq, err = s.c.Log.Append(ctx, []cx.Event{e})
	}
	return seq, cx.Wrap(op, err)
}

// The keys of jobs begin with what they tell.
const (
	tellMessage = "message:" // ID
	tellOffered = "offered:" // ID
	tellMade    = "made:"    // ID:REVISION, with a made as payload
)

// made is what one choice was, and what was chosen before.
type made struct {
	Option string  `json:"option"`
	Was    string  `json:"was,omitempty"`
	At     cx.Time `json:"at"`
}

func (s *Service) put(ctx context.Context, tx *sqldb.Tx, key, payload string) error {
	return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: jobKind, Key: key, Due: s.c.Clock.Now(), Payload: payload})
}

// work appends the event of a message, an offer or a choice, and keeps where the
// log has it: when that expires, what is kept here goes too. What is not there any
// more was forgotten.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	var l Lived
	var ok bool
	var err error
	keep := ""
	switch key := j.Key; {
	case strings.HasPrefix(key, tellMessage):
		keep = `UPDATE dialogue_messages SET seq = $1 WHERE id = $2`
		l, ok, err = s.livedMessage(ctx, strings.TrimPrefix(key, tellMessage))
	case strings.HasPrefix(key, tellOffered):
		keep = `UPDATE dialogue_offers SET seq = $1 WHERE id = $2`
		l, ok, err = s.livedOffer(ctx, strings.TrimPrefix(key, tellOffered), nil)
	default:
		var m made
		if err := json.Unmarshal([]byte(j.Payload), &m); err != nil {
			return nil, jobs.Dead(err)
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(key, tellMade), ":")
		l, ok, err = s.livedOffer(ctx, id, &m)
		l.ID = j.Key
	}
	var seq cx.Seq
	if err == nil && ok {
		seq, err = s.Live(ctx, l)
	}
	if gone(err) || err == nil && (!ok || keep == "") {
		return nil, nil
	}
	_, id, _ := strings.Cut(j.Key, ":")
	return func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, keep, int64(seq), id)
		return err
	}, err
}

func (s *Service) livedMessage(ctx context.Context, id string) (l Lived, ok bool, err error) {
	m, about, touchpoint, ok, err := s.message(ctx, id)
	if err != nil || !ok {
		return l, false, err
	}
	p := withAbout(about, map[string]any{"message": m.ID, "conversation": s.conversationOf(m.Customer), "channel": string(m.Channel), "case": m.Case, "offer": m.Offer})
	l = Lived{ID: tellMessage + m.ID, Customer: m.Customer, Name: SentEvent, Touchpoint: touchpoint, At: m.At, Properties: p}
	if m.In {
		l.Name = ReceivedEvent
		p["text"] = m.Text
	} else {
		p["said"], p["by"] = m.Text, m.By
	}
	return l, true, nil
}

func (s *Service) livedOffer(ctx context.Context, id string, m *made) (l Lived, ok bool, err error) {
	o, ok, err := s.offer(ctx, id)
	if err != nil || !ok {
		return l, false, err
	}
	p := withAbout(o.about, map[string]any{"offer": o.ID, "choice": o.Choice, "case": o.Case, "promise": o.Promise, "instance": o.Instance})
	l = Lived{ID: tellOffered + o.ID, Customer: o.Customer, Name: OfferedEvent, At: o.OfferedAt, Properties: p}
	if m != nil {
		l.Name, l.At, p["option"], p["was"] = MadeEvent, m.At, m.Option, m.Was
		return l, true, nil
	}
	ids := make([]string, len(o.content.Options))
	for i, option := range o.content.Options {
		ids[i] = option.ID
	}
	p["options"] = ids
	return l, true, nil
}

// withAbout adds what something is about; what is ours wins.
func withAbout(about map[string]string, own map[string]any) map[string]any {
	for name, value := range about {
		if _, taken := own[name]; !taken {
			own[name] = value
		}
	}
	return own
}
