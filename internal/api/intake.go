package api

import (
	"compress/gzip"
	"crypto/rand"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
)

// imported is the report of an import.
type imported struct {
	Read int `json:"read"`
	importer.Result
}

// patience is how long an import's body may pause.
const patience = time.Minute

// steady reads a body that may take as long as it likes, as long as it comes.
type steady struct {
	body io.Reader
	c    *http.ResponseController
}

// Read implements io.Reader.
func (s steady) Read(p []byte) (int, error) {
	_ = s.c.SetReadDeadline(time.Now().Add(patience)) // a recorder has none
	n, err := s.body.Read(p)
	if err == io.EOF { //nolint:errorlint // as readers return it
		_ = s.c.SetReadDeadline(time.Time{})
	}
	return n, err
}

// importMessages reads NDJSON as it comes, however long it is.
func (s *server) importMessages(q *request) (any, error) {
	const op = "api.importMessages"
	source, wait := q.text("source"), q.oneOf("wait", "true", "false")
	if err := q.finish(); err != nil {
		return nil, err
	}
	var body io.Reader = steady{q.Body, http.NewResponseController(q.w)} // lines are lines, whatever type a client's default says
	switch encoding := q.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, cx.Errorf(cx.Invalid, op, "the body is not gzip: %w", err)
		}
		body = unzipped
	default:
		return nil, cx.Errorf(cx.Invalid, op, "%w", unsupported{"identity or gzip (Content-Encoding)"})
	}
	var out imported
	err := importer.DecodeNDJSON(body, source, func(records []importer.Record) error {
		result, err := s.Imports.Write(q.Context(), records)
		if err == nil {
			out.Read += len(records)
			out.Add(result)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Accepted > 0 {
		s.record(q, "imported", "seq:"+strconv.FormatUint(uint64(out.LastSeq), 10))
	}
	if out.Reasons == nil {
		out.Reasons = map[string]int{}
	}
	if wait == "true" {
		s.settle(q.Context(), out.LastSeq)
	}
	return out, nil
}

// mentioned is the report of mentions.
type mentioned struct {
	Accepted int              `json:"accepted"`
	LastSeq  cx.Seq           `json:"last_seq"`
	Refused  []intake.Refusal `json:"refused"` // they wait in quarantine
}

func (s *server) importMentions(q *request) (any, error) {
	var in struct {
		Source   string           `json:"source,omitempty"`
		Mentions []jsontext.Value `json:"mentions"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if in.Source == "" {
		in.Source = apiSource
	}
	raws := make([][]byte, len(in.Mentions))
	for i, m := range in.Mentions {
		raws[i] = m
	}
	r, err := s.Mentions.Accept(q.Context(), in.Source, "api/v1/mentions", raws)
	if err != nil {
		return nil, err
	}
	if r.Accepted > 0 {
		s.record(q, "mentions.imported", "seq:"+strconv.FormatUint(uint64(r.Last), 10))
		s.settle(q.Context(), r.Last)
	}
	return mentioned{r.Accepted, r.Last, append([]intake.Refusal{}, r.Refused...)}, nil
}

// apiSource is the source of what people and programs tell through this API.
const apiSource = "api"

// recorded tells where a circumstance stands in the log.
type recorded struct {
	Seq       cx.Seq `json:"seq"`
	MessageID string `json:"messageId"`
}

func (s *server) recordCircumstance(q *request) (any, error) {
	const op = "api.recordCircumstance"
	var in struct {
		MessageID  string         `json:"messageId,omitempty"`
		Kind       string         `json:"kind"`
		Place      string         `json:"place,omitempty"`
		Touchpoint string         `json:"touchpoint,omitempty"`
		Product    string         `json:"product,omitempty"`
		Supplier   string         `json:"supplier,omitempty"`
		From       string         `json:"from"`
		Until      string         `json:"until,omitempty"`
		Value      jsontext.Value `json:"value,omitempty"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if in.MessageID == "" {
		in.MessageID = rand.Text()
	}
	message, err := json.Marshal(in)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	// Faults are told to who asked; only what passes goes through the gate.
	now := s.Clock.Now()
	e, err := intake.Decode(message, intake.Defaults{Source: apiSource, ReceivedAt: now, Kind: cx.Circumstance})
	if err != nil {
		return nil, err
	}
	if _, err := fact.ParseCircumstance(e); err != nil {
		return nil, err
	}
	receipt, err := s.Intake.Accept(q.Context(), intake.Batch{
		Source: apiSource, Way: "api/v1/circumstances", ReceivedAt: now, Messages: [][]byte{message}, Kind: cx.Circumstance,
	})
	if err != nil {
		return nil, err
	}
	if err := refused(receipt); err != nil {
		return nil, err
	}
	s.record(q, "circumstance.recorded", "seq:"+strconv.FormatUint(uint64(receipt.First), 10))
	s.settle(q.Context(), receipt.Last)
	return reply{http.StatusCreated, "", recorded{receipt.First, in.MessageID}}, nil
}

// refused turns the refusal of a single message into an error.
func refused(r intake.Receipt) error {
	if len(r.Refused) == 0 {
		return nil
	}
	return cx.Errorf(cx.Invalid, "api.refused", "%s", r.Refused[0].Reason)
}

type quarantined struct {
	ID         uint64  `json:"id"`
	Source     string  `json:"source"`
	Way        string  `json:"way"`
	Reason     string  `json:"reason"`
	File       *string `json:"file"`
	Line       *int    `json:"line"`
	ReceivedAt *string `json:"receivedAt"`
	SentAt     *string `json:"sentAt"`
	MessageID  *string `json:"messageId"`
	Raw        string  `json:"raw"`
}

func quarantinedOf(i quarantine.Item) quarantined {
	out := quarantined{
		ID: i.ID, Source: i.Source, Way: i.Way, Reason: i.Reason, File: word(i.File), ReceivedAt: instant(i.ReceivedAt),
		SentAt: instant(i.SentAt), MessageID: word(i.MessageID), Raw: string(i.Raw),
	}
	if !utf8.ValidString(out.Raw) {
		out.Raw = strings.ToValidUTF8(out.Raw, "\uFFFD")
	}
	if i.Line > 0 {
		out.Line = &i.Line
	}
	return out
}

func (s *server) listQuarantine(q *request) (any, error) {
	before, limit := q.position(), q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	items, err := s.Quarantine.List(q.Context(), q.principal, before, limit)
	if err != nil {
		return nil, err
	}
	out := page[quarantined]{Items: each(items, quarantinedOf)}
	if n := len(items); n == limit {
		out.Next = cursorBefore(items[n-1].ID)
	}
	return out, nil
}

func (s *server) showQuarantined(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	item, err := s.Quarantine.Get(q.Context(), q.principal, uint64(id))
	if err != nil {
		return nil, err
	}
	return quarantinedOf(item), nil
}

// mendQuarantined replays an item with the message given, or as it was.
func (s *server) mendQuarantined(q *request) (any, error) {
	var in struct {
		Message jsontext.Value `json:"message"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	raw := []byte(in.Message)
	if in.Message == nil {
		item, err := s.Quarantine.Get(q.Context(), q.principal, uint64(id))
		if err != nil {
			return nil, err
		}
		raw = item.Raw
	}
	receipt, err := s.Intake.Mend(q.Context(), q.principal, uint64(id), raw)
	if err != nil {
		return nil, err
	}
	if err := refused(receipt); err != nil {
		return nil, err
	}
	s.record(q, "quarantine.mended", "quarantine:"+q.PathValue("id"))
	s.settle(q.Context(), receipt.Last)
	return struct {
		Seq cx.Seq `json:"seq"`
	}{receipt.First}, nil
}

func (s *server) discardQuarantined(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	if err := s.Quarantine.Discard(q.Context(), q.principal, uint64(id)); err != nil {
		return nil, err
	}
	s.record(q, "quarantine.discarded", "quarantine:"+q.PathValue("id"))
	return nil, nil
}
