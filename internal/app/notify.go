package app

import (
	"cmp"
	"context"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// openNotify opens what tells people of the company. Who it asks about promises
// and cases is opened after it, and before it is set to work.
func (a *App) openNotify(ctx context.Context, base string) (err error) {
	a.Notices, err = notify.Open(ctx, notify.Config{
		DB: a.state, Jobs: a.Jobs, Deliver: a.Deliver, Log: a.Log, Accounts: a.Accounts, Models: a.Models, Voices: a.Voice, People: a.Memory,
		Days: days{a}, Reports: reports{a}, Base: base, Key: a.key, Clock: a.clock, Logger: a.logger,
	})
	return err
}

// reports tells how the company did, once it is open.
type reports struct{ a *App }

// Report writes the report of a period.
func (r reports) Report(ctx context.Context, p cx.Principal, of notify.Period) (notify.Told, bool, error) {
	return r.a.Reports.Report(ctx, p, of)
}

// days tells how a day was, for the morning's digest.
type days struct{ a *App }

// Day tells how a day was, as somebody may see it.
func (d days) Day(ctx context.Context, p cx.Principal, day cx.Window) (out notify.Day, err error) {
	said, err := d.a.Voice.Quotes(ctx, p, voice.QuoteQuery{Filter: voice.Filter{Window: day}})
	if err != nil {
		return out, err
	}
	if n := len(said.Extreme); n > 0 {
		if worst := said.Extreme[0]; worst.Sentiment < 0 {
			out.Worst = worst.Words
		}
		if best := said.Extreme[n-1]; best.Sentiment > 0 {
			out.Best = best.Words
		}
	}
	standing, err := d.a.Promises.Promises(ctx, p, promise.Query{Window: day})
	if err != nil {
		return out, err
	}
	for _, s := range standing {
		out.Kept, out.Broken = out.Kept+s.Kept, out.Broken+s.Broken
	}
	if out.Open, out.Late, _, err = d.a.waiting(ctx, p, ""); err != nil {
		return out, err
	}
	team, err := d.a.Team.Overview(ctx, p)
	if err != nil {
		return out, err
	}
	if len(team.Obstacles) > 0 {
		out.Mend, out.MendHref = d.a.touchpointName(team.Obstacles[0].Touchpoint), "/team"
	}
	return out, nil
}

// Board tells what a wall shows of today, as somebody may see it.
func (a *App) Board(ctx context.Context, p cx.Principal, area, place string) (b notify.Board, err error) {
	b.At = a.clock.Now()
	m := a.Models.Current().Model
	local := b.At.Std().In(m.Company.Zone())
	today := cx.TimeOf(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location()))
	f := voice.Filter{Window: cx.Window{From: today}}
	for _, is := range []voice.Condition{{By: voice.ByArea, In: []string{area}}, {By: voice.ByPlace, In: []string{place}}} {
		if is.In[0] != "" {
			f.Where = append(f.Where, is)
		}
	}
	n, err := a.Voice.Count(ctx, p, f)
	if err != nil {
		return b, err
	}
	b.Said, b.Negative, b.Positive = n.N, n.Negative, n.Positive
	quotes, err := a.Voice.Quotes(ctx, p, voice.QuoteQuery{Filter: f, Limit: 6})
	if err != nil {
		return b, err
	}
	for _, q := range quotes.Representative {
		b.Words = append(b.Words, notify.Saying{At: q.At, Words: q.Words, Sentiment: q.Sentiment})
	}
	slices.SortFunc(b.Words, func(x, y notify.Saying) int { return cmp.Compare(y.At, x.At) })
	standing, err := a.Promises.Promises(ctx, p, promise.Query{Window: cx.Window{From: today, To: b.At}})
	if err != nil {
		return b, err
	}
	for _, s := range standing {
		if area == "" || s.Promise.Area == area {
			b.Promises = append(b.Promises, notify.BoardPromise{Name: s.Promise.Name, Kept: s.Kept, Broken: s.Broken, Due: s.Open + s.AtRisk, AtRisk: s.AtRisk, Burning: s.Burning})
		}
	}
	slices.SortStableFunc(b.Promises, func(x, y notify.BoardPromise) int { return cmp.Compare(y.Broken+y.AtRisk, x.Broken+x.AtRisk) })
	b.Open, b.Late, b.Unowned, err = a.waiting(ctx, p, area)
	return b, err
}

// waiting counts the cases that an area, or whoever asks, has still to make right.
func (a *App) waiting(ctx context.Context, p cx.Principal, area string) (open, late, unowned int, err error) {
	queues, err := a.Cases.Queues(ctx, p)
	for _, q := range queues {
		if area == "" || q.Area == area {
			open, late, unowned = open+q.Open, late+q.Late, unowned+q.Unowned
		}
	}
	return open, late, unowned, err
}

// touchpointName is what a touchpoint is called.
func (a *App) touchpointName(slug string) model.Text {
	for _, t := range a.Models.Current().Model.Touchpoints {
		if t.Slug == slug {
			return t.Name
		}
	}
	return model.Text{ES: slug, EN: slug, PT: slug}
}

// endpoints are the model's webhooks.
func (a *App) endpoints() []deliver.Endpoint {
	hooks := a.Models.Current().Model.Webhooks
	out := make([]deliver.Endpoint, len(hooks))
	for i, h := range hooks {
		out[i] = deliver.Endpoint{Slug: h.Slug, URL: h.URL}
	}
	return out
}

// Webhooks is what webhooks may reach.
type Webhooks struct {
	Allow     string // prefixes of networks of our own, with commas between
	TrustFile string // PEM certificates to trust instead of the machine's
}

func (c *Webhooks) settings() []Setting {
	return []Setting{
		text("webhook-allow", "`networks` of our own that webhooks may reach, such as 10.1.0.0/16, with commas between; empty: public addresses only", &c.Allow),
		text("webhook-trust", "a `file` of PEM certificates to trust there instead of the machine's", &c.TrustFile),
	}
}

// validate reports what is wrong, by setting.
func (c Webhooks) validate(fault func(field, format string, args ...any)) {
	for prefix := range strings.SplitSeq(c.Allow, ",") {
		if prefix = strings.TrimSpace(prefix); prefix == "" {
			continue
		}
		if _, err := netip.ParsePrefix(prefix); err != nil {
			fault("webhook-allow", "%q is no network: write it as 10.1.0.0/16", prefix)
		}
	}
}

// outside reads what the settings name; they are valid.
func (c Webhooks) outside() (out deliver.Outside, err error) {
	for prefix := range strings.SplitSeq(c.Allow, ",") {
		if p, err := netip.ParsePrefix(strings.TrimSpace(prefix)); err == nil {
			out.Allow = append(out.Allow, p)
		}
	}
	if c.TrustFile != "" {
		if out.Trust, err = os.ReadFile(c.TrustFile); err != nil {
			return out, cx.Errorf(cx.Invalid, "app.outside", "the file of webhook-trust cannot be read: %w", err)
		}
	}
	return out, nil
}
