package model

import (
	"net/url"
)

// Webhook is where another system of the company is told what a rule decides.
// Its secret is never in the model.
type Webhook struct {
	Slug string
	URL  string
	Area string // that answers for it; may be empty
}

// Webhook returns the webhook of a slug.
func (m *Model) Webhook(slug string) (Webhook, bool) {
	return find(m.Webhooks, m.index.webhooks, slug)
}

const maxWebhooks = 100

func (p *parsing) webhooks(v value) []Webhook {
	var out []Webhook
	seen := map[string]bool{}
	for i, item := range v.list() {
		if i == maxWebhooks {
			item.fault("is one more than the %d webhooks that a model may have", maxWebhooks)
			break
		}
		f := item.fields("slug", "url", "area")
		w := Webhook{
			Slug: f["slug"].slug(seen), URL: f["url"].required("write the address, such as https://erp.candil.example/vivencia"),
			Area: f["area"].ref(f["area"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
		}
		u, err := url.Parse(w.URL)
		if w.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "") {
			f["url"].fault("%q is no address that can be called: begin with https://, and leave passwords out", w.URL)
		}
		out = append(out, w)
	}
	return out
}

func (w Webhook) parts() []part { return []part{{"url", w.URL}, {"area", w.Area}} }
