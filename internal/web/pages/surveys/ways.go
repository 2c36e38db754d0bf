package surveys

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// waysPage is the ways out of a survey.
type waysPage struct {
	q      *web.Request
	survey model.Survey
	model  *model.Model
	place  string // slug: whose poster and kiosk
	lang   string // of what is sent

	open, kiosk, widget survey.Link
	base                string

	query   string // who is looked for, to make a personal link
	found   []remember.CustomerSummary
	made    *survey.Link // a personal link, just made
	madeFor string

	mail    bool
	segment string
	outcome *ask.Outcome // whom a sending would ask
}

func (v waysPage) name() string { return v.survey.Name.In(v.q.L.Lang) }

// message is what is sent along with a link: who asks, what, and where.
func (v waysPage) message(link string) string {
	question := v.name()
	if all := v.survey.Questions(); len(all) > 0 {
		question = all[0].Text.Fill(v.lang, v.q.L.Zone(), func(string) (any, bool) { return nil, false })
	}
	return v.q.In(v.lang).T("surveys.message", "company", v.model.Company.Name, "question", question, "link", link)
}

// whatsApp is an address that opens WhatsApp with a message ready to send.
func whatsApp(message string) string {
	return "https://wa.me/?text=" + strings.ReplaceAll(url.QueryEscape(message), "+", "%20")
}

// snippet is what another site puts into its pages.
func (v waysPage) snippet() string {
	return fmt.Sprintf(`<script async src="%s/v.js"></script>
<script>
  window.vivencia ||= function () { (vivencia.q ||= []).push(arguments) }
  vivencia("survey", %q)
</script>`, v.base, v.widget.Token)
}

// poster is the address of a poster's file.
func (v waysPage) poster(kind, size string) string {
	values := url.Values{"size": {size}, "lang": {v.lang}}
	if v.place != "" {
		values.Set("place", v.place)
	}
	return path(v.survey.Slug) + "/poster." + kind + "?" + values.Encode()
}

func (v waysPage) placeOptions() []ui.Option {
	out := []ui.Option{{Text: v.q.T("surveys.place.any")}}
	for _, p := range v.model.Places {
		out = append(out, ui.Option{Value: p.Slug, Text: p.Name.In(v.q.L.Lang)})
	}
	return out
}

func (v waysPage) languageOptions() (out []ui.Option) {
	for _, lang := range []string{"es", "en", "pt"} {
		out = append(out, ui.Option{Value: lang, Text: v.q.T("ui.language." + lang)})
	}
	return out
}

func (v waysPage) segmentOptions() (out []ui.Option) {
	for _, s := range v.model.Segments {
		out = append(out, ui.Option{Value: s.Slug, Text: s.Name.In(v.q.L.Lang)})
	}
	return out
}

// skipped lists why others are not asked, most first.
func skipped(by map[ask.Reason]int) []ask.Reason {
	var out []ask.Reason
	for _, r := range ask.Reasons() {
		if by[r] > 0 {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b ask.Reason) int { return cmp.Compare(by[b], by[a]) })
	return out
}

// touches tells whether the survey's first page is one that a kiosk can show.
func (v waysPage) touches() bool {
	return len(v.survey.Pages) > 0 && len(v.survey.Pages[0].Questions) == 1 && (v.survey.Pages[0].Questions[0].Scored() || slices.Contains([]string{model.Emotion, model.Single}, v.survey.Pages[0].Questions[0].Type))
}

func (p page) ways(q *web.Request) error {
	v, err := p.waysPage(q)
	if err != nil {
		return err
	}
	if v.query = strings.TrimSpace(q.URL.Query().Get("q")); v.query != "" && may(q, account.ViewCustomers) {
		found, err := p.Memory.Search(q.Context(), q.Principal, v.query, "", 5)
		if err != nil {
			return err
		}
		v.found = found.Customers
	}
	if v.segment != "" && may(q, account.ContactCustomers) && !v.survey.Team() {
		o, err := p.Asks.PreviewSend(q.Context(), q.Principal, ask.SendRequest{Survey: v.survey.Slug, Segment: v.segment})
		if err != nil {
			return err
		}
		v.outcome = &o
	}
	return p.renderWays(q, v)
}

func (p page) renderWays(q *web.Request, v waysPage) error {
	title := q.T("surveys.ways.title", "survey", v.name())
	return q.Render(title, waysView(title, v))
}

// waysPage makes the links that anybody may use.
func (p page) waysPage(q *web.Request) (v waysPage, err error) {
	v = waysPage{
		q: q, model: p.Models.Current().Model, place: q.FormValue("place"), lang: q.FormValue("lang"), segment: q.FormValue("segment"),
		base: p.Base, mail: p.Mail(),
	}
	if !slices.Contains([]string{"es", "en", "pt"}, v.lang) {
		v.lang, _, _ = strings.Cut(q.L.Lang, "-")
	}
	if v.survey, err = p.survey(q); err != nil {
		return v, err
	}
	for way, to := range map[survey.Way]*survey.Link{survey.Anonymous: &v.open, survey.ByKiosk: &v.kiosk, survey.ByWidget: &v.widget} {
		r := survey.LinkRequest{Survey: v.survey.Slug, Way: way}
		if way == survey.ByKiosk {
			r.Place = v.place
		}
		if *to, err = p.Surveys.Link(q.Context(), q.Principal, r); err != nil {
			return v, err
		}
	}
	return v, nil
}

// link makes a personal link.
func (p page) link(q *web.Request) error {
	v, err := p.waysPage(q)
	if err != nil {
		return err
	}
	made, err := p.Surveys.Link(q.Context(), q.Principal, survey.LinkRequest{
		Survey: v.survey.Slug, Way: survey.ByLink, Customer: cx.CustomerID(q.PostFormValue("customer")), Language: v.lang,
	})
	if err != nil {
		return p.told(q, err, path(v.survey.Slug)+"/ways")
	}
	q.Record("survey.linked", "survey:"+v.survey.Slug)
	v.made, v.madeFor = &made, q.PostFormValue("name")
	return p.renderWays(q, v)
}

// send puts the survey to a segment.
func (p page) send(q *web.Request) error {
	s, err := p.survey(q)
	if err != nil {
		return err
	}
	r := ask.SendRequest{Survey: s.Slug, Segment: q.PostFormValue("segment"), Name: q.PostFormValue("name")}
	sent, err := p.Asks.Send(q.Context(), q.Principal, r)
	if err != nil {
		return p.told(q, err, path(s.Slug)+"/ways")
	}
	q.Record("survey.sent", "survey:"+s.Slug)
	q.Flash(ui.Positive, q.T("surveys.sent", "n", sent.Asked))
	return q.Redirect(path(s.Slug))
}
