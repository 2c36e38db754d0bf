package bring

import (
	"context"
	"embed"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Files is what the page asks of bring.Service.
type Files interface {
	Take(ctx context.Context, p cx.Principal, name string, r io.Reader) (bring.File, error)
	File(ctx context.Context, p cx.Principal, id string) (bring.File, error)
	Sheet(ctx context.Context, p cx.Principal, id, sheet string) (bring.File, error)
	Correct(ctx context.Context, p cx.Principal, id string, ch bring.Choice) (bring.File, error)
	Check(ctx context.Context, p cx.Principal, id string) (bring.File, bring.Check, error)
	Start(ctx context.Context, p cx.Principal, id string) error
	Cancel(ctx context.Context, p cx.Principal, id string) error
}

// lookEvery is how often an open page looks how far an import is.
const lookEvery = 300 * time.Millisecond

// aside is what a form's other fields and the borders of its parts may take.
const aside = 1 << 20

// New returns the page.
func New(files Files) web.Page {
	p := page{files}
	return web.Page{
		Name: "bring", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/bring", Icon: "upload", Label: "bring.menu", Group: ui.MenuSettings, Order: 5},
			Action:   account.Import,
		}},
		Routes: func(r *web.Router) {
			r.Get("/bring", account.Import, p.begin)
			r.Upload("/bring", account.Import, bring.MaxFile+aside, p.take)
			r.Get("/bring/{id}", account.Import, p.show)
			r.Get("/bring/{id}/live", account.Import, p.live)
			r.Get("/bring/{id}/map", account.Import, p.download)
			r.Post("/bring/{id}", account.Import, p.correct)
			r.Post("/bring/{id}/cancel", account.Import, p.cancel)
		},
	}
}

type page struct{ files Files }

func (p page) begin(q *web.Request) error {
	title := q.T("bring.title")
	return q.Render(title, beginView(title, ""))
}

// take keeps the file that was dropped. What cannot be read is told on the same
// page.
func (p page) take(q *web.Request) error {
	name, file, err := q.Upload()
	var f bring.File
	if err == nil {
		f, err = p.files.Take(q.Context(), q.Principal, name, file)
	}
	if err != nil {
		message, _, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		title := q.T("bring.title")
		return q.RenderStatus(http.StatusUnprocessableEntity, title, beginView(title, plain(q, message)))
	}
	return q.Redirect("/bring/" + f.ID)
}

// plain puts a reader's complaint into the reader's language; it begins with
// the file's name, which is known.
func plain(q *web.Request, message string) string {
	if said := q.Said(message); said != message {
		return said
	}
	if _, rest, ok := strings.Cut(message, ": "); ok {
		return q.Said(rest)
	}
	return message
}

func (p page) show(q *web.Request) error {
	f, err := p.files.File(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	return p.render(q, http.StatusOK, f)
}

func (p page) render(q *web.Request, status int, f bring.File) error {
	if f.State != bring.Waiting {
		v := progressOf(q, f)
		return q.RenderStatus(status, v.title, progressView(v))
	}
	v := view{file: f, problems: f.Proposal.Problems()}
	if len(v.problems) == 0 {
		var err error
		if _, v.check, err = p.files.Check(q.Context(), q.Principal, f.ID); err != nil {
			message, _, failure := q.Explain(err)
			if failure != nil {
				return failure
			}
			v.fault = plain(q, message)
		}
		v.reasons = reasons(q, v.check.Reasons)
	}
	title := proposed(q, v)
	return q.RenderStatus(status, title, chooseView(title, v))
}

// correct keeps what was chosen, and imports when that was asked.
func (p page) correct(q *web.Request) error {
	id := q.PathValue("id")
	f, err := p.files.File(q.Context(), q.Principal, id)
	if err != nil {
		return err
	}
	if sheet := q.PostFormValue("sheet"); f.State == bring.Waiting && sheet != "" && sheet != f.Proposal.Head.Sheet {
		f, err = p.files.Sheet(q.Context(), q.Principal, id, sheet)
	} else {
		f, err = p.files.Correct(q.Context(), q.Principal, id, choiceOf(q, f.Proposal))
	}
	if err != nil {
		return p.explained(q, f, err)
	}
	if q.PostFormValue("go") == "" {
		return q.Redirect("/bring/" + id + "#preview")
	}
	if len(f.Proposal.Problems()) > 0 {
		return p.render(q, http.StatusUnprocessableEntity, f)
	}
	if err := p.files.Start(q.Context(), q.Principal, id); err != nil {
		return p.explained(q, f, err)
	}
	q.Record("imported", "file:"+id)
	return q.Redirect("/bring/" + id)
}

// explained says on the way back what could not be done.
func (p page) explained(q *web.Request, f bring.File, err error) error {
	message, _, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	q.Flash(ui.Negative, plain(q, message))
	return q.Redirect("/bring/" + f.ID)
}

// choiceOf reads the form: fields of a column end in its number.
func choiceOf(q *web.Request, p bring.Proposal) bring.Choice {
	ch := bring.Choice{
		Kind: bring.Kind(oneOf(q.PostFormValue("kind"), bring.Kinds())), Called: q.PostFormValue("called"), Day: q.PostFormValue("day"),
		Columns: map[string]bring.Correction{},
	}
	for i, c := range p.Columns {
		ch.Columns[c.Name] = bring.Correction{
			Role:   bring.Role(oneOf(q.PostFormValue(field("role", i)), bring.Roles())),
			Scale:  oneOf(q.PostFormValue(field("scale", i)), scales),
			Format: q.PostFormValue(field("order", i)),
		}
	}
	return ch
}

// scales are those that a page offers.
var scales = []string{"0-10", "1-5", "1-7", "1-10", "0-5", "1-4", "1-3", "0-100"}

// oneOf returns what was chosen if it was offered, else "".
func oneOf[T ~string](chosen string, offered []T) string {
	if slices.Contains(offered, T(chosen)) {
		return chosen
	}
	return ""
}

func (p page) cancel(q *web.Request) error {
	id := q.PathValue("id")
	if err := p.files.Cancel(q.Context(), q.Principal, id); err != nil {
		return err
	}
	if _, err := p.files.File(q.Context(), q.Principal, id); err == nil {
		return q.Redirect("/bring/" + id)
	}
	q.Flash(ui.Neutral, q.T("bring.let-go"))
	return q.Redirect("/bring")
}

// download gives the map, for whoever imports by command.
func (p page) download(q *web.Request) error {
	f, err := p.files.File(q.Context(), q.Principal, q.PathValue("id"))
	if err != nil {
		return err
	}
	text, err := f.Proposal.Map()
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+f.Proposal.Source+`.yaml"`)
	_, _ = q.W.Write(text) // who asked may have left
	return nil
}

// live tells how far the import is, until it is over.
func (p page) live(q *web.Request) error {
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	return web.Stream(q, p.look(ctx, q.Principal, q.PathValue("id")), func(f bring.File) []templ.Component {
		v := progressOf(q, f)
		return []templ.Component{replace("#bring-title", ui.Text(v.title)), replace("#bring-body", progressBody(v))}
	})
}

func (p page) look(ctx context.Context, who cx.Principal, id string) <-chan bring.File {
	out := make(chan bring.File)
	go func() {
		defer close(out)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for over := false; !over; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			f, err := p.files.File(ctx, who, id)
			if err != nil {
				return
			}
			over = f.Over()
			select {
			case out <- f:
			case <-ctx.Done():
				return
			}
		}
		<-ctx.Done() // a stream that ends is asked for again
	}()
	return out
}

// replace puts a component in a place of the page.
func replace(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}
