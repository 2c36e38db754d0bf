package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const (
	heartbeat = 15 * time.Second
	// streamFor bounds a stream: the browser comes again, and who has been
	// disabled does not get in.
	streamFor = 10 * time.Minute
)

// Stream answers with server-sent events until the reader goes, the channel
// closes, the process stops or ten minutes pass (htmx connects again). show
// turns what arrives into parts, each a ui.Partial that names its place; none
// means nothing to tell.
func Stream[T any](q *Request, from <-chan T, show func(T) []templ.Component) error {
	h := q.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	controller := http.NewResponseController(q.W)
	send := func(message []byte) bool {
		_ = controller.SetWriteDeadline(time.Now().Add(heartbeat))
		if _, err := q.W.Write(message); err != nil {
			return false
		}
		return controller.Flush() == nil
	}
	if !send([]byte(": \n\n")) {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(streamFor)
	defer end.Stop()
	for {
		select {
		case <-q.Context().Done():
			return nil
		case <-q.server.Done:
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
			if !send([]byte(": \n\n")) {
				return nil
			}
		case v, open := <-from:
			if !open {
				return nil
			}
			parts := show(v)
			if len(parts) == 0 {
				continue
			}
			var html bytes.Buffer
			if err := templ.Join(parts...).Render(q.Context(), &html); err != nil {
				return cx.Wrap("web.Stream", err)
			}
			if !send(event(html.Bytes())) {
				return nil
			}
		}
	}
}

// event writes HTML as one server-sent event, a data line for each of its own.
func event(html []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.SplitSeq(html, []byte("\n")) {
		b.WriteString("data: ")
		b.Write(bytes.TrimRight(line, "\r"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
