package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

const (
	senders = 6
	people  = 120
	pace    = 5 * time.Millisecond // a sender's requests are at least so far apart
)

// message is one event or answer as it was sent.
type message struct {
	ID     string
	Person string
	Name   string
	Answer bool
	json   []byte
}

// ledger keeps what the server has acknowledged.
type ledger struct {
	mu       sync.Mutex
	messages map[string]message
	requests int // acknowledged
	repeats  int // messages acknowledged again on purpose
	retries  int // requests that were not acknowledged and were sent again
}

func person(i int) string { return fmt.Sprintf("u-%d", i) }

// made makes one message of somebody's.
func made(r *rand.Rand, id string) message {
	who := person(r.IntN(people))
	m := message{ID: id, Person: who}
	body := map[string]any{"messageId": id, "userId": who}
	switch n := r.IntN(20); {
	case n < 3:
		m.Name, m.Answer = "csat", true
		body["type"], body["survey"] = "answer", "csat"
		body["answers"] = []any{map[string]any{"question": "score", "metric": "csat", "scale": "1-5", "value": 1 + r.IntN(5)}}
	case n < 5: // before signing in: known by the device alone
		m.Name = "Portada"
		body["type"], body["name"], body["anonymousId"] = "page", m.Name, "a-"+who
		delete(body, "userId")
	case n < 7:
		m.Name = "Identify"
		body["type"], body["anonymousId"] = "identify", "a-"+who
		body["traits"] = map[string]any{"email": who + "@candil.example", "visits": r.IntN(9)}
	default:
		m.Name = [...]string{"Order Completed", "Order Delivered", "Product Viewed", "Till Paid"}[r.IntN(4)]
		body["type"], body["event"] = "track", m.Name
		body["properties"] = map[string]any{"order_id": fmt.Sprint(r.IntN(500)), "revenue": r.IntN(90)}
	}
	m.json, _ = json.Marshal(body) // plain maps
	return m
}

// meet is the message by which a person's device becomes known as theirs.
func meet(i int) message {
	who := person(i)
	m := message{ID: "meet-" + who, Person: who, Name: "Identify"}
	m.json = fmt.Appendf(nil, `{"type":"identify","messageId":"meet-%[1]s","userId":"%[1]s","anonymousId":"a-%[1]s"}`, who)
	return m
}

// request is some messages on their way together: one by its own endpoint, or
// more as a batch.
type request struct {
	path     string
	body     []byte
	messages []message
}

func alone(m message) request {
	var v struct{ Type string }
	_ = json.Unmarshal(m.json, &v)
	switch v.Type {
	case "answer":
		return batch([]message{m})
	default:
		return request{"/v1/" + v.Type, m.json, []message{m}}
	}
}

func batch(all []message) request {
	var b bytes.Buffer
	b.WriteString(`{"batch":[`)
	for i, m := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(m.json)
	}
	b.WriteString(`]}`)
	return request{"/v1/batch", b.Bytes(), all}
}

// customer sends messages until stop is closed. Each request is sent until it
// is acknowledged, with the same message ids; some are sent again afterwards.
func customer(ctx context.Context, h *house, l *ledger, key string, no int, stop <-chan struct{}) error {
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	r := rand.New(rand.NewPCG(uint64(no), 7))
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		var q request
		if no%2 == 0 {
			q = alone(made(r, fmt.Sprintf("%d-%d", no, i)))
		} else {
			all := make([]message, 1+r.IntN(20))
			for j := range all {
				all[j] = made(r, fmt.Sprintf("%d-%d-%d", no, i, j))
			}
			q = batch(all)
		}
		if err := deliver(ctx, client, h, l, key, q); err != nil {
			return err
		}
		if r.IntN(10) == 0 {
			if err := deliver(ctx, client, h, l, key, q); err != nil {
				return err
			}
		}
	}
}

// deliver sends a request until the server acknowledges it, and notes that.
func deliver(ctx context.Context, client *http.Client, h *house, l *ledger, key string, q request) error {
	for {
		err := post(ctx, client, h, key, q)
		var refused refusedError
		if errors.As(err, &refused) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		l.mu.Lock()
		if err == nil {
			l.requests++
			for _, m := range q.messages {
				if _, known := l.messages[m.ID]; known {
					l.repeats++
				}
				l.messages[m.ID] = m
			}
			l.mu.Unlock()
			return nil
		}
		l.retries++
		l.mu.Unlock()
		time.Sleep(pace)
	}
}

// refusedError is an answer that trying again does not change.
type refusedError struct{ answer string }

func (e refusedError) Error() string { return "the server answered " + e.answer }

func post(ctx context.Context, client *http.Client, h *house, key string, q request) error {
	url, err := h.address(ctx)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+q.path, bytes.NewReader(q.body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(key, "")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		return errors.New(res.Status)
	}
	var receipt struct{ Accepted int }
	if err := json.Unmarshal(answer, &receipt); res.StatusCode != http.StatusOK || err != nil || receipt.Accepted != len(q.messages) {
		return refusedError{fmt.Sprintf("%s %s to %s", res.Status, answer, q.body)}
	}
	return nil
}
