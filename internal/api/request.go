package api

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Limits of requests.
const (
	maxBody  = 1 << 20
	maxText  = 512 // bytes of a parameter
	pageSize = 50
	maxPage  = 500
)

// request is a request and what is wrong with it. Parameters are read by name;
// finish then reports every fault at once, also of parameters that nobody read.
type request struct {
	*http.Request
	w         http.ResponseWriter
	principal cx.Principal

	query  url.Values
	read   []string
	faults []cx.Fault
}

func (q *request) fault(field, format string, args ...any) {
	q.faults = append(q.faults, cx.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
}

// finish returns an Invalid error with every fault of the parameters.
func (q *request) finish() error {
	var unknown []string
	for name := range q.query {
		if !slices.Contains(q.read, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		q.fault(name, "there is no such parameter here; it may be %s", strings.Join(q.read, ", "))
	}
	return cx.InvalidFaults("api.request", q.faults)
}

// texts returns every value of a parameter.
func (q *request) texts(name string) []string {
	q.read = append(q.read, name)
	for _, v := range q.query[name] {
		if len(v) > maxText || !utf8.ValidString(v) {
			q.fault(name, "is at most %d bytes of UTF-8", maxText)
			return nil
		}
	}
	return q.query[name]
}

// text returns the value of a parameter, "" when it is not given.
func (q *request) text(name string) string {
	all := q.texts(name)
	switch len(all) {
	case 0:
		return ""
	case 1:
		return all[0]
	}
	q.fault(name, "give it once")
	return ""
}

// oneOf returns the value of a parameter that is one of some words.
func (q *request) oneOf(name string, words ...string) string {
	v := q.text(name)
	if v != "" && !slices.Contains(words, v) {
		q.fault(name, "is one of %s", strings.Join(words, ", "))
	}
	return v
}

// limit reads how many items a page may have.
func (q *request) limit() int {
	v := q.text("limit")
	if v == "" {
		return pageSize
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxPage {
		q.fault("limit", "is a whole number from 1 to %d", maxPage)
		return pageSize
	}
	return n
}

// time reads an instant as RFC 3339 writes it; 0 when it is not given.
func (q *request) time(name string) cx.Time {
	v := q.text(name)
	if v == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		q.fault(name, "is a time such as 2026-11-22T10:00:00Z")
		return 0
	}
	return cx.TimeOf(t)
}

// window reads from and until.
func (q *request) window() cx.Window {
	w := cx.Window{From: q.time("from"), To: q.time("until")}
	if w.From != 0 && w.To != 0 && w.From >= w.To {
		q.fault("until", "must be after from")
	}
	return w
}

// position reads a cursor that this package made: the id before which a page
// begins. 0 when it is not given.
func (q *request) position() uint64 {
	v := q.text("cursor")
	if v == "" {
		return 0
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(v)
	text, ours := strings.CutPrefix(string(b), "before:")
	n, bad := strconv.ParseUint(text, 10, 63)
	if err != nil || !ours || bad != nil || n == 0 {
		q.fault("cursor", "is not one that this API gave")
	}
	return n
}

// cursorBefore returns the cursor of the page that begins below id.
func cursorBefore(id uint64) *string {
	return word(base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "before:%d", id)))
}

// number reads a number out of the path. What is none names nothing.
func (q *request) number(name string) (int64, error) {
	n, err := strconv.ParseInt(q.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, cx.Errorf(cx.NotFound, "api.request", "there is no %s", q.URL.Path)
	}
	return n, nil
}

// customer reads a customer's id out of the path.
func (q *request) customer() cx.CustomerID { return cx.CustomerID(q.PathValue("id")) }

// body reads the JSON body into v, strictly: unknown and doubled members are
// faults.
func (q *request) body(v any) error {
	const op = "api.body"
	if err := q.finish(); err != nil {
		return err
	}
	if err := q.mediaType("application/json"); err != nil {
		return err
	}
	err := json.UnmarshalRead(http.MaxBytesReader(q.w, q.Body, maxBody), v, json.RejectUnknownMembers(true))
	var tooLarge *http.MaxBytesError
	var meaning *json.SemanticError
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		return cx.Errorf(cx.TooLarge, op, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &meaning):
		message := "is not what belongs here"
		if errors.Is(err, json.ErrUnknownName) {
			message = "there is no such member"
		} else if meaning.GoType != nil {
			message = "is not a " + meaning.GoType.String()
		}
		return cx.InvalidFaults(op, []cx.Fault{{Field: cmp.Or(fieldOf(meaning.JSONPointer), "body"), Message: message}})
	case errors.As(err, &syntax):
		return cx.InvalidFaults(op, []cx.Fault{{Field: cmp.Or(fieldOf(syntax.JSONPointer), "body"), Message: fmt.Sprintf("is not JSON at byte %d", syntax.ByteOffset+1)}})
	}
	return cx.Errorf(cx.Invalid, op, "the body ended before its JSON did")
}

// fieldOf writes a JSON pointer as the path of a fault: areas[0].
func fieldOf(p jsontext.Pointer) string {
	var b strings.Builder
	for token := range p.Tokens() {
		if n, err := strconv.Atoi(token); err == nil {
			fmt.Fprintf(&b, "[%d]", n)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(token)
	}
	return b.String()
}

// mediaType checks the body's type.
func (q *request) mediaType(wanted ...string) error {
	got, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(wanted, got) {
		return cx.Errorf(cx.Invalid, "api.mediaType", "%w", unsupported{strings.Join(wanted, " or ")})
	}
	return nil
}

func asUnsupported(err error) (u unsupported, ok bool) {
	ok = errors.As(err, &u)
	return u, ok
}
