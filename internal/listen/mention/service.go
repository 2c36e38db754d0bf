package mention

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Published is the event of a customer whose mention is proved. Its properties
// are the mention as it was sent.
const Published = "Mention Published"

// Gate takes batches; intake.Service does.
type Gate interface {
	Accept(ctx context.Context, b intake.Batch) (intake.Receipt, error)
}

// Owners knows whose an object is.
type Owners interface {
	// Owner returns an id by which the one customer is known who shares the
	// object; both are "" when none does, or several do.
	Owner(ctx context.Context, o model.ObjectRef) (userID, anonymousID string, err error)
}

// Service brings mentions in. It keeps nothing and is safe for concurrent use.
type Service struct {
	gate   Gate
	owners Owners
	clock  cx.Clock
}

// New returns a service.
func New(gate Gate, owners Owners, clock cx.Clock) *Service { return &Service{gate, owners, clock} }

// Accept brings in mentions, each the JSON that fact.ParseMention reads. They
// are durable when the error is nil; what is no mention waits in quarantine
// with its reason. The same mention of a network counts once, however often it
// is sent; one that was edited or deleted is told again with its editedAt or
// deleted. The refusals' indexes are those of raws.
func (s *Service) Accept(ctx context.Context, source, way string, raws [][]byte) (intake.Receipt, error) {
	const op = "mention.Accept"
	if len(raws) > intake.MaxBatchMessages {
		return intake.Receipt{}, cx.Errorf(cx.TooLarge, op, "%d mentions came at once: send at most %d", len(raws), intake.MaxBatchMessages)
	}
	now := s.clock.Now()
	proved := intake.Batch{Source: source, Way: way, ReceivedAt: now, Archive: true, Kind: cx.Track}
	public := intake.Batch{Source: source, Way: way, ReceivedAt: now, Archive: true, Kind: cx.Mention, Own: true}
	var ofProved, ofPublic []int
	for i, raw := range raws {
		m, err := fact.ParseMention(raw)
		var user, anonymous string
		if err == nil {
			if user, anonymous, err = s.whose(ctx, m.Proof); err != nil {
				return intake.Receipt{}, cx.Wrap(op, err)
			}
		}
		message := messageOf(raw, m, user, anonymous)
		if user != "" || anonymous != "" {
			proved.Messages, ofProved = append(proved.Messages, message), append(ofProved, i)
		} else {
			public.Messages, ofPublic = append(public.Messages, message), append(ofPublic, i)
		}
	}
	var all intake.Receipt
	for _, part := range []struct {
		batch intake.Batch
		of    []int
	}{{proved, ofProved}, {public, ofPublic}} {
		if len(part.of) == 0 {
			continue
		}
		r, err := s.gate.Accept(ctx, part.batch)
		if err != nil {
			return intake.Receipt{}, cx.Wrap(op, err)
		}
		for _, refused := range r.Refused {
			refused.Index = part.of[refused.Index]
			all.Refused = append(all.Refused, refused)
		}
		all.Accepted += r.Accepted
		all.Last = max(all.Last, r.Last)
		if all.First == 0 {
			all.First = r.First
		}
	}
	return all, nil
}

func (s *Service) whose(ctx context.Context, p fact.Proof) (userID, anonymousID string, err error) {
	if p.Object == "" {
		return p.UserID, "", nil
	}
	return s.owners.Owner(ctx, model.ObjectRef{Type: p.Object, ID: p.ID})
}

// messageOf wraps a mention as a message for the gate, which says what is wrong
// with one that is none.
func messageOf(raw []byte, m fact.Mention, userID, anonymousID string) []byte {
	raw = bytes.TrimSpace(raw)
	if jsontext.Value(raw).Kind() != '{' {
		return raw
	}
	out := []byte(`{"messageId":`)
	out = quoted(out, messageID(m))
	member := func(name, value string) {
		if value != "" {
			out = quoted(append(append(append(out, `,"`...), name...), `":`...), value)
		}
	}
	if userID != "" || anonymousID != "" {
		member("event", Published)
		member("userId", userID)
		member("anonymousId", anonymousID)
	}
	if m.At != 0 {
		member("timestamp", m.At.String())
	}
	return append(append(append(out, `,"properties":`...), raw...), '}')
}

func quoted(to []byte, s string) []byte {
	out, err := jsontext.AppendQuote(to, s)
	if err != nil { // not UTF-8: the gate says so of the mention
		return append(to, `""`...)
	}
	return out
}

// messageID is the same for what is sent again, and another for an edit.
func messageID(m fact.Mention) string {
	if m.ID == "" {
		return ""
	}
	id := m.Network + "/" + m.ID
	if m.Edited != 0 {
		id += "/" + strconv.FormatInt(int64(m.Edited), 10)
	}
	if m.Deleted {
		id += "/deleted"
	}
	if len(id) > intake.MaxMessageID {
		sum := sha256.Sum256([]byte(id))
		id = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return id
}
