package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Posted is the Sink that sends batches to another process: POST
// /api/v1/import. It is not safe for concurrent use.
type Posted struct {
	client *http.Client
	url    string
	token  string
	body   []byte
}

// NewPosted returns the sink of the server at base ("https://cx.example.com").
// The token may be empty where the transport says who asks.
func NewPosted(client *http.Client, base, token string) *Posted {
	return &Posted{client: client, url: strings.TrimSuffix(base, "/") + "/api/v1/import", token: token}
}

// maxAnswer is the most that is read of a server's answer.
const maxAnswer = 1 << 20

// Write implements Sink.
func (p *Posted) Write(ctx context.Context, records []Record) (Result, error) {
	const op = "importer.Posted.Write"
	p.body = EncodeNDJSON(p.body[:0], records)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return Result{}, cx.Wrap(op, err)
	}
	req.Header.Set("Content-Type", NDJSON)
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return Result{}, cx.Errorf(cx.Unavailable, op, "the server does not answer: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return Result{}, cx.Errorf(cx.Unavailable, op, "the server's answer broke off: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return Result{}, cx.Wrap(op, problem(resp.StatusCode, answer))
	}
	var res Result
	if err := json.Unmarshal(answer, &res); err != nil {
		return Result{}, cx.Errorf(cx.Internal, op, "the server answers what is no report: %w", err)
	}
	if got := res.Accepted + res.Duplicates + res.Quarantined; got != len(records) {
		return Result{}, cx.Errorf(cx.Internal, op, "the server reports %d records where %d were sent", got, len(records))
	}
	return res, nil
}

// problem is the error that an answer other than 200 tells of.
func problem(status int, answer []byte) error {
	kinds := map[int]cx.ErrorKind{
		http.StatusBadRequest: cx.Invalid, http.StatusUnauthorized: cx.Unauthorized, http.StatusForbidden: cx.Forbidden,
		http.StatusNotFound: cx.NotFound, http.StatusConflict: cx.Conflict, http.StatusRequestEntityTooLarge: cx.TooLarge,
		http.StatusUnprocessableEntity: cx.Invalid, http.StatusTooManyRequests: cx.Busy, http.StatusBadGateway: cx.Unavailable,
		http.StatusServiceUnavailable: cx.Unavailable, http.StatusGatewayTimeout: cx.Unavailable, http.StatusInsufficientStorage: cx.Full,
	}
	var told struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(answer, &told) // what is no problem+json tells nothing
	message := told.Detail
	if message == "" {
		message = told.Title
	}
	if message == "" {
		message = http.StatusText(status)
	}
	return cx.Errorf(kinds[status], "", "the server refuses the import: %s", message)
}
