package status

import (
	"context"
	"embed"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Health is what the page asks of health.Service.
type Health interface {
	Report(ctx context.Context, p cx.Principal) (health.Report, error)
}

// Backups is what the page asks of backup.Service.
type Backups interface {
	Begin(p cx.Principal) error
}

// lookEvery is how often the page looks again while somebody has it open.
const lookEvery = 2 * time.Second

// New returns the page.
func New(h Health, b Backups) web.Page {
	p := page{h, b}
	return web.Page{
		Name: "status", Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/status", Icon: "badge-check", Label: "status.menu", Group: ui.MenuSettings, Order: 30},
			Action:   account.ViewStatus,
		}},
		Routes: func(r *web.Router) {
			r.Get("/status", account.ViewStatus, p.show)
			r.Get("/status/live", account.ViewStatus, p.live)
			r.Post("/status/backup", account.Operate, p.backUp)
		},
	}
}

type page struct {
	health  Health
	backups Backups
}

func (p page) show(q *web.Request) error {
	r, err := p.health.Report(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := viewOf(q.L, r)
	v.MayBackUp = account.Check(q.Principal, account.Operate) == nil && v.backupsAre != "backup.none" && v.backupsAre != "backup.running"
	return q.Render(v.Title, statusView(v))
}

// backUp begins a backup; the page then tells how it goes.
func (p page) backUp(q *web.Request) error {
	if err := p.backups.Begin(q.Principal); err != nil {
		return err
	}
	q.Record("backup.begun", "backup:")
	q.Flash(ui.Neutral, q.T("status.backup.begun"))
	return q.Redirect("/status")
}

// live says the same again whenever it has changed.
func (p page) live(q *web.Request) error {
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	return web.Stream(q, p.look(ctx, q.Principal), func(r health.Report) []templ.Component {
		v := viewOf(q.L, r)
		return []templ.Component{replace("#status-title", ui.Text(v.Title)), replace("#status-list", rows(v))}
	})
}

func (p page) look(ctx context.Context, who cx.Principal) <-chan health.Report {
	out := make(chan health.Report)
	go func() {
		defer close(out)
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			r, err := p.health.Report(ctx, who)
			if err != nil {
				continue // the next look tells
			}
			select {
			case out <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// replace puts a component in a place of the page.
func replace(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}

// view is the page's content.
type view struct {
	Title      string
	Rows       []row
	Since      cx.Time
	Version    string
	MayBackUp  bool
	backupsAre string
}

// row is one part of the product.
type row struct {
	Part, Icon string
	Tone       ui.Tone
	Level      string // in a word
	Said, Todo string
	Href       string // where one does something about it
	Figures    []figure
}

type figure struct{ Name, Value string }

// icons are the parts' icons.
var icons = map[string]string{
	"listening": "radio", "remembering": "history", "disk": "database", "backup": "package-check",
	"review": "file-warning", "forgetting": "user", "sending": "mail", "damaged": "file-warning", "recovered": "wrench",
}

// ways are where one does something about a code.
var ways = map[string]string{
	"listening.nothing-yet": "/developers", "listening.quiet": "/developers", "listening.refusing": "/quarantine", "review.waiting": "/quarantine",
}

func viewOf(l *i18n.Locale, r health.Report) view {
	v := view{Since: r.Started, Version: r.Version}
	worst := health.Check{Level: health.Well}
	troubles := 0
	for _, c := range r.Checks {
		if c.Level.Worse(health.Well) {
			troubles++
		}
		if c.Level.Worse(worst.Level) {
			worst = c
		}
		if c.Part == "backup" {
			v.backupsAre = c.Code
		}
		v.Rows = append(v.Rows, rowOf(l, c))
	}
	// What is worst stands first; else the order of the way of an event.
	slices.SortStableFunc(v.Rows, func(a, b row) int { return tones[b.Tone] - tones[a.Tone] })
	switch troubles {
	case 0:
		v.Title = l.T("status.title.well")
	case 1:
		v.Title = say(l, worst, "status."+worst.Code)
	default:
		v.Title = l.T("status.title.troubles", "n", troubles-1, "first", say(l, worst, "status."+worst.Code))
	}
	return v
}

var tones = map[ui.Tone]int{ui.Positive: 0, ui.Neutral: 1, ui.Negative: 2}

func rowOf(l *i18n.Locale, c health.Check) row {
	r := row{
		Part: l.T("status.part." + c.Part), Icon: icons[c.Part], Tone: ui.Positive, Level: l.T("status.level." + string(c.Level)),
		Said: say(l, c, "status."+c.Code), Href: ways[c.Code],
	}
	switch c.Level {
	case health.Watch:
		r.Tone = ui.Neutral
	case health.Wrong:
		r.Tone = ui.Negative
	}
	if _, todo := c.Sentence(); todo != "" {
		r.Todo = say(l, c, "status."+c.Code+".todo")
	}
	for _, f := range c.Figures {
		if f.Unit != health.Text {
			r.Figures = append(r.Figures, figure{l.T("status.figure." + c.Part + "." + f.Name), write(l, f)})
		}
	}
	return r
}

// say fills a sentence with the check's figures.
func say(l *i18n.Locale, c health.Check, key string) string {
	var args []any
	for _, f := range c.Figures {
		switch f.Name {
		case "why": // in English; its kind has words here
		case "kind":
			args = append(args, "why", l.T("status.why."+f.Text))
		default:
			args = append(args, f.Name, write(l, f))
			if f.Name == "waiting" { // the sentence has a plural
				args = append(args, "n", f.Value)
			}
		}
	}
	return l.T(key, args...)
}

func write(l *i18n.Locale, f health.Figure) string {
	switch f.Unit {
	case health.Bytes:
		return size(l, f.Value)
	case health.Seconds:
		return l.Lasting(time.Duration(f.Value) * time.Second)
	case health.Instant:
		if t := cx.Time(f.Value); f.Name == "full" {
			return l.LongDate(t)
		} else if t == 0 {
			return "–"
		}
		return l.Ago(cx.Time(f.Value))
	case health.Text:
		if f.Name == "view" {
			return l.T("status.view." + f.Text)
		}
		return f.Text
	}
	return l.Int(f.Value)
}

// size writes bytes in the largest unit that leaves a whole one.
func size(l *i18n.Locale, n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	v, i := float64(n), 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	decimals := 0
	if i > 0 && v < 100 {
		decimals = 1
	}
	return l.Number(v, decimals) + " " + units[i]
}
