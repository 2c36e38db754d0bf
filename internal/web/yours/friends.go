package yours

import (
	"net/http"
	"net/url"

	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// friendly is a customer's own page: the link to bring others, and what came of it.
type friendly struct {
	*leaf.Page
	referral.Own
	l *i18n.Locale
}

// friends shows a customer their link.
func (v *visit) friends() error {
	o, err := v.h.Referrals.Yours(v.Context(), v.token(), v.Asked)
	if err != nil {
		return err
	}
	v.Speak(o.Language)
	return v.Write(http.StatusOK, v.T("yours.friends.title"), friendsOf(friendly{&v.Page, o, i18n.From(v.Context())}))
}

func (f friendly) money(minor int64) string {
	return f.l.Money(cx.Money{Minor: minor, Currency: f.Currency})
}

// message is what they pass on, to whoever they like.
func (f friendly) message() string {
	return f.l.T("yours.friends.message", "company", f.Page.Company, "url", f.URL)
}

// whatsApp opens a conversation of their choice with the message in it.
func (f friendly) whatsApp() string {
	return "https://wa.me/?" + url.Values{"text": {f.message()}}.Encode()
}

func (f friendly) mailto() string {
	return "mailto:?subject=" + url.PathEscape(f.Page.Company) + "&body=" + url.PathEscape(f.message())
}

// landing is what a friend sees who follows a link.
type landing struct {
	*leaf.Page
	referral.Landing
	gift string // "": none
}

// landed shows a friend the code that they were given. It sets no cookie, and
// keeps nothing but that a link was opened once more.
func (v *visit) landed() error {
	if address := v.h.Address(v.Request); address != "" && v.h.posts.count("code "+address, v.h.Clock.Now()) > codesAnAddress {
		return cx.Errorf(cx.Busy, "yours.landed", "too many links were opened: wait a minute")
	}
	l, err := v.h.Referrals.Land(v.Context(), v.token(), v.Asked)
	if cx.KindOf(err) == cx.Gone {
		return v.Say(http.StatusGone, leaf.Saying{Title: v.T("yours.gone-programme.title"), Text: v.T("yours.gone-programme.text", "company", v.Company)})
	}
	if err != nil {
		return err
	}
	v.Speak(l.Language)
	p := landing{Page: &v.Page, Landing: l}
	if l.Gift > 0 {
		p.gift = i18n.From(v.Context()).Money(cx.Money{Minor: l.Gift, Currency: l.Currency})
	}
	return v.Write(http.StatusOK, v.T("yours.land.title", "company", v.Company), landingOf(p))
}
