package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Upload adds a route that takes a file of at most limit bytes, for who may do
// the action. Its form is a ui.Form with enctype multipart/form-data whose last
// input is the file; the handler reads it with q.Upload as it comes, however
// long that takes, as long as it comes.
func (r *Router) Upload(pattern string, action account.Action, limit int64, h Handler) {
	r.server.handle("POST "+pattern, r.page, action, limit, h)
}

// pause is how long a file on its way may rest.
const pause = time.Minute

// maxToken bounds the first part of an upload, the session's token.
const maxToken = 1 << 10

// beginUpload reads the first part of the form, which ui.Form makes the token,
// and leaves the rest to Upload.
func (q *Request) beginUpload() error {
	tooLarge := cx.Errorf(cx.TooLarge, "web", "what was sent is larger than %d MB", q.limit>>20)
	if q.ContentLength > q.limit {
		return tooLarge
	}
	q.Form, q.PostForm = q.URL.Query(), url.Values{}
	parts, err := q.MultipartReader()
	if err != nil {
		return cx.Errorf(cx.Invalid, "web", "choose a file first")
	}
	q.parts = parts
	first, err := parts.NextPart()
	if err != nil {
		return cx.Errorf(cx.Invalid, "web", "choose a file first")
	}
	if first.FormName() == "csrf" {
		token, err := io.ReadAll(io.LimitReader(first, maxToken))
		if err != nil {
			return cx.Wrap("web.upload", err)
		}
		q.PostForm.Set("csrf", string(token))
	}
	return nil
}

// Upload returns the file that an Upload route was sent, and its name as the
// sender has it. The error is Invalid when none was chosen; reading ends with
// TooLarge past the route's limit.
func (q *Request) Upload() (name string, file io.Reader, err error) {
	for {
		part, err := q.parts.NextPart()
		if err != nil {
			return "", nil, cx.Errorf(cx.Invalid, "web", "choose a file first")
		}
		if part.FileName() != "" {
			return part.FileName(), &upload{part, http.NewResponseController(q.W), q.limit}, nil
		}
	}
}

// upload reads a file as it comes.
type upload struct {
	part  *multipart.Part
	c     *http.ResponseController
	limit int64
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	_ = u.c.SetReadDeadline(time.Now().Add(pause)) // a recorder has none
	n, err := u.part.Read(p)
	var tooLarge *http.MaxBytesError
	switch {
	case err == io.EOF: //nolint:errorlint // as readers return it
		_ = u.c.SetReadDeadline(time.Time{})
	case errors.As(err, &tooLarge):
		err = cx.Errorf(cx.TooLarge, "web", "what was sent is larger than %d MB", u.limit>>20)
	case err != nil:
		err = cx.Errorf(cx.Invalid, "web", "the file did not arrive whole: send it again")
	}
	return n, err
}
