package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// sender posts events over one kept connection, in as little of the machine as
// can be: what it takes, the server cannot have.
type sender struct {
	conn   net.Conn
	reader *bufio.Reader
	fixed  string // the header's lines that never change
	out    []byte
}

func newSender(ctx context.Context, addr, key string) (*sender, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr, nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	r.SetBasicAuth(key, "")
	return &sender{
		conn: conn, reader: bufio.NewReaderSize(conn, 8<<10),
		fixed: " HTTP/1.1\r\nHost: " + addr + "\r\nUser-Agent: vivencia-bench\r\nContent-Type: application/json\r\nAuthorization: " +
			r.Header.Get("Authorization") + "\r\nContent-Length: ",
	}, nil
}

func (s *sender) close() { _ = s.conn.Close() }

// batch posts events together and returns when they are accepted.
func (s *sender) batch(events []event) error {
	size := len(`{"batch":[]}`) + max(len(events)-1, 0)
	for _, e := range events {
		size += len(e.body)
	}
	s.begin("/v1/batch", size)
	s.out = append(s.out, `{"batch":[`...)
	for i, e := range events {
		if i > 0 {
			s.out = append(s.out, ',')
		}
		s.out = append(s.out, e.body...)
	}
	s.out = append(s.out, "]}"...)
	return s.post()
}

// single posts one event alone.
func (s *sender) single(e event) error {
	s.begin(e.path, len(e.body))
	s.out = append(s.out, e.body...)
	return s.post()
}

func (s *sender) begin(path string, size int) {
	s.out = append(append(append(s.out[:0], "POST "...), path...), s.fixed...)
	s.out = append(strconv.AppendInt(s.out, int64(size), 10), "\r\n\r\n"...)
}

// patience is how long a server may say "later".
const patience = time.Minute

// post sends the request until it is taken: 429 and 503 mean later.
func (s *sender) post() error {
	for started := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if _, err := s.conn.Write(s.out); err != nil {
			return err
		}
		status, body, err := s.answer()
		later := status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			if !bytes.HasSuffix(bytes.TrimSpace(body), []byte(`"refused":[]}`)) {
				return fmt.Errorf("the server refused some of it: %s", body)
			}
			return nil
		case !later || time.Since(started) > patience:
			return fmt.Errorf("the server answered %d: %s", status, body)
		}
	}
}

// answer reads one answer. Its body is valid until the next.
func (s *sender) answer() (status int, body []byte, err error) {
	line, err := s.reader.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, nil, fmt.Errorf("no HTTP answer: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length := 0
	for {
		if line, err = s.reader.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, nil, err
			}
		}
	}
	body = make([]byte, length)
	_, err = io.ReadFull(s.reader, body)
	return status, body, err
}
