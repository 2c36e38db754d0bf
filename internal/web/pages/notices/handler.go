package notices

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Notices is what the page asks of notify.Service.
type Notices interface {
	Mine(ctx context.Context, p cx.Principal, q notify.Query) (notify.Page, error)
	Unread(ctx context.Context, p cx.Principal) (int64, error)
	Read(ctx context.Context, p cx.Principal, ids ...string) error
	Live(ctx context.Context, p cx.Principal) (<-chan notify.Item, error)
	Chosen(ctx context.Context, p cx.Principal) (notify.Settings, error)
	Choose(ctx context.Context, p cx.Principal, s notify.Settings) error
	Webhooks() []string
}

// Browsers is what it asks of deliver.Service.
type Browsers interface {
	PushKey(ctx context.Context) (string, error)
	Subscribe(ctx context.Context, person string, b deliver.Browser) error
	Withdraw(ctx context.Context, person, endpoint string) error
	Browsers(ctx context.Context, person string) (int, error)
}

type page struct {
	notices  Notices
	browsers Browsers
}

// New returns the page.
func New(n Notices, b Browsers) web.Page {
	p := page{n, b}
	return web.Page{
		Name: "notices", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: ui.BellHref, Icon: "bell", Label: "notices.menu", Group: ui.MenuServe, Order: 60},
			Action:   account.ViewNotices,
			Waiting: func(ctx context.Context, who cx.Principal) int64 {
				unread, err := n.Unread(ctx, who)
				if err != nil {
					return 0
				}
				return unread
			},
		}},
		Routes: func(r *web.Router) {
			r.Get("/notices", account.ViewNotices, p.list)
			r.Get("/notices/live", account.ViewNotices, p.live)
			r.Post("/notices/read", account.ViewNotices, p.readAll)
			r.Post("/notices/{id}/open", account.ViewNotices, p.open)
			r.Get("/notices/settings", account.ViewNotices, p.settings)
			r.Post("/notices/settings", account.ViewNotices, p.choose)
			r.Get("/notices/worker.js", account.ViewNotices, worker)
			r.Post("/notices/browser", account.ViewNotices, p.subscribe)
			r.Post("/notices/browser/off", account.ViewNotices, p.withdraw)
		},
	}
}

type listView struct {
	page   notify.Page
	kind   notify.Kind
	unread int64
	path   func(pairs ...string) string
}

func (p page) list(q *web.Request) error {
	kind := notify.Kind(q.URL.Query().Get("kind"))
	if !slices.Contains(notify.Kinds(), kind) {
		kind = ""
	}
	all, err := p.notices.Mine(q.Context(), q.Principal, notify.Query{Kind: kind, Cursor: q.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	unread, err := p.notices.Unread(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	title := q.T("notices.title", "n", int(unread))
	if unread == 0 {
		title = q.T("notices.title-none")
	}
	return q.Render(title, list(title, listView{all, kind, unread, q.Query}))
}

// live keeps the bells true and shows what is urgent in the corner.
func (p page) live(q *web.Request) error {
	ctx, stop := context.WithCancel(q.Context())
	defer stop()
	from, err := p.notices.Live(ctx, q.Principal)
	if err != nil {
		return err
	}
	return web.Stream(q, from, func(i notify.Item) []templ.Component {
		unread, err := p.notices.Unread(q.Context(), q.Principal)
		if err != nil {
			return nil
		}
		parts := []templ.Component{ui.Bells(unread)}
		if i.ID != "" {
			parts = append(parts, newest(i))
			if i.Urgent {
				parts = append(parts, q.Toast(ui.Accent, i.Title.In(q.L.Lang)))
			}
		}
		return parts
	})
}

func (p page) readAll(q *web.Request) error {
	if err := p.notices.Read(q.Context(), q.Principal); err != nil {
		return err
	}
	return q.Redirect(ui.BellHref)
}

// open marks a notice as read and goes where it leads.
func (p page) open(q *web.Request) error {
	if err := p.notices.Read(q.Context(), q.Principal, q.PathValue("id")); err != nil {
		return err
	}
	to := q.PostFormValue("to")
	if to == "" {
		to = ui.BellHref
	}
	return q.Redirect(to)
}

type settingsView struct {
	notify.Settings
	webhooks []string
	browsers int
	key      string
	message  string
	faults   []cx.Fault
}

func (v settingsView) has(k notify.Kind, w notify.Way) bool { return slices.Contains(v.Ways[k], w) }

func (v settingsView) fault(field string) string {
	for _, f := range v.faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// ways are those that can be chosen.
func (v settingsView) ways() []notify.Way {
	if len(v.webhooks) == 0 {
		return []notify.Way{notify.Mail, notify.Push}
	}
	return notify.Ways()
}

func clockOf(minute int) string {
	return time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC).Format("15:04")
}

func (p page) settings(q *web.Request) error {
	chosen, err := p.notices.Chosen(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return p.settingsWith(q, http.StatusOK, settingsView{Settings: chosen})
}

func (p page) settingsWith(q *web.Request, status int, v settingsView) (err error) {
	v.webhooks = p.notices.Webhooks()
	if v.browsers, err = p.browsers.Browsers(q.Context(), q.Principal.ID); err != nil {
		return err
	}
	if v.key, err = p.browsers.PushKey(q.Context()); err != nil {
		return err
	}
	return q.RenderStatus(status, q.T("notices.settings.title"), settings(v))
}

func (p page) choose(q *web.Request) error {
	if err := q.ParseForm(); err != nil {
		return cx.Wrap("notices.choose", &cx.Error{Kind: cx.Invalid, Err: err})
	}
	n := notify.Settings{Ways: map[notify.Kind][]notify.Way{}, Digest: -1, Hook: q.PostFormValue("hook")}
	for _, k := range notify.Kinds() {
		for _, w := range notify.Ways() {
			if q.PostFormValue(string(k)+"-"+string(w)) != "" {
				n.Ways[k] = append(n.Ways[k], w)
			}
		}
	}
	if text := q.PostFormValue("digest"); text != "" {
		hour, err := strconv.Atoi(text)
		if err != nil {
			hour = 99
		}
		n.Digest = hour
	}
	from, err1 := time.Parse("15:04", q.PostFormValue("from"))
	to, err2 := time.Parse("15:04", q.PostFormValue("to"))
	if err1 == nil && err2 == nil {
		n.Quiet = model.Hours{From: from.Hour()*60 + from.Minute(), To: to.Hour()*60 + to.Minute()}
	}
	if err := p.notices.Choose(q.Context(), q.Principal, n); err != nil {
		v := settingsView{Settings: n}
		var failure error
		if v.message, v.faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		return p.settingsWith(q, http.StatusUnprocessableEntity, v)
	}
	q.Flash(ui.Positive, q.T("notices.settings.kept"))
	return q.Redirect("/notices/settings")
}

// worker is the part that shows pushes with the page closed.
func worker(q *web.Request) error {
	q.W.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	q.W.Header().Set("Cache-Control", "no-cache")
	_, _ = q.W.Write(dist.Content("push.js")) // who asked may have left
	return nil
}

func (p page) subscribe(q *web.Request) error {
	err := p.browsers.Subscribe(q.Context(), q.Principal.ID, deliver.Browser{
		Endpoint: q.PostFormValue("endpoint"), P256DH: q.PostFormValue("p256dh"), Auth: q.PostFormValue("auth"), Agent: q.UserAgent(),
	})
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("notices.browser.kept"))
	return q.Redirect("/notices/settings")
}

// withdraw takes all browsers back.
func (p page) withdraw(q *web.Request) error {
	if err := p.browsers.Withdraw(q.Context(), q.Principal.ID, ""); err != nil {
		return err
	}
	q.Flash(ui.Neutral, q.T("notices.browser.gone"))
	return q.Redirect("/notices/settings")
}

func kindHref(k notify.Kind) string {
	if k == "" {
		return ui.BellHref
	}
	return ui.BellHref + "?" + url.Values{"kind": {string(k)}}.Encode()
}

func icon(k notify.Kind) string {
	switch k {
	case notify.Promise:
		return "handshake"
	case notify.Voice:
		return "megaphone"
	case notify.Case:
		return "inbox"
	case notify.Rule:
		return "zap"
	case notify.Digest:
		return "sunrise"
	}
	return "wrench"
}
