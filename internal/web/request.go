package web

import (
	"bytes"
	"crypto/subtle"
	"encoding/csv"
	"iter"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Request is one request and the way to answer it. Its context carries the
// locale and the frame, for templ.
type Request struct {
	*http.Request
	W         http.ResponseWriter
	L         *i18n.Locale
	Session   account.Session // zero when not signed in (public routes only)
	Principal cx.Principal
	Company   Company

	server *server
	frame  *ui.Frame
	page   string
	id     string
	limit  int64             // of an upload; else 0
	parts  *multipart.Reader // of an upload: the file and what comes before it
}

// T writes a text in the reader's language.
func (q *Request) T(key string, args ...any) string { return q.L.T(key, args...) }

// In returns the words of another language, for what is not for the reader: a
// poster, a mail.
func (q *Request) In(lang string) *i18n.Locale {
	return q.server.bundle.Locale(lang, q.Company.Zone, q.server.Clock)
}

// Address tells who calls, for rate limits.
func (q *Request) Address() string { return q.server.Address(q.Request) }

// From tells where the request comes from, as sessions note it.
func (q *Request) From() account.From {
	return account.From{Address: q.Address(), Agent: q.UserAgent()}
}

// HTMX tells whether htmx asked, which wants a fragment.
func (q *Request) HTMX() bool { return q.Header.Get("HX-Request") == "true" }

// Now returns the present.
func (q *Request) Now() cx.Time { return q.server.Clock.Now() }

// Menu returns the entries that the person may see, in order; the first is the
// home of their role.
func (q *Request) Menu() []ui.MenuItem {
	if q.frame.Menu == nil && q.Session.ID != "" {
		q.frame.Menu = []ui.MenuItem{}
		for _, m := range q.server.menu {
			if m.Action != SignedIn && account.Check(q.Principal, m.Action) != nil || m.Only != nil && !m.Only(q.Context()) {
				continue
			}
			if m.Waiting != nil {
				m.Count = m.Waiting(q.Context(), q.Principal)
			}
			switch {
			case slices.Contains(m.Home, q.Principal.Role):
				m.Group = ui.MenuMain
				q.frame.Menu = slices.Insert(q.frame.Menu, 0, m.MenuItem)
				continue
			case m.Home != nil:
				m.Tab = false
			}
			q.frame.Menu = append(q.frame.Menu, m.MenuItem)
		}
	}
	return q.frame.Menu
}

// Render answers with a whole page in the shell. title is the finding in a
// sentence; the body opens with ui.Head.
func (q *Request) Render(title string, body templ.Component) error {
	return q.RenderStatus(http.StatusOK, title, body)
}

// RenderStatus is Render with another status, as 422 for a form with faults.
func (q *Request) RenderStatus(status int, title string, body templ.Component) error {
	q.Menu()
	q.frame.Toasts = append(q.takeFlash(), q.frame.Toasts...)
	return q.write(status, wrap(ui.Shell(title, q.page), body))
}

// Gate answers with a page for who is not signed in.
func (q *Request) Gate(status int, title string, body templ.Component) error {
	q.frame.Toasts = append(q.takeFlash(), q.frame.Toasts...)
	return q.write(status, wrap(ui.Gate(title, q.page), body))
}

// Fragment answers htmx with parts of a page: what replaces the target, and
// any ui.Partial.
func (q *Request) Fragment(parts ...templ.Component) error {
	return q.write(http.StatusOK, templ.Join(parts...))
}

// FragmentStatus is Fragment with another status, as 422 for a form.
func (q *Request) FragmentStatus(status int, parts ...templ.Component) error {
	return q.write(status, templ.Join(parts...))
}

// Toast is a part of a fragment: a message in the corner.
func (q *Request) Toast(tone ui.Tone, text string) templ.Component {
	return wrap(ui.Partial("#toasts", "beforeend"), ui.ToastOf(ui.Toast{Tone: tone, Text: text}))
}

// Ours returns an address that came from outside if it stays with us, else "/".
func (q *Request) Ours(to string) string { return ours(to) }

// Redirect sends to another of our pages, by GET.
func (q *Request) Redirect(to string) error {
	to = ours(to)
	if q.HTMX() {
		q.W.Header().Set("HX-Redirect", to)
		q.W.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(q.W, q.Request, to, http.StatusSeeOther)
	return nil
}

// Record puts on record what the person did, by opaque ids. What was done is
// done: when the note fails, that is logged.
func (q *Request) Record(action, object string) {
	if err := q.server.Accounts.Record(q.Context(), q.Principal, action, object); err != nil {
		q.server.Logger.Error("an action could not be put on record", slog.String("request", q.id), slog.String("action", action), slog.Any("error", err))
	}
}

// CSV answers with a file that spreadsheets open as it is, and puts on record
// that it was taken. An error of the rows ends it with a line that says so: the
// status has gone by then.
func (q *Request) CSV(name string, header []string, rows iter.Seq2[[]string, error]) error {
	q.Record("exported", "page:"+q.URL.Path)
	q.W.Header().Set("Content-Type", "text/csv; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+strings.Map(fileRune, name)+`.csv"`)
	_, _ = q.W.Write([]byte("\ufeff"))
	w := csv.NewWriter(q.W)
	write := func(row []string) {
		for i, cell := range row {
			row[i] = inert(cell)
		}
		_ = w.Write(row) // who asked may have left
	}
	write(header)
	for row, err := range rows {
		if err != nil {
			q.server.Logger.Error("a CSV ended early", slog.String("request", q.id), slog.Any("error", err))
			write([]string{q.T("web.csv.cut", "id", q.id)})
			break
		}
		write(row)
	}
	w.Flush()
	return nil
}

// SVG answers with a picture as a file, for who downloads it and for the PNG
// that the browser makes of it (assets/picture.ts), and puts on record that it
// was taken.
func (q *Request) SVG(name string, picture []byte) error {
	q.Record("exported", "page:"+q.URL.Path)
	q.W.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+strings.Map(fileRune, name)+`.svg"`)
	_, _ = q.W.Write(picture) // who asked may have left
	return nil
}

// inert keeps a spreadsheet from running what a customer wrote (CSV
// injection); figures stay figures.
func inert(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return cell
	}
	if strings.Trim(cell[1:], "0123456789.,") == "" && (cell[0] == '-' || cell[0] == '+') {
		return cell
	}
	return "'" + cell
}

func fileRune(r rune) rune {
	if r == '"' || r == '\\' || r < ' ' || r > '~' {
		return '-'
	}
	return r
}

// Query returns the address of this page with some of its query's values
// changed, for links and filters; an empty value takes the name out.
func (q *Request) Query(pairs ...string) string {
	v := q.URL.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: q.URL.Path, RawQuery: v.Encode()}
	return u.String()
}

// write renders before it sends, so that an error can still become a page.
func (q *Request) write(status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(q.Context(), &b); err != nil {
		return cx.Wrap("web.render", err)
	}
	q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.W.Header().Add("Vary", "HX-Request")
	q.W.WriteHeader(status)
	if q.Method != http.MethodHead {
		_, _ = q.W.Write(b.Bytes())
	}
	return nil
}

func (q *Request) carriesToken() bool {
	token := q.Header.Get("X-CSRF-Token")
	if token == "" {
		token = q.PostFormValue("csrf")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(q.Session.CSRF)) == 1
}
