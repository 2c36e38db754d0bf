package quarantine

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Queue is what the page asks of quarantine.Queue.
type Queue interface {
	List(ctx context.Context, p cx.Principal, before uint64, limit int) ([]quarantine.Item, error)
	Get(ctx context.Context, p cx.Principal, id uint64) (quarantine.Item, error)
	Discard(ctx context.Context, p cx.Principal, id uint64) error
	Len(ctx context.Context) (int, error)
}

// Gate mends what waits; intake.Service does.
type Gate interface {
	Mend(ctx context.Context, p cx.Principal, id uint64, raw []byte) (intake.Receipt, error)
}

const pageSize = 50

// New returns the page.
func New(queue Queue, gate Gate) web.Page {
	p := page{queue, gate}
	return web.Page{
		Name:     "quarantine",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/quarantine", Icon: "file-warning", Label: "quarantine.menu", Group: ui.MenuData, Order: 10, Key: "q"},
			Action:   account.ViewQuarantine,
			Waiting: func(ctx context.Context, _ cx.Principal) int64 {
				n, err := queue.Len(ctx)
				if err != nil {
					return 0
				}
				return int64(n)
			},
		}},
		Routes: func(r *web.Router) {
			r.Get("/quarantine", account.ViewQuarantine, p.list)
			r.Get("/quarantine/rows", account.ViewQuarantine, p.rows)
			r.Get("/quarantine/{id}", account.ViewQuarantine, p.show)
			r.Post("/quarantine/{id}/mend", account.MendQuarantine, p.mend)
			r.Post("/quarantine/{id}/discard", account.MendQuarantine, p.discard)
			r.Post("/quarantine/replay", account.MendQuarantine, p.replayAll)
		},
	}
}

type page struct {
	queue Queue
	gate  Gate
}

func (p page) list(q *web.Request) error {
	total, err := p.queue.Len(q.Context())
	if err != nil {
		return err
	}
	items, err := p.queue.List(q.Context(), q.Principal, 0, pageSize)
	if err != nil {
		return err
	}
	title := q.T("quarantine.title", "n", total)
	if total == 0 {
		title = q.T("quarantine.title.none")
	}
	return q.Render(title, listView(title, table(q, items), len(items) > 0, account.Check(q.Principal, account.MendQuarantine) == nil))
}

func (p page) rows(q *web.Request) error {
	before, err := parseID(q.FormValue("before"))
	if err != nil {
		return err
	}
	items, err := p.queue.List(q.Context(), q.Principal, before, pageSize)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(table(q, items)))
}

func (p page) show(q *web.Request) error {
	item, err := p.item(q)
	if err != nil {
		return err
	}
	return q.Render(q.T("quarantine.item.title"), itemView(item, Said(q, item.Reason), pretty(item.Raw), "", nil, account.Check(q.Principal, account.MendQuarantine) == nil))
}

// mend sends the corrected message through the gate. What is refused again
// stays, with what was typed.
func (p page) mend(q *web.Request) error {
	item, err := p.item(q)
	if err != nil {
		return err
	}
	typed := q.PostFormValue("raw")
	receipt, err := p.gate.Mend(q.Context(), q.Principal, item.ID, []byte(typed))
	var message string
	var faults []cx.Fault
	switch {
	case err != nil:
		var failure error
		if message, faults, failure = q.Explain(err); failure != nil {
			return failure
		}
	case receipt.Accepted == 0 && len(receipt.Refused) > 0:
		message = receipt.Refused[0].Reason
	default:
		q.Record("quarantine.mended", "quarantine:"+strconv.FormatUint(item.ID, 10))
		q.Flash(ui.Positive, q.T("quarantine.mended"))
		return q.Redirect("/quarantine")
	}
	return q.RenderStatus(http.StatusUnprocessableEntity, q.T("quarantine.item.title"), itemView(item, Said(q, item.Reason), typed, Said(q, message), faults, true))
}

func (p page) discard(q *web.Request) error {
	item, err := p.item(q)
	if err != nil {
		return err
	}
	if err := p.queue.Discard(q.Context(), q.Principal, item.ID); err != nil {
		return err
	}
	q.Record("quarantine.discarded", "quarantine:"+strconv.FormatUint(item.ID, 10))
	q.Flash(ui.Neutral, q.T("quarantine.discarded"))
	return q.Redirect("/quarantine")
}

// replayAll sends what waits through the gate once more, as it came: for when
// the reason has gone (a limit, a model, a fault of ours).
func (p page) replayAll(q *web.Request) error {
	mended, kept := 0, 0
	for before := uint64(0); ; {
		items, err := p.queue.List(q.Context(), q.Principal, before, pageSize)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		for _, item := range items {
			before = item.ID
			receipt, err := p.gate.Mend(q.Context(), q.Principal, item.ID, item.Raw)
			switch kind := cx.KindOf(err); {
			case err == nil && receipt.Accepted > 0:
				mended++
			case err == nil, kind == cx.Invalid, kind == cx.NotFound, kind == cx.TooLarge:
				kept++
			default:
				return err
			}
		}
	}
	q.Record("quarantine.replayed", "quarantine:all")
	q.Flash(ui.Neutral, q.T("quarantine.replayed", "mended", mended, "kept", kept))
	return q.Redirect("/quarantine")
}

func (p page) item(q *web.Request) (quarantine.Item, error) {
	id, err := parseID(q.PathValue("id"))
	if err != nil {
		return quarantine.Item{}, err
	}
	return p.queue.Get(q.Context(), q.Principal, id)
}

func parseID(s string) (uint64, error) {
	id, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, cx.Errorf(cx.NotFound, "quarantine", "there is no such item")
	}
	return id, nil
}

// origin says where an item came from: "import csv · orders.csv, line 12".
func origin(item quarantine.Item) string {
	parts := []string{item.Source, item.Way}
	if item.File != "" {
		parts = append(parts, item.File+":"+strconv.Itoa(item.Line))
	}
	return strings.Join(parts, " · ")
}

func address(item quarantine.Item) string {
	return "/quarantine/" + strconv.FormatUint(item.ID, 10)
}

// pretty indents JSON; what is none is shown as it came.
func pretty(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return b.String()
}

// glimpse is the beginning of a message, in one line.
func glimpse(raw []byte) string {
	const most = 90
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(raw), "\uFFFD")), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
